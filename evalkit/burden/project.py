"""An approach in a practice: hours, the review trap, errors that get signed, dollars.

A month is an average one: a count is what is expected of it, not what chance adds to one month. The
intervals hold two doubts: which clinicians work there (their pace in writing and in reviewing, who
has stopped reviewing), and which sessions the run happened to have. They do not hold the doubt
whether the modelled minutes and catches are right.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from evalkit.burden.chance import (
    Drawn,
    draw,
    errors_by_draw,
    hours_by_clinician,
    share_trapped,
)
from evalkit.burden.month import Share, count_a_month, hours_saved, notes_drafted, shares_of
from evalkit.burden.pools import Drafted, Numbers
from evalkit.burden.practice import MONTHS, Practice
from evalkit.records import Record

DRAWS = 2000
NONE_SEEN = -math.log(0.025)
"""Mean of a Poisson count that is 0 once in forty times: the upper end of a 95 % interval."""

UNKNOWN = "not known: no reviews of a run say it"

YEARLY = (
    ("drafted_errors", "fabrications", "fabrications in drafts"),
    ("surviving", "surviving", "fabrications in signed records"),
    ("surviving_major", "surviving_major", "major ones among them"),
    ("slips", "slips", "wrong field, client or date"),
)
"""Name of the figure, the count of a note that it sums, and what a reader sees."""


class Quantity(Record):
    """One figure of a projection. `value` is None where `reason` says why.

    `low` and `high` are the ends of the 95 % interval, None where the figure leaves no doubt.
    """

    name: str
    label: str
    unit: str
    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""


class Projection(Record):
    """One approach in one practice; it rests on `notes` notes of `sessions` sessions of the run."""

    practice: Practice
    approach: str
    source: str
    control: bool
    notes: int
    sessions: int
    seed: int
    draws: int
    quantities: tuple[Quantity, ...]
    remarks: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Quantity:
        return next(one for one in self.quantities if one.name == name)


def project(
    practice: Practice, drafted: Drafted, *, seed: int = 0, draws: int = DRAWS
) -> Projection:
    """What the approach would mean for the practice, with 95 % intervals.

    Equal seeds give equal figures. Raises InputError where the run has no notes of a kind that the
    practice documents.
    """
    shares = shares_of(practice, drafted)
    drawn = draw(practice, shares, seed, draws)
    pools = () if drafted.is_given else tuple(share.pool for share in shares)
    writing, reviewing = hours_by_clinician(practice, shares, drawn)
    hours = writing - reviewing
    found = [
        *_hours(practice, drafted, hours, drawn),
        _trap(shares, drawn),
        *_errors(practice, shares, drawn, drafted.control),
        *_dollars(practice, drafted, shares, hours.sum(axis=1)),
    ]
    return Projection(
        practice=practice,
        approach=drafted.approach,
        source=drafted.source,
        control=drafted.control,
        notes=sum(pool.notes for pool in pools),
        sessions=sum(pool.sessions for pool in pools),
        seed=seed,
        draws=draws,
        quantities=tuple(found),
        remarks=tuple(_remarks(practice, drafted, shares)),
    )


def _hours(
    practice: Practice, drafted: Drafted, by_clinician: Numbers, drawn: Drawn
) -> Iterator[Quantity]:
    """Hours a month, and as a share of what the same drawn clinicians write by hand."""
    writing, mean, saved = (
        practice.writing_hours,
        hours_saved(practice, drafted),
        by_clinician.sum(axis=1),
    )
    written = writing * drawn.write.mean(axis=1)
    label, unit = "writing from scratch", "h a month"
    if practice.measured:
        yield Quantity(name="writing", label=label, unit=unit, value=_kept(writing))
    else:
        yield _around("writing", label, unit, writing, written)
    yield _around("saved", "hours saved", unit, mean, saved)
    yield _around(
        "saved_share", "of the writing time", "%", 100 * mean / writing, 100 * saved / written
    )
    per_note = 60 / practice.notes
    yield _around("saved_a_note", "minutes saved", "min a note", mean * per_note, saved * per_note)
    losing = 100 * (by_clinician < 0).mean(axis=1)
    yield Quantity(
        name="losing",
        label="clinicians who lose time",
        unit="%",
        value=_kept(float(losing.mean())),
    )


def _trap(shares: tuple[Share, ...], drawn: Drawn) -> Quantity:
    trapped = 100 * share_trapped(shares, drawn)
    mean = float(trapped.mean())
    return _around("trap", "review at least as long as writing", "% of notes", mean, trapped)


def _errors(
    practice: Practice, shares: tuple[Share, ...], drawn: Drawn, control: bool
) -> Iterator[Quantity]:
    ceiling = math.inf
    for name, count, label in YEARLY:
        month = count_a_month(practice, shares, count)
        if month is None:
            yield Quantity(name=name, label=label, unit="a year", value=None, reason=UNKNOWN)
            continue
        read, unread = errors_by_draw(shares, drawn, count)
        stopped = drawn.stopped.mean(axis=1)
        signed = (1 - stopped) * read + stopped * unread
        found = _around(name, label, "a year", MONTHS * month, MONTHS * signed)
        if month == 0 and not control and name != "slips":
            high = min(ceiling, MONTHS * _still_allowed(shares))
            found = found.model_copy(update={"high": _kept(high)})
        ceiling = math.inf if found.high is None else found.high
        yield found


def _still_allowed(shares: tuple[Share, ...]) -> float:
    """Errors a month that none in the run's sessions still allows (Poisson, exact, 97.5 %)."""
    return sum(
        share.drafted * share.notes * NONE_SEEN / share.pool.sessions
        for share in shares
        if not np.isnan(share.pool.counts["fabrications"]).all()
    )


def _dollars(
    practice: Practice, drafted: Drafted, shares: tuple[Share, ...], saved: Numbers
) -> Iterator[Quantity]:
    unit = "$ a month"
    price = drafted.cost_usd if practice.note_price_usd is None else practice.note_price_usd
    fee = practice.clinicians * practice.subscription_usd
    cost = None if price is None and fee == 0 else fee + (price or 0.0) * notes_drafted(shares)
    no_cost = "" if cost is not None else "no price: give note_price_usd or subscription_usd"
    yield Quantity(
        name="cost", label="cost of drafting", unit=unit, value=_kept(cost), reason=no_cost
    )
    hourly = practice.hourly_usd
    if hourly is None:
        for name, label in (("worth", "value of the time saved"), ("net", "value less cost")):
            yield Quantity(name=name, label=label, unit=unit, value=None, reason="no hourly_usd")
        return
    mean = hourly * hours_saved(practice, drafted)
    yield _around("worth", "value of the time saved", unit, mean, hourly * saved)
    if cost is None:
        yield Quantity(name="net", label="value less cost", unit=unit, value=None, reason=no_cost)
    else:
        yield _around("net", "value less cost", unit, mean - cost, hourly * saved - cost)


def _around(name: str, label: str, unit: str, value: float, drawn: Numbers) -> Quantity:
    low, high = (float(end) for end in np.percentile(drawn, [2.5, 97.5]))
    return Quantity(
        name=name,
        label=label,
        unit=unit,
        value=_kept(value),
        low=_kept(min(low, value)),
        high=_kept(max(high, value)),
    )


def _kept(value: float | None) -> float | None:
    """Nine digits, so that the last bits of another processor do not show."""
    return None if value is None else float(f"{value:.9g}")


def _remarks(practice: Practice, drafted: Drafted, shares: tuple[Share, ...]) -> Iterator[str]:
    """What these figures rest on or leave out."""
    pools = [share.pool for share in shares]
    failed, unreviewed = sum(one.failed for one in pools), sum(one.unreviewed for one in pools)
    asked = failed + unreviewed + sum(one.notes for one in pools)
    if failed:
        yield f"{failed} of {asked} drafts failed: that share of notes is written by hand"
    if unreviewed:
        yield f"{unreviewed} of {asked} drafts have no review and are left out"
    few = min(one.sessions for one in pools)
    if few < 10 and not drafted.is_given:
        yield f"one kind of note rests on {few} sessions"
    if not drafted.control and count_a_month(practice, shares, "fabrications") == 0:
        yield "no fabrication was found: the interval ends where so few sessions could hide more"
    if practice.note_price_usd is None and drafted.cost_usd is not None:
        yield "the drafts' price is what the run's drafts cost"
    if practice.note_price_usd is None and drafted.cost_usd is None and practice.subscription_usd:
        yield "no price a draft is known: the cost is the subscription alone"
    if drafted.control:
        yield "a control with known errors, no candidate"
