"""Places smaller than a state that are known by name."""

from __future__ import annotations

import re
from functools import cache

from evalkit.deidentify.identifiers import Span
from evalkit.deidentify.words import phrases, words

_TO = r"(?:in|from|to|near|at|around|outside|visit|visited|visiting|leaving|downtown|through|via)"
_LIVED = re.compile(
    r"\b(?:live[sd]?|living|moved|moving|grew up|born|raised|stationed|deployed|relocat(?:ed|ing))"
    r"(?: back| down| up| out| over)? (?:in|to|near|outside|from)\s+"
    r"(?P<id>[A-Z][a-z]+(?:\s+[A-Z][a-z]+){0,2})"
    r"|\bI(?:['’]m| am| come| came) from\s+(?P<from>[A-Z][a-z]+(?:\s+[A-Z][a-z]+){0,2})"
)


def places(text: str) -> list[Span]:
    """Cities by list, and whatever has a capital after "I live in" and is no state or country."""
    found = []
    for match in _cities().finditer(text):
        word = match[0].lower()
        if word not in words("places", "words_too") or _after_to().search(text, 0, match.start()):
            found.append(Span("place", *match.span()))
    for match in _LIVED.finditer(text):
        name = match["id"] or match["from"]
        first = name.split()[0].lower()
        if name not in _wide() and name.split()[0] not in _wide() and first not in _not_places():
            found.append(Span("place", *match.span("id" if match["id"] else "from")))
    return found


@cache
def _cities() -> re.Pattern[str]:
    """Most of a text has none: a look at the first letter comes before the long list."""
    listed = "|".join(re.escape(each) for each in phrases("places", "cities"))
    return re.compile(rf"(?<![\w'’-])(?=[A-Z])(?:{listed})(?![\w-]|['’]s)")


@cache
def _after_to() -> re.Pattern[str]:
    return re.compile(rf"\b{_TO}\s+$", re.IGNORECASE)


@cache
def _wide() -> frozenset[str]:
    return frozenset(phrases("places", "wide"))


@cache
def _not_places() -> frozenset[str]:
    return words("names", "not_names")
