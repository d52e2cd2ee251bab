"""Rates of fabrication per sentence, per claim and per note, each raw, strict and corrected.

They are pooled over an approach's notes, with intervals over sessions; the leaderboard's are means
of the notes' own shares, so that a long note counts as much as a short one.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.accuracy import Accuracy, accuracy
from evalkit.records import FALSE, STRICT, Cell, Finding, Run, Verdict
from evalkit.records.validity import Card
from evalkit.reports.flat import approach_names
from evalkit.reports.grids import Column, Grid
from evalkit.scorers.fabrication import verdicts
from evalkit.stats import DESIGN_EFFECT, Share, interval, rogan_gladen, wilson

UNITS = ("sentence", "claim", "note")
COLUMNS = ["approach", "unit", "n", "sessions"] + [
    name + end
    for name in ("unsupported", "unsupported_strict", "corrected")
    for end in ("", "_low", "_high")
]


class Known(NamedTuple):
    """How well the run's first judge tells true from false, by unit; None where nobody knows."""

    sentence: Accuracy | None
    claim: Accuracy | None

    @classmethod
    def of(cls, run: Run, card: Card | None = None) -> Known:
        return cls(accuracy(run, "sentence", card), accuracy(run, "claim", card))


def by_unit(run: Run, known: Known) -> pd.DataFrame:
    """Approach x unit: things of that unit (`n`), share unsupported, strict, and corrected.

    `corrected` is Rogan and Gladen's rate, for sentences and claims, from what is known of the
    first judge; it is missing where that is not known or does not fit these notes, and for
    controls, whose rate is known. `_low` and `_high` are ends of 95 % intervals. An approach
    without a finding has no rows.
    """
    found: dict[str, list[Finding]] = defaultdict(list)
    for one in run.first_findings:
        found[one.approach].append(one)
    none = Known(None, None)
    controls = {one.name for one in run.experiment.approaches if one.control}
    rows = [
        _row(name, unit, found[name], none if name in controls else known, run.experiment.seed)
        for name in approach_names(run)
        for unit in UNITS
        if found[name]
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(COLUMNS[4:], "float64"))


def _row(
    name: str, unit: str, findings: list[Finding], known: Known, seed: int
) -> dict[str, object]:
    things = _things(unit, findings)
    sessions = {each: code for code, each in enumerate(dict.fromkeys(s for s, _ in things))}
    codes = np.array([sessions[session] for session, _ in things])
    row: dict[str, object] = {
        "approach": name,
        "unit": unit,
        "n": len(things),
        "sessions": len(sessions),
    }
    for key, counted in (("unsupported", FALSE), ("unsupported_strict", STRICT)):
        values = np.array([float(worst in counted) for _, worst in things])
        low, mean, high = _share(values, codes, np.random.default_rng(seed), note=unit == "note")
        row |= {key: mean, f"{key}_low": low, f"{key}_high": high}
        judged = {"sentence": known.sentence, "claim": known.claim}.get(unit)
        if key == "unsupported" and judged is not None and math.isfinite(low + high):
            share = Share.within(mean, low, high, len(things) / DESIGN_EFFECT)
            right = rogan_gladen(share, *judged.shares)
            if right is not None:
                row |= {
                    "corrected": right.value,
                    "corrected_low": right.low,
                    "corrected_high": right.high,
                }
    return row


def _share(
    values: NDArray[np.float64], codes: NDArray[np.int64], rng: np.random.Generator, *, note: bool
) -> tuple[float, float, float]:
    """(low, share, high) over sessions; a share of 0 or 1 has Wilson's interval."""
    found = interval(values, codes, rng, proportion=note)
    if note or 0 < found.mean < 1:
        return found.low, found.mean, found.high
    fewer = len(values) / DESIGN_EFFECT
    low, high = wilson(found.mean * fewer, fewer)
    return low, found.mean, high


def _things(unit: str, findings: list[Finding]) -> list[tuple[str, Verdict]]:
    """(session, verdict) of each sentence or claim, or of each note its gravest verdict."""
    if unit == "sentence":
        return [(one.session_id, one.verdict) for one in findings]
    if unit == "claim":
        return [(one.session_id, verdict) for one in findings for verdict in verdicts(one)]
    notes: dict[Cell, list[Verdict]] = defaultdict(list)
    for one in findings:
        notes[one.cell].append(one.verdict)
    return [
        (cell.session_id, max(said, key=("supported", *reversed(STRICT)).index))
        for cell, said in notes.items()
    ]


def grid(run: Run, shown: dict[str, str], known: Known) -> Grid:
    """The rates for a reader, a row an approach and unit."""
    titles = ("Approach", "Inference-aware", "Strict", "Corrected", "Counted over")
    return Grid(
        caption="Share that is unsupported or contradicted; strictly, also what is merely inferred;"
        " in brackets the 95 % interval over sessions. Pooled over an approach's notes.",
        columns=tuple(Column(title=title, number=title != "Approach") for title in titles),
        rows=tuple(
            (
                f"{shown[row['approach']]}, {row['unit']}s",
                _ends(row, "unsupported"),
                _ends(row, "unsupported_strict"),
                _ends(row, "corrected"),
                f"{row['n']:,} {row['unit']}s",
            )
            for row in by_unit(run, known).to_dict("records")
        ),
    )


def _ends(row: dict[object, object], name: str) -> str:
    value, low, high = (float(str(row[name + end])) for end in ("", "_low", "_high"))
    if value != value:
        return "–"
    if not np.isfinite(low) or not np.isfinite(high):
        return f"{100 * value:.1f}\u00a0%"
    return f"{100 * value:.1f}\u00a0% [{100 * low:.1f},\u00a0{100 * high:.1f}]"
