"""Other words for the same: phrases of the spoken lines that may stand for each other."""

from __future__ import annotations

import re
from functools import cache

from evalkit.sessions.exchanges import table
from evalkit.sessions.rng import Rng

SHARE = 0.5
_WORD = re.compile(r"[\w'-]+")


@cache
def _phrases() -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """By first word: the phrases that begin with it, the longest first, with their group."""
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for group in table("rewordings")["rewording"]:
        for phrase in group["words"]:
            first = _WORD.match(phrase.lower())
            if first:
                found.setdefault(first[0], []).append((phrase.lower(), tuple(group["words"])))
    for phrases in found.values():
        phrases.sort(key=lambda each: (-len(each[0]), each[0]))
    return found


def reworded(text: str, rng: Rng) -> str:
    """The text with about half of its exchangeable phrases exchanged.

    A phrase keeps the capital it began with. Which phrases may stand for each other is in
    `lexicon/rewordings.toml`.
    """
    small = text.lower()
    if len(small) != len(text):
        return text
    out, done = [], 0
    for word in _WORD.finditer(small):
        start = word.start()
        if start < done:
            continue
        for phrase, group in _phrases().get(word[0], ()):
            end = start + len(phrase)
            if small.startswith(phrase, start) and not _goes_on(small, end):
                other = rng.pick(group) if rng.chance(SHARE) else text[start:end]
                out.append(text[done:start])
                out.append(other[:1].upper() + other[1:] if text[start].isupper() else other)
                done = end
                break
    return "".join([*out, text[done:]])


def _goes_on(text: str, at: int) -> bool:
    """Whether a word goes on at a place, so that a phrase ending there is only part of it."""
    return at < len(text) and (text[at].isalnum() or text[at] in "'-_")
