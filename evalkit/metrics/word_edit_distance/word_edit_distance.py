"""Word edit distance as an `evaluate` module: what a reviewer would have to retype at least."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import datasets
import evaluate

from evalkit.metrics.overlap import word_edits

_DESCRIPTION = "Words inserted, deleted or replaced to turn the prediction into the reference."
_INPUTS = """
predictions, references: lists of n texts. Words are what white space divides, case and
punctuation count. Yields `edits` (mean a pair) and `edits_a_word` (all edits over all reference
words; None where the references have none).
"""


class WordEditDistance(evaluate.Metric):
    """Levenshtein's distance over words, without moves."""

    def _info(self) -> Any:
        text = datasets.Value("string")
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation="Levenshtein, Vladimir. 1966. Binary codes capable of correcting deletions.",
            inputs_description=_INPUTS,
            features=datasets.Features({"predictions": text, "references": text}),
        )

    def _compute(self, predictions: Sequence[str], references: Sequence[str]) -> dict[str, Any]:
        edits = [word_edits(one, other) for other, one in zip(predictions, references, strict=True)]
        total = sum(len(one.split()) for one in references)
        return {
            "edits": sum(edits) / len(edits),
            "edits_a_word": sum(edits) / total if total else None,
        }
