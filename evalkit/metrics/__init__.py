"""Overlap metrics as Hugging Face `evaluate` modules: one folder each, loadable without network.

    evaluate.load(str(evalkit.metrics.path("rouge")))     # or
    evalkit.metrics.load("rouge").compute(predictions=[...], references=[...])

They say how like two texts are, and nothing of whether either is true.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from evalkit.errors import InputError, did_you_mean

HERE = Path(__file__).parent


def names() -> list[str]:
    """Names of the modules, sorted.

    >>> names()
    ['rouge', 'word_edit_distance', 'word_overlap']
    """
    return sorted(one.name for one in HERE.iterdir() if (one / f"{one.name}.py").is_file())


def path(name: str) -> Path:
    """The folder of a module, for `evaluate.load`.

    Raises InputError, with the nearest name, if there is none.
    """
    if name not in names():
        raise InputError(did_you_mean("metric", name, names()))
    return HERE / name


def load(name: str) -> Any:
    """The module, loaded by `evaluate` from its folder; `compute(predictions=, references=)`."""
    import evaluate

    return evaluate.load(str(path(name)), experiment_id=uuid.uuid4().hex)
