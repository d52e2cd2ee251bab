"""`evalkit calibrate-time`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from evalkit.audit.timing import Figure
    from evalkit.audit.timing_log import Refitted

UNITS = {
    "incorrect": "s an incorrect statement",
    "omitted": "s an omitted statement",
    "log_words": "s for twice as long a note",
    "log_client_words": "s for twice as many words by the client",
}


NAMES = {"log_words": "words", "log_client_words": "client_words"}


def calibrate_time(
    log: Annotated[
        Path,
        typer.Option(
            help="CSV of session_id, seconds and any of author, reviewer, incorrect, omitted, "
            "words, client_words."
        ),
    ],
    out: Annotated[Path, typer.Option(help="JSON file of weights to write.")],
) -> None:
    """Refit the time to review on a team's own timings."""
    from evalkit.audit.timing_log import refit
    from evalkit.store import folder_for, write_text

    folder_for(out.parent)
    found = refit(log)
    write_text(out, found.weights.model_dump_json(indent=1, exclude_defaults=True) + "\n")
    typer.echo(_table(found))
    typer.echo("use it in an experiment:")
    typer.echo(f'  reviewer = {{ name = "postedit", weights = "{out}" }}')


def _table(found: Refitted) -> str:
    kept = found.weights
    lines = [
        f"{kept.notes} notes of {kept.sessions} sessions; refitted figures are of sessions left out"
    ]
    if found.passed_over:
        lines.append(f"{found.passed_over} more notes lack a column that is used: left out")
    if len(found.paces) > 1:
        low, high = min(found.paces.values()), max(found.paces.values())
        lines.append(
            f"{len(found.paces)} reviewers take {low:.2f} to {high:.2f} of a typical one's time: "
            "divided out"
        )
    lines.append(f"{'':<22}{'MAE, s':<24}{'rho':<24}bias, s")
    named = {"shipped": found.before, "mean of the others": found.mean, "refitted": found.after}
    for name, one in named.items():
        ranked = "-" if one is found.mean else _figure(one, 2)
        lines.append(f"{name:<22}{_figure(one, 1):<24}{ranked:<24}{one.bias:+.1f}")
    for term, slope in kept.seconds.slopes.items():
        seconds = slope * math.log(2) if term.startswith("log") else slope
        lines.append(f"{seconds:+8.1f} {UNITS[term]}")
    lines += [
        f"{NAMES.get(term, term)}: it would save time, so it is left out" for term in found.dropped
    ]
    used = {*kept.seconds.slopes, *found.dropped}
    missing = [NAMES.get(term, term) for term in found.of_shipped if term not in used]
    if missing:
        lines.append(f"shipped takes {', '.join(missing)} as typical: the log does not tell")
    best = min(found.before.mae.value, found.mean.mae.value)
    if found.after.mae.value >= best:
        lines.append("the refitted weights foretell no better: time more notes before using them")
    return "\n".join(lines)


def _figure(one: Figure, digits: int) -> str:
    found = one.mae if digits == 1 else one.rho
    return f"{found.value:.{digits}f} ({found.low:.{digits}f} to {found.high:.{digits}f})"
