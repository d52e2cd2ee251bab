"""`evalkit review`."""

from __future__ import annotations

import webbrowser
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer


def review(
    folder: Annotated[
        Path, typer.Argument(help="A run's folder, or one that `evalkit study plan` wrote.")
    ],
    reviewer: Annotated[str, typer.Option(help="Who reviews: a short id, such as ana or r1.")],
    approach: Annotated[
        list[str] | None,
        typer.Option(help="Notes of this approach (all); may be given several times."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many notes.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws the order of a run's notes.")] = 0,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="0 for any (the same at every start).")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
) -> None:
    """Review drafts in a browser on this machine: edit, flag, sign; every step is logged.

    The page is at an address of this machine alone and needs no network. Ctrl+C ends it.
    """
    from evalkit.review import server
    from evalkit.review.desk import Desk
    from evalkit.review.making import Choice, folder_of

    choice = Choice(approaches=tuple(approach or ()), limit=limit, seed=seed)
    desk = Desk(folder_of(folder, reviewer, choice), reviewer)
    where = server.place(server.usual_port(desk) if port is None else port)
    typer.echo(f"{reviewer}: {desk.signed} of {len(desk.tasks)} notes signed")
    typer.echo(f"{where.address}\nCtrl+C ends it.")
    with server.shown(desk.folder, where.address, webbrowser.open) if browser else nullcontext():
        server.serve(desk, where)
    typer.echo(f"\n{desk.signed} of {len(desk.tasks)} notes signed; events: {desk.log}")
