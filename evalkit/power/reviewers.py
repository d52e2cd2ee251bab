"""Reviews by people: how many reviewers, and how many notes each.

Every reviewer reads each session once at most, and a session is read as often under one approach
as under the other. Crossed: each reviewer works with both approaches, half the notes each, in a
Williams order; the unit is a reviewer's own difference. Nested: half of the reviewers work with
each approach; the unit is a reviewer's mean. Student's t over reviewers, so that the result holds
for other clinicians than these. A mixed model that shares sessions between reviewers does a little
better.
"""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from evalkit.power.components import ICC
from evalkit.power.plan import MOST, Goal, least
from evalkit.records import Record

Design = Literal["crossed", "nested"]
MOST_NOTES = 5_000
"""Notes a reviewer beyond which a plan is none."""


class People(Record):
    """Standard deviations, of log minutes or of a share of notes.

    `reviewer` is between reviewers, `differing` that of the approaches' difference between
    reviewers, `session` between sessions and `interplay` that of the approaches' difference
    between sessions; `residual` is that of one review.
    """

    reviewer: float = Field(ge=0)
    differing: float = Field(ge=0)
    session: float = Field(ge=0)
    interplay: float = Field(ge=0)
    residual: float = Field(ge=0)

    @property
    def review(self) -> float:
        """Variance of one review by a given reviewer of a session drawn at random."""
        return self.session**2 + self.interplay**2 / 2 + self.residual**2


SEGMENT = 0.74
"""Residual log s.d. of one segment within a person (DivEMT, nmt-pe-effects-2021): the careful end,
since a note of many sentences averages them out."""
NOTE = 0.38
"""At most that of a note: the rest after consultation and model is .17 in the mean of five
clinicians (PriMock57, 88 AI notes of 22 consultations, our fit), and .17 times the root of 5."""
MINUTES = 2.27
"""Minutes of one review where none are named: 136.2 s of post-editing an AI note (PriMock57)."""


DIFFERING = 0.12
"""Log s.d. of the approaches' difference between clinicians: a quarter of their spread of .47 (our
assumption)."""


def of_minutes(residual: float = SEGMENT, differing: float = DIFFERING) -> People:
    """Log minutes. Between clinicians .47 (.44 to .51: DivEMT, nmt-pe-effects-2021), between
    sessions .29 (PriMock57, 88 AI notes of 22 consultations, our fit); that of the
    difference between sessions is .17, half of what that fit leaves over (our assumption)."""
    return People(
        reviewer=0.47, differing=differing, session=0.29, interplay=0.17, residual=residual
    )


def of_rates(rate: float, icc: float = ICC, differing: float | None = None) -> People:
    """Shares of notes that reviewers call faulty, around `rate`: `icc` of the variance is between
    sessions, .05 between reviewers, and the difference varies between reviewers by half of their
    s.d. and between sessions as it would if nothing were shared (all our assumptions)."""
    whole = rate * (1 - rate)
    reviewer = math.sqrt(0.05 * whole)
    return People(
        reviewer=reviewer,
        differing=reviewer / 2 if differing is None else differing,
        session=0.0,
        interplay=math.sqrt(2 * icc * whole),
        residual=math.sqrt(max(0.0, 1 - icc - 0.05) * whole),
    )


class Study(Record):
    """One plan of a measured study; the numbers are None where there are too few reviewers."""

    reviewers: int
    design: Design
    notes: int | None = None
    sessions: int | None = None
    drafts: int | None = None


def variance(people: People, reviewers: int, notes: float, design: Design) -> float:
    """Variance of the difference between approaches, with `notes` a reviewer.

    >>> people = People(reviewer=0.5, differing=0.1, session=0, interplay=0, residual=1)
    >>> round(variance(people, 4, 20, "crossed"), 4), round(variance(people, 4, 20, "nested"), 4)
    (0.0525, 0.305)
    """
    if design == "crossed":
        return (people.differing**2 + 4 * people.review / notes) / reviewers
    one = people.reviewer**2 + people.differing**2 / 2 + people.review / notes
    return one * (1 / (reviewers // 2) + 1 / (reviewers - reviewers // 2))


def freedom(reviewers: int, design: Design) -> int:
    """Degrees of freedom: reviewers less 1 (crossed) or less 2 (nested); 0 or less are none."""
    return reviewers - (1 if design == "crossed" else 2)


def study(effect: float, people: People, reviewers: int, design: Design, goal: Goal) -> Study:
    """Notes each for a true difference on the scale of `people`."""
    df = freedom(reviewers, design)
    if df < 1:
        return Study(reviewers=reviewers, design=design)

    def enough(halves: int) -> bool:
        spread = variance(people, reviewers, 2 * halves, design)
        return effect != 0 and abs(effect) >= goal.shift(df) * math.sqrt(spread)

    halves = least(enough, 1, MOST_NOTES // 2)
    if halves is None:
        return Study(reviewers=reviewers, design=design)
    reviews = 2 * halves * reviewers
    return Study(
        reviewers=reviewers,
        design=design,
        notes=2 * halves,
        sessions=reviews // 2,
        drafts=reviews,
    )


def fewest(effect: float, people: People, design: Design, goal: Goal) -> int | None:
    """Reviewers below which not even 5,000 notes each are enough; None over a million."""

    def enough(count: int) -> bool:
        return study(effect, people, count, design, goal).notes is not None

    return least(enough, 2, MOST)


def smallest(
    people: People, reviewers: int, notes: int, design: Design, goal: Goal
) -> float | None:
    """The smallest true difference that shows, on the scale of `people`."""
    df = freedom(reviewers, design)
    if df < 1:
        return None
    return goal.shift(df) * math.sqrt(variance(people, reviewers, notes, design))
