"""The report's tables as a reader sees them: numbers in words, missing ones as a dash, never zero.

Where a cell holds two numbers, the first is inference-aware and the second strict.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from evalkit.records import Record, Run
from evalkit.reports import tables
from evalkit.reports.flat import PARTS

WORST = 10
"""Notes shown in full."""


class Column(Record):
    title: str
    number: bool = True


class Grid(Record):
    """A table as a reader sees it: strings in cells, what they count in the caption."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def _pair(soft: float, hard: float, share: bool = True) -> str:
    """Inference-aware and strict in one cell; a missing pair is a dash, not zero."""
    if soft != soft:
        return "–"
    factor, unit = (100, " %") if share else (1, "")
    return f"{factor * soft:.1f} / {factor * hard:.1f}{unit}"


def _plain(value: float) -> str:
    return "–" if value != value else f"{value:.1f}"


def _pivot(
    caption: str, table: pd.DataFrame, down: dict[str, str], across: list[str], cell: Any
) -> Grid:
    """Rows of `table` by its `approach`, laid out over the values of its second column."""
    key = str(table.columns[1])
    found = {(row["approach"], row[key]): cell(row) for row in table.to_dict("records")}
    return Grid(
        caption=caption,
        columns=(
            Column(title="Approach", number=False),
            *(Column(title=name.replace("_", " ")) for name in across),
        ),
        rows=tuple(
            (label, *(found.get((name, column), "–") for column in across))
            for name, label in down.items()
            if any((name, column) in found for column in across)
        ),
    )


def categories(run: Run, shown: dict[str, str]) -> Grid:
    table = tables.by_category(run)
    total = table.groupby("category", sort=False)["claims_strict"].sum()
    return _pivot(
        "Fabricated sentences per 100 scored notes, inference-aware / strict. "
        "Categories without any are left out.",
        table,
        shown,
        [str(name) for name, count in total.items() if count],
        lambda row: _pair(row["per_100_notes"], row["per_100_notes_strict"], share=False),
    )


def sections(run: Run, shown: dict[str, str]) -> list[Grid]:
    table = tables.by_section(run)
    grids = []
    for form in run.experiment.formats:
        part = table[table["format"] == form].drop(columns="format")
        if len(part):
            grids.append(
                _pivot(
                    f"{form.upper()}: unsupported sentences, inference-aware / strict, "
                    "as a share of the section's sentences (their number in brackets).",
                    part,
                    shown,
                    list(dict.fromkeys(part["section"])),
                    lambda row: f"{_pair(row['share'], row['share_strict'])} ({row['sentences']})",
                )
            )
    return grids


def formats(run: Run, shown: dict[str, str]) -> Grid | None:
    if len(run.experiment.formats) < 2:
        return None
    table = tables.by_format(run)
    return _pivot(
        "Notes with a fabrication, inference-aware / strict, as a share of the notes scored in "
        "that format (their number in brackets); minutes a note after it.",
        table.assign(format=table["format"].str.upper()),
        shown,
        [name.upper() for name in run.experiment.formats],
        lambda row: (
            f"{_pair(row['fabrication'], row['fabrication_strict'])} ({row['notes']}), "
            f"{_plain(row['minutes'])} min"
        ),
    )


def traps(run: Run, shown: dict[str, str]) -> Grid | None:
    table = tables.by_trap(run)
    if table.empty:
        return None
    kinds = list(dict.fromkeys(table["trap"]))
    return Grid(
        caption="Notes that fell into a trap / avoided it by saying what is true / do not mention "
        "the matter; in brackets the share that fell, with Wilson's 95 % interval.",
        columns=(
            Column(title="Trap", number=False),
            *(Column(title=label) for label in shown.values()),
        ),
        rows=tuple(
            (kind.replace("_", " "), *_across(table[table["trap"] == kind], shown))
            for kind in kinds
        ),
    )


def _across(part: pd.DataFrame, shown: dict[str, str]) -> tuple[str, ...]:
    found = {
        row["approach"]: f"{row['fell']} / {row['avoided']} / {row['not_mentioned']} "
        f"({100 * row['share']:.0f} % [{100 * row['low']:.0f}, {100 * row['high']:.0f}])"
        for row in part.to_dict("records")
    }
    return tuple(found.get(name, "–") for name in shown)


def minutes(run: Run, shown: dict[str, str]) -> Grid:
    columns = ("Approach", *PARTS, "In all", "Notes", "Source")
    return Grid(
        caption="Mean minutes a note, by part, over the notes reviewed.",
        columns=tuple(Column(title=t, number=t not in ("Approach", "Source")) for t in columns),
        rows=tuple(
            (
                shown[row["approach"]],
                *(_plain(row[part]) for part in PARTS),
                _plain(row["minutes"]),
                str(row["notes"]),
                row["source"] or "–",
            )
            for row in tables.minutes_by_part(run).to_dict("records")
        ),
    )


def accounting(run: Run, shown: dict[str, str]) -> Grid:
    columns = ("Approach", "Planned", "Scored", "Failed", "Excluded", "Why drafts failed")
    rows = [
        (
            shown[row["approach"]],
            *(str(row[name]) for name in ("planned", "scored", "failed", "excluded")),
            row["why_failed"] or "–",
        )
        for row in tables.accounting(run).to_dict("records")
    ]
    counts = (run.planned, run.scored, run.failed, run.excluded)
    return Grid(
        caption="Planned = scored + failed + excluded, in drafts.",
        columns=tuple(Column(title=t, number=0 < i < 5) for i, t in enumerate(columns)),
        rows=(*rows, ("All", *map(str, counts), "")),
    )


def worst_counts(run: Run, shown: dict[str, str]) -> Grid:
    columns = ("Session", "Approach", "Format", "Fabricated", "Major", "Contradicted")
    return Grid(
        caption="Notes with the most fabricated sentences, inference-aware.",
        columns=tuple(Column(title=t, number=i > 2) for i, t in enumerate(columns)),
        rows=tuple(
            (
                row["session_id"],
                shown[row["approach"]],
                row["format"],
                *(str(row[name]) for name in ("fabricated", "major", "contradicted")),
            )
            for row in tables.worst_notes(run, WORST).to_dict("records")
        ),
    )
