"""The model that turns a claim's signs into p: boosted trees, kept as numbers in a JSON file.

Small trees rather than a weighted sum, because whether a word that was never said matters depends
on what else was found; the figures are in experiments/LOG.md, and `python -m benchmarks.grounding`
prints today's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import Field

from evalkit.claims.against_ledger_signs import Signs
from evalkit.errors import EvalkitError
from evalkit.records import Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HERE = Path(__file__).parent / "weights"


class Tree(Record):
    """Node i asks whether feature[i] <= threshold[i]; feature -1 marks a leaf with its value."""

    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]


class Model(Record):
    """Log-odds are `base` plus the leaves; two cuts turn the p into a verdict."""

    features: tuple[str, ...]
    base: float
    trees: tuple[Tree, ...]
    inferred_from: float = Field(ge=0, le=1)
    unsupported_from: float = Field(ge=0, le=1)

    def p(self, rows: Sequence[Sequence[float]]) -> list[float]:
        """Probability that a claim is unsupported, for each row of features.

        >>> stump = Tree(
        ...     feature=(0, -1, -1), threshold=(0.5, 0, 0), left=(1, 0, 0), right=(2, 0, 0),
        ...     value=(0, -2, 2),
        ... )
        >>> model = Model(
        ...     features=("x",), base=0, trees=(stump,), inferred_from=0.4, unsupported_from=0.6
        ... )
        >>> [round(p, 3) for p in model.p([[0.0], [1.0]])]
        [0.119, 0.881]
        """
        import numpy as np

        if not rows:
            return []
        known = self._nodes
        x = np.array(rows, dtype=float)
        each = np.arange(len(x))[:, None]
        node = np.broadcast_to(known.roots, (len(x), len(known.roots)))
        for _ in range(known.depth):
            below = x[each, known.feature[node]] <= known.threshold[node]
            node = np.where(below, known.left[node], known.right[node])
        odds = self.base + known.value[node].sum(axis=1)
        return [float(p) for p in 1 / (1 + np.exp(-np.clip(odds, -30, 30)))]

    @cached_property
    def _nodes(self) -> _Nodes:
        """The nodes of all trees in one row; a leaf leads to itself."""
        import numpy as np

        roots = np.cumsum([0, *(len(tree.feature) for tree in self.trees[:-1])])
        flat: dict[str, list[float]] = {
            name: [] for name in ("feature", "threshold", "left", "right", "value")
        }
        for root, tree in zip(roots, self.trees, strict=True):
            for at, feature in enumerate(tree.feature):
                leaf = feature < 0
                flat["feature"].append(max(0, feature))
                flat["threshold"].append(tree.threshold[at])
                flat["left"].append(root + (at if leaf else tree.left[at]))
                flat["right"].append(root + (at if leaf else tree.right[at]))
                flat["value"].append(tree.value[at])
        return _Nodes(
            roots,
            np.array(flat["feature"], dtype=int),
            np.array(flat["threshold"]),
            np.array(flat["left"], dtype=int),
            np.array(flat["right"], dtype=int),
            np.array(flat["value"]),
            max(map(_depth, self.trees), default=0),
        )


class _Nodes(NamedTuple):
    roots: NDArray[np.int_]
    feature: NDArray[np.int_]
    threshold: NDArray[np.float64]
    left: NDArray[np.int_]
    right: NDArray[np.int_]
    value: NDArray[np.float64]
    depth: int


def _depth(tree: Tree, node: int = 0) -> int:
    """Questions from a node down to its farthest leaf."""
    if tree.feature[node] < 0:
        return 0
    return 1 + max(_depth(tree, tree.left[node]), _depth(tree, tree.right[node]))


@cache
def shipped() -> Model:
    """The model in the package for sessions with a ledger."""
    path = weights_file("ledger")
    model = Model.model_validate_json(path.read_text(encoding="utf-8"))
    if model.features != Signs._fields:
        raise EvalkitError(
            f"{path.name} was learned with other signs; run: python -m benchmarks.grounding --write"
        )
    return model


def weights_file(mode: str) -> Path:
    """Where the weights of a mode lie in the package."""
    return HERE / f"{mode}.json"
