"""The model that turns a claim's features into p where there is no ledger: numbers in a JSON file.

A forest of randomised trees, each leaf the share of unsupported claims that ended there. What ships
is one forest, learned from synthetic sessions alone. `evalkit calibrate` grows a second one on top
of it from a team's own labels, which sees the first one's p and that of a weighted sum of the
claim's words beside the features. Figures are in experiments/LOG.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, ValidationError, model_validator

from evalkit.claims.against_transcript_features import NAMES
from evalkit.claims.extract import Parsed
from evalkit.claims.model import weights_file
from evalkit.errors import EvalkitError, InputError, from_validation
from evalkit.records import Record
from evalkit.store import read_json

Floats = NDArray[np.float64]
EXTRA = ("p_shipped", "p_words")
"""What a second forest sees beside the features."""


class Forest(Record):
    """Trees one after the other: node i asks whether feature[i] <= threshold[i].

    `roots` are the first nodes of the trees; `left` and `right` count from the start of all; a
    feature of -1 marks a leaf with its value. `features` names the columns.
    """

    model_config = ConfigDict(ignored_types=(cached_property,))

    features: tuple[str, ...]
    roots: tuple[int, ...] = Field(min_length=1)
    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]

    @model_validator(mode="after")
    def _is_a_forest(self) -> Self:
        size = len(self.feature)
        if any(len(one) != size for one in (self.threshold, self.left, self.right, self.value)):
            raise ValueError("feature, threshold, left, right and value differ in length")
        inner = [node for node, feature in enumerate(self.feature) if feature >= 0]
        if any(self.feature[node] >= len(self.features) for node in inner):
            raise ValueError("feature: a node asks for a feature that is not there")
        if any(not node < child < size for side in (self.left, self.right)
               for node, child in ((n, side[n]) for n in inner)):  # fmt: skip
            raise ValueError("left, right: a child must come after its node")
        if any(not 0 <= root < size for root in self.roots):
            raise ValueError("roots: there is no such node")
        return self

    @cached_property
    def _arrays(self) -> tuple[NDArray[Any], ...]:
        whole = [np.array(one) for one in (self.feature, self.left, self.right)]
        return *whole, np.array(self.threshold), np.array(self.value), np.array(self.roots)

    def p(self, rows: Floats) -> Floats:
        """(claims,) mean of the trees' leaves for (claims, features)."""
        feature, left, right, threshold, value, roots = self._arrays
        node = np.repeat(roots[None, :], len(rows), axis=0)
        place = np.arange(len(rows))[:, None]
        while (feature[node] >= 0).any():
            asked = feature[node]
            below = rows[place, asked] <= threshold[node]
            node = np.where(asked < 0, node, np.where(below, left[node], right[node]))
        found: Floats = value[node].mean(axis=1)
        return found


class Words(Record):
    """A weighted sum of the stems of a claim, each weight with its rarity in it; then odds."""

    base: float
    weights: dict[str, tuple[float, float]]
    """By stem: rarity, weight."""

    def p(self, stems: Sequence[str]) -> float:
        """Probability by the words alone.

        >>> Words(base=0.0, weights={"goal": (1.0, 2.0)}).p(["goal"]) > 0.5
        True
        """
        counts: dict[str, int] = {}
        for stem in stems:
            if stem in self.weights:
                counts[stem] = counts.get(stem, 0) + 1
        size = {w: (1 + math.log(n)) * self.weights[w][0] for w, n in counts.items()}
        length = math.sqrt(sum(one * one for one in size.values())) or 1.0
        return odds(self.base + sum(one / length * self.weights[w][1] for w, one in size.items()))


class Learned(Record):
    """What the weights were learned from: counts, the raters' share rejected, and a hash of it."""

    source: str
    sentences: int
    conversations: int
    raters: int = 1
    rejected: float = Field(ge=0, le=1)
    sha256: str = ""


class TranscriptModel(Record):
    """p = the curve over `share` of the second forest and the rest of the first.

    `curve` is (slope, shift) on the log-odds, fitted on claims of conversations that the model did
    not see. `silence` is the least p of a claim on something major that nobody mentions. Claims
    from `unsupported_from` are unsupported, below it and from `inferred_from` inferred.
    """

    forest: Forest
    words: Words | None = None
    second: Forest | None = None
    share: float = Field(default=0.5, ge=0, le=1)
    curve: tuple[float, float] = (1.0, 0.0)
    silence: float = Field(default=0.5, ge=0, le=1)
    inferred_from: float = Field(ge=0, le=1)
    unsupported_from: float = Field(ge=0, le=1)
    learned: Learned

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if (self.second is None) != (self.words is None):
            raise ValueError("words and second come together")
        if self.inferred_from > self.unsupported_from:
            raise ValueError("inferred_from is above unsupported_from")
        return self

    def p(self, rows: Floats, parsed: Sequence[Parsed]) -> Floats:
        """(claims,) probability that a claim is unsupported, from (claims, features)."""
        if not len(rows):
            return np.zeros(0)
        first = self.forest.p(rows)
        if self.second is None or self.words is None:
            return bent(first, self.curve)
        by_words = [self.words.p(document(one)) for one in parsed]
        second = self.second.p(np.column_stack([rows, first, by_words]))
        return bent((1 - self.share) * first + self.share * second, self.curve)


def document(parsed: Parsed) -> list[str]:
    """The stems that the words of a claim are weighed by, with its section as one more."""
    return [f"section:{parsed.claim.section}", *(token.stem for token in parsed.tokens)]


def odds(value: float) -> float:
    """Log-odds to probability."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


def bent(p: Floats, curve: tuple[float, float]) -> Floats:
    """Probabilities with their log-odds stretched by the slope and moved by the shift."""
    kept = np.clip(p, 1e-4, 1 - 1e-4)
    if curve == (1.0, 0.0):
        return kept
    found: Floats = 1 / (1 + np.exp(-(curve[0] * np.log(kept / (1 - kept)) + curve[1])))
    return found


@cache
def shipped() -> TranscriptModel:
    """The model in the package, learned from synthetic sessions alone."""
    path = weights_file("transcript")
    model = TranscriptModel.model_validate_json(path.read_text(encoding="utf-8"))
    if model.forest.features != NAMES:
        raise EvalkitError(
            f"{path.name} was learned with other features; "
            "run: python -m benchmarks.transcripts --write"
        )
    return model


def from_file(path: str) -> TranscriptModel:
    """A model that `evalkit calibrate` wrote; InputError names the field that is wrong."""
    file = Path(path)
    stat = file.stat() if file.is_file() else None
    return _read(path, (stat.st_mtime_ns, stat.st_size) if stat else (0, 0))


@lru_cache(maxsize=4)
def _read(path: str, stamp: tuple[int, int]) -> TranscriptModel:
    content = read_json(Path(path))
    try:
        model = TranscriptModel.model_validate(content)
    except ValidationError as error:
        raise from_validation(error, file=path) from None
    wanted = {"forest": (model.forest, NAMES), "second": (model.second, (*NAMES, *EXTRA))}
    for name, (forest, features) in wanted.items():
        if forest is not None and forest.features != features:
            raise InputError(
                "learned with other features than this version has",
                file=path,
                field=f"{name}.features",
                fix="run `evalkit calibrate` again",
            )
    return model
