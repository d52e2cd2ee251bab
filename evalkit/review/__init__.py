"""The review app: a clinician edits, flags and signs a draft, and every step is logged.

    evalkit.review.show("runs/quickstart", reviewer="ana")         in a notebook
    evalkit review runs/quickstart --reviewer ana                  in a browser

What is typed stays in the review folder on this machine.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalkit.review.making import Choice as Choice
    from evalkit.review.widget import show as show

_PUBLIC = {"Choice": "evalkit.review.making", "show": "evalkit.review.widget"}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'evalkit.review' has no attribute {name!r}")
