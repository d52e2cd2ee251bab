"""Two figures as SVG: the tornado, and the lines behind the break-even points."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evalkit import look
from evalkit.burden.curves import Curve
from evalkit.burden.sensitivity import Swing
from evalkit.burden.shown import number
from evalkit.look import BLUE, FAINT, INK, MUTED, ORANGE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLE = look.STYLE | {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.axisbelow": True,
}

GAP = 0.008
"""Between a bar and its label: a share of the axis."""


def tornado_svg(swings: Sequence[Swing], base: float, title: str) -> str:
    """A bar an input, from the hours saved at the low end of its range to those at the high end.

    `base` are the hours saved with every input as it is. Equal figures give equal bytes.
    """
    import matplotlib

    with matplotlib.rc_context(STYLE):
        return _svg(_tornado(swings, base, title))


def break_even_svg(lines: Sequence[Curve], title: str) -> str:
    """A panel a line: what it is now (dot), the bound, and where the line crosses it (ring)."""
    import matplotlib

    with matplotlib.rc_context(STYLE):
        return _svg(_panels(lines, title))


def _svg(sheet: Figure) -> str:
    out = io.StringIO()
    sheet.savefig(out, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    return out.getvalue()


def _tornado(swings: Sequence[Swing], base: float, title: str) -> Figure:
    from matplotlib.figure import Figure as Sheet

    sheet = Sheet(figsize=(8.6, 0.52 * len(swings) + 1.6), layout="constrained")
    axes = sheet.subplots()
    ends = [base, *(end for one in swings for end in (one.at_low, one.at_high))]
    width = max(ends) - min(ends) or 1.0
    for row, one in enumerate(swings):
        _bar(axes, row, one, base, GAP * width)
    axes.axvline(base, color=INK, linewidth=1.2)
    if min(ends) < 0 < max(ends):
        axes.axvline(0, color=VERMILION, linewidth=1.2, linestyle=(0, (4, 3)))
        axes.text(0, -0.62, "nothing saved ", color=VERMILION, fontsize=8.5, ha="right")
    axes.text(base, -0.62, f" now: {number(base)} h", fontsize=8.5, ha="left")
    axes.set_yticks(range(len(swings)), [f"{one.input}\n{one.unit}" for one in swings], fontsize=9)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(swings) - 0.5, -1.0)
    axes.set_xlim(min(ends) - 0.1 * width, max(ends) + 0.1 * width)
    axes.grid(axis="x", color=FAINT, linewidth=0.8)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("hours saved a month, one input at a time over its plausible range")
    _head(
        sheet,
        title,
        "blue: the low end of the range   hatched: the high end   at the ends: the input",
    )
    return sheet


def _bar(axes: Axes, row: int, one: Swing, base: float, gap: float) -> None:
    """Both ends of one input; the nearer of two on the same side is drawn over the other."""
    ends = [(one.at_low, one.low, BLUE, ""), (one.at_high, one.high, ORANGE, "////")]
    ends.sort(key=lambda end: -abs(end[0] - base))
    for place, (hours, value, color, hatch) in enumerate(ends):
        axes.barh(
            row,
            hours - base,
            left=base,
            height=0.62,
            color=color,
            hatch=hatch,
            edgecolor="white",
            linewidth=0.5,
        )
        hidden = place == 1 and (hours - base) * (ends[0][0] - base) > 0
        if hours == base or hidden:
            continue
        left = hours < base
        axes.text(
            hours - gap if left else hours + gap,
            row,
            number(value),
            ha="right" if left else "left",
            va="center",
            fontsize=8.5,
            color=MUTED,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85},
        )


def _panels(lines: Sequence[Curve], title: str) -> Figure:
    from matplotlib.figure import Figure as Sheet

    sheet = Sheet(figsize=(max(5.2, 3.7 * len(lines)), 3.9), layout="constrained")
    for axes, line in zip(sheet.subplots(1, len(lines), squeeze=False)[0], lines, strict=True):
        _panel(axes, line)
    _head(sheet, title, "dot: now   ring: break-even   dashed: the bound")
    return sheet


def _panel(axes: Axes, line: Curve) -> None:
    point = line.point
    axes.plot(line.x, line.y, color=BLUE, linewidth=1.8)
    axes.axhline(line.bound, color=VERMILION, linewidth=1.2, linestyle=(0, (4, 3)))
    spread = max(*line.y, line.bound) - min(*line.y, line.bound, 0.0)
    axes.set_xlim(0, max(line.x))
    axes.set_ylim(min(*line.y, line.bound, 0.0) - 0.04 * spread, None)
    if point.now is not None:
        axes.scatter([point.now], [line.y_now], s=52, color=BLUE, zorder=4, clip_on=False)
    if point.value is not None:
        axes.scatter(
            [point.value],
            [line.bound],
            s=70,
            facecolor="white",
            edgecolor=VERMILION,
            linewidth=1.8,
            zorder=5,
            clip_on=False,
        )
    axes.grid(color=FAINT, linewidth=0.8)
    axes.set_xlabel(line.x_label)
    axes.set_ylabel(line.y_label)
    axes.set_title(_told(line), loc="left", fontsize=9.5, color=INK)


def _told(line: Curve) -> str:
    """Break-even and now in words, above the panel."""
    point = line.point
    found = (
        point.reason
        if point.value is None
        else f"{line.bound_label} at {number(point.value)} {point.unit}"
    )
    now = "" if point.now is None else f"now {number(point.now)} {point.unit}"
    return "\n".join([*textwrap.wrap(found, 40), now])


def _head(sheet: Figure, title: str, key: str) -> None:
    sheet.suptitle(f"{title}\n{key}", x=0.01, ha="left", fontsize=10, color=MUTED)
