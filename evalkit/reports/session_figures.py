"""Figures of generated sessions: a client's episode of care, and how near they come to real ones.

As in `figures`, each reads without color and is the same bytes every time.
"""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from evalkit.look import BLUE, FAINT, GREEN, INK, MUTED, ORANGE, VERMILION
from evalkit.records import Session
from evalkit.reports.figures import STYLE, Drawn, canvas, headline, to_svg
from evalkit.reports.session_tables import met
from evalkit.reports.sessions import DONE, NOT_DONE, NOT_REVIEWED, PARTLY, bands, episode_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARKS = {
    DONE: ("o", GREEN, GREEN),
    PARTLY: ("o", ORANGE, "white"),
    NOT_DONE: ("X", VERMILION, VERMILION),
    NOT_REVIEWED: ("_", MUTED, MUTED),
}
_LETTERS = 15
"""Letters that fit in a line of a visit's column."""
_SIDES = (("synthetic", BLUE, "o", BLUE), ("AnnoMI", VERMILION, "D", "white"))


def episode(sessions: Iterable[Session]) -> Drawn:
    """A client's visits: scores on their bands of severity, homework, and the traps planted.

    Raises InputError as `episode_table` does.
    """
    board = episode_table(sessions)
    rows = board.to_dict("records")
    texts = (
        [_lines(row["homework"], 5) for row in rows],
        [_lines(row["traps"].replace(", ", "\n"), 9) for row in rows],
    )
    deep = [max(1.4, *(0.8 + text.count("\n") for text in column)) for column in texts]
    heights = [2.9, 0.62, *(0.14 * lines + 0.2 for lines in deep)]

    def paint() -> Figure:
        figure = canvas(sum(heights) + 0.75, max(8.0, 1.02 * len(rows) + 1.1))
        grid = figure.add_gridspec(4, 1, height_ratios=heights)
        scores = figure.add_subplot(grid[0])
        _scores(scores, rows)
        strips = [figure.add_subplot(grid[row], sharex=scores) for row in (1, 2, 3)]
        _reviewed(strips[0], rows)
        for axes, column in zip(strips[1:], texts, strict=True):
            for place, text in enumerate(column):
                axes.text(place, 0.95, text, ha="center", va="top", fontsize=7.5, linespacing=1.25)
        titles = ("homework\nreviewed", "homework\nset", "traps\nplanted")
        for axes, title in zip(strips, titles, strict=True):
            _strip(axes, title, len(rows))
        headline(figure, _course(rows))
        return figure

    said = "; ".join(
        f"visit {row['visit']}: "
        + (f"{row['measure']} {row['score']} ({row['band']})" if _known(row) else "no score")
        + (f", homework {row['reviewed']}" if row["reviewed"] else "")
        for row in rows
    )
    return Drawn(
        name="episode",
        svg=_drawn(paint),
        alt=f"Course of treatment. {said}.",
        caption="Scores on the bands of severity of the questionnaire; what became of the homework "
        "set the time before; what was set for the next time; and the traps planted in each "
        "visit. Open squares: not given in the visit, known from a later chart.",
    )


def _scores(axes: Axes, rows: Sequence[Mapping[Any, Any]]) -> None:
    known = [(place, int(row["score"]), row) for place, row in enumerate(rows) if _known(row)]
    cuts = bands(rows[0]["measure"])
    top = max([score for _, score, _ in known], default=1) * 1.16 + 1
    edges = [low for low, _ in cuts if low < top] + [top]
    for number, (low, high) in enumerate(pairwise(edges)):
        shade = ("#ffffff", "#f3f5f7", "#e6eaee", "#d9dee4", "#ccd3da")[min(number, 4)]
        axes.axhspan(low, high, color=shade, linewidth=0, zorder=0)
        if high - low >= top / 22:
            axes.text(
                len(rows) - 0.44,
                (low + high) / 2,
                textwrap.fill(cuts[number][1], 12),
                fontsize=8,
                color=MUTED,
                va="center",
            )
    axes.plot([p for p, _, _ in known], [s for _, s, _ in known], color=BLUE, linewidth=1.5)
    for place, score, row in known:
        given = row["score_from"] == "session"
        axes.plot(
            place,
            score,
            "o" if given else "s",
            color=BLUE,
            markerfacecolor=BLUE if given else "white",
            markersize=7,
            zorder=3,
        )
        axes.annotate(
            str(score), (place, score), (0, 8), textcoords="offset points", ha="center", fontsize=9
        )
    axes.set_ylim(0, top)
    if cuts:
        axes.set_yticks(edges[:-1])
    axes.set_xlim(-0.55, len(rows) + 0.35)
    axes.set_ylabel(rows[0]["measure"] or "no questionnaire")
    names = [
        f"visit {row['visit']}\n{row['date'][5:] or row['setting']}"
        + ("\nintake" if row["setting"] == "intake" else "")
        for row in rows
    ]
    axes.set_xticks(range(len(rows)), names, fontsize=8.5, color=INK, va="top")
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)


def _reviewed(axes: Axes, rows: Sequence[Mapping[Any, Any]]) -> None:
    for place, row in enumerate(rows):
        if row["reviewed"]:
            marker, color, face = _MARKS[row["reviewed"]]
            axes.plot(place, 0.72, marker, color=color, markerfacecolor=face, markersize=8)
        text = row["reviewed"] or "none set"
        axes.text(place, 0.08, text, ha="center", va="bottom", fontsize=7.5)


def _strip(axes: Axes, title: str, count: int) -> None:
    axes.set_ylim(0, 1)
    axes.set_yticks([0.5], [title], fontsize=8.5, color=MUTED)
    axes.tick_params(axis="x", length=0, labelbottom=False)
    axes.spines["bottom"].set_visible(False)
    axes.axhline(1, color=FAINT, linewidth=0.8)
    for place in range(count + 1):
        axes.axvline(place - 0.5, color=FAINT, linewidth=0.5)


def _lines(text: str, most: int) -> str:
    """The text in lines that fit a visit's column, at most so many; what is left out shows as …"""
    lines = [
        line
        for part in (text or "none").split("\n")
        for line in textwrap.wrap(part, _LETTERS) or [""]
    ]
    return "\n".join(lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1] + " …"])


def _known(row: Mapping[Any, Any]) -> bool:
    return not pd.isna(row["score"])


def _course(rows: Sequence[Mapping[Any, Any]]) -> str:
    known = [row for row in rows if _known(row)]
    if len(known) < 2:
        return f"{len(rows)} visits"
    first, last = known[0], known[-1]
    return (
        f"{first['measure']}: {first['score']} ({first['band']}) at visit {first['visit']}, "
        f"{last['score']} ({last['band']}) at visit {last['visit']}"
    )


def realism(figures: Iterable[Mapping[str, Any]]) -> Drawn:
    """Synthetic sessions beside AnnoMI's, from the figures that `benchmarks.realism` keeps.

    Quartiles and median of turn length, talk ratio and therapist's moves; self-BLEU; and how well
    a classifier tells the turns apart. What could not be measured is left out.
    """
    found = {str(each["name"]): each for each in figures}

    def paint() -> Figure:
        figure = canvas(6.4)
        grid = figure.add_gridspec(2, 2, height_ratios=(1.12, 1))
        quartiles = (
            ("words a turn", {"words a turn, " + who: who for who in ("client", "therapist")}, 1),
            ("client's share of words, %", {"client's share of words": "session"}, 100),
        )
        for column, (title, names, scale) in enumerate(quartiles):
            axes = figure.add_subplot(grid[0, column])
            _quartiles(
                axes, [(label, _spread(found, name, scale)) for name, label in names.items()]
            )
            axes.set_title(title, fontsize=10, loc="left")
        bleu = next((each for name, each in found.items() if name.startswith("self-BLEU")), None)
        _bleu(figure.add_subplot(grid[1, 0]), bleu)
        aucs = {name: each for name, each in found.items() if name.startswith("AUC, ")}
        _aucs(figure.add_subplot(grid[1, 1]), list(aucs.values()))
        figure.legend(
            handles=_handles(), loc="outside lower left", ncols=3, frameon=False, fontsize=9
        )
        aimed = [each for each in found.values() if met(each) is not None]
        hit = sum(met(each) is True for each in aimed)
        headline(figure, f"{hit} of {len(aimed)} targets are met")
        return figure

    return Drawn(
        name="realism",
        svg=_drawn(paint),
        alt="Synthetic sessions beside AnnoMI's: turn length, talk ratio, self-BLEU and the AUC of "
        "telling turns apart. The table holds the same numbers.",
        caption="Upper row: median and middle half of turns or sessions. Lower row: likeness among "
        "sessions (lower is more varied) and how well a classifier tells synthetic turns from real "
        "ones (0.5: not at all). Dashed: the target, at most. In the upper row the target is a "
        "synthetic median within AnnoMI's bar.",
    )


Spread = list[tuple[float, float, float]]


def _spread(found: Mapping[str, Mapping[str, Any]], name: str, scale: float) -> Spread:
    """(median, lower, upper quartile) of both sides; empty where one is not known."""
    points = [found.get(f"{name}, {at}") for at in ("median", "lower quartile", "upper quartile")]
    sides = [tuple(each["values"][side] for each in points if each) for side in (0, 1)]
    if any(len(side) < 3 or None in side for side in sides):
        return []
    return [(scale * a, scale * b, scale * c) for a, b, c in sides]


def _quartiles(axes: Axes, spreads: Sequence[tuple[str, Spread]]) -> None:
    for place, (_, sides) in enumerate(spreads):
        for offset, (median, low, high), (_, color, marker, face) in zip(
            (-0.17, 0.17), sides, _SIDES, strict=False
        ):
            y = place + offset
            axes.plot([low, high], [y, y], color=color, linewidth=5, alpha=0.35)
            axes.plot(median, y, marker, color=color, markerfacecolor=face, markersize=7)
            axes.annotate(
                f"{median:.0f}",
                (median, y),
                (0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=8.5,
            )
    axes.set_yticks(range(len(spreads)), [label for label, _ in spreads])
    axes.set_ylim(len(spreads) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.grid(axis="x", color=FAINT, linewidth=0.6)


def _bleu(axes: Axes, bleu: Mapping[str, Any] | None) -> None:
    axes.set_title("self-BLEU", fontsize=10, loc="left")
    values = bleu["values"] if bleu else (None, None)
    for place, (value, (_, color, marker, face)) in enumerate(zip(values, _SIDES, strict=True)):
        if value is not None:
            _stem(axes, value, place, (color, marker, face))
    axes.set_yticks((0, 1), [name for name, *_ in _SIDES])
    axes.set_ylim(1.6, -0.6)
    axes.set_xlim(0, max([value for value in values if value is not None], default=0.5) * 1.3)
    _limit(axes, bleu)


def _aucs(axes: Axes, aucs: Sequence[Mapping[str, Any]]) -> None:
    axes.set_title("AUC, synthetic against AnnoMI", fontsize=10, loc="left")
    known = [
        each for each in aucs if each["values"][0] is not None and "higher" not in each["name"]
    ]
    for place, each in enumerate(known):
        _stem(axes, each["values"][0], place, (BLUE, "o", BLUE), start=0.5)
    names = [textwrap.fill(each["name"].removeprefix("AUC, "), 18) for each in known]
    axes.set_yticks(range(len(known)), names, fontsize=8.5)
    axes.set_ylim(len(known) - 0.4, -0.6)
    axes.set_xlim(0.5, 1.06)
    _limit(axes, next((each for each in aucs if met(each) is not None), None))


def _stem(
    axes: Axes, value: float, y: int, mark: tuple[str, str, str], *, start: float = 0.0
) -> None:
    color, marker, face = mark
    axes.plot([start, value], [y, y], color=color, linewidth=1.5, zorder=2)
    axes.plot(value, y, marker, color=color, markerfacecolor=face, markersize=7, zorder=3)
    axes.annotate(
        f"{value:.2f}",
        (value, y),
        (8, 0),
        textcoords="offset points",
        va="center",
        fontsize=8.5,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
    )


def _limit(axes: Axes, figure: Mapping[str, Any] | None) -> None:
    axes.grid(axis="x", color=FAINT, linewidth=0.6)
    if figure is not None and figure.get("high") is not None:
        axes.axvline(figure["high"], color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)


def _handles() -> list[Any]:
    from matplotlib.lines import Line2D

    made = [
        Line2D([], [], color=color, marker=marker, markerfacecolor=face, label=name)
        for name, color, marker, face in _SIDES
    ]
    return [
        *made,
        Line2D([], [], color=INK, linewidth=1, linestyle=(0, (4, 3)), label="target: at most"),
    ]


def _drawn(paint: Callable[[], Figure]) -> str:
    import matplotlib

    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a name in a script the font lacks
        return to_svg(paint())
