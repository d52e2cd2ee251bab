"""Sentences of a note, with character offsets."""

from __future__ import annotations

import re

TITLES = frozenset({"dr", "mr", "mrs", "ms", "st", "vs", "e.g", "i.e"})
"""A full stop after one of these never ends a sentence."""

ABBREVIATIONS = frozenset(
    ("approx appt dx hx rx sx tx pt etc a.m p.m mg wk wks min mins hr hrs").split()
)
"""A full stop after one of these ends a sentence only where a capital follows."""

_END = re.compile(r"[.!?]+[\"')\]\u201d\u2019]*(?=\s)|[\u3002\uff01\uff1f]+|[\n\r\u2028\u2029]+")
_NEXT = re.compile(r"\s*(\S?)")
_LAST_WORD = re.compile(r"([A-Za-z][A-Za-z.]*)$")


def sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence, in order; blank stretches belong to none.

    Line breaks end a sentence, so list items count one each.

    >>> text = "Seen at 3 p.m. today. Denies SI."
    >>> [text[a:b] for a, b in sentences(text)]
    ['Seen at 3 p.m. today.', 'Denies SI.']
    """
    spans, start = [], 0
    for match in _END.finditer(text):
        if not _ends_here(text, start, match):
            continue
        spans.append((start, match.end()))
        start = match.end()
    spans.append((start, len(text)))
    return [span for span in (_trimmed(text, *span) for span in spans) if span is not None]


def _ends_here(text: str, start: int, match: re.Match[str]) -> bool:
    if not match.group().startswith(".") or match.group().startswith(".."):
        return True
    following = _NEXT.match(text, match.end())
    rest = following.group(1) if following else ""
    before = text[start : match.start()]
    if re.fullmatch(r"(?:.*:)?\s*\(?\d{1,2}", before, re.DOTALL):  # "1. Continue": a list item
        return False
    word = _LAST_WORD.search(before)
    if word is None:
        return True
    last = word.group(1).lower()
    if last in TITLES:
        return False
    if last in ABBREVIATIONS:
        return rest.isupper()
    if last == "no":  # "No. 3"
        return not rest.isdigit()
    single_initial = len(last) == 1 and before[word.start() :].isupper() and last != "i"
    return not (single_initial and before[: word.start()].rstrip()[-1:].islower() is False)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if any(char.isalnum() for char in text[start:end]) else None
