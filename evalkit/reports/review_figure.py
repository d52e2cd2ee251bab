"""The figure of review minutes: how clinicians spread, set against writing from scratch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evalkit.look import BLUE, FAINT, INK, ORANGE
from evalkit.records import Run
from evalkit.reports.figures import Drawn, canvas, headline, rows_named, to_svg
from evalkit.reports.reviews import Floats, clinicians

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEVELS = (0.025, 0.25, 0.5, 0.75, 0.975)


def drawn(run: Run, shown: dict[str, str]) -> list[Drawn]:
    """The figure, if the run's reviews say how clinicians differ."""
    people = clinicians(run)
    if not people:
        return []
    quantiles = {
        name: np.quantile(np.stack([each.reviewing, each.stopped]), LEVELS, axis=1).T
        for name, each in people.items()
    }
    writing = np.quantile(np.mean([each.writing for each in people.values()], axis=0), LEVELS)
    said = "; ".join(
        f"{shown[name]} {each[0][2]:.1f} ({each[0][0]:.1f} to {each[0][4]:.1f})"
        for name, each in quantiles.items()
    )
    return [
        Drawn(
            name="review",
            svg=to_svg(review(quantiles, writing, shown)),
            alt=f"Minutes a note, median (middle 95 % of clinicians), by approach: {said}; "
            f"from scratch {writing[2]:.1f} ({writing[0]:.1f} to {writing[4]:.1f}).",
            caption="A clinician's minutes a note over all of the approach's notes. Bars hold the "
            "middle half of clinicians, thin lines the middle 95 %, dots are medians; the diamond "
            "is the median of clinicians who sign without reading. Orange: the same clinicians "
            "writing from scratch, its median drawn down through the rows.",
        )
    ]


def review(quantiles: dict[str, Floats], writing: Floats, shown: dict[str, str]) -> Figure:
    """A row an approach. `quantiles` are at `LEVELS`, shape (2, 5), of reviewing and of signing
    unread; those of writing have shape (5,). All in minutes."""
    order = sorted(quantiles, key=lambda name: float(quantiles[name][0][2]))
    figure = canvas(0.5 * len(order) + 2.3)
    axes = figure.add_subplot()
    axes.axvline(writing[2], color=ORANGE, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
    for place, name in enumerate(order):
        reviewing, stopped = quantiles[name]
        _band(axes, place, reviewing, BLUE)
        axes.plot(stopped[2], place, "D", color=INK, markerfacecolor="white", markersize=5.5)
    _band(axes, len(order), writing, ORANGE)
    rows_named(axes, [*(shown[name] for name in order), "from scratch"])
    highest = max(float(writing.max()), *(float(each.max()) for each in quantiles.values()))
    axes.set_xlim(-0.02 * highest, 1.1 * highest)
    axes.set_xlabel("minutes a note, one clinician's mean; the figures are medians")
    axes.grid(axis="x", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    handles = [
        axes.plot([], [], "o-", color=BLUE, linewidth=4, label="reviewing")[0],
        axes.plot([], [], "D", color=INK, markerfacecolor="white", label="signing unread")[0],
        axes.plot([], [], "o-", color=ORANGE, linewidth=4, label="from scratch")[0],
    ]
    figure.legend(handles=handles, loc="outside lower right", ncols=3, frameon=False, fontsize=9)
    headline(figure, _title(quantiles, writing, shown))
    return figure


def _band(axes: Axes, y: float, minutes: Floats, color: str) -> None:
    axes.plot(minutes[[0, 4]], [y, y], color=color, linewidth=1.5, solid_capstyle="butt", zorder=2)
    axes.plot(minutes[[1, 3]], [y, y], color=color, linewidth=8, solid_capstyle="butt", zorder=2)
    axes.plot(minutes[2], y, "o", color=color, markeredgecolor="white", markersize=7.5, zorder=3)
    axes.annotate(
        f"{minutes[2]:.1f}",
        (minutes[4], y),
        (6, 0),
        textcoords="offset points",
        va="center",
        fontsize=9,
    )


def _title(quantiles: dict[str, Floats], writing: Floats, shown: dict[str, str]) -> str:
    longer = [shown[name] for name, each in quantiles.items() if each[0][2] >= writing[2]]
    if longer:
        return f"No quicker than writing for the median clinician: {', '.join(longer)}"
    return "For the median clinician reviewing is quicker than writing with every approach"
