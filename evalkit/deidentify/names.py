"""Names of people: from lists, from what stands around them, and from the session's own labels.

A word that is certainly a name somewhere in a session is one wherever it stands with a capital.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from evalkit.deidentify.identifiers import Span
from evalkit.deidentify.texts import ROLES
from evalkit.deidentify.words import words

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]{2,}|-[A-Z][^\W\d_]+)*")
_X = r"(?P<x>[A-Z][^\W\d_]+(?:['’-][A-Z][^\W\d_]+)*)"
_LAST = re.compile(
    rf"\b(?:(?:Dr|Mr|Mrs|Ms|Mx|Prof)\b\.?|Miss|Doctor|Professor|Nurse|Officer|Judge|Pastor|Rabbi"
    rf"|Imam|Principal|Sergeant|Captain|Detective|Reverend)\s+{_X}(?:\s+(?P<y>[A-Z][a-z]+))?"
)
_FIRST = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b[Mm]y name(?:['’]s| is)\s+{_X}",
        rf"\b(?:his|her|their|the|whose) name(?:['’]s| is| was)\s+{_X}",
        rf"\b(?:[Cc]all me|named|goes by)\s+{_X}",
        rf"\b(?:I['’]m|I am|[Tt]his is)\s+{_X}(?=\s*(?:[.,;!?]|$|\band\b|\bfrom\b|\bcalling\b))",
        rf"\b(?:Uncle|Aunt|Auntie|Aunty|Father|Sister|Brother|Coach|Grandma|Grandpa)\s+{_X}",
        rf"\b(?:uncle|aunt|auntie|coach|grandma|grandpa)\s+{_X}",
        rf"\b(?:[Mm]y|[Hh]is|[Hh]er|[Tt]heir|[Oo]ur)\s+(?:[a-z]+\s+)?(?P<kin>[a-zé-]+),?\s+{_X}",
        rf"(?:^|[.!?]\s+)(?:Hi|Hello|Hey|Bye|Thank you|Thanks|Good morning),?\s+{_X}(?=[.,!?])",
    )
)
_PRONOUN = re.compile(
    r"\s+(?:you|I|he|she|we|they|it|that|this|there|the|your|my|be|a|on|out|down|of)\b"
)
_INNER = re.compile(r"(?<=[^\n])[A-Z]|^[A-Z]\w+$")
MONTHS = frozenset("april may june august".split())
TITLES = frozenset("dr mr mrs ms mx prof miss doctor professor nurse officer the and of".split())


@dataclass
class Known:
    """Names known in a session, in lower case; `own` are those of its labels."""

    own: set[str] = field(default_factory=set)
    first: set[str] = field(default_factory=set)
    last: set[str] = field(default_factory=set)
    ordinary: set[str] = field(default_factory=set)

    def part(self, word: str) -> str:
        """Which part of a name a word is: "first", "last" or "" for none."""
        if word in self.own or word in self.first:
            return "first"
        return "last" if word in self.last else "first" if word in _plain() else ""


def known(texts: Mapping[str, str], labels: Iterable[str]) -> Known:
    """Learn the names in a session from its labels, introductions, titles and relatives."""
    found = Known(
        own={
            word.lower()
            for label in labels
            for word in WORD.findall(label)
            if word[0].isupper() and word.lower() not in TITLES | ROLES and len(word) > 1
        }
    )
    for text in texts.values():
        found.ordinary |= {word for word in WORD.findall(text) if word.islower()}
    for text in filter(_INNER.search, texts.values()):
        for match in _LAST.finditer(text):
            pair = [name.lower() for name in (match["x"], match["y"]) if name]
            if len(pair) > 1 and not _could_be(pair[1], found):
                pair = pair[:1]
            if _could_be(pair[0], found):
                found.last.add(pair[-1])
                found.first |= set(pair[:-1])
        for pattern in _FIRST:
            for match in pattern.finditer(text):
                kin = match.groupdict().get("kin")
                if (kin is None or kin in words("names", "kin")) and _could_be(match["x"], found):
                    found.first.add(match["x"].lower())
        for match in WORD.finditer(text):
            word = match[0].lower()
            listed = word in words("names", "words_too") and match[0].istitle()
            if listed and not _starts_sentence(text, match.start()) and word not in MONTHS:
                found.first.add(word)
    return found


def names(place: str, text: str, session: Known) -> list[Span]:
    """The names in one text, each word by itself; a possessive 's is no part of it."""
    found: list[Span] = []
    whole = place.endswith((".speaker", ".subject")) or place.startswith("members")
    for match in WORD.finditer(text):
        word = match[0][:-2] if match[0].endswith(("'s", "’s")) else match[0]
        end = match.start() + len(word)
        part = session.part(word.lower())
        if part and _is_name(match, word, session, whole):
            found.append(Span("name", match.start(), end, part))
        elif _follows(found, text, match.start()) and _is_surname(word, session):
            found.append(Span("name", match.start(), end, "last"))
    return found


def _is_name(match: re.Match[str], word: str, session: Known, whole: bool) -> bool:
    low, text = word.lower(), match.string
    if text[match.end() : match.end() + 2] in ("'t", "’t"):
        return False
    if word.isupper() and low not in session.own and (len(low) < 4 or low not in _plain()):
        return False
    if word[0].isupper():
        doubtful = low in words("names", "words_too") or low in session.ordinary
        starts = _starts_sentence(text, match.start())
        return whole or not (doubtful and starts and _PRONOUN.match(text, match.end()))
    if whole:
        return low in session.own or low in session.first
    return len(low) > 3 and low in (_plain() | session.own) - words("names", "words_too")


def _follows(found: list[Span], text: str, start: int) -> bool:
    return bool(found) and text[found[-1].end : start] in (" ", "  ")


def _is_surname(word: str, session: Known) -> bool:
    """A word right after a first name that is nothing else."""
    return word.istitle() and (word.lower() in words("names", "last") or _could_be(word, session))


def _could_be(word: str, session: Known) -> bool:
    low = word.lower()
    if low in words("names", "not_names") or word.isupper() or len(low) < 2:
        return False
    return low in words("names", "words_too") | _plain() or low not in session.ordinary


def _starts_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \"'“‘-([")
    return not before or before[-1] in ".?!:;\n…|" or text[:start].endswith(("\n", "-"))


@cache
def _plain() -> frozenset[str]:
    return words("names", "first") - words("names", "words_too")
