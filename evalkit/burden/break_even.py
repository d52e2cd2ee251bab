"""Where a gain turns into a loss: minutes, reviewers who stopped, errors."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.burden.month import (
    Share,
    count_a_month,
    hours_saved,
    notes_drafted,
    review_minutes,
    shares_of,
)
from evalkit.burden.pools import Drafted
from evalkit.burden.practice import Practice
from evalkit.records import Record

SECONDS_AN_ERROR = 6.3
"""What one more incorrect statement adds to a post-edit (PriMock57, 188 AI notes)."""


class BreakEven(Record):
    """Where something tips: `value` beside what it is `now`; None where `reason` says why."""

    name: str
    label: str
    unit: str
    value: float | None
    now: float | None
    reason: str = ""


def break_even(practice: Practice, drafted: Drafted) -> tuple[BreakEven, ...]:
    """Each point at which the practice stops gaining, the other inputs as they are."""
    shares = shares_of(practice, drafted)
    return (
        *_minutes(practice, drafted, shares),
        _stopped(practice, shares),
        *_errors(practice, drafted, shares),
    )


def _minutes(
    practice: Practice, drafted: Drafted, shares: tuple[Share, ...]
) -> Iterator[BreakEven]:
    """Every review longer by the same factor, so that it takes as long as writing."""
    writing = sum(one.drafted * one.scratch for one in shares)
    spent = sum(one.drafted * one.reviews * review_minutes(practice, one.pool) for one in shares)
    for share in shares:
        now = review_minutes(practice, share.pool)
        yield BreakEven(
            name=f"{share.kind}_minutes",
            label=f"review of one {share.kind} note: nothing is saved at",
            unit="min",
            value=now * writing / spent if spent else None,
            now=now,
            reason="" if spent else "nobody spends a minute on review",
        )


def _stopped(practice: Practice, shares: tuple[Share, ...]) -> BreakEven:
    """Share of clinicians without review at which the bound on surviving errors is passed."""
    label = f"clinicians who do not review: above {practice.surviving_bound:g} per 1,000 notes at"
    known = [
        count_a_month(practice.model_copy(update={"stopped": share}), shares, "surviving")
        for share in (0.0, 1.0)
    ]
    value, reason = None, ""
    if known[0] is None or known[1] is None:
        reason = "no reviews of a run say what survives"
    else:
        with_review, without = (
            1000 * one / notes_drafted(shares) for one in known if one is not None
        )
        if with_review > practice.surviving_bound:
            reason = f"{with_review:.0f} per 1,000 survive even where everybody reviews"
        elif without <= practice.surviving_bound:
            reason = f"never: the drafts have {without:.0f} per 1,000"
        else:
            value = 100 * (practice.surviving_bound - with_review) / (without - with_review)
    return BreakEven(
        name="stopped",
        label=label,
        unit="%",
        value=value,
        now=100 * practice.stopped,
        reason=reason,
    )


def _errors(practice: Practice, drafted: Drafted, shares: tuple[Share, ...]) -> Iterator[BreakEven]:
    """Errors a note at which time is lost, by two prices of an error."""
    month = count_a_month(practice, shares, "fabrications")
    notes = notes_drafted(shares)
    saved = hours_saved(practice, drafted)
    now = None if month is None else month / notes
    checking = saved - hours_saved(practice, drafted.scaled(verify=2, edit=2))
    label = "fabrications a note: time is lost above, if look-ups and edits grow with them"
    value, reason = None, ""
    if now is None:
        reason = "no reviews of a run say how many there are"
    elif now == 0 or checking == 0:
        reason = "the run's drafts have none, or none that costs time"
    elif saved < 0:
        reason = "time is lost already"
    else:
        value = now * (1 + saved / checking)
    yield BreakEven(name="errors", label=label, unit="a note", value=value, now=now, reason=reason)
    more = 3600 * saved / notes / SECONDS_AN_ERROR
    yield BreakEven(
        name="more_errors",
        label=f"more errors a note: time is lost above, at {SECONDS_AN_ERROR} s an error",
        unit="a note",
        value=more if saved >= 0 else None,
        now=None,
        reason="" if saved >= 0 else "time is lost already",
    )
