"""A session: what was said, what was jotted down, and, if known, what is true of it."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from evalkit.records._base import Record

THERAPIST = "therapist"
"""Speaker label of the clinician in every session; any other label is a client."""

Setting = Literal["individual", "intake", "couple", "group"]
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
    "privacy",
    "other",
]
Reason = Literal["untrue", "inadmissible"]
"""Why a trap's bait must not stand in the note: it is false, or true but not for a progress note
(45 CFR 164.501; another client's name)."""


class Channel(Record):
    """What became of the words between mouth and transcript; rates are shares from 0 to 1.

    `word_error_rate` and `speaker_swap_rate` are what was asked for; `words_wrong` (substituted,
    deleted and inserted words to words spoken) and `turns_swapped` are what was measured.
    """

    word_error_rate: float = Field(default=0.0, ge=0, le=1)
    speaker_swap_rate: float = Field(default=0.0, ge=0, le=1)
    words_wrong: float = Field(default=0.0, ge=0)
    turns_swapped: float = Field(default=0.0, ge=0, le=1)


class SessionSpec(Record):
    """What a session is to be (generated) or what is known of it (loaded).

    `minutes` are by the clock, as billed. `client_id` and `visit` (from 1) tie the sessions of one
    client together where a source knows them.
    """

    session_id: str = Field(min_length=1)
    seed: int | None = None
    client_id: str = ""
    visit: int | None = Field(default=None, ge=1)
    setting: Setting = "individual"
    modality: str = ""
    problem: str = ""
    minutes: float | None = Field(default=None, gt=0)
    traps: tuple[str, ...] = ()
    channel: Channel | None = None
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
    work: str = ""
    family: tuple[str, ...] = ()


class Chart(Record):
    """What the clinician could look up before the session.

    `measures` are earlier scores, oldest first, each with its date: "2025-03-04 PHQ-9 16".
    """

    diagnosis: str = ""
    goals: tuple[str, ...] = ()
    medication: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    last_note: str = ""


class Fact(Record):
    """One clinically meaningful statement that is true of the session, as a note would put it.

    `turns` are the indices of the turns that show it; empty means that only the clinician's
    observation, jottings, form or chart show it. `reworded` is the same in other words, where
    they are known: a note need not use the ledger's. `sections` names, for each format, the
    sections where the fact belongs. A fact that is not `discussed` says what the session left
    open ("Suicide risk was not assessed."): a note that claims otherwise is false, and a note
    that is silent leaves nothing out.
    """

    fact_id: str
    kind: FactKind
    statement: str = Field(min_length=1)
    reworded: str = ""
    subject: str = "client"
    polarity: Polarity = "affirmed"
    temporality: Temporality = "current"
    certainty: Certainty = "stated"
    criticality: Criticality = "important"
    discussed: bool = True
    sections: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    turns: tuple[int, ...] = ()


class Trap(Record):
    """A place in the session that invites a claim (`bait`) that must not stand in the note.

    `reworded` is the bait in other words. `truth` is what a careful note says instead; it is
    empty where a careful note says nothing.
    """

    kind: str
    bait: str = Field(min_length=1)
    reworded: str = ""
    truth: str = ""
    because: Reason = "untrue"
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

    @property
    def discussed(self) -> tuple[Fact, ...]:
        """The facts that a note may state; the others say what the session left open."""
        return tuple(fact for fact in self.facts if fact.discussed)

    def transcript(self) -> str:
        """The turns as text, one a line, each with its speaker."""
        return "\n".join(f"{turn.speaker}: {turn.text}" for turn in self.turns)
