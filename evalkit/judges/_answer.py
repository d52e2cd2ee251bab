"""The form of a model's answer, and what is read from an answer in whatever form it comes.

A row that is cut off or malformed costs that row alone: whatever whole rows stand before and
after it are kept, and the sentences without one are asked for again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

from evalkit.judges._quotes import Quotation
from evalkit.llm import well_formed
from evalkit.records import FALSE, Verdict

P: dict[Verdict, float] = {
    "supported": 0.05,
    "inferred": 0.3,
    "unsupported": 0.8,
    "contradicted": 0.95,
}
"""p_unsupported where the model states none: by our choice, and only their order means anything."""

VERDICTS: dict[str, Verdict] = {verdict: verdict for verdict in P}

WHY = 300
"""Characters of an explanation that are kept."""

QUOTES = 5
"""Quotations of a sentence that are looked up."""

SOURCES = ("transcript", "jottings", "form", "chart")

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["sentences"],
    "properties": {
        "sentences": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["n", "verdict", "p_unsupported", "evidence", "why"],
                "properties": {
                    "n": {"type": "integer"},
                    "verdict": {"type": "string", "enum": list(get_args(Verdict))},
                    "p_unsupported": {"type": "number"},
                    "evidence": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["source", "turn", "quote"],
                            "properties": {
                                "source": {"type": "string", "enum": list(SOURCES)},
                                "turn": {"type": ["integer", "null"]},
                                "quote": {"type": "string"},
                            },
                        },
                    },
                    "why": {"type": "string"},
                },
            },
        }
    },
}

FORM = """
Answer with one JSON object and nothing else:

{"sentences": [{"n": 1, "verdict": "supported", "p_unsupported": 0.03,
  "evidence": [{"source": "transcript", "turn": 12, "quote": "words as they stand there"}],
  "why": ""}]}

- n: the sentence's number; every sentence once, in order.
- verdict: supported, inferred, unsupported or contradicted.
- p_unsupported: from 0 to 1, how likely a second careful reader is to call the sentence
  unsupported or contradicted.
- evidence: at most three quotations that decide it, each copied word for word and at most 30 words
  long, with its turn's number (null outside the transcript); [] if there is none.
- why: at most 20 words; "" for a supported sentence.
""".strip()


class Row(NamedTuple):
    """What a model says of one sentence."""

    verdict: Verdict
    p_unsupported: float
    evidence: tuple[Quotation, ...]
    why: str


def read(answer: str, count: int) -> dict[int, Row]:
    """By number the rows of an answer on `count` sentences, counted from 1.

    A sentence with two rows, or with a verdict that does not exist, has none; rows of sentences
    that do not exist are passed over.

    >>> read('{"sentences": [{"n": 1, "verdict": "inferred"}, {"n": 2, "verd', 2)
    {1: Row(verdict='inferred', p_unsupported=0.3, evidence=(), why='')}
    """
    found: dict[int, Row] = {}
    numbers: Counter[int] = Counter()
    for item in _objects(answer):
        number = item.get("n")
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= count:
            continue
        numbers[number] += 1
        row = _row(item)
        if row is not None:
            found[number] = row
    return {number: found[number] for number in sorted(found) if numbers[number] == 1}


def _objects(answer: str) -> Iterator[dict[str, Any]]:
    """All JSON objects that speak of a sentence, however they are wrapped."""
    decoder = json.JSONDecoder(strict=False)
    place = answer.find("{")
    while place >= 0:
        try:
            value, end = decoder.raw_decode(answer, place)
        except (ValueError, RecursionError):
            end = place + 1  # an object that is cut off: look at those inside it
        else:
            yield from _rows(value)
        place = answer.find("{", end)


def _rows(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "n" in value:
        yield value
    elif isinstance(value.get("sentences"), list):
        yield from (item for item in value["sentences"] if isinstance(item, dict))


def _row(item: dict[str, Any]) -> Row | None:
    verdict = VERDICTS.get(str(item.get("verdict")).strip().lower())
    if verdict is None:
        return None
    evidence = item.get("evidence")
    why = item.get("why")
    return Row(
        verdict=verdict,
        p_unsupported=_p(verdict, item.get("p_unsupported")),
        evidence=tuple(_quotations(evidence if isinstance(evidence, list) else [])),
        why=well_formed(" ".join(why.split())[:WHY]) if isinstance(why, str) else "",
    )


def _p(verdict: Verdict, stated: Any) -> float:
    """What is stated, kept on the verdict's side of one half; else what the verdict stands for."""
    if not isinstance(stated, int | float) or isinstance(stated, bool) or not 0 <= stated <= 1:
        return P[verdict]
    return max(float(stated), 0.5) if verdict in FALSE else min(float(stated), 0.5)


def _quotations(items: list[Any]) -> Iterator[Quotation]:
    for item in items[:QUOTES]:
        if isinstance(item, dict) and isinstance(item.get("quote"), str):
            turn = item.get("turn")
            known = turn if isinstance(turn, int) and not isinstance(turn, bool) else None
            yield Quotation(str(item.get("source") or "transcript"), known, item["quote"])
