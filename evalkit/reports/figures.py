"""Figures of a run, drawn from its tables: readable without colour, the same bytes every time.

Colours are Okabe and Ito's, which the common kinds of colour blindness keep apart (Okabe and Ito
2008). Each function takes tables and returns a matplotlib `Figure`; `draw` gives all as SVG.
"""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from evalkit import look
from evalkit.look import BLUE, FAINT, GREEN, INK, MUTED, ORANGE, PURPLE, SKY, VERMILION
from evalkit.records import Decision, Estimate, Record, Run
from evalkit.reports import tables
from evalkit.reports.flat import PARTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLE = look.STYLE | {
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "ytick.major.size": 0,
}
_PART_COLOURS = dict(zip(PARTS, (BLUE, SKY, ORANGE, PURPLE, "#8a94a0"), strict=True))
WIDTH = 8.0


class Drawn(Record):
    """A figure as SVG text, with what a reader who cannot see it is told."""

    name: str
    svg: str
    alt: str
    caption: str


def draw(
    run: Run, decisions: Iterable[Decision], estimates: Iterable[Estimate]
) -> tuple[Drawn, ...]:
    """Every figure that the run has numbers for."""
    import matplotlib

    from evalkit.reports import review_figure

    board = tables.leaderboard(run, decisions, estimates)
    shown = tables.labels(run)
    gates = {gate.measure: gate.max for gate in run.experiment.gates if gate.max is not None}
    parts, categories = tables.minutes_by_part(run), tables.by_category(run)
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a name in a script the font lacks
        made = []
        if board["fabrication"].notna().any():
            made.append(
                Drawn(
                    name="fabrication",
                    svg=to_svg(forest(board, shown, gates.get("fabrication"))),
                    alt="Share of notes with a fabrication, by approach: " + _spoken(board, shown),
                    caption="Share of notes with at least one fabricated sentence, with 95 % "
                    "intervals over sessions. Filled: inference-aware. Open: strict.",
                )
            )
        if (categories["claims"] > 0).any():
            made.append(
                Drawn(
                    name="categories",
                    svg=to_svg(heat_map(categories, shown)),
                    alt="Fabricated sentences per 100 notes, by approach and category. "
                    "The table below holds the same numbers.",
                    caption="Fabricated sentences per 100 scored notes, inference-aware, by what "
                    "they are about.",
                )
            )
        if parts["minutes"].notna().any():
            made.append(
                Drawn(
                    name="minutes",
                    svg=to_svg(minutes(parts, shown)),
                    alt="Minutes a note until it is signed, by approach and part. "
                    "The table below holds the same numbers.",
                    caption="Mean minutes a clinician spends on a note before signing it, by part.",
                )
            )
        made += review_figure.drawn(run, shown)
        if (board["fabrication"].notna() & board["review_minutes"].notna()).any():
            made.append(
                Drawn(
                    name="trade_off",
                    svg=to_svg(trade_off(board, shown)),
                    alt="Minutes a note against share of notes with a fabrication. No candidate is "
                    f"both quicker and cleaner than: {', '.join(shown[n] for n in front(board))}.",
                    caption="Minutes a note against the share of notes with a fabrication "
                    "(inference-aware). Lower left is better.",
                )
            )
    return tuple(made)


def forest(board: pd.DataFrame, shown: dict[str, str], allowed: float | None) -> Figure:
    """Share of notes with a fabrication and its interval, inference-aware and strict."""
    figure, axes = _axes(0.62 * len(board) + 1.7)
    for place, row in enumerate(board.to_dict("records")):
        _interval(axes, row, "fabrication", place - 0.16, BLUE, "o", BLUE)
        _interval(axes, row, "fabrication_strict", place + 0.16, VERMILION, "D", "white")
    rows_named(axes, [shown[name] for name in board["approach"]])
    axes.set_xlim(-2, 118)
    axes.set_xticks(range(0, 101, 20))
    axes.set_xlabel("notes with at least one fabricated sentence, % of scored notes")
    axes.grid(axis="x", color=FAINT, linewidth=0.6)
    if allowed is not None:
        axes.axvline(100 * allowed, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
        axes.annotate(
            f"gate: at most {100 * allowed:g} %",
            (100 * allowed, 1),
            (4, 3),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            fontsize=8.5,
        )
    handles = [
        axes.plot([], [], "o-", color=BLUE, label="inference-aware")[0],
        axes.plot([], [], "D-", color=VERMILION, markerfacecolor="white", label="strict")[0],
    ]
    figure.legend(handles=handles, loc="outside lower right", ncols=2, frameon=False, fontsize=9)
    headline(figure, _extremes(board, "fabrication", "notes with a fabrication", shown))
    return figure


def _interval(
    axes: Axes, row: dict[Any, Any], measure: str, y: float, colour: str, marker: str, face: str
) -> None:
    mean, low, high = (100 * row[measure + end] for end in ("", "_low", "_high"))
    if mean != mean:
        axes.annotate("not scored", (0, y), (4, 0), textcoords="offset points", va="center")
        return
    axes.plot([low, high], [y, y], color=colour, linewidth=2, solid_capstyle="butt", zorder=2)
    axes.plot(mean, y, marker, color=colour, markerfacecolor=face, markersize=7, zorder=3)
    axes.annotate(
        f"{mean:.0f} %",
        (high, y),
        (7, 0),
        textcoords="offset points",
        va="center",
        fontsize=8.5,
        color=INK,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
    )


def minutes(parts: pd.DataFrame, shown: dict[str, str]) -> Figure:
    """Mean minutes a note, a bar an approach, stacked by part; shortest first."""
    scored = parts[parts["notes"] > 0].sort_values("minutes", kind="stable")
    figure, axes = _axes(0.5 * len(scored) + 1.7)
    for place, row in enumerate(scored.to_dict("records")):
        left = 0.0
        for part in PARTS:
            axes.barh(place, row[part], 0.62, left, color=_PART_COLOURS[part], edgecolor="white")
            left += row[part]
        axes.annotate(
            f"{row['minutes']:.1f}", (left, place), (5, 0), textcoords="offset points", va="center"
        )
    rows_named(axes, [shown[name] for name in scored["approach"]])
    axes.set_xlim(0, scored["minutes"].max() * 1.1 or 1)
    axes.set_xlabel("minutes a note, mean over reviewed notes")
    handles = [axes.barh(0, 0, color=_PART_COLOURS[part], label=part) for part in PARTS]
    figure.legend(handles=handles, loc="outside lower right", ncols=5, frameon=False, fontsize=9)
    headline(figure, _extremes(scored, "minutes", "minutes a note", shown, share=False))
    return figure


def heat_map(categories: pd.DataFrame, shown: dict[str, str]) -> Figure:
    """Fabricated sentences per 100 notes, approach x category; empty categories are left out."""
    from matplotlib.colors import LinearSegmentedColormap

    total = categories.groupby("category", sort=False)["claims"].sum()
    total = total[total > 0].sort_values(ascending=False, kind="stable")
    order = [name for name in shown if name in set(categories["approach"])]
    grid = categories.pivot(index="approach", columns="category", values="per_100_notes")
    values = grid.loc[order, list(total.index)].to_numpy(dtype=float)
    figure, axes = _axes(0.46 * len(order) + 2.3)
    shade = LinearSegmentedColormap.from_list("blues", ["#f7f9fb", SKY, "#00456e"]).with_extremes(
        bad="white"
    )
    top = float(pd.Series(values.ravel()).max()) or 1.0
    edges = [[place - 0.5 for place in range(count + 1)] for count in values.shape]
    shades = axes.pcolormesh(edges[1], edges[0], values, cmap=shade, vmin=0, vmax=top)
    shades.set(edgecolor="white", linewidth=1)
    for (row, column), value in _cells(values):
        text = "–" if value != value else f"{value:.0f}" if value else "0"
        dark = value == value and value > 0.55 * top
        axes.text(
            column,
            row,
            text,
            ha="center",
            va="center",
            color="white" if dark else INK if value else MUTED,
            fontsize=9,
        )
    rows_named(axes, [shown[name] for name in order])
    names = [str(name).replace("_", " ") for name in total.index]
    axes.set_xticks(range(len(names)), names, fontsize=9, color=INK)
    axes.set_xticklabels(names, rotation=25, ha="right", rotation_mode="anchor")
    axes.tick_params(axis="x", length=0, pad=5)
    axes.spines["bottom"].set_visible(False)
    axes.set_xlabel("fabricated sentences per 100 scored notes (– no scored note)")
    share = total.iloc[0] / total.sum()
    most = str(total.index[0]).replace("_", " ")
    headline(figure, f"Most fabricated: {most}, {100 * share:.0f} % of all fabricated sentences")
    return figure


def trade_off(board: pd.DataFrame, shown: dict[str, str]) -> Figure:
    """Review minutes against share of notes with a fabrication; the Pareto front is joined."""
    known = board[board["fabrication"].notna() & board["review_minutes"].notna()]
    best = front(known)
    figure, axes = _axes(4.6)
    axes.spines["left"].set_visible(True)
    edge = known[known["approach"].isin(best)].sort_values("review_minutes", kind="stable")
    axes.plot(edge["review_minutes"], 100 * edge["fabrication"], color=GREEN, linewidth=1.5)
    left, right = known["review_minutes"].min(), known["review_minutes"].max()
    margin = 0.1 * (right - left) or 1.0
    axes.set_xlim(left - margin, right + 4 * margin)
    axes.set_ylim(-8, 112)
    points = [(r["review_minutes"], 100 * r["fabrication"]) for r in known.to_dict("records")]
    letter = (right - left + 5 * margin) / 90  # width of a 9-point letter in minutes, about
    taken: list[tuple[float, float, float]] = []
    rows = known.sort_values(["fabrication", "review_minutes", "approach"], kind="stable")
    for row in rows.to_dict("records"):
        x, y = row["review_minutes"], 100 * row["fabrication"]
        good = row["approach"] in best
        axes.plot(
            x,
            y,
            "s" if row["control"] else "o",
            color=GREEN if good else MUTED,
            markerfacecolor=GREEN if good else "white",
            markersize=9,
            zorder=3,
        )
        width = letter * len(shown[row["approach"]])
        start, level = _free(x, y, letter, width, points, taken)
        taken.append((start, start + width, level))
        beside = level == y
        axes.annotate(
            shown[row["approach"]],
            (x, y),
            (start, level),
            va="center",
            fontsize=9,
            fontweight="bold" if good else "normal",
            arrowprops=None
            if beside
            else {"arrowstyle": "-", "color": MUTED, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 4},
        )
    axes.set_xlabel("minutes a note until it is signed, mean")
    axes.set_ylabel("notes with a fabrication, %")
    axes.grid(color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    names = ", ".join(shown[name] for name in best)
    headline(figure, f"No candidate is both quicker and cleaner than: {names} (green)")
    return figure


def _free(
    x: float,
    y: float,
    letter: float,
    width: float,
    points: list[tuple[float, float]],
    taken: list[tuple[float, float, float]],
) -> tuple[float, float]:
    """Where a name neither covers a point nor another name: beside its point, else above it."""
    start, level = x + 1.2 * letter, y
    while level < 110:
        end = start + width
        clear = all(
            not (start - letter < u < end + letter and abs(v - level) < 4) or (u, v) == (x, y)
            for u, v in points
        )
        apart = all(end < a or start > b or abs(top - level) >= 5 for a, b, top in taken)
        if clear and apart:
            break
        start, level = x + 3 * letter, level + 5
    return start, level


def front(board: pd.DataFrame) -> list[str]:
    """Approaches that no other one beats on both minutes and fabrication, in the board's order.

    Controls are no candidates: they count only where there is nothing else.
    """
    board = board[~board["control"]] if not board["control"].all() else board
    known = board[board["fabrication"].notna() & board["review_minutes"].notna()]
    points = list(
        zip(known["approach"], known["review_minutes"], known["fabrication"], strict=True)
    )
    return [
        name
        for name, x, y in points
        if not any(u <= x and v <= y and (u < x or v < y) for _, u, v in points)
    ]


def to_svg(figure: Figure) -> str:
    """The figure as SVG text without date or other traces of when it was made."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def canvas(height: float, width: float = WIDTH) -> Figure:
    """An empty figure of that size in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def _axes(height: float) -> tuple[Figure, Axes]:
    figure = canvas(height)
    return figure, figure.add_subplot()


def rows_named(axes: Axes, names: list[str]) -> None:
    """One row a name, the first on top."""
    wrapped = [textwrap.fill(name, 26, max_lines=2, placeholder=" …") for name in names]
    axes.set_yticks(range(len(names)), wrapped)
    axes.set_ylim(len(names) - 0.5, -0.5)


def headline(figure: Figure, text: str) -> None:
    """The figure's title, top left, wrapped."""
    # A number stays with its unit: textwrap does not break at a no-break space.
    kept = text.replace(" %", "\u00a0%")
    figure.suptitle(textwrap.fill(kept, 76), x=0.01, ha="left", fontsize=12, fontweight="bold")


def _cells(values: Any) -> Iterable[tuple[tuple[int, int], float]]:
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            yield (row, column), float(value)


def _extremes(
    table: pd.DataFrame, column: str, what: str, shown: dict[str, str], *, share: bool = True
) -> str:
    """Who has the fewest and who the most, ties named together; controls are passed over."""
    known = table[table[column].notna()]
    candidates = known[[shown[name] == name for name in known["approach"]]]
    known = candidates if len(candidates) else known
    low, high = float(known[column].min()), float(known[column].max())

    def said(value: float) -> str:
        names = known[known[column] == value]["approach"]
        return f"{', '.join(shown[name] for name in names)} ({tables.amount(value, share)})"

    if low == high:
        return f"{what.capitalize()}: {tables.amount(low, share)}"
    return f"Fewest {what}: {said(low)}; most: {said(high)}"


def _spoken(board: pd.DataFrame, shown: dict[str, str]) -> str:
    return "; ".join(
        f"{shown[row['approach']]} {tables.amount(row['fabrication'], True)} inference-aware, "
        f"{tables.amount(row['fabrication_strict'], True)} strict"
        for row in board.to_dict("records")
    )
