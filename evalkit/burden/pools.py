"""Notes of one approach, in the two pools that a practice documents apart.

One pool holds the notes of group sessions, the other all others (individual, couple, intake).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from evalkit.records import Vigilance

Numbers = NDArray[np.float64]

READ_PARTS = ("read", "verify", "edit")
"""What a clinician who has stopped reviewing leaves out."""
DESK_PARTS = ("transfer", "sign")
PARTS = (*READ_PARTS, *DESK_PARTS)
COUNTS = ("fabrications", "major", "surviving", "surviving_major", "slips")


@dataclass(frozen=True)
class Pool:
    """The reviewed notes of one kind: a session's number, minutes and counts for each of n notes.

    Sessions are numbered from 0, and each has at least one note. `minutes` has a typical
    clinician's minutes by part, each of shape (n,); `counts` the expected errors (`major` of the
    `fabrications` are major) and slips of a note whose reviewer does review, NaN where they are not
    known. `residual` is the log s.d. of one review around its clinician's own pace. `failed` drafts
    have to be written by hand; `unreviewed` ones were drafted but not reviewed, because no judge
    had read them.
    """

    session: NDArray[np.int64]
    minutes: Mapping[str, Numbers]
    counts: Mapping[str, Numbers]
    residual: Numbers
    failed: int = 0
    unreviewed: int = 0

    @property
    def notes(self) -> int:
        return len(self.session)

    @property
    def sessions(self) -> int:
        return int(self.session.max()) + 1

    @property
    def failed_share(self) -> float:
        """Share of the drafts asked for that did not come."""
        return self.failed / (self.failed + self.notes + self.unreviewed)

    @property
    def attention(self) -> Numbers:
        """Typical minutes of reading, verifying and editing, a note: shape (n,)."""
        return sum((self.minutes[part] for part in READ_PARTS), np.zeros(self.notes))

    @property
    def desk(self) -> Numbers:
        """Typical minutes of carrying the note over and signing it, a note: shape (n,)."""
        return sum((self.minutes[part] for part in DESK_PARTS), np.zeros(self.notes))

    def minutes_by_session(self) -> tuple[Numbers, Numbers]:
        """A session's mean `attention` and `desk` at a typical pace, each of shape (sessions,).

        One review varies around its clinician's pace by a log-normal, whose mean is more than 1.
        """
        wobble = np.exp(self.residual**2 / 2)
        return self.by_session(self.attention * wobble), self.by_session(self.desk * wobble)

    def by_session(self, values: Numbers) -> Numbers:
        """Mean of each session's known values, NaN for one that has none: shape (sessions,)."""
        known = ~np.isnan(values)
        sums = np.bincount(self.session, weights=np.where(known, values, 0.0))
        sizes = np.bincount(self.session, weights=known.astype(float))
        return np.divide(sums, sizes, out=np.full(len(sums), np.nan), where=sizes > 0)

    def unread(self, count: str) -> Numbers:
        """That count in the signed notes of a clinician who does not review: shape (n,)."""
        name = {"surviving": "fabrications", "surviving_major": "major"}.get(count, count)
        return self.counts[name]

    def scaled(self, factors: Mapping[str, float]) -> Pool:
        """The same notes with the minutes of some parts multiplied."""
        minutes = {part: one * factors.get(part, 1.0) for part, one in self.minutes.items()}
        return replace(self, minutes=minutes)

    def with_transfer(self, minutes: float) -> Pool:
        """The same notes where each takes so many minutes to carry over."""
        return replace(self, minutes={**self.minutes, "transfer": np.full(self.notes, minutes)})

    def at_odds(self, factor: float) -> Pool:
        """The same notes where the odds that an error is caught are multiplied."""
        kept = dict(self.counts)
        for all_of, surviving in (("fabrications", "surviving"), ("major", "surviving_major")):
            kept[surviving] = _missed(self.counts[all_of], self.counts[surviving], factor)
        return replace(self, counts=kept)


def _missed(errors: Numbers, surviving: Numbers, factor: float) -> Numbers:
    """Errors that survive when the odds to catch one of a note's errors are multiplied."""
    caught = np.maximum(errors - surviving, 0.0)
    whole = factor * caught + surviving
    share = np.divide(surviving, whole, out=np.zeros(len(errors)), where=whole > 0)
    return np.where(np.isnan(errors) | np.isnan(surviving), np.nan, errors * share)


@dataclass(frozen=True)
class Drafted:
    """One approach as a run has it, or minutes that somebody gave (`is_given`).

    `cost_usd` is the mean of a draft, None where the price of one is not known. `vigilance` is what
    the run's reviewers were modelled with.
    """

    approach: str
    source: str
    individual: Pool | None
    group: Pool | None
    cost_usd: float | None = None
    control: bool = False
    vigilance: Vigilance = field(default_factory=Vigilance)
    is_given: bool = False

    def scaled(self, **factors: float) -> Drafted:
        """The same with the minutes of some parts multiplied: `scaled(read=0.5)`."""
        return replace(
            self,
            individual=self.individual and self.individual.scaled(factors),
            group=self.group and self.group.scaled(factors),
        )

    def with_transfer(self, minutes: float) -> Drafted:
        """The same where each note takes so many minutes to carry over."""
        return replace(
            self,
            individual=self.individual and self.individual.with_transfer(minutes),
            group=self.group and self.group.with_transfer(minutes),
        )

    def at_workload(self, notes_a_day: float) -> Drafted:
        """The same with the vigilance of people who sign that many notes a day.

        Each doubling changes the odds to catch an error as the run's `Vigilance` says. It is laid
        on the share of each note's errors that is caught, which is exact where a note's errors are
        of one severity and nobody is nudged.
        """
        doublings = math.log2(notes_a_day / self.vigilance.notes_a_day)
        factor = self.vigilance.twice_the_notes_odds**doublings
        return replace(
            self,
            individual=self.individual and self.individual.at_odds(factor),
            group=self.group and self.group.at_odds(factor),
        )


def given(minutes: float | None, group_minutes: float | None, spread: float) -> Drafted:
    """Minutes a review that somebody gave: means over clinicians whose log pace has that spread.

    Nothing is known of errors then: they are NaN, and what rests on them is not projected.
    """

    def pool(mean: float | None) -> Pool | None:
        if mean is None:
            return None
        none = np.zeros(1)
        typical = np.array([mean / math.exp(spread**2 / 2)])
        return Pool(
            session=np.zeros(1, dtype=np.int64),
            minutes=dict.fromkeys(PARTS, none) | {"read": typical},
            counts=dict.fromkeys(COUNTS, np.full(1, np.nan)),
            residual=none,
        )

    return Drafted("given minutes", "given", pool(minutes), pool(group_minutes), is_given=True)
