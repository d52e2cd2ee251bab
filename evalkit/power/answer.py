"""From a question to the lines that answer it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from evalkit.errors import InputError
from evalkit.power import reviewers
from evalkit.power.asked import MINUTES, Asked, measure_of, room
from evalkit.power.by_people import Level, by_people
from evalkit.power.components import Spread, from_rates
from evalkit.power.pilot import Pilot
from evalkit.power.plan import detectable, lower_rate, reached, rows, sessions_for
from evalkit.power.shown import SHARE, amount, level, number, said, scaled, session_rows, table
from evalkit.power.zero import design_effect, highest, none_seen, sessions_with


def answer(asked: Asked, pilot: Pilot | None) -> Iterator[str]:
    """Lines for the terminal; InputError where a plan needs something that is not given."""
    if asked.at_most:
        yield from _none_seen(asked)
    elif pilot is not None:
        yield from _from_pilot(asked, pilot)
    elif asked.measure == MINUTES:
        if not asked.reviewers:
            fix = "give --run and --approaches, or --reviewers for reviews by people"
            raise InputError("how modelled minutes spread is known from a run", fix=fix)
        now = Level(asked.before or reviewers.MINUTES, "minutes", asked.price)
        yield f"{asked.measure}: {_terms(asked)}"
        yield from by_people(asked, now)
    elif measure_of(asked.measure).proportion:
        yield from _of_rates(asked)
    else:
        raise InputError(
            f"how {asked.measure} spreads is known from a run",
            field="--run",
            fix="give --run and --approaches",
        )


class _Plan(NamedTuple):
    """A true difference, what it is in words, and the spread it stands against."""

    effect: float | None
    words: str
    unit: str
    spread: Spread


def _terms(asked: Asked) -> str:
    goal = asked.goal
    kind = f"one-sided alpha {goal.alpha / 2:g}" if asked.margin else f"alpha {goal.alpha:g}"
    many = f" / {goal.comparisons} comparisons" if goal.comparisons > 1 else ""
    return f"{kind}{many}, power {100 * goal.power:g} %"


def _from_pilot(asked: Asked, pilot: Pilot) -> Iterator[str]:
    (a, b), unit, seen = pilot.approaches, pilot.unit, pilot.seen
    yield f"{pilot.measure}: {a} against {b}, paired by session, {_terms(asked)}"
    without = f" ({seen.missing} more lack a value)" if seen.missing else ""
    yield (
        f"pilot: {seen.n} pairs{without} = {_count(pilot.sessions, 'session')}, "
        f"{_count(len(pilot.formats), 'format')}, {_count(pilot.replicates, 'replicate')}"
    )
    means = " and ".join(level(one, unit) for one in pilot.means)
    p = "none" if seen.p is None else f"{seen.p:.2g}"
    yield from said(
        f"seen there: {means}, difference {amount(seen.mean, unit)} "
        f"(95 % interval {scaled(seen.low, unit)} to {scaled(seen.high, unit)}), p {p}"
    )
    shows = seen.detectable(asked.goal.power, asked.goal.level)
    if shows is not None and seen.clusters >= asked.goal.fewest:
        yield f"as large a run again shows a true difference of {amount(shows, unit)} or more"
    yield from _spreads(pilot)
    effect, words = asked.difference, amount(asked.difference, unit)
    if asked.margin is not None:
        effect = room(asked.margin - (asked.difference or 0.0))
        words = _within(asked, asked.difference or 0.0, unit)
    price = asked.price if asked.price is not None else pilot.price_usd
    yield from _plan(asked, _Plan(effect, words, unit, pilot.spread), price)
    if asked.reviewers:
        if pilot.measure != MINUTES:
            fix = f"take --measure {MINUTES}, or plan from rates (--from, --to)"
            raise InputError("a pilot says nothing of how people differ here", fix=fix)
        yield from ["", *by_people(asked, Level(pilot.means[0], unit, price))]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _spreads(pilot: Pilot) -> Iterator[str]:
    careful, best = pilot.spread.careful, pilot.spread.at_best
    parts = {"sessions": careful.session}
    if not pilot.spread.replicates_known:
        if careful.formats > 1:
            parts["notes of a session"] = best.replicate
    else:
        if careful.formats > 1:
            parts["formats of a session"] = careful.format
        parts["replicates"] = careful.replicate
    between = ", ".join(f"{name} {amount(math.sqrt(v), pilot.unit)}" for name, v in parts.items())
    yield from said(f"s.d. of the difference between {between} (method of moments)")
    if not pilot.spread.replicates_known:
        yield from said(
            "the run drafted each note once, so that all plans but those `at best` take it that "
            "another draft would not differ; `at best` all the spread within sessions is the "
            "drafts' own"
        )


def _within(asked: Asked, worse: float, unit: str) -> str:
    way = "worse" if worse > 0 else "better"
    truth = f"truly {amount(abs(worse), unit)} {way}" if worse else "truly no worse"
    return f"at most {amount(asked.margin, unit)} worse, where it is {truth}"


def _plan(asked: Asked, plan: _Plan, price: float | None) -> Iterator[str]:
    if plan.effect:
        yield from ["", f"sessions to show {plan.words}:"]
        yield from _sessions(asked, plan.effect, plan.spread, price)
    if asked.sessions is not None:
        yield from _seen_with(asked, asked.sessions, plan)


def _sessions(asked: Asked, effect: float, spread: Spread, price: float | None) -> Iterator[str]:
    found = rows(effect, spread, asked.replicates, asked.goal)
    yield from session_rows(found, spread, price)
    rest = spread.at_best.of_session(math.inf)
    share = 100 * rest / spread.at_best.of_session(1)
    floor = number(sessions_for(effect, rest, asked.goal))
    yield from said(
        f"replicates alone cannot take it below {floor} sessions: {share:.0f} % of the variance "
        "that one of them leaves is between sessions, which only more sessions average out"
    )
    if spread.sessions is not None:
        yield from said(
            f"to be safe: {spread.sessions} sessions tell a variance only roughly; in four pilots "
            f"of five the true one is below {spread.upper():.2f} times what they saw"
        )
    if price is None:
        known = "the run's drafts have no known cost; " if spread.sessions is not None else ""
        yield f"dollars: {known}give --price, dollars a draft"


def _seen_with(asked: Asked, sessions: int, plan: _Plan) -> Iterator[str]:
    what = "margin" if asked.margin else "difference"
    yield from ["", f"with {sessions:,} sessions, the smallest {what} that shows:"]
    known = plan.spread.replicates_known
    sides = [plan.spread.careful] if known else [plan.spread.careful, plan.spread.at_best]
    header = ["replicates", what, *["at best"] * (not known)]
    header += ["power to show the above"] * bool(plan.effect)
    cells = []
    for count in asked.replicates:
        spread = [one.of_session(count) for one in sides]
        cell = [amount(detectable(one, sessions, asked.goal), plan.unit) for one in spread]
        if plan.effect:
            cell.append(f"{100 * reached(plan.effect, spread[0], sessions, asked.goal):.0f} %")
        cells.append([str(count), *cell])
    yield from table(header, cells)
    if sessions < asked.goal.fewest:
        yield f"with fewer than {asked.goal.fewest} no flip of their signs has so small a p value"


def _of_rates(asked: Asked) -> Iterator[str]:
    before, guess = asked.before, asked.guess
    if before is None or before >= 1:
        what = "from what share of notes?" if before is None else "a share is below 1"
        raise InputError(what, field="--from", fix="10 % is --from 0.10")
    after = asked.after if asked.difference is None else before - asked.difference
    if after is None and asked.margin is not None:
        after = before
    if after is not None and not 0 <= after < 1:
        field = "--to" if asked.difference is None else "--difference"
        raise InputError("leads to no share of notes", field=field, fix="5 % is 0.05")
    yield f"{asked.measure}: {level(before, SHARE)} now, paired by session, {_terms(asked)}"
    yield from said(
        f"correlation of two notes of a session (ICC) {guess.icc:g}, of which {guess.shared:g} is "
        "shared by both approaches: assumed; a pilot tells (--run)"
    )
    if after is not None:
        effect, words = abs(before - after), f"{level(after, SHARE)} instead"
        if asked.margin is not None:
            effect = room(before + asked.margin - after)
            words = _within(asked, after - before, SHARE)
        spread = from_rates(before, after, guess.icc, guess.shared)
        yield from _plan(asked, _Plan(effect, words, SHARE, spread), asked.price)
    elif asked.sessions is not None:
        yield from _rates_with(asked, before, asked.sessions)
    if asked.reviewers:
        yield from ["", *by_people(asked, Level(before, SHARE, asked.price))]


def _rates_with(asked: Asked, before: float, sessions: int) -> Iterator[str]:
    def variance(after: float, count: int) -> float:
        guess = asked.guess
        return from_rates(before, after, guess.icc, guess.shared).careful.of_session(count)

    yield from ["", f"with {sessions:,} sessions, the highest share below it that shows:"]
    cells = []
    for count in asked.replicates:
        low = lower_rate(before, sessions, asked.goal, partial(variance, count=count))
        share = "not even 0" if low is None else level(low, SHARE)
        gap = None if low is None else before - low
        cells.append([str(count), share, amount(gap, SHARE)])
    yield from table(["replicates", "share", "difference"], cells)


def _none_seen(asked: Asked) -> Iterator[str]:
    icc = asked.guess.icc
    many = [f"{count} note{'s' * (count != 1)} each" for count in asked.replicates]
    yield f"{asked.measure}: none found in how many notes shows a share of at most P, 95 % sure"
    header = ["P", "one hit", "3 / P", "Wilson", *(f"sessions, {one}" for one in many)]
    cells = [
        [f"{100 * one.share:g} %", f"{one.hit:,}", f"{one.three:,}", f"{one.wilson:,}"]
        + [f"{sessions_with(one.hit, count, icc):,}" for count in asked.replicates]
        for one in (none_seen(share) for share in asked.at_most)
    ]
    yield from table(header, cells)
    effects = ", ".join(f"{design_effect(count, icc):g}" for count in asked.replicates)
    yield from said(
        "one hit: independent notes with a chance of 95 % of at least one, if the share is P; "
        "3 / P: rule of three; Wilson: upper end of its two-sided interval; sessions: with as much "
        f"chance of one hit, design effects 1 + (notes - 1) x ICC {icc:g} = {effects}"
    )
    if asked.sessions is not None:
        yield from ["", f"none found in {asked.sessions:,} sessions leaves open a share of:"]
        shares = [highest(asked.sessions, count, icc) for count in asked.replicates]
        cells = [
            [str(count), f"{100 * one:.2f} %", f"{100 * two:.2f} %"]
            for count, (one, two) in zip(asked.replicates, shares, strict=True)
        ]
        yield from table(["notes each", "95 % one-sided", "Wilson"], cells)
