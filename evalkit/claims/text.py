"""Words, stems and numbers, the same way for notes and for speech."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from nltk.stem.porter import PorterStemmer

_WORD = re.compile(r"[A-Za-z]+(?:['\u2019][A-Za-z]+)?|\d{1,3}(?:,\d{3})+|\d+(?:[.:]\d+)?")
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
NUMBER_WORDS: dict[str, str] = (
    {word: str(value) for value, word in enumerate(_ONES) if word != "one"}
    | {word: str(10 * value) for value, word in enumerate(_TENS, start=2)}
    | {"twice": "2", "hundred": "100", "dozen": "12"}
)
"""Without "one", which is mostly a pronoun."""
STOP_WORDS = frozenset(
    """a about above after again all am an and any are as at be because been before being below
    between both but by can did do does doing down during each few for from further had has have
    having he her here hers herself him himself his how i if in into is it its itself just like
    me more most my myself of off on once only or other our ours out over own really same she so
    some such than that the their theirs them themselves then there these they this those through
    to too under until up very was we were what when where which while who whom why with you your
    yours yourself um uh yeah okay ok oh mm hmm mhm know mean kind sort thing things lot get got
    going go gonna well right think would said say says let s t re ve ll d m don""".split()
)
_stem = PorterStemmer().stem


class Token(NamedTuple):
    """A word as written, its stem (numbers as digits), and its place in the text."""

    word: str
    stem: str
    start: int
    end: int

    @property
    def is_number(self) -> bool:
        return self.stem[0].isdigit()


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Porter stem of a lower-case word; number words become digits.

    >>> stem("drinking"), stem("three")
    ('drink', '3')
    """
    if word in NUMBER_WORDS:
        return NUMBER_WORDS[word]
    return word.replace(",", "") if word[0].isdigit() else _stem(word)


def tokens(text: str) -> list[Token]:
    """The words and numbers of a text, in order.

    >>> [token.stem for token in tokens("twenty-five mg, a hundred and fifty, 1,000")]
    ['25', 'mg', '150', '1000']
    """
    return list(_tokens(text))


@lru_cache(maxsize=8192)
def _tokens(text: str) -> tuple[Token, ...]:
    found = [
        Token(match.group(), _stem_of(match.group()), match.start(), match.end())
        for match in _WORD.finditer(text)
    ]
    spelled = any(token.stem[0].isdigit() for token in found)
    return tuple(_joined(text, found)) if spelled else tuple(found)


@lru_cache(maxsize=200_000)
def _stem_of(word: str) -> str:
    """The stem of a word as written: without "'s", "'ll" or "n't"."""
    plain = word.lower().replace("\u2019", "'")
    root = plain.split("'")[0] if not plain.endswith("n't") else plain[:-3]
    return stem(root or plain)


def _joined(text: str, found: list[Token]) -> Iterator[Token]:
    """Number words that belong together as one token: twenty-five, a hundred and fifty."""
    place = 0
    while place < len(found):
        value, end = _spelled(text, found, place)
        if end - place >= 2:
            start, stop = found[place].start, found[end - 1].end
            yield Token(text[start:stop], str(value), start, stop)
            place = end
        else:
            yield found[place]
            place += 1


def _spelled(text: str, found: list[Token], start: int) -> tuple[int, int]:
    """Value of the number spelled out from `start`, and where it ends (`start` if none is)."""

    def word(place: int) -> str:
        if place >= len(found):
            return ""
        gap = text[found[place - 1].end : found[place].start].strip() if place > start else ""
        return found[place].word.lower() if gap in ("", "-") else ""

    place, total = start, 0
    if word(place + 1) == "hundred" and word(place) in (*_ONES[1:10], "a"):
        total = 100 * (1 if word(place) == "a" else _ONES.index(word(place)))
        place += 2
        if word(place) == "and" and word(place + 1) in (*_ONES[1:], *_TENS):
            place += 1
    if word(place) in _TENS:
        total += 10 * (_TENS.index(word(place)) + 2)
        place += 1
        if word(place) in _ONES[1:10]:
            total += _ONES.index(word(place))
            place += 1
    elif total and word(place) in _ONES[1:]:
        total += _ONES.index(word(place))
        place += 1
    return total, place


def is_content(token: Token) -> bool:
    """False for words that carry no claim of their own."""
    return _is_content(token.word, token.stem)


@lru_cache(maxsize=200_000)
def _is_content(word: str, root: str) -> bool:
    return root[0].isdigit() or (len(word) > 1 and word.lower() not in STOP_WORDS)
