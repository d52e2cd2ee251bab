"""The files of `--out`: tables as CSV, all of it as JSON, figures as SVG.

No file holds a word of a note or a transcript.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evalkit.burden.break_even import break_even
from evalkit.burden.claims import Judged
from evalkit.burden.curves import curves
from evalkit.burden.figures import break_even_svg, tornado_svg
from evalkit.burden.month import hours_saved
from evalkit.burden.pools import Drafted
from evalkit.burden.practice import Practice
from evalkit.burden.project import Projection
from evalkit.burden.sensitivity import tornado
from evalkit.store import folder_for, write_text


def write_projections(
    practice: Practice, drafted: Sequence[Drafted], projections: Sequence[Projection], out: Path
) -> str:
    """Write projections.csv, projections.json, break_even.csv, tornado.csv and two figures each.

    Returns a line that says what was written. Raises InputError where nothing can be.
    """
    folder_for(out)
    points, swings, names = [], [], []
    for one in drafted:
        key = {"approach": one.approach}
        points += [key | point.model_dump() for point in break_even(practice, one)]
        found = tornado(practice, one)
        swings += [key | swing.model_dump() for swing in found]
        name = one.approach.replace(" ", "_")
        title = f"{practice.name}, {one.approach}"
        base = hours_saved(practice, one)
        write_text(out / f"tornado_{name}.svg", tornado_svg(found, base, title))
        names.append(f"tornado_{name}.svg")
        if lines := curves(practice, one):
            write_text(out / f"break_even_{name}.svg", break_even_svg(lines, title))
            names.append(f"break_even_{name}.svg")
    quantities = [
        {"approach": one.approach, "control": one.control} | quantity.model_dump()
        for one in projections
        for quantity in one.quantities
    ]
    tables = {"projections": quantities, "break_even": points, "tornado": swings}
    for table, rows in tables.items():
        write_text(out / f"{table}.csv", as_csv(rows))
    whole = [one.model_dump(mode="json") for one in projections]
    write_text(out / "projections.json", json.dumps(whole, ensure_ascii=False, indent=1) + "\n")
    return f"{out}: projections.json, {len(tables)} tables (CSV), {len(names)} figures (SVG)"


def write_claims(found: Sequence[Judged], out: Path) -> str:
    """Write claims.csv: a row each reading of each claim. Returns a line that says so."""
    folder_for(out)
    rows = list(claim_rows(found))
    write_text(out / "claims.csv", as_csv(rows))
    return f"{out / 'claims.csv'}: {len(found)} claims, {len(rows)} figures"


def claim_rows(found: Iterable[Judged]) -> Iterable[dict[str, Any]]:
    """A row each reading: its figure, and what it is held against, from and to."""
    for one in found:
        for reading in one.figures:
            low, high = reading.claimed or (None, None)
            yield {
                "claim": one.claim.claim,
                "verdict": one.verdict,
                "reading": reading.name,
                "figure": reading.figure,
                "unit": reading.unit,
                "outcome": reading.outcome,
                "claimed_low": low,
                "claimed_high": None if high is None or math.isinf(high) else high,
            }


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows with equal keys as CSV text, figures to nine digits; what is missing is left empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {key: f"{cell:.9g}" if isinstance(cell, float) else cell for key, cell in row.items()}
        )
    return out.getvalue()
