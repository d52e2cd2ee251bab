"""The command line: each command is a few lines that call the public functions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.commands import (
    burden,
    calibrate,
    calibrate_time,
    findings,
    power,
    review,
    run,
    study,
    validate,
)
from evalkit.errors import EvalkitError, InputError

if TYPE_CHECKING:
    from evalkit.scoring import Scored

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Decide which way of drafting progress notes is safe and fast enough to deploy.",
)


app.command()(run.run)


@app.command()
def score(
    sessions: Annotated[
        str,
        typer.Option(help="A .jsonl, .csv, .vtt, folder of .vtt, annomi:FILE or primock57:FOLDER."),
    ],
    drafts: Annotated[
        str,
        typer.Option(
            help="JSONL of session_id, drafter, format, sections; tneval:FILE; primock57:FILE."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for claims.parquet and scores.parquet.")],
    therapist: Annotated[
        str, typer.Option(help="The clinician's label, where the transcript names its speakers.")
    ] = "",
    weights: Annotated[
        str | None, typer.Option(help="Weights that `calibrate` wrote, for notes without a ledger.")
    ] = None,
) -> None:
    """Score notes that exist already: no model is called."""
    from evalkit.scoring import save
    from evalkit.scoring import score as score_notes
    from evalkit.store import folder_for
    from evalkit.terminal import bars, show_scored

    folder_for(out)
    with bars() as progress:
        scored: Scored = score_notes(
            sessions, drafts, therapist=therapist, weights=weights, progress=progress
        )
    save(scored, out)
    show_scored(scored, out)


@app.command()
def generate(
    out: Annotated[Path, typer.Option(help="JSONL file to write.")],
    spec: Annotated[
        Path | None, typer.Option(help="TOML of a corpus, such as synthetic_data/specs/core.toml.")
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="How many sessions (24).")] = None,
    seed: Annotated[int | None, typer.Option(help="Equal seeds give equal bytes (0).")] = None,
    choice: Annotated[
        list[str] | None,
        typer.Option("--set", help="One more choice, as in TOML: --set 'minutes=[40,50]'."),
    ] = None,
) -> None:
    """Write synthetic sessions with their ledgers and traps, one at a time."""
    from evalkit.sessions.spec import source
    from evalkit.store import write_records

    written = write_records(out, source(spec, count, seed, choice or ()).load())
    typer.echo(f"{written} sessions: {out}")


@app.command()
def deidentify(
    sessions: Annotated[
        str, typer.Argument(help="A source as for `score`, script:FOLDER among them.")
    ],
    out: Annotated[Path | None, typer.Option(help="JSONL file to write.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Keep it secret: it undoes the date shifts (drawn).")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Count only; exit 1 if any.")] = False,
    therapist: Annotated[str, typer.Option(help="The clinician's label, as for `score`.")] = "",
) -> None:
    """Count what identifies a person (45 CFR 164.514(b)(2)), or replace it by surrogates."""
    from evalkit.deidentify.corpus import checked, written

    if check == (out is not None):
        raise InputError("give either --out FILE or --check", field="out")
    tally = checked(sessions, therapist) if out is None else written(sessions, out, seed, therapist)
    for kind, number in tally.found.items():
        typer.echo(f"{kind:<10}{number:>8}")
    done = "found" if out is None else f"replaced: {out}"
    typer.echo(f"{tally.sessions} sessions, {tally.total} identifiers {done}")
    if check and tally.total:
        raise typer.Exit(1)


@app.command()
def realize(
    sessions: Annotated[Path, typer.Argument(help="JSONL of sessions with a ledger.")],
    model: Annotated[str, typer.Option(help="provider/model, such as openai/gpt-4o.")],
    out: Annotated[Path, typer.Option(help="JSONL file to write.")],
    api_base: Annotated[str | None, typer.Option(help="Address of a server of your own.")] = None,
    repairs: Annotated[
        int, typer.Option(min=0, max=10, help="How often an answer is sent back.")
    ] = 2,
) -> None:
    """Put sessions into a model's words: ledgers in, dialogue out, checked without a model."""
    import asyncio

    from evalkit.realize.corpus import realize_file
    from evalkit.realize.realizer import Realizer
    from evalkit.terminal import bars

    realizer = Realizer(model=model, api_base=api_base, repairs=repairs)
    with bars() as progress:
        tally = asyncio.run(realize_file(sessions, out, realizer, progress))
    typer.echo(f"{tally}: {out}")


@app.command("import")
def import_notes(
    kind: Annotated[str, typer.Argument(help="tneval, primock57 or jsonl")],
    path: Annotated[Path, typer.Argument(help="The published file or folder.")],
    out: Annotated[Path, typer.Option(help="Drafts JSONL to write.")] = Path("drafts.jsonl"),
) -> None:
    """Convert published notes to the drafts JSONL that `run` and `score` read."""
    from evalkit import registry
    from evalkit.store import write_records

    notes = list(registry.build("evalkit.imports", {"name": kind, "path": str(path)}).read())
    write_records(out, notes)
    authors = ", ".join(dict.fromkeys(note.drafter for note in notes))
    typer.echo(f"{len(notes)} notes by {authors}: {out}")


@app.command("list")
def list_names(
    noun: Annotated[
        str,
        typer.Argument(
            help="drafters, formats, imports, judges, prompts, reviewers, scorers, sources, traps."
        ),
    ],
) -> None:
    """Names on offer, one a line."""
    from evalkit import formats, registry
    from evalkit.errors import did_you_mean

    packages = {
        "drafters": "evalkit.drafters",
        "judges": "evalkit.judges",
        "scorers": "evalkit.scorers",
        "reviewers": "evalkit.reviewers",
        "sources": "evalkit.sessions.sources",
        "traps": "evalkit.sessions.traps",
        "imports": "evalkit.imports",
    }
    if noun == "formats":
        found = formats.names()
    elif noun == "prompts":
        from evalkit.drafters.prompted import packaged_prompts

        found = packaged_prompts()
    elif noun in packages:
        found = registry.names(packages[noun])
    else:
        raise InputError(did_you_mean("list", noun, [*packages, "formats", "prompts"]))
    typer.echo("\n".join(found))


app.add_typer(findings.app, name="findings")
app.add_typer(study.app, name="study")
app.command()(validate.validate)
app.command()(calibrate.calibrate)
app.command("calibrate-time")(calibrate_time.calibrate_time)
app.command()(review.review)
app.command(cls=power.Several)(power.power)
app.command()(burden.burden)


def main(arguments: list[str] | None = None) -> None:
    """Entry point: bad input is one line on stderr and exit code 2."""
    command: Callable[..., object] = app
    try:
        command(args=arguments)
    except InputError as error:
        typer.echo(f"evalkit: {error}", err=True)
        sys.exit(2)
    except EvalkitError as error:
        typer.echo(f"evalkit: {error}", err=True)
        sys.exit(1)
