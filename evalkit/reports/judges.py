"""Judges side by side, as a reader sees them."""

from __future__ import annotations

from typing import Any

from evalkit.audit.judges import agreement_table, by_approach, judge_table
from evalkit.records import Run
from evalkit.reports.grids import Column, Grid
from evalkit.reports.tables import amount, ranged


def grids(run: Run, shown: dict[str, str]) -> list[Grid]:
    """What each judge did, how pairs agree, and what each makes of the approaches.

    Nothing for a single judge that failed nowhere and paid for nothing.
    """
    alone = len(run.judges) == 1
    if alone and not any(one.failure or one.usage or one.dropped for one in run.judged):
        return []
    return [_each(run)] if alone else [_each(run), _pairs(run), _approaches(run, shown)]


def _each(run: Run) -> Grid:
    columns: tuple[str, ...] = ("Judge", "Notes judged", "Failed", "Sentences", "Without a verdict")
    columns = (*columns, "Found false", "Strict", "Quotations dropped", "Tokens", "Cost")
    table = judge_table(run)
    common = int(table["common"].iloc[0])
    return Grid(
        caption="What each judge did. Found false: unsupported or contradicted, strict with the "
        f"merely inferred, as a share of the {common:,} sentences that every judge has a verdict "
        "on, with a 95 % interval over sessions. Quotations dropped: they stand nowhere in the "
        "session.",
        columns=tuple(Column(title=title, number=i > 0) for i, title in enumerate(columns)),
        rows=tuple(_row(row) for row in table.to_dict("records")),
    )


def _row(row: dict[Any, Any]) -> tuple[str, ...]:
    cost = row["cost_usd"]
    share = "–"
    if row["common"]:
        share = f"{amount(row['false'], True)} [{ranged(row['low'], row['high'], True)}]"
    return (
        row["judge"],
        *(f"{row[name]:,}" for name in ("notes", "failed", "sentences", "unlabelled")),
        share,
        amount(row["strict"], True) if row["common"] else "–",
        f"{row['dropped']:,}",
        _count(row["tokens"]),
        "–" if cost != cost else f"${cost:.2f}" if cost >= 0.005 or cost == 0 else "under $0.01",
    )


def _count(value: float) -> str:
    return "–" if value != value else f"{value:,.0f}"


def _pairs(run: Run) -> Grid:
    columns: tuple[str, ...] = (
        "Judges",
        "Agreement",
        "Cohen's kappa",
        "Both",
        "First alone",
        "Second alone",
    )
    columns = (*columns, "Neither", "Sentences")
    return Grid(
        caption="Agreement of each pair on the sentences that both have a verdict on; kappa with "
        "a 95 % interval over sessions. Both, one alone or neither finds the sentence false.",
        columns=tuple(Column(title=title, number=i > 0) for i, title in enumerate(columns)),
        rows=tuple(
            (
                f"{row['judge']}, {row['other']}",
                amount(row["agreement"], True) if row["n"] else "–",
                _kappa(row),
                *(f"{row[name]:,}" for name in ("both", "first", "second", "neither", "n")),
            )
            for row in agreement_table(run).to_dict("records")
        ),
    )


def _kappa(row: dict[Any, Any]) -> str:
    if row["kappa"] != row["kappa"]:
        return "–"
    low, high = row["kappa_low"], row["kappa_high"]
    return f"{row['kappa']:.2f}" + (f" [{low:.2f}, {high:.2f}]" if low == low else "")


def _approaches(run: Run, shown: dict[str, str]) -> Grid:
    found = {(row["approach"], row["judge"]): row for row in by_approach(run).to_dict("records")}
    rows = []
    for name, label in shown.items():
        n = found[name, run.judges[0]]["sentences"]
        shares = (found[name, judge]["false"] for judge in run.judges)
        rows.append((label, *(amount(one, True) if n else "–" for one in shares), f"{n:,}"))
    return Grid(
        caption="Sentences found false by each judge, as a share of the approach's sentences that "
        "every judge has a verdict on.",
        columns=(
            Column(title="Approach", number=False),
            *(Column(title=name) for name in run.judges),
            Column(title="Sentences"),
        ),
        rows=tuple(rows),
    )
