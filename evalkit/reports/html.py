"""The report: one HTML file that asks nothing of the network and runs no script.

Everything that comes from a run (names, notes, quotes, reasons) is escaped by the template, and a
Content-Security-Policy forbids what escaping might miss. The text is the same every time: it bears
no date.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from evalkit.records import Cell, Decision, Estimate, Run
from evalkit.records.validity import Card
from evalkit.reports import figures, grids, judges, rates, reviews, tables, validity
from evalkit.reports.pages import template
from evalkit.reports.passages import marked
from evalkit.reports.tables import amount, ranged
from evalkit.scorers.planted import counted

if TYPE_CHECKING:
    pass


def render(
    run: Run,
    decisions: Iterable[Decision],
    estimates: Iterable[Estimate],
    *,
    texts: bool = True,
    card: Card | None = None,
) -> str:
    """The report as HTML text. With `texts=False` it holds no word of a note or a session.

    `card` says how well judges do; by default the one that comes with evalkit.
    """
    decisions, estimates = tuple(decisions), tuple(estimates)
    board = tables.leaderboard(run, decisions, estimates)
    shown = tables.labels(run)
    rows = [_leader(row, shown) for row in board.to_dict("records")]
    candidates = [row["verdict"] for row in rows if not row["control"]]
    drawn = [
        {
            "name": one.name,
            "alt": one.alt,
            "caption": one.caption,
            "src": "data:image/svg+xml;base64," + base64.b64encode(one.svg.encode()).decode(),
        }
        for one in figures.draw(run, decisions, estimates)
    ]
    known = rates.Known.of(run, card)
    page = template("report.html.j2").render(
        run=run,
        leaders=rows,
        counts={name: candidates.count(name) for name in tables.VERDICTS},
        candidates=len(candidates),
        figures=drawn,
        categories=grids.categories(run, shown),
        sections=grids.sections(run, shown),
        formats=grids.formats(run, shown),
        traps=grids.traps(run, shown),
        minutes=grids.minutes(run, shown),
        reviews=reviews.grid(run, shown, estimates),
        reviewing=run.experiment.reviewing,
        judges=judges.grids(run, shown),
        accounting=grids.accounting(run, shown),
        trust=tuple(counted(run)),
        rates=rates.grid(run, shown, known),
        corrected_by=[validity.in_words(each) for each in dict.fromkeys(known)],
        withheld=_withheld(decisions),
        card=validity.of_run(run, card),
        worst=[marked(run, key, shown) for key in _worst(run)] if texts else [],
        worst_counts=None if texts else grids.worst_counts(run, shown),
        noted=len({draft.session_id for draft in run.drafts if draft.failure is None}),
        unscored=[e for e in estimates if e.n_unscored and not e.measure.startswith("trap_")],
        labels=shown,
        real=any(session.spec.source != "generated" for session in run.sessions),
    )
    return page.encode("utf-8", "replace").decode("utf-8")


def _withheld(decisions: Iterable[Decision]) -> tuple[str, str]:
    """Which measures are withheld from the decision, and why; two empty strings if none is."""
    gates = {
        result.gate.measure.replace("_", " "): result.reason
        for decision in decisions
        for result in decision.gates
        if result.outcome == "withheld"
    }
    return ", ".join(gates), "; ".join(dict.fromkeys(gates.values()))


def _sentence(text: str) -> str:
    """With a capital, and no line break between a number and its per cent."""
    return text[:1].upper() + text[1:].replace(" %", "\u00a0%")


def _leader(row: dict[Any, Any], shown: dict[str, str]) -> dict[str, Any]:
    def cell(measure: str, share: bool) -> tuple[str, str]:
        low, high = row[measure + "_low"], row[measure + "_high"]
        interval = "" if low != low else ranged(low, high, share)
        return amount(row[measure], share), interval

    return {
        "approach": row["approach"],
        "control": row["control"],
        "verdict": row["verdict"],
        "class": row["verdict"].replace(" ", "-"),
        "decided_by": _sentence(row["decided_by"]),
        "cells": (
            ("Notes with a fabrication, inference-aware", *cell("fabrication", True)),
            ("Notes with a fabrication, strict", *cell("fabrication_strict", True)),
            ("Notes with a major fabrication", *cell("fabrication_major", True)),
            ("Unsupported sentences, inference-aware", *cell("unsupported_sentences", True)),
            ("Unsupported sentences, strict", *cell("unsupported_sentences_strict", True)),
            ("Facts carried, weighted", *cell("fidelity", True)),
            ("Minutes a note", *cell("review_minutes", False)),
            ("Notes", f"{row['notes']}", f"{row['sessions']} sessions"),
            ("Failed, excluded", f"{row['failed']}, {row['excluded']}", ""),
        ),
    }


def _worst(run: Run) -> list[Cell]:
    names = list(Cell._fields)
    return [
        Cell(**{name: row[name] for name in names})
        for row in tables.worst_notes(run, grids.WORST).to_dict("records")
    ]
