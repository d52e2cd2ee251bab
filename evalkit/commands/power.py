"""`evalkit power`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from evalkit.errors import InputError

if TYPE_CHECKING:
    from pydantic import ValidationError

LISTS = ("--replicates", "--reviewers", "--at-most")


class Several(TyperCommand):
    """Takes several numbers after one option: `--replicates 1 3 5` or `--replicates 1,3,5`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        joined: list[str] = []
        for word in args:
            if len(joined) > 1 and joined[-2] in LISTS and not word.startswith("-"):
                joined[-1] += f",{word}"
            else:
                joined.append(word)
        return super().parse_args(ctx, joined)


def power(
    measure: Annotated[str, typer.Option(help="review_minutes, fabrication or any other.")],
    difference: Annotated[
        float | None, typer.Option(help="To be seen, in the measure's unit.")
    ] = None,
    run: Annotated[Path | None, typer.Option(help="Folder of a pilot run.")] = None,
    approaches: Annotated[
        tuple[str, str] | None, typer.Option(metavar="A B", help="Two approaches of that run.")
    ] = None,
    before: Annotated[
        float | None, typer.Option("--from", help="Share of notes as scored, or minutes, today.")
    ] = None,
    after: Annotated[float | None, typer.Option("--to", help="What it should become.")] = None,
    margin: Annotated[
        float | None, typer.Option(help="Non-inferiority: how much worse will do.")
    ] = None,
    at_most: Annotated[
        str, typer.Option(metavar="P ...", help="None found: notes that show a share of at most P.")
    ] = "",
    sessions: Annotated[int | None, typer.Option(help="What shows with so many sessions.")] = None,
    replicates: Annotated[
        str, typer.Option(metavar="N ...", help="Drafts of a note in each format.")
    ] = "1,3,5",
    reviewers: Annotated[
        str, typer.Option(metavar="N ...", help="People who read (2 4 8): notes each, hours.")
    ] = "",
    notes: Annotated[
        int | None, typer.Option(help="What shows with so many notes a reviewer.")
    ] = None,
    icc: Annotated[
        float, typer.Option(help="Correlation of two notes of a session, without a run.")
    ] = 0.2,
    shared: Annotated[float, typer.Option(help="Part of it that both approaches feel.")] = 0.0,
    residual: Annotated[float, typer.Option(help="Log s.d. of one review's minutes.")] = 0.74,
    differ: Annotated[
        float | None, typer.Option(help="S.d. of the difference between reviewers (0.12).")
    ] = None,
    price: Annotated[float | None, typer.Option(help="Dollars a draft (the run's).")] = None,
    power: Annotated[float, typer.Option(help="Chance to see the difference.")] = 0.8,
    alpha: Annotated[float, typer.Option(help="Two-sided; a margin is held at half of it.")] = 0.05,
    comparisons: Annotated[
        int, typer.Option(help="Comparisons that share alpha (Holm's first step).")
    ] = 1,
    seed: Annotated[int, typer.Option(min=0, help="For the pilot's interval.")] = 0,
) -> None:
    """Plan a study: sessions, replicates, reviewers, dollars and hours for a difference."""
    from pydantic import ValidationError

    from evalkit.power.answer import answer
    from evalkit.power.asked import Asked, Guess
    from evalkit.power.pilot import read_pilot
    from evalkit.power.plan import Goal

    try:
        asked = Asked(
            measure=measure,
            before=before,
            after=after,
            difference=difference,
            margin=margin,
            at_most=_numbers(at_most, "--at-most", float),
            sessions=sessions,
            notes=notes,
            replicates=_numbers(replicates, "--replicates", int),
            reviewers=_numbers(reviewers, "--reviewers", int),
            price=price,
            goal=Goal(alpha=alpha, power=power, comparisons=comparisons),
            guess=Guess(icc=icc, shared=shared, residual=residual, differ=differ),
        ).checked(run is not None)
    except ValidationError as error:
        raise _named(error) from None
    if (run is None) != (approaches is None):
        raise InputError(
            "a pilot is a run and two of its approaches",
            field="--approaches",
            fix="give --run FOLDER --approaches A B",
        )
    pilot = None
    if run is not None and approaches is not None and not asked.at_most:
        pilot = read_pilot(run, measure, approaches, seed)
    for line in answer(asked, pilot):
        typer.echo(line)


def _named(error: ValidationError) -> InputError:
    """The option whose value will not do."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    name = str(first["loc"][0])
    option = {"before": "from", "after": "to"}.get(name, name)
    return InputError(first["msg"].lower(), field=f"--{option}")


def _numbers(text: str, field: str, kind: type[int] | type[float]) -> tuple[Any, ...]:
    try:
        return tuple(kind(word) for word in text.replace(",", " ").split())
    except ValueError:
        raise InputError("not a list of numbers", field=field, fix=f"give {field} 1 3 5") from None
