"""The card for a reader: how well a judge does where the truth is known.

A report carries the figures of its own judge; `evalkit validate` writes them as a page, as
Markdown, and as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from evalkit.accuracy import Accuracy, validity
from evalkit.records import Record, Run
from evalkit.records.validity import Card, Measured, Part, Validity
from evalkit.reports.grids import Column, Grid
from evalkit.reports.pages import template
from evalkit.store import write_text

FIGURES: tuple[tuple[str, str], ...] = (
    ("sentence recall", "Found"),
    ("precision", "Rightly flagged"),
    ("sentence specificity", "True ones let pass"),
    ("precision at the published rate", "Rightly flagged at 1.47 % false"),
)
PEOPLE: tuple[tuple[str, str], ...] = (
    ("AUC, both raters against neither", "AUC, both raters reject against neither"),
    ("AUC, any rater, within sections", "AUC, any rater rejects, within sections"),
    ("note rho, share rejected", "Notes: rho with share rejected"),
    ("note rho, rated faithfulness", "Notes: rho with rated faithfulness"),
)
RUBRIC: tuple[tuple[str, str], ...] = (
    ("accuracy, mean over items", "Agreement, mean over items"),
    ("kappa, mean over items", "Kappa, mean over items"),
    ("note rho, share of items", "Notes: rho with share of items"),
)


class Section(Record):
    """What a page says of one judge: sentences on what was measured, tables, what is missing."""

    title: str
    about: tuple[str, ...]
    grids: tuple[Grid, ...]
    more: tuple[Grid, ...] = ()
    """Tables that a reader may leave closed."""
    missing: tuple[str, ...] = ()


def section(one: Validity, *, people_first: bool = False) -> Section:
    """One judge's figures as tables; with `people_first`, those on planted errors stay closed."""
    planted = [
        _planted(one),
        _by_group(one, "severity", "Planted errors by severity"),
        _by_group(one, "category", "Planted errors by category"),
    ]
    people = [_people(one), _primock57(one), _rubric(one), _own(one)]
    traps = [_by_group(one, "trap", "Planted errors by the trap that invites them"), _traps(one)]
    shown = people if people_first else [*planted, *people]
    more = [*planted, *traps] if people_first else traps
    return Section(
        title=f"{one.judge}, {'with' if one.ledger else 'without'} the ledger of facts",
        about=tuple(_about(one)),
        grids=tuple(grid for grid in shown if grid is not None),
        more=tuple(grid for grid in more if grid is not None),
        missing=one.missing,
    )


def of_run(run: Run, card: Card | None = None) -> tuple[Section, ...]:
    """The card as this run's report carries it: planted errors as its sessions are, and people.

    Empty where the run's first judge is not on the card.
    """
    mine = validity(run, card)
    if mine is None:
        return ()
    plain = validity(run, card, ledger=False) if mine.ledger else None
    return (section(mine), *([section(plain, people_first=True)] if plain else []))


def in_words(known: Accuracy | None) -> str:
    """One sentence on what corrected rates rest on."""
    if known is None:
        return (
            "How well the judge tells true from false is not known: the run has no controls with "
            "enough planted errors, and the judge is not on the card, so no rate is corrected."
        )
    hit, clear = (f"{100 * each.value:.1f} % over {each.n:,}" for each in known.shares)
    return (
        f"Per {known.unit}: sensitivity {hit} planted errors, specificity {clear} true "
        f"{known.unit}s, both by {known.source}."
    )


def page(judges: Sequence[Validity]) -> str:
    """The card as one HTML file that asks nothing of the network."""
    return template("validity.html.j2").render(sections=tuple(map(section, judges)))


def write(judges: Sequence[Validity], folder: Path) -> list[Path]:
    """The card as `validity.json`, `.html` and `.md` in a folder; their paths."""
    texts = {
        "validity.json": Card(judges=tuple(judges)).model_dump_json(indent=1) + "\n",
        "validity.html": page(judges),
        "validity.md": markdown(judges),
    }
    for name, text in texts.items():
        write_text(folder / name, text)
    return [folder / name for name in texts]


def markdown(judges: Sequence[Validity]) -> str:
    """The card as Markdown."""
    lines: list[str] = ["# Validity"]
    for one in map(section, judges):
        lines += [f"\n## {one.title}\n", *one.about]
        for grid in (*one.grids, *one.more):
            lines += ["", grid.caption, "", _line(column.title for column in grid.columns)]
            lines.append(_line("--:" if column.number else "---" for column in grid.columns))
            lines += map(_line, grid.rows)
        lines += ["", *(f"- Not measured: {each}." for each in one.missing)]
    return "\n".join(lines).rstrip() + "\n"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _about(one: Validity) -> Iterable[str]:
    yield from _in_short(one)
    yield f"evalkit {one.evalkit}, weights {one.weights}."
    for each in one.corpora:
        told = f", SHA-256 {each.sha256[:12]}" if each.sha256 else ""
        yield f"{each.name}: {each.notes:,} notes on {each.sessions:,} sessions{told}."


def _in_short(one: Validity) -> Iterable[str]:
    """What a reader of a model's notes should expect: words that the judge does not know."""
    group = "held-out words" if one.ledger else "all"
    names = ("sentence recall", "sentence specificity", "precision at the published rate")
    rows = [one.row("planted errors", name, group) for name in names]
    found, let_pass, right = (None if row is None else row.value for row in rows)
    if found is None or let_pass is None or right is None:
        return
    where = f"'{group}'" if one.ledger else "of the planted errors"
    yield (
        f"In short, for a model's own words (the row {where}): it finds {100 * found:.0f} of 100 "
        f"false sentences and flags {100 * (1 - let_pass):.0f} of 100 true ones. Where 1.47 % of "
        f"sentences are false, as published for models, {100 * right:.0f} of 100 flags are right: "
        "read what is flagged before you count it."
    )


def _planted(one: Validity) -> Grid | None:
    groups = [
        row.group for row in one.named("planted errors", "sentence recall") if ":" not in row.group
    ]
    return _grid(
        "Planted errors found, in per cent with Wilson's 95 % interval and the number counted. "
        "Held-out words: the judge knows the ledger and the traps in one wording, and the note has "
        "the other.",
        one,
        "planted errors",
        ("Sentences", FIGURES),
        groups,
    )


def _by_group(one: Validity, kind: str, caption: str) -> Grid | None:
    start = f"{kind}: "
    rows = {
        row.group: row
        for row in one.named("planted errors", "sentence recall")
        if row.group.startswith(start)
    }
    names = [group for group in rows if not group.endswith(", other words")]
    if not names:
        return None
    return Grid(
        caption=f"{caption}: how many were found, in all and in other words than the ledger's.",
        columns=(
            Column(title=kind.capitalize(), number=False),
            Column(title="Found"),
            Column(title="Found, other words"),
        ),
        rows=tuple(
            (
                name.removeprefix(start),
                _shown(rows[name]),
                _shown(rows.get(f"{name}, other words")),
            )
            for name in names
        ),
    )


def _traps(one: Validity) -> Grid | None:
    groups = [row.group for row in one.named("traps", "recall")]
    return _grid(
        "Which trap a note fell into, as the scorer of traps tells it.",
        one,
        "traps",
        ("Trap", (("recall", "Falls seen"), ("precision", "Rightly told"))),
        groups,
    )


def _people(one: Validity) -> Grid | None:
    groups = dict.fromkeys(row.group for what, _ in PEOPLE for row in one.named("TN-Eval", what))
    return _grid(
        "TN-Eval: how well each ranks sentences and notes as two raters do, with the 95 % interval "
        "over conversations. This judge learned from none of these labels; refitted on them, it is "
        "measured on conversations that it did not see. AlignScore and the LLM judges rate "
        "sections, not sentences.",
        one,
        "TN-Eval",
        ("Scorer", PEOPLE),
        list(groups),
        share=False,
    )


def _primock57(one: Validity) -> Grid | None:
    caption = (
        "PriMock57: statements that clinicians found incorrect, and errors they counted in notes."
    )
    return _listed(one, "PriMock57", caption)


def _own(one: Validity) -> Grid | None:
    return _listed(one, "own labels", "Your own labels, several raters settled by the majority.")


def _listed(one: Validity, part: Part, caption: str) -> Grid | None:
    rows = [row for row in one.rows if row.part == part]
    if not rows:
        return None
    return Grid(
        caption=caption,
        columns=(
            Column(title="What", number=False),
            Column(title="Scorer", number=False),
            Column(title="Figure"),
        ),
        rows=tuple((row.what, row.group, _shown(row, share=False)) for row in rows),
    )


def _rubric(one: Validity) -> Grid | None:
    groups = dict.fromkeys(
        row.group for what, _ in RUBRIC for row in one.named("completeness", what)
    )
    return _grid(
        "Completeness: TN-Eval's rubric, each beside the two raters.",
        one,
        "completeness",
        ("Scorer", RUBRIC),
        list(groups),
        share=False,
    )


def _grid(
    caption: str,
    one: Validity,
    part: Part,
    titled: tuple[str, tuple[tuple[str, str], ...]],
    groups: Sequence[str],
    *,
    share: bool = True,
) -> Grid | None:
    first, figures = titled
    if not groups:
        return None
    return Grid(
        caption=caption,
        columns=(Column(title=first, number=False), *(Column(title=t) for _, t in figures)),
        rows=tuple(
            (group, *(_shown(one.row(part, what, group), share=share) for what, _ in figures))
            for group in groups
        ),
    )


def _shown(row: Measured | None, *, share: bool = True) -> str:
    """A figure with its interval and denominator; a dash where there is none."""
    if row is None or row.value is None:
        return "–"
    value = f"{100 * row.value:.1f}\u00a0%" if share else f"{row.value:.2f}"
    if row.low is None or row.high is None:
        return value
    ends = (100 * row.low, 100 * row.high) if share else (row.low, row.high)
    digits = 0 if share else 2
    value += f" [{ends[0]:.{digits}f},\u00a0{ends[1]:.{digits}f}]"
    return f"{value} of\u00a0{row.n:,}" if share else f"{value}, n\u00a0{row.n:,}"
