"""`evalkit study plan|status|import-log|analyse`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from evalkit.commands.study_analyse import analyse

app = typer.Typer(
    no_args_is_help=True, help="Review studies: plan one, follow it, analyse what came out."
)


@app.command()
def plan(
    study: Annotated[Path, typer.Argument(help="The study's TOML file.")],
    out: Annotated[Path, typer.Option(help="Review folder to write.")],
    add: Annotated[
        list[str] | None,
        typer.Option(help="Give one more reviewer tasks; may be given several times."),
    ] = None,
) -> None:
    """Assign blinded drafts to reviewers, balanced over order, carry-over and sessions."""
    from evalkit.study.plan import add_reviewers, plan_study
    from evalkit.study.summary import summary

    planned = add_reviewers(study, out, add) if add else plan_study(study, out)
    typer.echo(summary(planned))
    whom = (add or planned.plan.reviewers)[0]
    typer.echo(f"review with: evalkit review {shlex.quote(str(out))} --reviewer {whom}")


@app.command()
def status(
    folder: Annotated[Path, typer.Argument(help="A review folder.")],
) -> None:
    """Show how far each reviewer is."""
    from evalkit.study.status import status as progress
    from evalkit.study.status import table

    typer.echo(table(progress(folder)))


@app.command("import-log")
def import_log(
    file: Annotated[Path, typer.Argument(help="CSV of an EHR's audit log.")],
    out: Annotated[Path, typer.Option(help="Review folder to write or to add to.")],
    time: Annotated[str, typer.Option(help="Column of times.")] = "time",
    user: Annotated[str, typer.Option(help="Column of users.")] = "user",
    action: Annotated[str, typer.Option(help="Column of actions.")] = "action",
    note: Annotated[str, typer.Option(help="Column of note or encounter ids.")] = "note",
    approach_column: Annotated[
        str, typer.Option(help="Column that says how a note was drafted, where there is one.")
    ] = "",
    approach: Annotated[str, typer.Option(help="How notes were drafted, where none.")] = "ehr",
    timezone: Annotated[
        str, typer.Option(help="Where times without a zone were taken: America/New_York.")
    ] = "UTC",
    time_format: Annotated[
        str, typer.Option(help="As for strptime, where times are neither ISO 8601 nor US.")
    ] = "",
    actions: Annotated[
        Path | None,
        typer.Option(help="TOML of open, focus, edit, sign, reopen, close, ignore = [...]."),
    ] = None,
    keep_ids: Annotated[
        bool, typer.Option("--keep-ids", help="Keep users and ids; else digests stand for them.")
    ] = False,
    key_file: Annotated[
        Path | None, typer.Option(help="Secret of the digests (import.key in the folder).")
    ] = None,
) -> None:
    """Read an EHR's audit log into review events, to measure times from it."""
    from evalkit.study.audit_actions import Actions
    from evalkit.study.audit_log import import_log as read_log
    from evalkit.study.audit_rows import Columns, Reading
    from evalkit.study.audit_summary import summary
    from evalkit.study.audit_times import Clock

    columns = Columns(time=time, user=user, action=action, note=note, approach=approach_column)
    clock = Clock(zone=timezone, format=time_format)
    reading = Reading(columns=columns, clock=clock, approach=approach, keep_ids=keep_ids)
    typer.echo(summary(read_log(file, out, reading, Actions(actions), key_file)))
    typer.echo(f"follow it: evalkit study status {shlex.quote(str(out))}")


app.command()(analyse)
