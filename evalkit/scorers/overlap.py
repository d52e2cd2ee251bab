"""Overlap with a reference note: ROUGE and word edit distance. Habitual, and no measure of truth.

The ROUGE here follows rouge-score (stemmed, F1) and is checked against it in the tests; it is
written on rapidfuzz because rouge-score manages about 60 pairs a second.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import ClassVar

from nltk.stem.porter import PorterStemmer
from rapidfuzz.distance import LCSseq, Levenshtein

from evalkit import formats
from evalkit.records import Case, Measure, Score
from evalkit.scorers._base import Scorer

_stem = PorterStemmer().stem
_OTHER = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=200_000)
def _stemmed(word: str) -> str:
    return _stem(word) if len(word) > 3 else word


def words(text: str) -> list[str]:
    """Tokens as rouge-score makes them: lower case, a-z and 0-9, stemmed beyond 3 letters."""
    return [_stemmed(word) for word in _OTHER.sub(" ", text.lower()).split()]


def rouge_n(reference: Sequence[str], draft: Sequence[str], n: int) -> float:
    """F1 of shared n-grams, 0 where either side has none.

    >>> round(rouge_n(words("sleeps badly at night"), words("sleeps at night"), 1), 3)
    0.857
    """
    left, right = _ngrams(reference, n), _ngrams(draft, n)
    return _f1(sum((left & right).values()), sum(left.values()), sum(right.values()))


def rouge_l(reference: Sequence[str], draft: Sequence[str]) -> float:
    """F1 of the longest common subsequence."""
    return _f1(LCSseq.similarity(reference, draft), len(reference), len(draft))


def _ngrams(tokens: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[place : place + n]) for place in range(len(tokens) - n + 1))


def _f1(shared: int, reference: int, draft: int) -> float:
    if not shared or not reference or not draft:
        return 0.0
    recall, precision = shared / reference, shared / draft
    return 2 * precision * recall / (precision + recall)


class Overlap(Scorer):
    """ROUGE-1, -2, -L (F1) and word edits a reference word, against the session's reference.

    The reference is the source's note in the same format, else the ledger written out.
    """

    name: ClassVar[str] = "overlap"
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(name="rouge1", unit="F1", better="higher", meaning="shared words"),
        Measure(name="rouge2", unit="F1", better="higher", meaning="shared word pairs"),
        Measure(name="rougeL", unit="F1", better="higher", meaning="longest common subsequence"),
        Measure(
            name="word_edit_distance",
            unit="edits a reference word",
            better="lower",
            meaning="words inserted, deleted or replaced to reach the reference note",
        ),
    )

    def score(self, case: Case) -> Iterator[Score]:
        reference = _reference(case)
        if not reference.strip():
            for measure in self.measures:
                yield self.of(case, measure.name, None, "no reference note and no ledger")
            return
        if reference.split() == case.draft.text.split():
            for measure in self.measures:
                yield self.of(case, measure.name, None, "the note is the reference itself")
            return
        left, right = words(reference), words(case.draft.text)
        yield self.of(case, "rouge1", rouge_n(left, right, 1))
        yield self.of(case, "rouge2", rouge_n(left, right, 2))
        yield self.of(case, "rougeL", rouge_l(left, right))
        plain, drafted = reference.split(), case.draft.text.split()
        edits = Levenshtein.distance(plain, drafted)
        yield self.of(case, "word_edit_distance", edits / len(plain), f"{edits} edits")


def _reference(case: Case) -> str:
    for note in case.session.references:
        if note.format == case.draft.format:
            return "\n".join(note.sections.values())
    written = formats.load(case.draft.format).write_out(case.session.discussed)
    return "\n".join(text for text in written.values() if text)
