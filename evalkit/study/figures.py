"""The figure of a study: active minutes by approach, every reviewer a dot."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evalkit.look import BLUE, FAINT, INK, MUTED, ORANGE, STYLE
from evalkit.study.effects import Effects
from evalkit.study.mixed import Timed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def minutes(found: Effects, reviews: Sequence[Timed]) -> str:
    """SVG: a row an approach, a dot each reviewer's geometric mean of their notes.

    The diamond is the model's typical clinician with the 95 % interval, where there is a model.
    An interval that is longer than twice all else runs off the sheet. Equal figures give equal
    bytes.
    """
    import matplotlib

    with matplotlib.rc_context(STYLE):
        out = io.StringIO()
        drawn(found, reviews).savefig(
            out, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight"
        )
    return out.getvalue()


def drawn(found: Effects, reviews: Sequence[Timed]) -> Figure:
    """The figure itself, in the style that is set."""
    from matplotlib.figure import Figure as Sheet

    names = sorted({one.approach for one in reviews})
    sheet = Sheet(figsize=(8.0, 0.7 * len(names) + 1.5), layout="constrained")
    axes = sheet.subplots()
    ends = [one.minutes for one in found.typical]
    for row, name in enumerate(names):
        means = _means([one for one in reviews if one.approach == name])
        ends += means
        spots = [row + 0.16 + 0.16 * (at % 3 - 1) / 2 for at in range(len(means))]
        axes.scatter(means, spots, s=26, color=BLUE, alpha=0.65, linewidths=0, zorder=2)
    for one in found.typical:
        _typical(axes, names.index(one.approach) - 0.16, (one.minutes, one.low, one.high))
    notes = [sum(one.approach == name for one in reviews) for name in names]
    labels = [f"{name}\n{n} notes" for name, n in zip(names, notes, strict=True)]
    axes.set_yticks(range(len(names)), labels)
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0)
    highs = [min(one.high, 2 * max(ends)) for one in found.typical if one.high is not None]
    axes.set_xlim(0, 1.06 * max(ends + highs))
    axes.grid(axis="x", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.set_xlabel("active minutes a note")
    typical = "   diamond: typical clinician, 95 % interval" if found.typical else ""
    axes.set_title(
        f"dot: one reviewer, geometric mean{typical}", loc="left", fontsize=10, color=MUTED
    )
    return sheet


def _typical(axes: Axes, height: float, value: tuple[float, float | None, float | None]) -> None:
    middle, low, high = value
    if low is not None and high is not None:
        axes.plot([low, high], [height, height], color=INK, linewidth=1.6, zorder=3)
    axes.scatter([middle], [height], s=46, marker="D", color=ORANGE, edgecolors=INK, zorder=4)


def _means(reviews: Sequence[Timed]) -> list[float]:
    """Each reviewer's geometric mean, reviewers by name; notes without active time left out."""
    logs: dict[str, list[float]] = {}
    for one in reviews:
        if one.minutes > 0:
            logs.setdefault(one.clinician, []).append(math.log(one.minutes))
    return [math.exp(sum(each) / len(each)) for _, each in sorted(logs.items())]
