"""What a finished run says of the spread and of the price."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import InputError, did_you_mean
from evalkit.paired import Difference, paired
from evalkit.power.components import Spread, from_pilot
from evalkit.power.shown import SHARE
from evalkit.records import Record
from evalkit.store import read_rows

if TYPE_CHECKING:
    import pandas as pd


class Pilot(Record):
    """Two approaches in one run: `seen` is A minus B there, `means` those of A and of B."""

    measure: str
    unit: str
    approaches: tuple[str, str]
    formats: tuple[str, ...]
    sessions: int
    replicates: int
    means: tuple[float, float]
    seen: Difference
    spread: Spread
    price_usd: float | None
    """Mean dollars a draft of the two; None where a draft's cost is not known."""


def read_pilot(folder: Path, measure: str, approaches: tuple[str, str], seed: int) -> Pilot:
    """From `scores.parquet` and, for the price, `drafts.jsonl` of a run's folder.

    InputError where the run, the measure, an approach or a value on both sides is wanting.
    """
    table = _scores(folder / "scores.parquet")
    measures = table["scorer"].unique()
    if measure not in measures:
        raise InputError(did_you_mean("measure", measure, measures), file=folder, field="--measure")
    table = table[table["scorer"] == measure]
    for name in approaches:
        if name not in set(table["approach"]):
            known = table["approach"].unique()
            raise InputError(
                did_you_mean("approach", name, known), file=folder, field="--approaches"
            )
    if approaches[0] == approaches[1]:
        raise InputError("an approach does not differ from itself", field="--approaches")
    sides = [_cells(table, name) for name in approaches]
    both = sides[0].join(sides[1], how="inner", lsuffix="_a", rsuffix="_b")
    a, b = both["value_a"].to_numpy(float), both["value_b"].to_numpy(float)
    known = ~np.isnan(a - b)
    if not known.any():
        raise InputError(
            f"no note has {measure} under both approaches",
            file=folder,
            field="--approaches",
            fix="take a measure that both have",
        )
    cells, formats = _cube(both, a - b)
    sessions = both.index.get_level_values("session_id")
    unit = str(table["unit"].iloc[0])
    codes = np.unique(np.asarray(sessions, dtype=str), return_inverse=True)[1].astype(np.int64)
    return Pilot(
        measure=measure,
        unit=unit,
        approaches=approaches,
        formats=formats,
        sessions=len(set(sessions[known])),
        replicates=cells.shape[2],
        means=(float(np.mean(a[known])), float(np.mean(b[known]))),
        seen=paired(a, b, codes, np.random.default_rng(seed), proportion=unit == SHARE),
        spread=_spread(cells, folder),
        price_usd=_price(folder / "drafts.jsonl", approaches),
    )


def _spread(cells: NDArray[np.float64], folder: Path) -> Spread:
    try:
        return from_pilot(cells)
    except InputError as error:
        raise InputError(error.what, file=folder, field="--approaches", fix=error.fix) from None


def _scores(path: Path) -> pd.DataFrame:
    """The table of scores of `evalkit run`, or of `evalkit score`, which calls approaches drafters
    and may know one format only."""
    if not path.is_file():
        what = "no scores lie here" if path.parent.is_dir() else "there is no such folder"
        raise InputError(
            what,
            file=path.parent,
            field="--run",
            fix="give a run's folder, such as runs/quickstart",
        )
    import pandas as pd

    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError):
        raise InputError("not a Parquet table", file=path, fix="run the experiment again") from None
    if "approach" not in table:
        table = table.rename(columns={"drafter": "approach"})
    for name, value in (("format", "one"), ("replicate", 0)):
        if name not in table:
            table[name] = value
    for name in ("session_id", "approach", "scorer", "value", "unit", "reason"):
        if name not in table:
            raise InputError(
                "no such column", file=path, field=name, fix="run the experiment again"
            )
    return table


def _cells(table: pd.DataFrame, approach: str) -> pd.DataFrame:
    """Values of one approach by session, format and replicate, in the order of the run."""
    mine = table[table["approach"] == approach]
    return mine.set_index(["session_id", "format", "replicate"])[["value"]]


def _cube(
    both: pd.DataFrame, values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Differences as (sessions, formats, replicates); NaN where there is none.

    Formats in which no note of the two has a value are left out.
    """
    places, names = [], []
    for level in ("session_id", "format", "replicate"):
        codes, labels = both.index.get_level_values(level).factorize()
        places.append(codes)
        names.append(labels)
    cells = np.full([len(one) for one in names], math.nan)
    cells[tuple(places)] = values
    scored = ~np.isnan(cells).all(axis=(0, 2))
    return cells[:, scored], tuple(str(name) for name in np.asarray(names[1])[scored])


def _price(path: Path, approaches: tuple[str, str]) -> float | None:
    """Mean dollars a draft, where every draft of both has a cost; failed drafts cost, too."""
    if not path.is_file():
        return None
    costs = [row.get("cost_usd") for _, row in read_rows(path) if row.get("approach") in approaches]
    known = [float(cost) for cost in costs if isinstance(cost, (int, float))]
    return sum(known) / len(known) if known and len(known) == len(costs) else None
