"""A question to `evalkit power`, checked before anything is read."""

from __future__ import annotations

from typing import Self

from pydantic import Field

from evalkit.errors import InputError, did_you_mean
from evalkit.power.components import ICC
from evalkit.power.plan import Goal
from evalkit.power.reviewers import SEGMENT
from evalkit.records import Measure, Record

MINUTES = "review_minutes"


class Guess(Record):
    """What is assumed where no run tells; sources stand with `from_rates` and `of_minutes`."""

    icc: float = Field(default=ICC, ge=0, le=1)
    shared: float = Field(default=0.0, ge=0, le=1)
    residual: float = Field(default=SEGMENT, ge=0, le=5)
    differ: float | None = Field(default=None, ge=0, le=5)


class Asked(Record):
    """What is to be shown of `measure`, and with what.

    `before` and `after` are levels (minutes, or shares of notes), `difference` the distance
    between them, `margin` how much worse is still good enough. `sessions`, or `notes` for each of
    the `reviewers`, asks the other way round: what can be seen with so many.
    """

    measure: str
    before: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    after: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    difference: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    margin: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    at_most: tuple[float, ...] = ()
    sessions: int | None = Field(default=None, ge=2, le=1_000_000)
    notes: int | None = Field(default=None, ge=2, le=100_000)
    replicates: tuple[int, ...] = (1, 3, 5)
    reviewers: tuple[int, ...] = ()
    price: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    goal: Goal = Goal()
    guess: Guess = Guess()

    def checked(self, with_run: bool) -> Self:
        """Itself; InputError where two answers contradict each other, or one is wanting."""
        for field, values, most in (
            ("--replicates", self.replicates, 1000),
            ("--reviewers", self.reviewers, 10_000),
        ):
            if any(not 1 <= one <= most for one in values):
                raise InputError(f"each from 1 to {most:,}", field=field)
        if any(not 0 < share < 1 for share in self.at_most):
            raise InputError("a share above 0 and below 1", field="--at-most", fix="give 0.05")
        if self.difference is not None and self.after is not None:
            raise InputError("--difference and --to say the same thing", field="--to")
        if with_run and (self.before, self.after) != (None, None):
            raise InputError("the run has its own level", field="--from", fix="give --difference")
        if self.notes is not None and not self.reviewers:
            raise InputError("how many reviewers?", field="--reviewers", fix="give --reviewers 4")
        wanted = (self.after, self.difference, self.margin, self.sessions, self.notes, self.at_most)
        if not any(one not in (None, (), 0.0) for one in wanted) and self.after is None:
            fix = "give --difference, --to, --margin or --at-most; or --sessions, to see what shows"
            raise InputError("nothing is asked", field="--difference", fix=fix)
        others = (self.margin, self.sessions, self.notes)
        if self.after is not None and self.after == self.before and others == (None, None, None):
            fix = "give another level, or --margin to show that it is no worse"
            raise InputError("a difference of 0 cannot be shown", field="--to", fix=fix)
        return self


def room(effect: float) -> float:
    """What is left of a margin; InputError where nothing is."""
    if effect <= 0:
        raise InputError(
            "a difference beyond the margin cannot be shown to keep it",
            field="--margin",
            fix="take a wider margin, or expect a smaller difference",
        )
    return effect


def measure_of(name: str) -> Measure:
    """A measure of any scorer; InputError with the nearest name where there is none."""
    from evalkit import registry

    package = "evalkit.scorers"
    classes = [registry.find(package, scorer) for scorer in registry.names(package)]
    known = {one.name: one for cls in classes for one in cls.measures}
    if name not in known:
        raise InputError(did_you_mean("measure", name, known), field="--measure")
    return known[name]
