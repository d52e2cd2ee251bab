"""`evalkit calibrate`."""

from __future__ import annotations


def calibrate() -> None:
    """Refit the grounding on a team's own annotations."""
