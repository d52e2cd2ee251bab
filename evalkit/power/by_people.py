"""The lines on a study in which people review: on log minutes, or on shares of notes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from evalkit.errors import InputError
from evalkit.power import reviewers
from evalkit.power.asked import Asked, room
from evalkit.power.reviewers import Design, People, fewest, smallest, study
from evalkit.power.shown import SHARE, amount, level, number, said, study_rows, table

DESIGNS: tuple[Design, ...] = ("crossed", "nested")


class Level(NamedTuple):
    """Where the measure stands, in minutes or as a share of notes, and the price of a draft."""

    value: float
    unit: str
    price: float | None = None

    @property
    def minutes(self) -> float:
        """Of one review."""
        return reviewers.MINUTES if self.unit == SHARE else self.value


def by_people(asked: Asked, now: Level) -> Iterator[str]:
    """Reviewers by notes, crossed and nested."""
    careful, small = spreads(asked, now)
    effect = effect_of(asked, now)
    unit = now.unit
    yield f"read by people: {level(now.value, unit)} now, Student's t over reviewers"
    if unit != SHARE:
        yield from said(
            f"log s.d.: clinicians {careful.reviewer:g}, sessions {careful.session:g}, one review "
            f"{careful.residual:g}; of the approaches' difference: between clinicians "
            f"{careful.differing:g}, between sessions {careful.interplay:g}"
        )
    if effect:
        yield from _needed(asked, now, effect)
    if asked.notes is not None:
        yield from ["", f"with {asked.notes:,} notes each, the smallest difference that shows:"]
        sides = [careful] if careful == small else [careful, small]
        cells = [
            [
                str(count),
                one,
                *(amount(_seen(asked, now, side, count, one), unit) for side in sides),
            ]
            for count in asked.reviewers
            for one in DESIGNS
        ]
        header = ["reviewers", "design", "difference", "at best"]
        yield from table(header[: 2 + len(sides)], cells)


def _needed(asked: Asked, now: Level, effect: float) -> Iterator[str]:
    careful, small = spreads(asked, now)
    pairs = [
        (
            study(effect, careful, count, one, asked.goal),
            study(effect, small, count, one, asked.goal),
        )
        for count in asked.reviewers
        for one in DESIGNS
    ]
    yield from ["", f"notes a reviewer to show {_what(asked, now)}:"]
    yield from study_rows(pairs, now.minutes, now.price)
    few = [fewest(effect, careful, one, asked.goal) for one in DESIGNS]
    yield from said(
        f"crossed: each reviewer works with both approaches; nested: with one of them; fewest "
        f"reviewers, however many notes: {number(few[0])} and {number(few[1])}; hours at "
        f"{now.minutes:.2f} minutes a note"
    )
    if careful != small:
        yield from said(
            f"at best: {small.residual:g} for one review, the most that PriMock57 allows; "
            f"{careful.residual:g} is that of a single segment (DivEMT)"
        )


def _what(asked: Asked, now: Level) -> str:
    if asked.margin is not None:
        return f"at most {amount(asked.margin, now.unit)} worse"
    after = asked.after if asked.after is not None else now.value - (asked.difference or 0.0)
    return f"{level(now.value, now.unit)} against {level(after, now.unit)}"


def spreads(asked: Asked, now: Level) -> tuple[People, People]:
    """The careful one, and the one that is smaller where one is argued for."""
    guess = asked.guess
    if now.unit == SHARE:
        one = reviewers.of_rates(now.value, guess.icc, guess.differ)
        return one, one
    differ = reviewers.DIFFERING if guess.differ is None else guess.differ
    return (
        reviewers.of_minutes(guess.residual, differ),
        reviewers.of_minutes(min(guess.residual, reviewers.NOTE), differ),
    )


def effect_of(asked: Asked, now: Level) -> float | None:
    """The true difference, or the room within the margin, as log minutes or a share."""
    value, after = now.value, asked.after
    if after is None and asked.difference is not None:
        after = value + (asked.difference if asked.margin is not None else -asked.difference)
    if asked.margin is not None:
        after = value if after is None else after
        room(value + asked.margin - after)
        value += asked.margin
    if after is None:
        return None
    if now.unit == SHARE:
        return abs(value - after)
    if after <= 0:
        fix = f"the level is {now.value:.2f} minutes"
        raise InputError("nothing would be left to review", field="--difference", fix=fix)
    return abs(math.log(after / value))


def _seen(asked: Asked, now: Level, people: People, count: int, design: Design) -> float | None:
    seen = smallest(people, count, asked.notes or 0, design, asked.goal)
    if seen is None or now.unit == SHARE:
        return seen
    return now.value * (1 - math.exp(-seen))
