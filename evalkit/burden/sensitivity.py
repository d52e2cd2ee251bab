"""What the hours saved hang on: one input after the other over its plausible range."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np

from evalkit.burden.month import hours_saved, review_minutes, shares_of
from evalkit.burden.pools import PARTS, Drafted, Pool
from evalkit.burden.practice import Practice
from evalkit.records import Record
from evalkit.reviewers._base import READING_WPM
from evalkit.stats import Z95

OURS = "our assumption"


class Swing(Record):
    """One input at the two ends of its range; `at_low` and `at_high` are hours saved a month.

    `base` is what the input is in the practice or the run.
    """

    input: str
    unit: str
    base: float
    low: float
    high: float
    at_low: float
    at_high: float
    source: str

    @property
    def width(self) -> float:
        return abs(self.at_high - self.at_low)


class Range(NamedTuple):
    """A field of the practice with its plausible ends, and which practices it matters to."""

    field: str
    ends: tuple[float, float]
    unit: str
    source: str
    matters: Literal["always", "single", "group", "members"] = "always"


OF_PRACTICE = (
    Range("individual_minutes", (8.3, 15.0), "min a note", f"survey 2023: 8.3; {OURS}", "single"),
    Range("group_minutes", (20.0, 40.0), "min a group", OURS, "group"),
    Range("group_members", (6, 12), "people", f"CPT 90853: at most 12; {OURS}", "members"),
    Range("group_shared", (0.0, 0.7), "of a review", OURS, "members"),
    Range("working_days", (20.0, 21.67), "a month", "4 weeks of 5; a calendar month"),
    Range("stopped", (0.0, 0.45), "of clinicians", "Biro 2025: 35-45 % sent unedited"),
)

GIVEN_MINUTES = (136.2 / 60, 7.8)
"""Minutes a review: PriMock57's mean post-edit time of an AI note, and what the article's 12 hours
a month leave of 12 minutes (12 - 4.2)."""

COPYING_MINUTES = 4 * 8.6 / 60
"""Four fields of SOAP, copied and pasted (keystroke-level model)."""


def tornado(practice: Practice, drafted: Drafted) -> tuple[Swing, ...]:
    """Expected hours saved a month with each input at its ends, the others as they are.

    The widest swing comes first. Hours are those of the whole practice.
    """
    swings = [*_of_practice(practice, drafted), _of_pace(practice, drafted)]
    if drafted.is_given:
        swings += _of_given(practice, drafted)
    else:
        swings += [*_of_parts(practice, drafted), _of_sessions(practice, drafted)]
    return tuple(sorted(swings, key=lambda one: -one.width))


def _of_practice(practice: Practice, drafted: Drafted) -> Iterator[Swing]:
    matters = {
        "always": True,
        "single": practice.sessions_a_day > 0,
        "group": practice.groups_a_day > 0,
        "members": practice.groups_a_day > 0 and practice.notes_a_group > 1,
    }
    for one in OF_PRACTICE:
        if not matters[one.matters]:
            continue
        base = float(getattr(practice, one.field))
        low, high = min(one.ends[0], base), max(one.ends[1], base)
        at_low, at_high = (
            hours_saved(practice.model_copy(update={one.field: end}), drafted)
            for end in (low, high)
        )
        yield Swing(
            input=one.field.replace("_", " "),
            unit=one.unit,
            base=base,
            low=low,
            high=high,
            at_low=at_low,
            at_high=at_high,
            source=one.source,
        )


def _of_pace(practice: Practice, drafted: Drafted) -> Swing:
    """The mean pace of that many clinicians: a mean of log-normals is nearly one (Fenton 1960)."""
    variance = math.log(1 + math.expm1(practice.spread**2) / practice.clinicians)
    low, high = (math.exp(z * math.sqrt(variance) - variance / 2) for z in (-Z95, Z95))
    slower, faster = (
        hours_saved(practice, drafted.scaled(**dict.fromkeys(PARTS, end))) for end in (high, low)
    )
    return Swing(
        input="these clinicians' pace in review",
        unit="x the mean time",
        base=1.0,
        low=low,
        high=high,
        at_low=faster,
        at_high=slower,
        source="log s.d. .44-.51: DivEMT, nmt-pe-effects-2021",
    )


def _of_given(practice: Practice, drafted: Drafted) -> Iterator[Swing]:
    pool = drafted.individual
    if pool is None or practice.sessions_a_day == 0:
        return
    base = review_minutes(practice.model_copy(update={"stopped": 0.0}), pool)
    low, high = min(GIVEN_MINUTES[0], base), max(GIVEN_MINUTES[1], base)
    at_low, at_high = (
        hours_saved(practice, drafted.scaled(read=end / base)) for end in (low, high)
    )
    yield Swing(
        input="review minutes",
        unit="min a note",
        base=base,
        low=low,
        high=high,
        at_low=at_low,
        at_high=at_high,
        source="PriMock57's AI notes; what the article implies",
    )


def _of_parts(practice: Practice, drafted: Drafted) -> Iterator[Swing]:
    """Parts of the modelled review; pace and interval are laid over them."""
    wpm = (175.0, 300.0)
    yield Swing(
        input="reading speed",
        unit="words a minute",
        base=READING_WPM,
        low=wpm[0],
        high=wpm[1],
        at_low=hours_saved(practice, drafted.scaled(read=READING_WPM / wpm[0])),
        at_high=hours_saved(practice, drafted.scaled(read=READING_WPM / wpm[1])),
        source="Brysbaert 2019: most people",
    )
    for name, part, low, high, source in (
        ("look-ups", "verify", 0.5, 2.0, OURS),
        ("time of an edit", "edit", 0.7, 1.4, "KLM: .20 to .28 s a key is 1.4-fold"),
    ):
        yield Swing(
            input=name,
            unit="x as modelled",
            base=1.0,
            low=low,
            high=high,
            at_low=hours_saved(practice, drafted.scaled(**{part: low})),
            at_high=hours_saved(practice, drafted.scaled(**{part: high})),
            source=source,
        )
    shares = shares_of(practice, drafted)
    copying = [float(np.mean(one.pool.minutes["transfer"])) for one in shares]
    high = max(COPYING_MINUTES, *copying)
    yield Swing(
        input="copying a note over",
        unit="s a note",
        base=60 * sum(copying) / len(copying),
        low=0.0,
        high=60 * high,
        at_low=hours_saved(practice, drafted.with_transfer(0.0)),
        at_high=hours_saved(practice, drafted.with_transfer(high)),
        source="in the EHR; KLM, 4 fields at 8.6 s",
    )


def _of_sessions(practice: Practice, drafted: Drafted) -> Swing:
    """Which sessions the run has: the 95 % interval of its mean minutes, in every pool at once."""
    shares = shares_of(practice, drafted)
    base, at = hours_saved(practice, drafted), [0.0, 0.0]
    means, ends = [], []
    for share in shares:
        mean, half = _student(share.pool)
        pace = review_minutes(practice, share.pool) / mean
        weight = share.drafted * share.reviews
        means.append((weight, pace * mean))
        ends.append((weight, pace * half))
    whole = sum(weight for weight, _ in means)
    mean, half = (sum(weight * one for weight, one in each) / whole for each in (means, ends))
    at = [base + sign * whole * half / 60 for sign in (1, -1)]
    return Swing(
        input="sessions of the run",
        unit="min a review",
        base=mean,
        low=mean - half,
        high=mean + half,
        at_low=at[0],
        at_high=at[1],
        source="95 % interval over the run's sessions",
    )


def _student(pool: Pool) -> tuple[float, float]:
    """Mean minutes of a session's notes at a typical pace, and half of its 95 % interval."""
    from scipy.stats import t as student

    attention, desk = pool.minutes_by_session()
    minutes = attention + desk
    sessions = len(minutes)
    half = student.ppf(0.975, sessions - 1) * minutes.std(ddof=1) / math.sqrt(sessions)
    return float(minutes.mean()), float(half)
