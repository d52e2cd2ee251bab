"""What a practice documents in a month, and what is expected of it in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evalkit.burden.pools import Drafted, Numbers, Pool
from evalkit.burden.practice import Practice
from evalkit.errors import InputError


@dataclass(frozen=True)
class Share:
    """A pool of the run's notes with its part of the practice's month; `kind` as in `Drafted`.

    `documented` are sessions a month, each with `notes` notes of that kind, which take `reviews`
    full reviews, and `scratch` minutes when all of them are written by hand.
    """

    kind: Literal["individual", "group"]
    pool: Pool
    documented: float
    notes: int
    reviews: float
    scratch: float

    @property
    def drafted(self) -> float:
        """Documented sessions a month whose drafts come."""
        return self.documented * (1 - self.pool.failed_share)


def shares_of(practice: Practice, drafted: Drafted) -> tuple[Share, ...]:
    """What the practice documents, each kind with the notes that the run has of it.

    Raises InputError where the run has no notes, or those of one session only, of a kind that the
    practice documents.
    """
    at_work = drafted.at_workload(practice.notes_a_day)
    found = []
    if practice.individual_notes > 0:
        pool = _checked(drafted, "individual", at_work.individual)
        scratch = practice.individual_minutes
        found.append(Share("individual", pool, practice.individual_notes, 1, 1.0, scratch))
    if practice.groups > 0:
        pool = _checked(drafted, "group", at_work.group)
        notes, reviews = practice.notes_a_group, practice.reviews_a_group
        found.append(Share("group", pool, practice.groups, notes, reviews, practice.group_minutes))
    return tuple(found)


def _checked(drafted: Drafted, kind: str, pool: Pool | None) -> Pool:
    field = "groups_a_day" if kind == "group" else "sessions_a_day"
    if pool is None and drafted.is_given:
        option = "--group-review-minutes" if kind == "group" else "--review-minutes"
        raise InputError(f"no minutes for {kind} notes", field=field, fix=f"give {option}")
    if pool is None:
        raise InputError(
            f"{drafted.approach}: the run has no reviewed note of this kind of session: {kind}",
            file=drafted.source,
            field=field,
            fix=f"run it on such sessions too, or set {field} = 0 in the practice",
        )
    if pool.sessions < 2 and not drafted.is_given:
        raise InputError(
            f"{drafted.approach}: one {kind} session shows no spread between sessions",
            file=drafted.source,
            fix="run the experiment on more sessions",
        )
    return pool


def mean_over_sessions(values: Numbers) -> float | None:
    """The mean of what is known, each session counting once; None if nothing is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None


def review_minutes(practice: Practice, pool: Pool) -> float:
    """Expected minutes a review, mean over clinicians (stopped ones among them) and sessions."""
    attention, desk = (float(np.mean(one)) for one in pool.minutes_by_session())
    return math.exp(practice.spread**2 / 2) * ((1 - practice.stopped) * attention + desk)


def hours_saved(practice: Practice, drafted: Drafted) -> float:
    """Expected hours a month that the practice saves.

    >>> from evalkit.burden.pools import given
    >>> round(hours_saved(Practice(name="solo"), given(7.5, None, 0.47)), 6)
    12.0
    """
    minutes = sum(
        one.drafted * (one.scratch - one.reviews * review_minutes(practice, one.pool))
        for one in shares_of(practice, drafted)
    )
    return minutes / 60


def notes_drafted(shares: tuple[Share, ...]) -> float:
    """Notes a month that are drafted and signed."""
    return sum(share.drafted * share.notes for share in shares)


def count_a_month(practice: Practice, shares: tuple[Share, ...], count: str) -> float | None:
    """Expected errors or slips a month in signed notes; None where the run does not know them.

    A clinician who has stopped reviewing signs every error of the draft.
    """
    total = 0.0
    for share in shares:
        pool, stopped = share.pool, practice.stopped
        signed = (1 - stopped) * pool.counts[count] + stopped * pool.unread(count)
        mean = mean_over_sessions(pool.by_session(signed))
        if mean is None:
            return None
        total += share.drafted * share.notes * mean
    return total
