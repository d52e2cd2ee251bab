"""`evalkit findings list|show|reproduce`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, get_args

import typer

from evalkit.errors import EvalkitError, InputError

if TYPE_CHECKING:
    from evalkit.audit.kept import Kept
    from evalkit.records import Finding

app = typer.Typer(no_args_is_help=True, help="Findings: list them, show one, reproduce one.")

Folder = Annotated[Path | None, typer.Argument(help="A run's folder (the latest under --out).")]
Out = Annotated[Path, typer.Option(help="Folder of runs and of the MLflow database.")]
Uri = Annotated[str, typer.Option(help="Read from MLflow there, not from a folder.")]
RunId = Annotated[str, typer.Option("--run", help="MLflow run (the latest at the address).")]
Id = Annotated[str, typer.Argument(metavar="ID", help="A finding's id, or how it starts.")]
Sessions = Annotated[str, typer.Option(help="Source of the sessions, where they were not kept.")]
Drafts = Annotated[str, typer.Option(help="Drafts JSONL, where their text was not kept.")]
Choice = Annotated[list[str] | None, typer.Option(help="May be given several times.")]


class Place(NamedTuple):
    """Where runs are looked for."""

    folder: Path | None
    out: Path
    uri: str
    run: str

    @property
    def database(self) -> str:
        return self.uri or f"sqlite:///{(self.out / 'mlflow.db').resolve()}"


@app.command("list")
def list_findings(
    folder: Folder = None,
    approach: Choice = None,
    category: Choice = None,
    severity: Choice = None,
    verdict: Choice = None,
    session: Choice = None,
    judge: Choice = None,
    limit: Annotated[int, typer.Option(min=0, help="At most so many; 0 for all.")] = 50,
    text: Annotated[bool, typer.Option("--text", help="Each sentence below its line.")] = False,
    out: Out = Path("runs"),
    tracking_uri: Uri = "",
    run: RunId = "",
) -> None:
    """List the findings of a run, the gravest first."""
    from evalkit.audit.findings import Wanted, listed, select
    from evalkit.records import Verdict

    wanted = Wanted(
        approach=tuple(approach or ()),
        category=tuple(category or ()),
        severity=tuple(severity or ()),
        verdict=tuple(verdict or ()),
        session=tuple(session or ()),
        judge=tuple(judge or ()),
    )
    with _opened(Place(folder, out, tracking_uri, run)) as kept:
        everything = kept.in_brief()
        found = select(everything, wanted)
        shown = found[:limit] if limit else found
        typer.echo(listed(shown, texts=text))
        more = f" (--limit {limit})" if len(shown) < len(found) else ""
        verdicts = Counter(one.verdict for one in everything)
        every = ", ".join(f"{verdicts[one]} {one}" for one in get_args(Verdict))
        total = f"{len(shown)} of {len(found)} findings{more}, {len(everything)} in {kept.name}"
        typer.echo(f"{total}: {every}")


@app.command()
def show(
    id: Id,
    folder: Folder = None,
    context: Annotated[int, typer.Option(min=0, help="Turns before and after evidence.")] = 1,
    sessions: Sessions = "",
    drafts: Drafts = "",
    out: Out = Path("runs"),
    tracking_uri: Uri = "",
    run: RunId = "",
) -> None:
    """Show a finding: claim, verdict, evidence in context, approach, prompt, model, seed."""
    from evalkit.audit.shown import show as shown

    with _found(Place(folder, out, tracking_uri, run), id) as (kept, finding):
        typer.echo(str(shown(kept, finding, context=context, sessions=sessions, drafts=drafts)))


@app.command()
def reproduce(
    id: Id,
    folder: Folder = None,
    resample: Annotated[int, typer.Option(min=0, max=1000, help="New drafts to ask for.")] = 0,
    accept_drift: Annotated[bool, typer.Option(help="Go on though something changed.")] = False,
    experiment: Annotated[str, typer.Option(help="Today's experiment file, to compare.")] = "",
    sessions: Sessions = "",
    drafts: Drafts = "",
    out: Out = Path("runs"),
    tracking_uri: Uri = "",
    run: RunId = "",
) -> None:
    """Judge the kept note again, offline; with --resample K, draft it again K times.

    Exit code 1 where something upstream has changed, or another finding comes out.
    """
    from evalkit.audit.reproduce import Repeat
    from evalkit.audit.reproduce import reproduce as reproduced
    from evalkit.runner import silent
    from evalkit.terminal import bars

    repeat = Repeat(
        resample=resample,
        accept_drift=accept_drift,
        sessions=sessions,
        drafts=drafts,
        experiment=experiment,
    )
    with _found(Place(folder, out, tracking_uri, run), id) as (kept, finding):
        if resample:
            with bars() as progress:
                result = reproduced(kept, finding, repeat, progress)
        else:
            result = reproduced(kept, finding, repeat, silent)
        typer.echo(str(result))
    if result.trouble:
        raise EvalkitError(result.trouble)


@contextmanager
def _opened(place: Place) -> Iterator[Kept]:
    """The run that is meant: by folder, in MLflow, or the latest one there is."""
    for opened in _places(place):
        with opened as kept:
            yield kept
        return
    raise InputError("there is no run here", file=place.out, fix="name its folder, or --out")


@contextmanager
def _found(place: Place, prefix: str) -> Iterator[tuple[Kept, Finding]]:
    """The finding and its run; unless a run is named all are searched, the latest first."""
    from evalkit.audit.findings import find

    searched = []
    for opened in _places(place):
        with opened as kept:
            searched.append(kept.name)
            finding = find(kept.starting(prefix.lower()), prefix, kept.name)
            if finding is not None:
                yield kept, finding
                return
    where = ", ".join(searched[:3]) + (f" and {len(searched) - 3} more" if searched[3:] else "")
    fix = "`evalkit findings list` shows ids"
    raise InputError(f"no finding {prefix!r} in {where or place.out}", field="id", fix=fix)


def _places(place: Place) -> Iterator[AbstractContextManager[Kept]]:
    """Runs, the latest first: those in folders, then those in MLflow."""
    from evalkit.audit.kept import open_folder, run_folders

    if place.folder is not None:
        yield nullcontext(open_folder(place.folder))
        return
    if not place.uri and not place.run:
        yield from (nullcontext(open_folder(folder)) for folder in run_folders(place.out))
        if not (place.out / "mlflow.db").is_file():
            return
    from evalkit.track import fetched, parent_runs

    for run_id in [place.run] if place.run else parent_runs(place.database):
        yield fetched(place.database, run_id)
