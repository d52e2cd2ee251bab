"""The report: one HTML file that asks nothing of the network and runs no script.

Everything that comes from a run (names, notes, quotes, reasons) is escaped by the template, and a
Content-Security-Policy forbids what escaping might miss. The text is the same every time: it bears
no date. Long notes are shortened around what was found in them, so the file stays small.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from evalkit.records import Cell, Decision, Draft, Estimate, Finding, Record, Run
from evalkit.reports import figures, tables
from evalkit.reports.flat import PARTS
from evalkit.reports.tables import amount
from evalkit.scorers.fabrication import FALSE
from evalkit.scorers.planted import counted

if TYPE_CHECKING:
    from jinja2 import Template

WORST = 12
"""Notes shown in full."""
PLAIN, QUOTE, MARKS = 500, 280, 30
"""Characters kept of a stretch or a sentence, of a quote; marked sentences a note."""


class Column(Record):
    title: str
    number: bool = True


class Grid(Record):
    """A table as a reader sees it: strings in cells, what they count in the caption."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


class Piece(Record):
    """A stretch of a note; `number` and `verdict` are set where a sentence is marked."""

    text: str
    number: int | None = None
    verdict: str = ""


class Shown(Record):
    """A note with its marked sentences, in the order in which they stand."""

    title: str
    summary: str
    sections: tuple[tuple[str, tuple[Piece, ...]], ...]
    marks: tuple[dict[str, Any], ...]
    left_out: int = 0


def render(
    run: Run,
    decisions: Iterable[Decision],
    estimates: Iterable[Estimate],
    *,
    texts: bool = True,
) -> str:
    """The report as HTML text. With `texts=False` it holds no word of a note or a session."""
    decisions, estimates = tuple(decisions), tuple(estimates)
    board = tables.leaderboard(run, decisions, estimates)
    shown = tables.labels(run)
    rows = [_leader(row, shown) for row in board.to_dict("records")]
    drawn = [
        {
            "name": one.name,
            "alt": one.alt,
            "caption": one.caption,
            "src": "data:image/svg+xml;base64," + base64.b64encode(one.svg.encode()).decode(),
        }
        for one in figures.draw(run, decisions, estimates)
    ]
    page = _template().render(
        run=run,
        leaders=rows,
        counts={name: sum(row["verdict"] == name for row in rows) for name in tables.VERDICTS},
        figures=drawn,
        categories=_categories(run, shown),
        sections=_sections(run, shown),
        formats=_formats(run, shown),
        traps=_traps(run, shown),
        minutes=_minutes(run, shown),
        accounting=_accounting(run, shown),
        trust=tuple(counted(run)),
        worst=[_shown(run, key, shown) for key in _worst(run)] if texts else [],
        worst_counts=None if texts else _worst_counts(run, shown),
        unscored=[one for one in estimates if one.n_unscored],
        labels=shown,
        real=any(session.spec.source != "generated" for session in run.sessions),
    )
    return page.encode("utf-8", "replace").decode("utf-8")


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")


# --- numbers in words ------------------------------------------------------------------------


def _leader(row: dict[Any, Any], shown: dict[str, str]) -> dict[str, Any]:
    def ranged(measure: str, share: bool) -> tuple[str, str]:
        low, high = row[measure + "_low"], row[measure + "_high"]
        if low != low:
            return amount(row[measure], share), ""
        return amount(row[measure], share), f"{amount(low, share)} to {amount(high, share)}"

    return {
        "approach": row["approach"],
        "control": row["control"],
        "verdict": row["verdict"],
        "class": row["verdict"].replace(" ", "-"),
        "decided_by": row["decided_by"],
        "cells": (
            ("Notes with a fabrication, inference-aware", *ranged("fabrication", True)),
            ("Notes with a fabrication, strict", *ranged("fabrication_strict", True)),
            ("Notes with a major fabrication", *ranged("fabrication_major", True)),
            ("Unsupported sentences, inference-aware", *ranged("unsupported_claims", True)),
            ("Unsupported sentences, strict", *ranged("unsupported_claims_strict", True)),
            ("Facts carried, weighted", *ranged("fidelity", True)),
            ("Minutes a note", *ranged("review_minutes", False)),
            ("Notes scored", f"{row['notes']}", f"in {row['sessions']} sessions"),
            ("Failed", f"{row['failed']}", ""),
            ("Excluded", f"{row['excluded']}", ""),
        ),
    }


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


def _categories(run: Run, shown: dict[str, str]) -> Grid:
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


def _sections(run: Run, shown: dict[str, str]) -> list[Grid]:
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


def _formats(run: Run, shown: dict[str, str]) -> Grid | None:
    if len(run.experiment.formats) < 2:
        return None
    return _pivot(
        "Notes with a fabrication, inference-aware / strict, as a share of the notes scored in "
        "that format (their number in brackets); minutes a note after it.",
        tables.by_format(run),
        shown,
        list(run.experiment.formats),
        lambda row: (
            f"{_pair(row['fabrication'], row['fabrication_strict'])} ({row['notes']}), "
            f"{_plain(row['minutes'])} min"
        ),
    )


def _traps(run: Run, shown: dict[str, str]) -> Grid | None:
    table = tables.by_trap(run)
    if table.empty:
        return None
    kinds = list(dict.fromkeys(table["trap"]))
    return Grid(
        caption="Notes that state what a planted trap invites, of the notes that faced it "
        "(inference-aware).",
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
    found = {row["approach"]: f"{row['fell']} of {row['notes']}" for row in part.to_dict("records")}
    return tuple(found.get(name, "–") for name in shown)


def _minutes(run: Run, shown: dict[str, str]) -> Grid:
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


def _accounting(run: Run, shown: dict[str, str]) -> Grid:
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


# --- the worst notes -------------------------------------------------------------------------


def _worst(run: Run) -> list[Cell]:
    names = list(Cell._fields)
    return [
        Cell(**{name: row[name] for name in names})
        for row in tables.worst_notes(run, WORST).to_dict("records")
    ]


def _worst_counts(run: Run, shown: dict[str, str]) -> Grid:
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


def _shown(run: Run, key: Cell, shown: dict[str, str]) -> Shown:
    draft = next(draft for draft in run.drafts if draft.cell == key)
    found = [f for f in run.findings if f.cell == key and f.verdict != "supported"]
    by_section: dict[str, list[Finding]] = defaultdict(list)
    for finding in found:
        by_section[finding.claim.section].append(finding)
    marks: list[Finding] = []
    sections = tuple(
        (name, tuple(_pieces(text, by_section[name], marks)))
        for name, text in draft.sections.items()
        if text.strip()
    )
    false = sum(finding.verdict in FALSE for finding in found)
    return Shown(
        title=_title(draft, shown),
        summary=f"{false} fabricated sentences inference-aware, {len(found)} strict",
        sections=sections,
        marks=tuple(_mark(number, finding) for number, finding in enumerate(marks, start=1)),
        left_out=len(found) - len(marks),
    )


def _title(draft: Draft, shown: dict[str, str]) -> str:
    again = f", replicate {draft.replicate}" if draft.replicate else ""
    return f"{shown[draft.approach]}, session {draft.session_id}, {draft.format.upper()}{again}"


def _pieces(text: str, found: list[Finding], marks: list[Finding]) -> Iterable[Piece]:
    """The section in pieces; marked findings are appended to `marks`, which numbers them."""
    end = 0
    for finding in sorted(found, key=lambda one: one.claim.start):
        claim = finding.claim
        if claim.start < end or not claim.start < claim.end <= len(text) or len(marks) >= MARKS:
            continue
        if claim.start > end:
            yield Piece(text=_short(text[end : claim.start], PLAIN))
        marks.append(finding)
        sentence = _short(text[claim.start : claim.end], PLAIN)
        yield Piece(text=sentence, number=len(marks), verdict=finding.verdict)
        end = claim.end
    if end < len(text):
        yield Piece(text=_short(text[end:], PLAIN))


def _mark(number: int, finding: Finding) -> dict[str, Any]:
    return {
        "number": number,
        "verdict": finding.verdict,
        "category": finding.category.replace("_", " "),
        "severity": finding.severity,
        "p": f"{finding.p_unsupported:.2f}",
        "reason": _short(finding.reason, QUOTE),
        "evidence": [
            {
                "where": e.source if e.turn is None else f"{e.source}, turn {e.turn}",
                "quote": _short(e.quote, QUOTE),
            }
            for e in finding.evidence[:3]
        ],
    }


def _short(text: str, most: int) -> str:
    """The text, or its two ends with the number of characters left out between them."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} [… {len(text) - 2 * half} characters …] {text[-half:]}"
