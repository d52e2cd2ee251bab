"""The nouns. Every record is frozen and rejects fields it does not know.

A run is a table of cells: session x approach x format x replicate. A `Draft`, its `Finding`s,
`Score`s and `Review` all carry that key, so every number can be traced back to turns and quotes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

THERAPIST = "therapist"
"""Speaker label of the clinician in every session; any other label is a client."""

Setting = Literal["individual", "couple", "group"]
Polarity = Literal["affirmed", "negated"]
Temporality = Literal["current", "past", "planned", "hypothetical"]
Certainty = Literal["stated", "likely", "uncertain"]
Criticality = Literal["critical", "important", "minor"]
FactKind = Literal[
    "presenting",
    "symptom",
    "condition",
    "abuse_history",
    "history",
    "medication",
    "substance",
    "risk",
    "social",
    "quote",
    "mental_status",
    "measure",
    "intervention",
    "response",
    "assessment",
    "progress",
    "homework",
    "plan",
    "service",
]
Category = Literal[
    "abuse_history",
    "condition",
    "intervention",
    "medication",
    "risk",
    "mental_status",
    "plan",
    "quote",
    "attribution",
    "number_date",
    "other",
]
Verdict = Literal["supported", "inferred", "unsupported", "contradicted"]
Severity = Literal["major", "minor"]
Input = Literal["transcript", "jottings", "form"]
Workflow = Literal["standalone", "in_ehr"]
Better = Literal["lower", "higher"]


def digest(value: Any, length: int = 12) -> str:
    """First `length` hex digits of the SHA-256 of a value's canonical JSON.

    >>> digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:length]


class Record(BaseModel):
    """A frozen value: stages return new ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- sessions --------------------------------------------------------------------------------


class SessionSpec(Record):
    """What a session is to be (generated) or what is known of it (loaded)."""

    session_id: str = Field(min_length=1)
    seed: int | None = None
    setting: Setting = "individual"
    modality: str = ""
    problem: str = ""
    minutes: float | None = Field(default=None, gt=0)
    traps: tuple[str, ...] = ()
    channel: str = "clean"
    source: str = "generated"


class Turn(Record):
    """One utterance. `start_s` and `end_s` are seconds from the start of the session."""

    speaker: str = Field(min_length=1)
    text: str
    start_s: float | None = Field(default=None, ge=0)
    end_s: float | None = Field(default=None, ge=0)


class Client(Record):
    """The person the note is about; a surrogate in synthetic sessions."""

    name: str
    age: int | None = Field(default=None, ge=0, le=120)
    pronouns: str = "they/them"


class Chart(Record):
    """What the clinician could look up before the session."""

    diagnosis: str = ""
    goals: tuple[str, ...] = ()
    medication: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    last_note: str = ""


class Fact(Record):
    """One clinically meaningful statement that is true of the session, as a note would put it.

    `turns` are the indices of the turns that show it; empty means that only the clinician's
    observation, jottings, form or chart show it.
    """

    fact_id: str
    kind: FactKind
    statement: str = Field(min_length=1)
    subject: str = "client"
    polarity: Polarity = "affirmed"
    temporality: Temporality = "current"
    certainty: Certainty = "stated"
    criticality: Criticality = "important"
    turns: tuple[int, ...] = ()


class Trap(Record):
    """A place in the session that invites a false claim (`bait`) of a `category`."""

    kind: str
    bait: str = Field(min_length=1)
    category: Category
    fact_kind: FactKind
    turns: tuple[int, ...] = ()


class ReferenceNote(Record):
    """A note written by a person who was there, where a source has one."""

    format: str
    sections: dict[str, str]


class Session(Record):
    """A therapy session: what was said, what was jotted down, and, if known, what is true."""

    spec: SessionSpec
    turns: tuple[Turn, ...] = Field(min_length=1)
    client: Client | None = None
    members: tuple[str, ...] = ()
    chart: Chart | None = None
    jottings: str = ""
    form: dict[str, str] = Field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    traps: tuple[Trap, ...] = ()
    references: tuple[ReferenceNote, ...] = ()

    @model_validator(mode="after")
    def _evidence_exists(self) -> Self:
        last = len(self.turns) - 1
        for index, fact in enumerate(self.facts):
            if any(turn < 0 or turn > last for turn in fact.turns):
                raise ValueError(f"facts.{index}.turns: names a turn outside 0..{last}")
        for index, trap in enumerate(self.traps):
            if any(turn < 0 or turn > last for turn in trap.turns):
                raise ValueError(f"traps.{index}.turns: names a turn outside 0..{last}")
        return self

    @property
    def session_id(self) -> str:
        return self.spec.session_id

    @property
    def has_ledger(self) -> bool:
        return bool(self.facts)

    def transcript(self) -> str:
        """The turns as text, one a line, each with its speaker."""
        return "\n".join(f"{turn.speaker}: {turn.text}" for turn in self.turns)


# --- drafts ----------------------------------------------------------------------------------


class Prompt(Record):
    """Instructions to a model. The text counts, not the file's name."""

    name: str
    text: str = Field(min_length=1)


class Approach(Record):
    """One way to draft a note: drafter (with its model and prompt), input, context, workflow.

    The note format is not part of it: an approach is judged over all formats of an experiment.
    """

    name: str = Field(min_length=1)
    drafter: str = Field(min_length=1)
    model: str | None = None
    prompt: Prompt | None = None
    input: Input = "transcript"
    chart: bool = False
    workflow: Workflow = "standalone"
    control: bool = False
    options: dict[str, Any] = Field(default_factory=dict)

    @property
    def approach_id(self) -> str:
        """A hash of all that changes what is drafted; names of approach and prompt do not."""
        return digest(self.model_dump(mode="json", exclude={"name": True, "prompt": {"name"}}))


class Cell(NamedTuple):
    """The key that a draft shares with its findings, scores and review."""

    session_id: str
    approach: str
    format: str
    replicate: int


class Keyed(Record):
    session_id: str
    approach: str
    format: str
    replicate: int = 0

    @property
    def cell(self) -> Cell:
        return Cell(self.session_id, self.approach, self.format, self.replicate)


class Usage(Record):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Planted(Record):
    """An error that a control put into its draft on purpose: the truth a scorer is held to."""

    kind: Literal["hallucinated", "omitted"]
    category: Category
    severity: Severity
    text: str
    section: str
    trap: str | None = None


class RecordedNote(Record):
    """A note drafted elsewhere, by a person or any vendor's tool: one line of a drafts JSONL."""

    session_id: str = Field(min_length=1)
    drafter: str = Field(min_length=1)
    format: str = Field(min_length=1)
    sections: dict[str, str] = Field(min_length=1)


class Draft(Keyed):
    """A note as drafted. `failure` is None when it was; a failed draft has no sections."""

    approach_id: str
    sections: dict[str, str] = Field(default_factory=dict)
    usage: Usage | None = None
    latency_s: float | None = None
    cost_usd: float | None = None
    failure: str | None = None
    planted: tuple[Planted, ...] | None = None
    """The errors a control planted, possibly none; None for a drafter that is no control."""

    @property
    def text(self) -> str:
        """The sections one after the other, as a reader sees them."""
        return "\n".join(text for text in self.sections.values() if text.strip())

    @property
    def words(self) -> int:
        return len(self.text.split())


# --- what is found in them -------------------------------------------------------------------


class Claim(Record):
    """A sentence of a draft. `start` and `end` are character offsets in its section's text."""

    section: str
    index: int
    text: str
    start: int
    end: int
    concepts: tuple[str, ...] = ()
    polarity: Polarity = "affirmed"


class Evidence(Record):
    """Where support (or its contrary) was looked up. `turn` is set for transcript evidence."""

    source: Literal["ledger", "transcript", "jottings", "form", "chart"]
    quote: str
    turn: int | None = None


class Finding(Keyed):
    """What grounding says of one claim. `p_unsupported` is in [0, 1]."""

    finding_id: str
    claim: Claim
    verdict: Verdict
    p_unsupported: float = Field(ge=0, le=1)
    category: Category
    severity: Severity
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""
    scorer: str = "grounding"


class Measure(Record):
    """A number that a scorer yields, with its unit and direction: there is no second table."""

    name: str
    unit: str
    better: Better
    meaning: str
    proportion: bool = False
    """True where every value is 0 or 1, so that the mean is a share of notes."""


class Score(Keyed):
    """`value` is None if it could not be scored, and then `reason` says why."""

    scorer: str
    value: float | None
    unit: str
    reason: str = ""


class Review(Keyed):
    """Minutes by part that a clinician spends before signing, modelled or measured."""

    reviewer: str
    read: float
    verify: float
    edit: float
    transfer: float
    sign: float
    source: Literal["modelled", "measured"] = "modelled"
    reason: str = ""

    @property
    def minutes(self) -> float:
        return self.read + self.verify + self.edit + self.transfer + self.sign


class FactOutcome(Record):
    """What became of one ledger fact in a draft. `share` of its words stand in the sentence."""

    fact: Fact
    outcome: Literal["carried", "contradicted", "omitted"]
    sentence: str = ""
    share: float = 0.0


@dataclass(frozen=True)
class Case:
    """All that a reviewer or a scorer may look at: one draft with its session and findings."""

    session: Session
    approach: Approach
    draft: Draft
    findings: tuple[Finding, ...]
    facts: tuple[FactOutcome, ...]
    review: Review | None = None


# --- experiment, run, decision ---------------------------------------------------------------


class SessionsConfig(Record):
    """Where sessions come from: the generator or a source; `options` go to its constructor."""

    source: str = "generate"
    options: dict[str, Any] = Field(default_factory=dict)
    limit: int | None = Field(default=None, gt=0)


class Gate(Record):
    """A bound that an approach must keep at the worst end of its 95 % interval."""

    measure: str
    max: float | None = None
    min: float | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.max is None) == (self.min is None):
            raise ValueError("a gate has exactly one of max, min")
        return self

    @property
    def bound(self) -> str:
        return f"<= {self.max:g}" if self.max is not None else f">= {self.min:g}"


class Endpoint(Record):
    """How models are called: limits are per experiment, prices in dollars a million tokens."""

    concurrency: int = Field(default=8, ge=1, le=1000)
    timeout_s: float = Field(default=120.0, gt=0)
    attempts: int = Field(default=4, ge=1, le=20)
    max_wait_s: float = Field(default=60.0, gt=0)
    prices: dict[str, tuple[float, float]] = Field(default_factory=dict)


class Experiment(Record):
    """One experiment file: sessions x approaches x formats x replicates, scorers and gates."""

    name: str = Field(min_length=1, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    description: str = ""
    seed: int = 0
    sessions: SessionsConfig = SessionsConfig()
    formats: tuple[str, ...] = ("soap",)
    replicates: int = Field(default=1, ge=1)
    approaches: tuple[Approach, ...] = Field(min_length=1)
    scorers: tuple[str | dict[str, Any], ...] = ()
    reviewer: str | dict[str, Any] = "keystroke"
    gates: tuple[Gate, ...] = ()
    endpoint: Endpoint = Endpoint()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for field, names in (
            ("approaches", [approach.name for approach in self.approaches]),
            ("formats", list(self.formats)),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{field}: {', '.join(twice)} stands there twice")
        return self


class Provenance(Record):
    """What is needed to repeat a run: code, versions, data."""

    evalkit: str
    commit: str
    python: str
    packages: dict[str, str]
    experiment_hash: str
    sessions_hash: str


class Run(Record):
    """All that one experiment yielded."""

    experiment: Experiment
    sessions: tuple[Session, ...]
    drafts: tuple[Draft, ...]
    findings: tuple[Finding, ...]
    scores: tuple[Score, ...]
    reviews: tuple[Review, ...]
    measures: tuple[Measure, ...]
    provenance: Provenance
    planned: int
    excluded: int = 0
    """Cells that an approach cannot draft (a recorded vendor has no note of that session)."""

    @model_validator(mode="after")
    def _nothing_is_lost(self) -> Self:
        """planned = scored + failed + excluded, and every scored draft has its review."""
        if self.planned != self.scored + self.failed + self.excluded:
            raise ValueError("planned = scored + failed + excluded does not hold")
        if len(self.reviews) != self.scored:
            raise ValueError("not every scored draft has its review")
        return self

    @property
    def failed(self) -> int:
        return sum(draft.failure is not None for draft in self.drafts)

    @property
    def scored(self) -> int:
        return len(self.drafts) - self.failed


class Estimate(Record):
    """Mean of one measure over an approach's notes, 95 % interval over sessions.

    `n` notes in `clusters` sessions have a value, `n_unscored` notes have none; with `n` 0 the
    mean and interval are None.
    """

    approach: str
    measure: str
    mean: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    n_unscored: int


class GateResult(Record):
    """A gate with the estimate it was judged on; `n` scored cells, `n_unscored` without value."""

    gate: Gate
    outcome: Literal["pass", "fail", "open"]
    estimate: float | None
    low: float | None
    high: float | None
    n: int
    n_unscored: int


class Decision(Record):
    """The verdict on one approach, the gates behind it, and the reasons in words."""

    approach: str
    approach_id: str
    verdict: Literal["deploy", "hold", "collect more"]
    control: bool
    gates: tuple[GateResult, ...]
    reasons: tuple[str, ...]
