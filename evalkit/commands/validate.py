"""`evalkit validate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.errors import InputError
from evalkit.store import folder_for

if TYPE_CHECKING:
    from evalkit.audit.people import Own
    from evalkit.judges._base import Judge


def validate(
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with annomi/, tneval/ and primock57/ (EVALKIT_DATA)."),
    ] = None,
    sessions: Annotated[
        Path | None,
        typer.Option(help="JSONL of sessions with ledgers to plant errors in (stress.jsonl)."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many of them.")] = None,
    judge: Annotated[
        str, typer.Option(help='A judge, or as in TOML: \'name="llm", model="openai/gpt-5"\'.')
    ] = "grounding",
    labels: Annotated[
        str, typer.Option(help="Labels of your own: a .csv or .jsonl, see `evalkit calibrate`.")
    ] = "",
    drafts: Annotated[str, typer.Option(help="The notes that the labels are of.")] = "",
    transcripts: Annotated[str, typer.Option(help="The sessions of those notes.")] = "",
    therapist: Annotated[str, typer.Option(help="The clinician's label in them.")] = "",
    out: Annotated[
        Path | None, typer.Option(help="Folder for validity.json, .html and .md.")
    ] = None,
) -> None:
    """Measure a judge against known truth: planted errors, and people's labels."""
    from evalkit.audit.card import measured, truth
    from evalkit.reports.validity import section, write
    from evalkit.terminal import bars, show_section

    chosen = _judge(judge)
    on = truth(sessions, limit, _data(data, chosen), _own(labels, drafts, transcripts, therapist))
    responses = None if out is None else folder_for(out) / "responses.sqlite"
    with bars() as progress:
        found = measured(chosen, on, responses, progress)
    for one in found:
        show_section(section(one))
    if out is not None:
        for file in write(found, out):
            typer.echo(file)


def _judge(asked: str) -> Judge:
    """The judge of that name, or of an inline TOML table."""
    import tomllib

    from evalkit import registry
    from evalkit.experiment import JUDGES
    from evalkit.models import check_keys

    config: str | dict[str, object] = asked
    if "=" in asked:
        try:
            config = tomllib.loads(f"judge = {{ {asked} }}")["judge"]
        except tomllib.TOMLDecodeError:
            fix = 'write name="llm", model="openai/gpt-5"'
            raise InputError("not TOML", field="--judge", fix=fix) from None
    made: Judge = registry.build(JUDGES, config)
    check_keys(made.models())
    return made


def _data(given: Path | None, judge: Judge) -> Path | None:
    """The folder named, else that of the environment; a judge that calls a model gets the former
    alone, since it sends what it reads."""
    import os

    if given is not None:
        if not given.is_dir():
            raise InputError("there is no such folder", file=given, field="--data")
        return given
    named = os.environ.get("EVALKIT_DATA", "")
    return Path(named) if named and Path(named).is_dir() and not list(judge.models()) else None


def _own(labels: str, drafts: str, transcripts: str, therapist: str) -> Own | None:
    from evalkit.audit.people import Own

    if not any((labels, drafts, transcripts)):
        return None
    if not all((labels, drafts, transcripts)):
        raise InputError(
            "labels of your own need their notes and sessions",
            field="--labels",
            fix="give --labels, --drafts and --transcripts",
        )
    return Own(labels=labels, drafts=drafts, sessions=transcripts, therapist=therapist)
