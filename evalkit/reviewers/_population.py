"""Clinicians differ: the same drawn people review every note of a run, and write it from scratch.

A person's minutes are the typical ones times a pace, log-normal over people, times a residual of
that person with that note. The residual was measured on single segments, log s.d. .74; a note of n
sentences is n segments done one after the other, whose independent residuals average out, so it
has .74 / sqrt(n). (Matching the moments of a sum of n log-normals gives .85 / sqrt(n) for large n;
at 12 sentences that is .25 instead of .21 beside .47 between people, which widens the whole by
2.5 %, less than what is known of either figure.)
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from evalkit.records import Clinicians, Record, Scratch, Session

Floats = NDArray[np.float64]


SCRATCH_SENTENCES = 15
"""Of a note from scratch: 300 words of 20 a sentence (our assumption)."""


class Spread(Record):
    """What the drawn clinicians come to on one note, in minutes; `trap` is a share in [0, 1].

    `low` and `high` are the 2.5th and 97.5th percentile of review minutes, `mean` their mean,
    `saved` the mean of writing minus reviewing, `trap` the share whom reviewing costs at least as
    much as writing.
    """

    low: float
    high: float
    mean: float
    saved: float
    trap: float


class Population:
    """`reviewing` and `writing` are each person's pace, shape (draws,), with median 1.

    `stopped` says who signs without reading. Equal settings and seeds give equal people; those who
    have stopped at a smaller share have also stopped at a larger one.
    """

    def __init__(self, clinicians: Clinicians, seed: int, stopped: float = 0.0) -> None:
        rng = np.random.default_rng([seed, 1])
        self.clinicians, self.seed = clinicians, seed
        self._even = _even_normals(clinicians.draws)
        first, second = rng.permutation(self._even), rng.permutation(self._even)
        together = clinicians.writing_with_reviewing
        other = together * first + math.sqrt(1 - together**2) * second
        self.reviewing: Floats = np.exp(clinicians.spread * first)
        self.writing: Floats = np.exp(clinicians.spread * other)
        order = rng.permutation(clinicians.draws)
        self.stopped: NDArray[np.bool_] = order < round(stopped * clinicians.draws)

    def residuals(self, note: int, sentences: int) -> Floats:
        """Factors with median 1, shape (2, draws): of reviewing and of writing one note.

        `note` is a number of the note's own, so that they do not depend on the other notes;
        `sentences` are those of the draft. What is written from scratch has its own length.
        """
        rng = np.random.default_rng([self.seed, 2, note])
        drawn = rng.standard_normal((2, self.clinicians.draws))
        drawn[0] *= self.clinicians.residual / math.sqrt(max(1, sentences))
        drawn[1] *= self.clinicians.residual / math.sqrt(SCRATCH_SENTENCES)
        return np.asarray(np.exp(drawn))

    def minutes(self, typical: float, unread: float, factors: Floats) -> Floats:
        """Each person's minutes of review, shape (draws,): `typical` for those who read the note,
        `unread` for those who have stopped; `factors` are the first of the residuals."""
        each = np.where(self.stopped, unread, typical)
        return np.asarray(each * self.reviewing * factors)

    def from_scratch(self, mean: float, factors: Floats) -> Floats:
        """Each person's minutes of writing, shape (draws,), `mean` on average over people and
        notes; `factors` are the second of the residuals."""
        of_people, of_notes = self.clinicians.spread, self.clinicians.residual
        above_median = math.exp((of_people**2 + of_notes**2 / SCRATCH_SENTENCES) / 2)
        return np.asarray(mean / above_median * self.writing * factors)

    def usual(self, typical: float, unread: float) -> Floats:
        """Each person's minutes a note over many notes, shape (draws,), the residuals averaged."""
        return np.asarray(np.where(self.stopped, unread, typical) * self.reviewing)

    def usual_from_scratch(self, mean: float) -> Floats:
        """Each person's minutes of writing over many notes, shape (draws,), on average `mean`."""
        return np.asarray(mean / math.exp(self.clinicians.spread**2 / 2) * self.writing)

    def averaged(self, sentences: int) -> float:
        """Mean of the residual of reviewing one note, which has median 1."""
        return math.exp(self.clinicians.residual**2 / max(1, sentences) / 2)


def spread(reviewing: Floats, writing: Floats) -> Spread:
    """What the minutes of the same people on the same note come to, to a millionth."""
    ordered = np.sort(reviewing)
    low, high = (float(ordered[round(share * (len(ordered) - 1))]) for share in (0.025, 0.975))
    return Spread(
        low=round(low, 6),
        high=round(high, 6),
        mean=round(float(reviewing.mean()), 6),
        saved=round(float((writing - reviewing).mean()), 6),
        trap=float((reviewing >= writing).mean()),
    )


def scratch_minutes(session: Session, scratch: Scratch) -> tuple[float, str]:
    """Mean minutes to write the note without a draft, and what is not known about them.

    A group session's minutes are shared by its members where each has a note.
    """
    setting = session.spec.setting
    if setting != "group":
        return (scratch.couple if setting == "couple" else scratch.individual), ""
    if scratch.group_notes == "one":
        return scratch.group, ""
    if not session.members:
        return scratch.group, "members unknown: the group's minutes are all this note's"
    return scratch.group / len(session.members), ""


@lru_cache(maxsize=8)
def _even_normals(n: int) -> Floats:
    """Standard normal values at n equal steps of probability: drawn people without their luck."""
    normal = NormalDist()
    return np.array([normal.inv_cdf((place + 0.5) / n) for place in range(n)])
