"""`evalkit validate`."""

from __future__ import annotations


def validate() -> None:
    """Measure the scorers against known truth."""
