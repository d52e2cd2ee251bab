"""The lines behind the break-even points: one input moves, the others stay as they are."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.burden.break_even import BreakEven, break_even
from evalkit.burden.month import count_a_month, hours_saved, notes_drafted, shares_of
from evalkit.burden.pools import PARTS, Drafted
from evalkit.burden.practice import Practice
from evalkit.records import Record

STEPS = 21
BEYOND = 1.25
"""How far a line runs past the break-even point."""


class Curve(Record):
    """`y` (in `y_unit`) over `x` (in `x_unit`); it turns bad where it crosses `bound`.

    `point` is the break-even point with its `now`; `y_now` is the height of the line there.
    """

    point: BreakEven
    x_label: str
    y_label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    bound: float
    bound_label: str
    y_now: float


def curves(practice: Practice, drafted: Drafted) -> tuple[Curve, ...]:
    """A line each for review minutes, clinicians who do not review, and errors a note.

    A line whose input the run does not know is left out.
    """
    points = {one.name: one for one in break_even(practice, drafted)}
    minutes = points.get("individual_minutes") or points["group_minutes"]
    return (
        *_minutes(practice, drafted, minutes),
        *_stopped(practice, drafted, points["stopped"]),
        *_errors(practice, drafted, points["errors"]),
    )


def _minutes(practice: Practice, drafted: Drafted, point: BreakEven) -> Iterator[Curve]:
    if point.now is None or point.value is None or point.now == 0:
        return
    kind = point.name.removesuffix("_minutes")
    both = practice.sessions_a_day > 0 and practice.groups_a_day > 0
    x = _steps(BEYOND * max(point.value, point.now))
    y = [
        hours_saved(practice, drafted.scaled(**dict.fromkeys(PARTS, one / point.now))) for one in x
    ]
    yield Curve(
        point=point,
        x_label=f"minutes to review one {kind} note" + "\n(group notes in step)" * both,
        y_label="hours saved a month",
        x=x,
        y=tuple(y),
        bound=0.0,
        bound_label="nothing is saved",
        y_now=hours_saved(practice, drafted),
    )


def _stopped(practice: Practice, drafted: Drafted, point: BreakEven) -> Iterator[Curve]:
    shares = shares_of(practice, drafted)
    x = _steps(100.0)
    here = [
        count_a_month(practice.model_copy(update={"stopped": one / 100}), shares, "surviving")
        for one in (*x, 100 * practice.stopped)
    ]
    known = [1000 * one / notes_drafted(shares) for one in here if one is not None]
    if len(known) < len(here):
        return
    yield Curve(
        point=point,
        x_label="% of clinicians who sign without reading",
        y_label="fabrications\nper 1,000 signed notes",
        x=x,
        y=tuple(known[:-1]),
        bound=practice.surviving_bound,
        bound_label=f"the bound of {practice.surviving_bound:g} is passed",
        y_now=known[-1],
    )


def _errors(practice: Practice, drafted: Drafted, point: BreakEven) -> Iterator[Curve]:
    """Look-ups and edits grow with the errors; none of them goes where there are no errors."""
    if point.now is None or point.value is None:
        return
    x = _steps(BEYOND * point.value)
    y = [
        hours_saved(practice, drafted.scaled(verify=one / point.now, edit=one / point.now))
        for one in x
    ]
    yield Curve(
        point=point,
        x_label="fabrications a note, as drafted",
        y_label="hours saved a month",
        x=x,
        y=tuple(y),
        bound=0.0,
        bound_label="nothing is saved",
        y_now=hours_saved(practice, drafted),
    )


def _steps(end: float) -> tuple[float, ...]:
    return tuple(end * step / (STEPS - 1) for step in range(STEPS))
