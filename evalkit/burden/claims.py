"""The article's quantitative claims, each recomputed from named inputs under its readings."""

from __future__ import annotations

import inspect
import tomllib
from importlib.resources import files
from typing import Literal

from pydantic import Field

from evalkit.burden import arithmetic
from evalkit.burden.project import Projection
from evalkit.records import Record

Verdict = Literal["holds", "holds under a reading", "does not hold", "no figure given"]
Outcome = Literal["holds", "less", "more", "not judged"]


class Named(Record):
    """An input with its unit and where its value comes from."""

    value: float
    unit: str
    source: str


class Reading(Record):
    """One way to read a claim: `inputs` take the place of the claim's own, or come on top.

    A `plain` reading is shown and not judged. `claimed` and `unit` are the claim's where not given.
    """

    name: str
    compute: str
    inputs: dict[str, float] = Field(default_factory=dict)
    claimed: tuple[float, float] | None = None
    unit: str = ""
    plain: bool = False


class Claim(Record):
    """A claim in the article's words or ours; `claimed` holds the least and most that it says."""

    id: str
    claim: str
    unit: str
    inputs: dict[str, Named]
    readings: tuple[Reading, ...] = Field(min_length=1)
    claimed: tuple[float, float] | None = None
    allowed: str = ""
    note: str = ""


class Recomputed(Record):
    """A reading's figure, and whether it is what is claimed (from, to), less or more."""

    name: str
    figure: float
    unit: str
    claimed: tuple[float, float] | None
    outcome: Outcome


class Judged(Record):
    """A claim with the figure under each reading, and what they come to."""

    claim: Claim
    figures: tuple[Recomputed, ...]
    verdict: Verdict

    @property
    def under(self) -> tuple[str, ...]:
        """The readings under which the claim holds."""
        return tuple(one.name for one in self.figures if one.outcome == "holds")

    def __getitem__(self, reading: str) -> float:
        return next(one.figure for one in self.figures if one.name == reading)


def load_claims() -> tuple[Claim, ...]:
    """The claims of `claims.toml`, in the article's order."""
    content = tomllib.loads((files("evalkit.burden") / "claims.toml").read_text("utf-8"))
    return tuple(Claim.model_validate(one) for one in content["claims"])


def recompute(projections: tuple[Projection, ...] = ()) -> tuple[Judged, ...]:
    """Every claim with its figures and verdict; projections of a run add readings of their own.

    A claim holds if every judged reading does, and under a reading if some do.
    """
    return tuple(_judged(claim, _of_run(claim, projections)) for claim in load_claims())


def figure(claim: Claim, reading: Reading) -> float:
    """The reading's figure, computed from the claim's inputs with the reading's own in place."""
    function = getattr(arithmetic, reading.compute)
    known = {name: one.value for name, one in claim.inputs.items()} | reading.inputs
    return float(function(**{name: known[name] for name in inspect.signature(function).parameters}))


def _judged(claim: Claim, more: list[Recomputed]) -> Judged:
    figures = [_recomputed(claim, reading) for reading in claim.readings] + more
    held = [one.outcome == "holds" for one in figures if one.outcome != "not judged"]
    verdict: Verdict = "does not hold"
    if not held:
        verdict = "no figure given"
    elif all(held):
        verdict = "holds"
    elif any(held):
        verdict = "holds under a reading"
    return Judged(claim=claim, figures=tuple(figures), verdict=verdict)


def _recomputed(claim: Claim, reading: Reading) -> Recomputed:
    value = figure(claim, reading)
    claimed = None if reading.plain else reading.claimed or claim.claimed
    return Recomputed(
        name=reading.name,
        figure=value,
        unit=reading.unit or claim.unit,
        claimed=claimed,
        outcome=_outcome(value, claimed),
    )


def _outcome(value: float, claimed: tuple[float, float] | None) -> Outcome:
    if claimed is None:
        return "not judged"
    return "less" if value < claimed[0] else "more" if value > claimed[1] else "holds"


def _of_run(claim: Claim, projections: tuple[Projection, ...]) -> list[Recomputed]:
    """What a run says of the two claims that it can test."""
    name = {"hours_saved": "saved", "review_trap": "trap"}.get(claim.id)
    found = []
    for one in projections:
        quantity = one[name] if name else None
        if quantity is None or quantity.value is None:
            continue
        per = one.practice.clinicians if name == "saved" else 1
        value = quantity.value / per
        found.append(
            Recomputed(
                name=f"{one.approach} in {one.practice.name}, modelled",
                figure=value,
                unit=claim.unit,
                claimed=claim.claimed,
                outcome=_outcome(value, claim.claimed),
            )
        )
    return found
