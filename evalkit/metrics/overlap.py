"""Overlap of two texts: ROUGE as rouge-score counts it, word edits, and covered words.

Written on rapidfuzz and on whole numbers as bit rows, because rouge-score manages about 60 pairs
of notes a second; `python -m benchmarks.overlap` prints today's ratio, and the tests hold both
equal to 1e-12.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from nltk.stem.porter import PorterStemmer
from rapidfuzz.distance import LCSseq, Levenshtein

_stem = PorterStemmer().stem
_OTHER = re.compile(r"[^a-z0-9]+")


class Overlap(NamedTuple):
    """Shared units as a share of the draft's (`precision`), of the reference's (`recall`), F1."""

    precision: float
    recall: float
    f1: float


NONE = Overlap(0.0, 0.0, 0.0)


@lru_cache(maxsize=200_000)
def _stemmed(word: str) -> str:
    return _stem(word) if len(word) > 3 else word


def words(text: str, *, stem: bool = True) -> list[str]:
    """Tokens as rouge-score makes them: lower case, a-z and 0-9, stemmed beyond 3 letters.

    >>> words("Client's sleeping 5 hours.")
    ['client', 's', 'sleep', '5', 'hour']
    """
    found = _OTHER.sub(" ", text.lower()).split()
    return [_stemmed(word) for word in found] if stem else found


def rouge_n(reference: Sequence[str], draft: Sequence[str], n: int) -> Overlap:
    """Shared n-grams of two lists of tokens; all 0 where either has none.

    >>> round(rouge_n(words("sleeps badly at night"), words("sleeps at night"), 1).f1, 3)
    0.857
    """
    left, right = _ngrams(reference, n), _ngrams(draft, n)
    shared = sum(min(count, right[gram]) for gram, count in left.items() if gram in right)
    return _overlap(shared, max(0, len(reference) - n + 1), max(0, len(draft) - n + 1))


def rouge_l(reference: Sequence[str], draft: Sequence[str]) -> Overlap:
    """The longest common subsequence of two lists of tokens."""
    return _overlap(LCSseq.similarity(reference, draft), len(reference), len(draft))


def rouge_lsum(reference: Sequence[Sequence[str]], draft: Sequence[Sequence[str]]) -> Overlap:
    """Union of the longest common subsequences, sentence by sentence (lists of tokens).

    >>> one, two = words("sleeps badly"), words("eats well")
    >>> rouge_lsum([one, two], [two, one]).f1
    1.0
    """
    have, want = Counter(t for s in draft for t in s), Counter(t for s in reference for t in s)
    shared = 0
    for sentence in reference:
        places = sorted({place for other in draft for place in _common(sentence, other)})
        for token in (sentence[place] for place in places):
            if have[token] > 0 and want[token] > 0:
                have[token] -= 1
                want[token] -= 1
                shared += 1
    return _overlap(shared, sum(map(len, reference)), sum(map(len, draft)))


def word_edits(reference: str, draft: str) -> int:
    """Words inserted, deleted or replaced to turn the draft into the reference.

    >>> word_edits("sleeps badly at night", "sleeps well at night")
    1
    """
    return Levenshtein.distance(reference.split(), draft.split())


def covered(claim: str, source: str) -> float | None:
    """Share of the claim's stemmed words that stand in the source; None if it has none.

    >>> covered("Client sleeps badly.", "I sleep badly, she said.")
    0.6666666666666666
    """
    found = words(claim)
    known = set(words(source))
    return sum(word in known for word in found) / len(found) if found else None


def _ngrams(tokens: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(tokens[start:] for start in range(n)), strict=False))


def _overlap(shared: int, reference: int, draft: int) -> Overlap:
    if not shared:
        return NONE
    precision, recall = shared / draft, shared / reference
    return Overlap(precision, recall, 2 * precision * recall / (precision + recall))


def _common(reference: Sequence[str], draft: Sequence[str]) -> list[int]:
    """Places in the reference of the common subsequence that rouge-score's table leads to.

    Row i of the table is a number whose bits are set where the length grows (Hyyrö 2004), so that
    a cell is a count of bits; ties are broken as rouge-score breaks them.
    """
    if not set(reference) & set(draft):
        return []
    full = (1 << len(draft)) - 1
    at: dict[str, int] = {}
    for place, token in enumerate(draft):
        at[token] = at.get(token, 0) | 1 << place
    rows, row = [0], full
    for token in reference:
        both = row & at.get(token, 0)
        row = ((row + both) | (row - both)) & full
        rows.append(~row & full)
    i, j, places = len(reference), len(draft), []
    while i and j:
        if reference[i - 1] == draft[j - 1]:
            i, j = i - 1, j - 1
            places.append(i)
        else:
            left = (rows[i] & ((1 << (j - 1)) - 1)).bit_count()
            above = (rows[i - 1] & ((1 << j) - 1)).bit_count()
            i, j = (i, j - 1) if left > above else (i - 1, j)
    return places
