"""`evalkit run`: one experiment from its sessions to the decision, whole or a part of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.errors import EvalkitError

if TYPE_CHECKING:
    from evalkit.pipeline import Outcome


def run(
    experiment: Annotated[Path, typer.Argument(help="The experiment's TOML file.")],
    out: Annotated[
        Path, typer.Option("--out", help="Folder for runs and the MLflow database.")
    ] = Path("runs"),
    tracking: Annotated[
        bool | None, typer.Option(help="Log the run to MLflow (yes; of a part of it, no).")
    ] = None,
    card: Annotated[
        Path | None, typer.Option(help="validity.json of `evalkit validate`, for other judges.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The first N sessions alone.")] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="This approach alone; may be given several times.")
    ] = None,
    replicates: Annotated[
        int | None, typer.Option(min=1, help="Drafts of each session, instead of the file's.")
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(help="Dollars to spend at most, answers kept from earlier runs included."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would take; call and write nothing.")
    ] = False,
) -> None:
    """Draft, score, decide, log and report one experiment.

    The same command again goes on where it stopped.

    With --limit, --only or --replicates the results go to OUT/NAME/part; answers of models are
    shared with the whole run.
    """
    from evalkit.errors import InputError
    from evalkit.experiment import load_experiment
    from evalkit.pipeline import evaluate, narrowed, place_of
    from evalkit.terminal import bars, show_outcome

    chosen = narrowed(
        load_experiment(experiment), limit=limit, only=only or (), replicates=replicates
    )
    if budget is not None:
        if not 0 < budget < float("inf"):
            raise InputError("not a number of dollars above 0", field="--budget")
        endpoint = chosen.endpoint.model_copy(update={"budget_usd": budget})
        chosen = chosen.model_copy(update={"endpoint": endpoint})
    part = any((limit, only, replicates))
    place = place_of(chosen, out, part=part)
    if dry_run:
        from evalkit.commands.dry_run import expected, table

        typer.echo(table(chosen, expected(chosen, place.responses)))
        return
    with bars() as progress:
        outcome: Outcome = evaluate(
            chosen,
            out=place,
            tracking=not part if tracking is None else tracking,
            card=card,
            progress=progress,
        )
    show_outcome(outcome)
    if not outcome.run.scored:
        raise EvalkitError("no draft was scored, so nothing is decided")
