"""What the command line shows: a bar a stage, then tables. Figures and names, never note text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.table import Table

from evalkit.records import FALSE, Run
from evalkit.runner import Progress

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.pipeline import Outcome
    from evalkit.reports.validity import Section
    from evalkit.scoring import Scored

VERDICTS = {"deploy": "green", "collect more": "yellow", "hold": "red"}


def console() -> Console:
    """80 columns are too few for the leaderboard where the output is not a terminal."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=120)


@contextmanager
def bars() -> Iterator[Progress]:
    """A progress that draws one bar a stage on stderr."""
    shown = Bars(
        TextColumn("{task.description:<9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    tasks: dict[str, int] = {}
    with shown:

        def progress(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = shown.add_task(stage, total=total)
            shown.update(tasks[stage], completed=done, total=total)  # type: ignore[arg-type]

        yield progress


def show_outcome(outcome: Outcome) -> None:
    """Leaderboard, verdicts with the gate that decided each, and where everything lies."""
    out = console()
    run = outcome.run
    name = run.experiment.name
    title = f"{name}: means with 95 % intervals over sessions"
    board = outcome.summary()
    if out.width < 112:
        board = board.map(lambda cell: cell.replace(" [", "\n["))
    out.print(_table(title, board, numbers=True))
    out.print(_table(f"{name}: verdicts", outcome.verdicts()))
    if any(one.control for one in outcome.decisions):
        out.print(
            "* a control with known errors: it shows what the scorers see, and is no candidate"
        )
    out.print(accounting(run), highlight=False)
    for reason, count in Counter(d.failure for d in run.drafts if d.failure).most_common(5):
        out.print(f"  {count} failed: {reason}", highlight=False, markup=False)
    _show_controls(out, outcome)
    if outcome.receipt is not None:
        held = outcome.receipt
        out.print(
            f"MLflow: 1 parent run, {len(held.child_run_ids)} child runs, {held.metrics} metrics, "
            f"{held.drafts} drafts, {held.findings} findings logged and read back (make ui)",
            highlight=False,
            soft_wrap=True,
        )
    out.print(f"report: {_short(outcome.report)}", highlight=False, soft_wrap=True)


def accounting(run: Run) -> str:
    """planned = scored + failed + excluded, in figures; and what the first judge failed on."""
    unjudged = len(run.unjudged)
    return (
        f"{run.planned} planned = {run.scored} scored + {run.failed} failed "
        f"+ {run.excluded} excluded"
        + (f"; {unjudged} of the scored not judged by {run.judges[0]}" if unjudged else "")
    )


def show_scored(scored: Scored, folder: Path) -> None:
    """A summary by drafter, with units and denominators."""
    from pandas import DataFrame

    from evalkit.scoring import claims_table

    out = console()
    run = scored.run
    claims = claims_table(run)
    rows = {}
    for approach in run.experiment.approaches:
        notes = sum(d.approach == approach.name and d.failure is None for d in run.drafts)
        part = claims[claims["drafter"] == approach.name]
        false = part["verdict"].isin(FALSE)
        hit = int(
            false.groupby([part[name] for name in ("session_id", "format") if name in part])
            .any()
            .sum()
        )
        rows[approach.name] = {
            "notes": str(notes),
            "sentences": str(len(part)),
            "unsupported": f"{false.mean():.1%}" if len(part) else "not scored",
            "strict": f"{(part['verdict'] != 'supported').mean():.1%}" if len(part) else "",
            "notes with one": f"{hit} of {notes}",
        }
    frame = DataFrame.from_dict(rows, orient="index").rename_axis("drafter")
    out.print(_table("unsupported sentences by drafter", frame, numbers=True))
    out.print(accounting(run), highlight=False)
    if scored.without_session:
        out.print(
            f"  {scored.without_session} excluded: no session of that id in the source",
            highlight=False,
        )
    out.print(
        f"{_short(folder / 'claims.parquet')}, {_short(folder / 'scores.parquet')}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def show_section(shown: Section) -> None:
    """One judge's figures: what they rest on, the tables, and what was not measured."""
    from pandas import DataFrame

    out = console()
    out.print(shown.title, style="bold", highlight=False)
    out.print(" ".join(shown.about), highlight=False)
    for grid in (*shown.grids, *shown.more):
        first, *rest = (column.title for column in grid.columns)
        frame = DataFrame([row[1:] for row in grid.rows], columns=rest)
        frame.index = [row[0] for row in grid.rows]
        out.print(_table(grid.caption, frame.rename_axis(first), numbers=True))
    for line in shown.missing:
        out.print(f"not measured: {line}", highlight=False)


def _show_controls(out: Console, outcome: Outcome) -> None:
    """What the scorer saw of the errors that controls planted, counted over the run."""
    from evalkit.scorers.planted import counted

    for line in counted(outcome.run):
        out.print(line, highlight=False)


def _table(title: str, frame: pd.DataFrame, *, numbers: bool = False) -> Table:
    """A data frame of strings, its index first; headings break after their first word."""
    shown = Table(
        title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False
    )
    shown.add_column(str(frame.index.name), no_wrap=True)
    for heading in frame.columns:
        text = str(heading)
        if numbers:
            shown.add_column("\n".join(text.rsplit(" ", 1)), justify="right")
        else:
            shown.add_column(text)
    for label, cells in frame.iterrows():
        style = VERDICTS.get(str(cells.iloc[0]), "")
        first, *rest = (escape(str(cell)) for cell in cells)
        shown.add_row(escape(str(label)), f"[{style}]{first}[/]" if style else first, *rest)
    return shown


def _short(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
