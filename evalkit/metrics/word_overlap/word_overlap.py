"""Share of a note's words that its transcript holds, as an `evaluate` module.

The floor that any judge of fabrication has to beat.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import datasets
import evaluate

from evalkit.metrics.overlap import covered

_DESCRIPTION = "Share of the prediction's stemmed words that stand in the reference."
_INPUTS = """
predictions: list of n texts (sentences or notes). references: list of n texts (transcripts).
use_aggregator: the mean over texts with words (a float or None), else a list of n values, None
where a text has no word.
"""


class WordOverlap(evaluate.Metric):
    """Word overlap with the source, not with a reference note."""

    def _info(self) -> Any:
        text = datasets.Value("string")
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation="",
            inputs_description=_INPUTS,
            features=datasets.Features({"predictions": text, "references": text}),
        )

    def _compute(
        self,
        predictions: Sequence[str],
        references: Sequence[str],
        use_aggregator: bool = True,
    ) -> dict[str, Any]:
        found = [covered(one, source) for one, source in zip(predictions, references, strict=True)]
        if not use_aggregator:
            return {"word_overlap": found}
        known = [share for share in found if share is not None]
        return {"word_overlap": sum(known) / len(known) if known else None}
