"""An experiment, the run it yields, and the decision drawn from it."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from evalkit.records._base import Record
from evalkit.records.drafts import Approach, Cell, Draft, Keyed, Usage
from evalkit.records.findings import Finding, Measure, Review, Score
from evalkit.records.reviewing import Reviewing
from evalkit.records.sessions import Session


class SessionsConfig(Record):
    """Where sessions come from: the generator or a source; `options` go to its constructor."""

    source: str = "generate"
    options: dict[str, Any] = Field(default_factory=dict)
    limit: int | None = Field(default=None, gt=0)


class Gate(Record):
    """A bound that an approach must keep at the worst end of its 95 % interval."""

    measure: str
    max: float | None = Field(default=None, allow_inf_nan=False)
    min: float | None = Field(default=None, allow_inf_nan=False)

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.max is None) == (self.min is None):
            raise ValueError("a gate has exactly one of max, min")
        return self

    @property
    def bound(self) -> str:
        return f"<= {self.max:g}" if self.max is not None else f">= {self.min:g}"


class Limit(Record):
    """How fast one model may be called; None where only the endpoint's own limits hold."""

    requests_per_minute: float | None = Field(default=None, gt=0)
    tokens_per_minute: float | None = Field(default=None, gt=0)
    concurrency: int | None = Field(default=None, ge=1, le=1000)


class Endpoint(Record):
    """How models are called: `limits` by model, prices in dollars a million tokens (sent, written).

    `budget_usd` caps what the experiment spends in all, answers kept from earlier runs included.
    `hosts` are reached beside those of the models: a gateway, a proxy, a drafter of one's own.
    """

    concurrency: int = Field(default=8, ge=1, le=1000)
    timeout_s: float = Field(default=120.0, gt=0)
    attempts: int = Field(default=4, ge=1, le=20)
    max_wait_s: float = Field(default=60.0, gt=0)
    prices: dict[str, tuple[float, float]] = Field(default_factory=dict)
    limits: dict[str, Limit] = Field(default_factory=dict)
    budget_usd: float | None = Field(default=None, gt=0)
    hosts: tuple[str, ...] = ()


class Experiment(Record):
    """One experiment file: sessions x approaches x formats x replicates, scorers and gates."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    description: str = ""
    seed: int = Field(default=0, ge=0)
    sessions: SessionsConfig = SessionsConfig()
    formats: tuple[str, ...] = Field(default=("soap",), min_length=1)
    replicates: int = Field(default=1, ge=1)
    approaches: tuple[Approach, ...] = Field(min_length=1)
    judges: tuple[str | dict[str, Any], ...] = Field(default=("grounding",), min_length=1)
    """The scorers read the findings of the first; the others are set beside it."""
    scorers: tuple[str | dict[str, Any], ...] = ()
    reviewer: str | dict[str, Any] = "keystroke"
    reviewing: Reviewing = Reviewing()
    gates: tuple[Gate, ...] = ()
    endpoint: Endpoint = Endpoint()
    log_texts: bool = False
    """Whether notes on sessions that were not generated may be copied into MLflow."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        if self.name in ("mlflow.db", "artifacts"):
            raise ValueError(f"name: {self.name!r} is taken by the tracking store")
        for field, names in (
            ("approaches", [approach.name for approach in self.approaches]),
            ("formats", list(self.formats)),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{field}: {', '.join(twice)} stands there twice")
        return self


class Provenance(Record):
    """What is needed to repeat a run: code, versions, data.

    `code` is a hash of each part of the package (sources, word lists, weights, prompts), and
    `code_hash` one of all; runs logged before they were kept have neither.
    """

    evalkit: str
    commit: str
    python: str
    packages: dict[str, str]
    experiment_hash: str
    sessions_hash: str
    code_hash: str = ""
    code: dict[str, str] = Field(default_factory=dict)
    judges: dict[str, str] = Field(default_factory=dict)
    """Each judge with a hash of its settings, of its prompt and of what it read."""


class Judged(Keyed):
    """What became of one draft before one judge: its findings are those in its name.

    `failure` says why there are none. `usage` and `cost_usd` are None where no model was paid or
    the price is not known; `dropped` counts quotations that stand nowhere in the session, and
    `unlabelled` the sentences without a verdict.
    """

    judge: str
    findings: int = 0
    failure: str | None = None
    usage: Usage | None = None
    cost_usd: float | None = None
    dropped: int = 0
    unlabelled: int = 0
    model_version: str | None = None


class Run(Record):
    """All that one experiment yielded.

    `findings` are those of every judge, each with the judge's name in `scorer`; the scores rest
    on those of the first of `judges` alone, which are `first_findings`.
    """

    experiment: Experiment
    sessions: tuple[Session, ...]
    drafts: tuple[Draft, ...]
    findings: tuple[Finding, ...]
    scores: tuple[Score, ...]
    reviews: tuple[Review, ...]
    measures: tuple[Measure, ...]
    provenance: Provenance
    judges: tuple[str, ...] = Field(default=("grounding",), min_length=1)
    judged: tuple[Judged, ...] = ()
    planned: int
    excluded: int = 0
    """Cells that an approach cannot draft (a recorded vendor has no note of that session)."""

    @model_validator(mode="after")
    def _nothing_is_lost(self) -> Self:
        """planned = scored + failed + excluded; every scored draft that was judged has a review."""
        if self.planned != self.scored + self.failed + self.excluded:
            raise ValueError("planned = scored + failed + excluded does not hold")
        if len(self.reviews) != self.scored - len(self.unjudged):
            raise ValueError("not every scored draft that was judged has its review")
        return self

    @property
    def failed(self) -> int:
        return sum(draft.failure is not None for draft in self.drafts)

    @property
    def scored(self) -> int:
        return len(self.drafts) - self.failed

    @property
    def first_findings(self) -> tuple[Finding, ...]:
        """The findings of the first judge, on which scores, reviews and gates rest."""
        return tuple(one for one in self.findings if one.scorer == self.judges[0])

    @property
    def unjudged(self) -> dict[Cell, str]:
        """Drafts on which the first judge failed, and why: their scores that need it are None."""
        return {
            one.cell: one.failure
            for one in self.judged
            if one.judge == self.judges[0] and one.failure is not None
        }


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
    """A gate with the estimate it was judged on; `n` scored cells, `n_unscored` without value.

    It is "withheld" where the judge finds too little of what was planted for its numbers to decide
    anything; `reason` then says how little.
    """

    gate: Gate
    outcome: Literal["pass", "fail", "open", "withheld"]
    estimate: float | None
    low: float | None
    high: float | None
    n: int
    n_unscored: int
    reason: str = ""


class Decision(Record):
    """The verdict on one approach, the gates behind it, and the reasons in words."""

    approach: str
    approach_id: str
    verdict: Literal["deploy", "hold", "collect more"]
    control: bool
    gates: tuple[GateResult, ...]
    reasons: tuple[str, ...]
