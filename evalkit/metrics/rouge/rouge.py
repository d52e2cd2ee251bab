"""ROUGE, equal to rouge-score to 1e-12 and many times as fast, as an `evaluate` module."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import datasets
import evaluate

from evalkit.errors import InputError
from evalkit.metrics.overlap import rouge_l, rouge_lsum, rouge_n, words

_DESCRIPTION = "ROUGE-N, ROUGE-L and ROUGE-Lsum (F1), as counted by rouge-score."
_CITATION = "Lin, Chin-Yew. 2004. ROUGE: A Package for Automatic Evaluation of Summaries."
_INPUTS = """
predictions: list of n texts. references: list of n texts, or of n lists of texts (the best counts).
rouge_types: any of rouge1 to rouge9, rougeL, rougeLsum (sentences divided by line breaks).
use_stemmer: Porter stems of words beyond 3 letters (default True, as notes inflect freely).
use_aggregator: the mean of each type (a float), else a list of n values.
Unlike the module of the hub, the mean is no bootstrap median, so that equal input gives equal
output.
"""
TYPES = ("rouge1", "rouge2", "rougeL", "rougeLsum")


class Rouge(evaluate.Metric):
    """F1 of each type asked for."""

    def _info(self) -> Any:
        text = datasets.Value("string")
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=[
                datasets.Features({"predictions": text, "references": datasets.Sequence(text)}),
                datasets.Features({"predictions": text, "references": text}),
            ],
        )

    def _compute(
        self,
        predictions: Sequence[str],
        references: Sequence[str] | Sequence[Sequence[str]],
        rouge_types: Sequence[str] = TYPES,
        use_aggregator: bool = True,
        use_stemmer: bool = True,
    ) -> dict[str, Any]:
        wrong = [name for name in rouge_types if not re.fullmatch(r"rouge([1-9]|L|Lsum)", name)]
        if wrong:
            raise InputError(
                f"no ROUGE type {wrong[0]!r}",
                field="rouge_types",
                fix="rouge1 to rouge9, rougeL, rougeLsum",
            )
        values: dict[str, list[float]] = {name: [] for name in rouge_types}
        for draft, reference in zip(predictions, references, strict=True):
            known = [reference] if isinstance(reference, str) else reference
            each = [_scores(one, draft, rouge_types, use_stemmer) for one in known]
            for name, found in values.items():
                found.append(max(scores[name] for scores in each))
        if not use_aggregator:
            return values
        return {name: sum(found) / len(found) for name, found in values.items()}


def _scores(reference: str, draft: str, types: Sequence[str], stem: bool) -> dict[str, float]:
    """F1 of each type, with the words of either text made once."""
    left, right = words(reference, stem=stem), words(draft, stem=stem)
    found = {}
    for name in types:
        if name == "rougeL":
            found[name] = rouge_l(left, right).f1
        elif name == "rougeLsum":
            found[name] = rouge_lsum(_sentences(reference, stem), _sentences(draft, stem)).f1
        else:
            found[name] = rouge_n(left, right, int(name[-1])).f1
    return found


def _sentences(text: str, stem: bool) -> list[list[str]]:
    return [words(line, stem=stem) for line in text.split("\n") if line]
