"""The model that turns a claim's features into p: boosted trees, kept as numbers in a JSON file.

Small trees rather than a weighted sum, because whether a word that was never said matters depends
on what else was found: on held-out synthetic sessions they rank claims better (area under the ROC
curve .975 against .958 with the ledger), and they carry over better to real notes; the figures are
in experiments/LOG.md, and `python -m benchmarks.grounding` prints today's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from pydantic import Field

from evalkit.claims.features import Features
from evalkit.errors import EvalkitError
from evalkit.records import Record

HERE = Path(__file__).parent / "weights"


class Tree(Record):
    """Node i asks whether feature[i] <= threshold[i]; feature -1 marks a leaf with its value."""

    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]

    def leaf(self, row: Sequence[float]) -> float:
        node = 0
        while self.feature[node] >= 0:
            below = row[self.feature[node]] <= self.threshold[node]
            node = self.left[node] if below else self.right[node]
        return self.value[node]


class Model(Record):
    """Log-odds are `base` plus the leaves; two cuts turn the p into a verdict."""

    features: tuple[str, ...]
    base: float
    trees: tuple[Tree, ...]
    inferred_from: float = Field(ge=0, le=1)
    unsupported_from: float = Field(ge=0, le=1)

    def p(self, row: Sequence[float]) -> float:
        """Probability that a claim with these features is unsupported."""
        odds = self.base + sum(tree.leaf(row) for tree in self.trees)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


@cache
def shipped(mode: str) -> Model:
    """The model in the package for sessions with a `ledger`, or with a `transcript` alone."""
    path = weights_file(mode)
    model = Model.model_validate_json(path.read_text(encoding="utf-8"))
    if model.features != Features._fields:
        raise EvalkitError(
            f"{path.name} was learned with other features; "
            "run: python -m benchmarks.grounding --write"
        )
    return model


def weights_file(mode: str) -> Path:
    """Where the weights of a mode lie in the package."""
    return HERE / f"{mode}.json"
