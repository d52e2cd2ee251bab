"""Where a sentence of a note belongs, by its words alone: what kind of fact does it state?

A linear model over stems and lexicon categories gives each kind of fact a chance, and a format
says which section holds which kinds. The weights, in hundredths, are learned from the facts of
synthetic sessions by `benchmarks/belonging.py`, which prints how well they carry over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalkit import formats
from evalkit.claims.lexicon import Mention
from evalkit.claims.reading import Sentence, read
from evalkit.claims.text import Token
from evalkit.errors import EvalkitError
from evalkit.records import Draft

WEIGHTS = Path(__file__).parent / "weights" / "kinds.json"


class Kinds(NamedTuple):
    """The model: a row of log-odds for each word, a column for each kind of fact."""

    kinds: tuple[str, ...]
    bias: NDArray[np.float64]
    rows: dict[str, int]
    weights: NDArray[np.float64]

    def chances(self, words: Iterable[str]) -> NDArray[np.float64]:
        """One chance a kind, adding up to 1; the prior ones where no word is known."""
        known = [self.rows[word] for word in words if word in self.rows]
        odds = self.bias + self.weights[known].sum(axis=0)
        raised = np.exp(odds - odds.max())
        return raised / raised.sum()


class Belonging(NamedTuple):
    """A sentence, the other section its words fit best, and the chance that it is not in place.

    `section` is "" where the words say nothing of where it belongs, or it fits where it is.
    """

    sentence: Sentence
    section: str
    elsewhere: float


def cues_of(found: Iterable[Token], hits: Iterable[Mention]) -> frozenset[str]:
    """What the model looks at: stems ("#" for any number) and categories ("@risk")."""
    return frozenset("#" if t.is_number else t.stem for t in found) | {
        f"@{hit.concept.category}" for hit in hits
    }


def belonging(draft: Draft) -> list[Belonging]:
    """One a sentence of at least three words, in order; empty for a format of one section.

    Sections that the format does not know are passed over.
    """
    form = formats.load(draft.format)
    if len(form.sections) < 2:
        return []
    model = shipped()
    holds = _holds(draft.format, model.kinds)
    found = []
    for one in read(draft):
        if len(one.tokens) < 3 or one.section not in form.names:
            continue
        each = holds @ model.chances(cues_of(one.tokens, one.mentions))
        own = form.names.index(one.section)
        best = int(each.argmax())
        section = form.names[best] if best != own else ""
        found.append(Belonging(one, section, float(max(0.0, 1 - each[own]))))
    return found


@cache
def _holds(name: str, kinds: tuple[str, ...]) -> NDArray[np.float64]:
    """1 where a section (row) holds a kind (column). What was done since is a report as well."""
    form = formats.load(name)
    return np.array(
        [
            [
                float(
                    kind in one.holds
                    or (kind == PAST_HOMEWORK and bool({"presenting", "progress"} & set(one.holds)))
                )
                for kind in kinds
            ]
            for one in form.sections
        ]
    )


PAST_HOMEWORK = "homework_done"
"""Homework looked back on; it belongs with reports and progress, not with the plan."""


@cache
def shipped() -> Kinds:
    """The model in the package."""
    content = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    words = content["words"]
    weights = np.array(list(words.values()), dtype=float) / 100
    kinds = tuple(content["kinds"])
    if weights.ndim != 2 or weights.shape[1] != len(kinds):
        raise EvalkitError(
            f"{WEIGHTS.name} is incomplete; run: python -m benchmarks.belonging --write"
        )
    rows = {word: number for number, word in enumerate(words)}
    return Kinds(kinds, np.array(content["bias"], dtype=float) / 100, rows, weights)
