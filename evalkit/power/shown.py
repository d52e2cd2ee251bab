"""Plans as a reader sees them: aligned tables, units, and what a figure rests on."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from evalkit.power.components import Spread
from evalkit.power.plan import MOST, Row
from evalkit.power.reviewers import Study

OF = "share of "
SHARE = f"{OF}notes"


def said(text: str) -> list[str]:
    """A sentence in lines of at most 98 characters."""
    return textwrap.wrap(text, 98, break_long_words=False, break_on_hyphens=False)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns to the right, two blanks apart.

    >>> table(["n", "sessions"], [["1", "24"]])
    ['  n  sessions', '  1        24']
    """
    widths = [max(len(cell) for cell in column) for column in zip(header, *rows, strict=True)]
    return [
        "  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in (header, *rows)
    ]


def scaled(value: float, unit: str) -> str:
    """A bare number, a share as points of a hundred."""
    return f"{100 * value:.1f}" if unit.startswith(OF) else f"{value:.2f}"


def amount(value: float | None, unit: str) -> str:
    """A difference with its unit.

    >>> amount(0.05, "share of notes"), amount(0.5, "minutes"), amount(None, "minutes")
    ('5.0 points', '0.50 minutes', 'none')
    """
    if value is None:
        return "none"
    return f"{scaled(value, unit)} {'points' if unit.startswith(OF) else unit}"


def level(value: float, unit: str) -> str:
    """A mean with its unit.

    >>> level(0.05, "share of notes"), level(5, "minutes")
    ('5.0 % of notes', '5.00 minutes')
    """
    if unit.startswith(OF):
        return f"{100 * value:.1f} % of {unit.removeprefix(OF)}"
    return f"{value:.2f} {unit}"


def number(value: int | None) -> str:
    return f"over {MOST:,}" if value is None else f"{value:,}"


def dollars(drafts: int | None, price: float) -> str:
    return "-" if drafts is None else f"{drafts * price:,.2f}"


def session_rows(rows: Sequence[Row], spread: Spread, price: float | None) -> list[str]:
    """Sessions, drafts and dollars by replicates; a column only where it says something."""
    best, safe = not spread.replicates_known, spread.sessions is not None
    header = ["replicates", "notes a session", "sessions", *["at best"] * best]
    header += ["to be safe"] * safe + ["drafts of both"] + ["dollars"] * (price is not None)
    cells = []
    for row in rows:
        cell = [
            str(row.replicates),
            str(row.replicates * spread.careful.formats),
            number(row.sessions),
        ]
        cell += [number(row.at_best)] * best + [number(row.upper)] * safe
        cell.append("-" if row.drafts is None else f"{row.drafts:,}")
        cells.append(cell if price is None else [*cell, dollars(row.drafts, price)])
    return table(header, cells)


def study_rows(
    pairs: Sequence[tuple[Study, Study]], minutes: float, price: float | None
) -> list[str]:
    """Notes each under the careful spread, with what they take; and under the smaller one."""
    header = ["reviewers", "design", "notes each", "sessions", "drafts"]
    header += ["dollars"] * (price is not None) + ["hours"]
    alike = all(careful.notes == small.notes for careful, small in pairs)
    header += ["notes each at best"] * (not alike)
    cells = []
    for careful, small in pairs:
        cell = [str(careful.reviewers), careful.design, _notes(careful)]
        if careful.sessions is None or careful.drafts is None:
            cell += ["-"] * (3 + (price is not None))
        else:
            cell += [f"{careful.sessions:,}", f"{careful.drafts:,}"]
            cell += [] if price is None else [dollars(careful.drafts, price)]
            cell.append(f"{careful.drafts * minutes / 60:,.1f}")
        cells.append(cell if alike else [*cell, _notes(small)])
    return table(header, cells)


def _notes(study: Study) -> str:
    return f"{study.notes:,}" if study.notes is not None else "too few"
