"""`evalkit burden`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.errors import InputError

if TYPE_CHECKING:
    from evalkit.burden.pools import Drafted
    from evalkit.burden.practice import Practice


def burden(
    practice: Annotated[Path | None, typer.Argument(help="The practice's TOML file.")] = None,
    run: Annotated[Path | None, typer.Option(help="A run's folder: its reviews.")] = None,
    approach: Annotated[
        list[str] | None, typer.Option(help="An approach of the run (all); may be repeated.")
    ] = None,
    review_minutes: Annotated[
        float | None, typer.Option(min=0.01, max=240, help="Without a run: minutes a review.")
    ] = None,
    group_review_minutes: Annotated[
        float | None, typer.Option(min=0.01, max=240, help="The same, one note of a group.")
    ] = None,
    claims: Annotated[
        bool, typer.Option("--claims", help="Recompute the claims of the article.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for tables (CSV, JSON) and figures (SVG).")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds give equal figures.")] = 0,
) -> None:
    """Project an approach's reviews onto a practice: hours, errors that get signed, dollars."""
    from evalkit.burden.claims import recompute
    from evalkit.burden.practice import load_practice
    from evalkit.burden.project import project
    from evalkit.burden.shown import compared, described, judged
    from evalkit.burden.written import write_claims, write_projections

    if practice is None:
        if not claims or run is not None or approach or review_minutes or group_review_minutes:
            raise InputError("which practice?", fix="name its TOML, or ask for --claims alone")
        found = recompute()
        typer.echo(judged(found))
        if out is not None:
            typer.echo(write_claims(found, out))
        return
    house = load_practice(practice)
    minutes = (review_minutes, group_review_minutes)
    drafted = _drafted(house, run, tuple(approach or ()), minutes)
    projections = tuple(project(house, one, seed=seed) for one in drafted)
    typer.echo(described(house) + "\n")
    if len(drafted) > 1:
        typer.echo(compared(projections))
        typer.echo("--approach NAME shows all figures, break-even and sensitivity of one")
    else:
        typer.echo(_one(house, drafted[0], seed))
    if claims:
        found = recompute(projections)
        typer.echo("\n" + judged(found))
        if out is not None:
            typer.echo(write_claims(found, out))
    if out is not None:
        typer.echo(write_projections(house, drafted, projections, out))


def _one(practice: Practice, drafted: Drafted, seed: int) -> str:
    from evalkit.burden.break_even import break_even
    from evalkit.burden.month import hours_saved
    from evalkit.burden.project import project
    from evalkit.burden.sensitivity import tornado
    from evalkit.burden.shown import projected, swinging, tipping

    return "\n\n".join(
        (
            projected(project(practice, drafted, seed=seed)),
            tipping(break_even(practice, drafted)),
            swinging(tornado(practice, drafted), hours_saved(practice, drafted)),
        )
    )


def _drafted(
    practice: Practice,
    run: Path | None,
    approaches: tuple[str, ...],
    minutes: tuple[float | None, float | None],
) -> tuple[Drafted, ...]:
    """The approaches of a run, or minutes that were given: one or the other."""
    from evalkit.burden.from_run import read_run
    from evalkit.burden.pools import given

    by_hand = minutes != (None, None)
    if by_hand == (run is not None):
        raise InputError("give either --run FOLDER or --review-minutes", field="--run")
    if run is not None:
        return read_run(run, approaches)
    if approaches:
        raise InputError("an approach is one of a run", field="--approach", fix="give --run FOLDER")
    return (given(*minutes, practice.spread),)
