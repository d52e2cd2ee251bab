"""Tables in plain text, a page wide: projections, break-even, tornado, claims."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence

from evalkit.burden.break_even import BreakEven
from evalkit.burden.claims import Claim, Judged
from evalkit.burden.practice import Practice
from evalkit.burden.project import Projection, Quantity
from evalkit.burden.sensitivity import Swing

WIDTH = 100
NOT_KNOWN = "not known"


def number(value: float) -> str:
    """Three digits that count, thousands apart, no exponent.

    >>> number(0.0314), number(12.34), number(99.97), number(96421.0), number(-0.0001)
    ('0.0314', '12.3', '100', '96,400', '0')
    """
    if abs(value) < 0.0005:
        return "0"
    rounded = round(value, 2 - math.floor(math.log10(abs(value))))
    places = max(0, 2 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{places}f}"


def spread(one: Quantity) -> str:
    """The 95 % interval of a figure, "" where it has none."""
    if one.low is None or one.high is None:
        return ""
    return f"{number(one.low)} to {number(one.high)}"


def described(practice: Practice) -> str:
    """The practice in one or two lines."""
    people = "1 clinician" if practice.clinicians == 1 else f"{practice.clinicians} clinicians"
    day = []
    if practice.sessions_a_day:
        minutes = f"{practice.individual_minutes:g} min"
        day.append(f"{practice.sessions_a_day:g} sessions a day ({minutes} a note from scratch)")
    if practice.groups_a_day:
        day.append(
            f"{practice.groups_a_day:g} groups a day of {practice.group_members} "
            f"({practice.group_minutes:g} min a group, {practice.group_notes}'s note)"
            if practice.group_notes == "each member"
            else f"{practice.groups_a_day:g} groups a day ({practice.group_minutes:g} min a note)"
        )
    if practice.stopped:
        day.append(f"{100 * practice.stopped:g} % of clinicians do not review")
    text = (
        f"{practice.name}: {people}, {', '.join(day)}, {practice.working_days:g} working days: "
        f"{number(practice.notes)} notes and {number(practice.writing_hours)} h of writing a month"
    )
    return textwrap.fill(text, WIDTH)


def projected(one: Projection) -> str:
    """All figures of one approach."""
    lines = [rests_on(one), ""]
    rows = [("", "figure", "95 % interval", "")]
    for quantity in one.quantities:
        if quantity.value is None:
            rows.append((quantity.label, NOT_KNOWN, "", quantity.reason))
        else:
            rows.append((quantity.label, number(quantity.value), spread(quantity), quantity.unit))
    return "\n".join([*lines, columns(rows, right=(1,)), *(f"  {text}" for text in one.remarks)])


def rests_on(one: Projection) -> str:
    """What a projection was computed from."""
    doubt = f"95 % intervals over clinicians, {one.draws:,} draws, seed {one.seed}"
    if not one.notes:
        return f"{one.approach}; {doubt}"
    doubt = doubt.replace("clinicians,", "clinicians and sessions,")
    return f"{one.approach}: {one.notes} notes of {one.sessions} sessions; {doubt}"


def compared(several: Sequence[Projection]) -> str:
    """The approaches side by side; a control is starred."""
    head = ("approach", "hours saved a month", "trap, % of notes", "signed fabrications a year")
    rows = [[*head, "slips a year", "$ a month"]]
    for one in several:
        shown = [_cell(one[name]) for name in ("saved", "trap", "surviving")]
        shown += [
            NOT_KNOWN if (value := one[name].value) is None else number(value)
            for name in ("slips", "cost")
        ]
        rows.append([one.approach + " *" * one.control, *shown])
    lines = [columns(rows)]
    if any(one.control for one in several):
        lines.append("* a control with known errors, no candidate")
    return "\n".join(lines)


def _cell(one: Quantity) -> str:
    if one.value is None:
        return NOT_KNOWN
    return number(one.value) + (f" ({spread(one)})" if one.low is not None else "")


def tipping(points: Iterable[BreakEven]) -> str:
    """Break-even points, each with what the figure is now."""
    lines = ["break-even"]
    for one in points:
        lines.append(f"  {one.label}")
        now = "" if one.now is None else f" (now {number(one.now)} {one.unit})"
        value = one.reason if one.value is None else f"{number(one.value)} {one.unit}{now}"
        lines.append(f"    {value}")
    return "\n".join(lines)


def swinging(swings: Sequence[Swing], base: float) -> str:
    """The tornado as a table: hours saved a month with each input at its ends."""
    rows = [("input", "now", "range", "hours saved", "source of the range")]
    for one in swings:
        ends = f"{number(one.low)} to {number(one.high)} {one.unit}"
        hours = f"{number(one.at_low)} to {number(one.at_high)}"
        rows.append((one.input, number(one.base), ends, hours, one.source))
    title = f"what the {number(base)} hours saved a month hang on, widest first"
    return f"{title}\n{columns(rows, right=(1,))}"


def judged(claims: Iterable[Judged]) -> str:
    """Every claim with the figure under each reading and the verdict."""
    blocks = []
    for number_, one in enumerate(claims, start=1):
        claim = one.claim
        lines = [f"{number_}. {claim.claim}", f"   {verdict(one)}{_bound(claim)}"]
        rows = [
            (item.name, number(item.figure), item.unit, _said(item.outcome)) for item in one.figures
        ]
        lines.append(textwrap.indent(columns(rows, right=(1,)), "     "))
        if claim.note:
            lines.append(f"     {claim.note}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def verdict(one: Judged) -> str:
    """The verdict in words, with the reading where it hangs on one."""
    if one.verdict != "holds under a reading":
        return one.verdict
    return "holds under the reading: " + "; ".join(one.under)


def _bound(claim: Claim) -> str:
    if claim.claimed is None:
        return ""
    low, high = claim.claimed
    said = f"at least {low:g}" if math.isinf(high) else f"{low:g} to {high:g}"
    return f" [{said} {claim.unit}{': ' + claim.allowed if claim.allowed else ''}]"


def _said(outcome: str) -> str:
    return "" if outcome == "not judged" else outcome


def columns(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Rows as columns, two blanks apart; `right` are those of figures."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
