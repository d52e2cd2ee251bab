"""How people talk: the same words in the mouth of a terse, a hedging or a formal client."""

from __future__ import annotations

import re
from functools import cache

from evalkit.records import Record
from evalkit.sessions.exchanges import table
from evalkit.sessions.rng import Rng
from evalkit.sessions.wording import lowered

_SENTENCES = re.compile(r"(?<=[.?!])\s+(?=[A-Z])")
_STUTTERED = frozenset("i i'm i've it's the he she we they my and that it".split())
_FULL = (
    (re.compile(r"\b[Cc]an't\b"), "cannot"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"(\w)n't\b(?! (?:I|it|you|they|he|she|we)\b)"), r"\1 not"),
    (re.compile(r"\bI'm\b"), "I am"),
    (re.compile(r"\b([Ii])t's been\b"), r"\1t has been"),
    (re.compile(r"\b([Ii])t's\b"), r"\1t is"),
    (re.compile(r"\b(I|we|you|they)'ve\b"), r"\1 have"),
    (re.compile(r"\b(I|we|you|they|it)'ll\b"), r"\1 will"),
    (re.compile(r"\b(kind|sort) of\b"), "somewhat"),
    (re.compile(r",? like,? (?=\w)(?=[a-z]+ (?:times|days|nights|hours))"), " "),
    (re.compile(r"\bgonna\b"), "going to"),
    (re.compile(r"\bwanna\b"), "want to"),
)


class Voice(Record):
    """A manner of speaking. Numbers are chances: of keeping an extra (`talk`), and of each
    oddity of speech a sentence.
    """

    name: str
    talk: float = 0.6
    opener: float = 0.0
    tail: float = 0.0
    stutter: float = 0.0
    aside: float = 0.0
    formal: bool = False
    openers: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()

    def speak(self, text: str, rng: Rng) -> str:
        """The text as this voice would say it; no word that carries meaning is lost."""
        if self.formal:
            for pattern, full in _FULL:
                text = pattern.sub(full, text)
        spoken = [self._sentence(each, rng) for each in _SENTENCES.split(text)]
        if self.asides and len(text) > 60 and rng.chance(self.aside):
            spoken.append(rng.pick(self.asides))
        return " ".join(spoken)

    def _sentence(self, text: str, rng: Rng) -> str:
        first = text.split(" ", 1)[0]
        if len(text) > 18 and first.lower() in _STUTTERED and rng.chance(self.stutter):
            again = lowered(first)
            rest = text[len(first) :]
            text = first + rng.pick(("- ", ", ")) + again + rest
        if self.openers and len(text) > 12 and rng.chance(self.opener):
            opener = rng.pick(self.openers)
            text = f"{opener} {text if opener.endswith('.') else lowered(text)}"
        if self.tails and 18 < len(text) < 110 and text.endswith(".") and rng.chance(self.tail):
            text = text[:-1] + ", " + rng.pick(self.tails) + "."
        return text


@cache
def voices(whose: str) -> tuple[Voice, ...]:
    """The voices of `client` or `therapist` in the lexicon."""
    return tuple(Voice(**each) for each in table("voices")[whose])
