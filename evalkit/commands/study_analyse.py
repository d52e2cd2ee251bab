"""`evalkit study analyse`."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from evalkit.study.agreement import Agreement
    from evalkit.study.analyse import Findings
    from evalkit.study.effects import Effects
    from evalkit.study.tally import Figure, Tally, Workload


def analyse(
    folder: Annotated[Path, typer.Argument(help="The study's review folder.")],
    idle: Annotated[
        float, typer.Option(help="Idle cut-off, s: 5 (Epic), 45 (Cerner), 300 (research).")
    ] = 45.0,
    out: Annotated[
        Path | None, typer.Option(help="Folder for tables, labels, timings and the figure.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the intervals that are drawn.")] = 0,
) -> None:
    """Minutes by approach, edits, flags, caught errors, agreement, workload; labels to validate."""
    from evalkit.study.analyse import LABELS, NOTES, TIMINGS, write
    from evalkit.study.analyse import analyse as analysed
    from evalkit.study.labels import told

    found = analysed(folder, idle, seed)
    typer.echo("\n".join(_lines(found.findings)))
    if found.labels:
        typer.echo(told(found.labels))
    if out is None:
        return
    for file in write(found, out):
        typer.echo(file)
    if found.labels:
        asked = {"--labels": out / LABELS, "--drafts": out / NOTES}
        asked["--transcripts"] = folder / "sessions.jsonl"
        options = " ".join(f"{name} {shlex.quote(str(path))}" for name, path in asked.items())
        typer.echo(f"validate a judge on them: evalkit validate {options}")
    log = shlex.quote(str(out / TIMINGS))
    typer.echo(f"refit the modelled minutes: evalkit calibrate-time --log {log} --out ours.json")


def _lines(found: Findings) -> Iterator[str]:
    """The whole summary; every section ends with an empty line."""
    yield (
        f"{found.signed} of {found.tasks} notes signed, {found.open} open, "
        f"{found.not_begun} not begun; active minutes at an idle cut-off of "
        f"{found.idle_cutoff_s:g} s"
    )
    for one in found.dropouts:
        yield f"  {one.reviewer}: {one.signed} of {one.assigned} signed, {one.open} open"
    if found.overlaps:
        yield (
            f"  {found.overlaps} times two windows were open at once or a clock was set back: "
            "minutes of these notes may count twice"
        )
    if found.out_of_order:
        yield (
            f"  {found.out_of_order} notes were opened before one planned earlier: "
            "order and carry-over are those planned"
        )
    yield ""
    yield from _minutes(found.approaches)
    yield from _model(found.minutes)
    yield from _notes(found.approaches)
    yield from _caught(found.approaches)
    yield from _agreement(found.agreement)
    yield from _workload(found.approaches, found.workload)


def _minutes(tallies: Sequence[Tally]) -> Iterator[str]:
    cutoffs = next(one.at_cutoffs for one in tallies if one.at_cutoffs)
    heads = ["signed", "median", "mean", "by the clock", *(f"mean at {one} s" for one in cutoffs)]
    yield from _table(
        "active minutes a note",
        heads,
        [
            (
                one.approach,
                [
                    f"{one.signed} of {one.assigned}",
                    _number(one.median_minutes),
                    _number(one.mean_minutes),
                    _number(one.median_wall),
                    *(_number(one.at_cutoffs.get(cutoff)) for cutoff in cutoffs),
                ],
            )
            for one in tallies
        ],
    )


def _model(found: Effects) -> Iterator[str]:
    if found.typical:
        yield from _table(
            f"mixed model of log minutes: {found.reviews} notes, {found.clinicians} clinicians, "
            f"{found.sessions} sessions; 95 % intervals",
            ["minutes of a typical clinician"],
            [(one.approach, [_span(one.minutes, one.low, one.high)]) for one in found.typical],
        )
        yield from _table(
            f"against each other ({found.degrees_of_freedom} degrees of freedom)",
            ["ratio", "minutes", "p (Holm)"],
            [
                (
                    f"{one.approach} / {one.versus}",
                    [
                        _span(one.ratio, one.low, one.high),
                        _span(one.minutes, one.minutes_low, one.minutes_high, sign="+"),
                        "< .001" if one.p_holm < 0.001 else f"{one.p_holm:.3f}",
                    ],
                )
                for one in found.contrasts
            ],
        )
        order = [(one.name, [_span(one.ratio, one.low, one.high)]) for one in found.order]
        if order:
            yield from _table("order and carry-over", ["ratio"], order)
        spread = ", ".join(f"{name} {value:.2f}" for name, value in found.spread.items())
        yield f"log s.d.: {spread}"
    else:
        yield f"no mixed model of {found.reviews} notes by {found.clinicians} clinicians"
    yield from (f"  {line}" for line in found.said)
    yield ""


def _notes(tallies: Sequence[Tally]) -> Iterator[str]:
    known = [one for one in tallies if one.drafts]
    if not known:
        yield "edits and flags: not known, the folder holds no draft of the signed notes"
        yield ""
        return
    yield from _table(
        "edits and flags of signed notes",
        ["notes", "words edited", "signed as drafted", "major flags a note", "minor flags a note"],
        [
            (
                one.approach,
                [
                    str(one.drafts),
                    f"{one.edited:.1%}",
                    f"{one.unedited} of {one.drafts}",
                    _number(one.flags_major),
                    _number(one.flags_minor),
                ],
            )
            for one in known
        ],
    )


def _caught(tallies: Sequence[Tally]) -> Iterator[str]:
    known = [(one.approach, one.caught) for one in tallies if one.caught is not None]
    for name, one in known:
        if not one.planted:
            yield f"{name}: nothing was planted in its {one.notes} signed notes, none to catch"
            yield ""
    known = [(name, one) for name, one in known if one.planted]
    if not known:
        return
    yield from _table(
        "false sentences planted in controls; 95 % intervals over reviewers",
        ["planted", "flagged", "edited away", "standing (major)", "flagged or edited away"],
        [
            (
                name,
                [
                    f"{one.planted} in {one.notes} notes",
                    str(one.flagged),
                    str(one.edited_away),
                    f"{one.standing} ({one.standing_major})",
                    _figure(one.caught, "percent"),
                ],
            )
            for name, one in known
        ],
    )
    yield from _table(
        "the same per 1,000 signed notes",
        ["flagged or edited away", "standing in the signed text"],
        [
            (
                name,
                [_figure(each, "whole") for each in (one.caught_per_1000, one.surviving_per_1000)],
            )
            for name, one in known
        ],
    )


def _agreement(found: Sequence[Agreement]) -> Iterator[str]:
    if not found:
        yield "agreement: not measured, no note was signed by two reviewers"
        yield ""
        return
    first = found[0]
    yield from _table(
        f"agreement on {first.sentences} sentences of {first.notes} notes that two or more "
        "reviewers signed; 95 % intervals over notes",
        ["flagged", "agree", "Krippendorff's alpha", "Gwet's AC1"],
        [
            (
                one.category,
                [
                    f"{one.flagged:.1%}",
                    f"{one.agree:.1%}",
                    _span(one.alpha, one.alpha_low, one.alpha_high),
                    _span(one.ac1, one.ac1_low, one.ac1_high),
                ],
            )
            for one in found
        ],
        dict.fromkeys(one.reason for one in found if one.reason),
    )


def _workload(tallies: Sequence[Tally], every: Workload | None) -> Iterator[str]:
    if every is None:
        return
    rows = [(one.approach, one.workload) for one in tallies if one.workload is not None]
    rows.append(("all", every))
    yield from _table(
        "NASA-TLX, means, 0 (very low, or perfect performance) to 100 (very high, or failed)",
        ["ratings", *every.scales, "raw total"],
        [
            (
                name,
                [str(one.ratings), *(f"{x:.0f}" for x in one.scales.values()), f"{one.raw:.1f}"],
            )
            for name, one in rows
        ],
    )


def _table(
    title: str,
    heads: Sequence[str],
    rows: Sequence[tuple[str, Sequence[str]]],
    remarks: Iterable[str] = (),
) -> Iterator[str]:
    """Title, headings and rows, numbers flush right; remarks and an empty line below."""
    widths = [
        max(len(head), *(len(cells[at]) for _, cells in rows)) for at, head in enumerate(heads)
    ]
    first = max(len(name) for name, _ in rows)
    yield title
    for name, cells in (("", heads), *rows):
        shown = (f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        yield f"  {name:<{first}}  " + "  ".join(shown)
    yield from (f"  {remark}" for remark in remarks)
    yield ""


def _figure(one: Figure | None, style: str) -> str:
    return "-" if one is None else _span(one.value, one.low, one.high, style=style)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _span(
    value: float | None, low: float | None, high: float | None, *, sign: str = "", style: str = ""
) -> str:
    """A figure and its interval, "no interval" where there is none."""
    if value is None:
        return "not defined"
    form = {"percent": ".1%", "whole": ",.0f"}.get(style, f"{sign}z.2f")
    if low is None or high is None:
        return f"{value:{form}} (no interval)"
    return f"{value:{form}} ({low:{form}} to {high:{form}})"
