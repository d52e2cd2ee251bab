"""Words, stems and numbers, the same way for notes and for speech."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from nltk.stem.porter import PorterStemmer

_WORD = re.compile(r"[A-Za-z]+(?:['\u2019][A-Za-z]+)?|\d+(?:[.:]\d+)?")
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
NUMBER_WORDS: dict[str, str] = (
    {word: str(value) for value, word in enumerate(_ONES)}
    | {word: str(10 * value) for value, word in enumerate(_TENS, start=2)}
    | {"once": "1", "twice": "2", "hundred": "100", "half": "0.5", "dozen": "12"}
)
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
    return word if word[0].isdigit() else _stem(word)


def tokens(text: str) -> list[Token]:
    """The words and numbers of a text, in order."""
    found = []
    for match in _WORD.finditer(text):
        word = match.group()
        plain = word.lower().replace("\u2019", "'")
        root = plain.split("'")[0] if not plain.endswith("n't") else plain[:-3]
        found.append(Token(word, stem(root or plain), match.start(), match.end()))
    return found


def is_content(token: Token) -> bool:
    """False for words that carry no claim of their own."""
    return token.is_number or token.word.lower() not in STOP_WORDS
