"""`evalkit calibrate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from evalkit.audit.calibrate import Calibration
    from evalkit.audit.raters import Estimate


def calibrate(
    labels: Annotated[
        str,
        typer.Option(
            help="CSV or JSONL of session_id, drafter, section, index, label; tneval:FILE."
        ),
    ],
    sessions: Annotated[str, typer.Option(help="As for `score`.")],
    drafts: Annotated[str, typer.Option(help="As for `score`: the notes that the labels are of.")],
    out: Annotated[Path, typer.Option(help="JSON file of weights to write.")],
    therapist: Annotated[str, typer.Option(help="The clinician's label, as for `score`.")] = "",
) -> None:
    """Refit the grounding on a team's own annotations."""
    import json

    from evalkit.audit.calibrate import calibrate as learn
    from evalkit.store import folder_for, write_text

    folder_for(out.parent)
    found = learn(sessions, drafts, labels, therapist)
    content = found.model.model_dump(mode="json", exclude_defaults=True)
    write_text(out, json.dumps(content, separators=(",", ":")) + "\n")
    typer.echo(_table(found))
    typer.echo(f"use it: evalkit score --weights {out}, or in an experiment")
    typer.echo(f'  judges = [{{ name = "grounding", weights = "{out}" }}]')


def _table(found: Calibration) -> str:
    lines = [
        f"{found.sentences} labelled sentences in {found.conversations} conversations; calibrated "
        "figures are of conversations that the model did not see",
        f"{'':<20}{'shipped':<24}{'calibrated':<24}spread",
    ]
    for one in found.figures:
        before, after = _figure(one.shipped), _figure(one.calibrated)
        lines.append(f"{one.name:<20}{before:<24}{after:<24}{one.spread:.3f}")
    model = found.model
    lines.append(
        f"unsupported from p = {model.unsupported_from:.2f}, "
        f"inferred from p = {model.inferred_from:.2f}"
    )
    return "\n".join(lines)


def _figure(one: Estimate) -> str:
    return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"
