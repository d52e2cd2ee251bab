"""The review app: a clinician edits, flags and signs a draft, and every step is logged.

    evalkit.review.show("runs/quickstart", reviewer="ana")         in a notebook
    evalkit review runs/quickstart --reviewer ana                  in a browser

What is typed stays in the review folder on this machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalkit.review.widget import show as show

__all__ = ["show"]


def __getattr__(name: str) -> Any:
    if name == "show":
        from evalkit.review.widget import show

        return show
    raise AttributeError(f"module 'evalkit.review' has no attribute {name!r}")
