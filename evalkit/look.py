"""How figures look, whichever room draws them; the colors are Okabe and Ito's (2008)."""

from __future__ import annotations

from typing import Any

BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE, YELLOW = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#56B4E9",
    "#CC79A7",
    "#F0E442",
)
INK, MUTED, FAINT = "#1f2933", "#52606d", "#d9dee4"
STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "svg.hashsalt": "evalkit",
    "svg.fonttype": "path",
}
"""Settings of matplotlib; equal figures give equal bytes."""
