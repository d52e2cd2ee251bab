"""Sentences of a note, with character offsets."""

from __future__ import annotations

import re

# A full stop after one of these does not end a sentence.
ABBREVIATIONS = frozenset(
    (
        "dr mr mrs ms st vs approx appt dx hx rx sx tx pt no etc e.g i.e a.m p.m "
        "mg wk wks min mins hr hrs"
    ).split()
)
_END = re.compile(r"[.!?]+[\"')\]\u201d\u2019]*(?=\s)|\n+")
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
    if match.group().startswith("\n"):
        return True
    if not match.group().startswith(".") or match.group().startswith(".."):
        return True
    rest = text[match.end() :].lstrip()
    before = text[start : match.start()]
    if re.fullmatch(r"\s*\(?\d{1,2}", before):  # "1. Continue ..." numbers a list item
        return False
    word = _LAST_WORD.search(before)
    if word is None:
        return True
    last = word.group(1).lower()
    if last in {"a.m", "p.m", "etc", "min", "mins", "hr", "hrs", "wk", "wks", "mg", "pt"}:
        return bool(rest) and rest[0].isupper()
    if last == "no":
        return not rest[:1].isdigit()
    if last in ABBREVIATIONS:
        return False
    single_initial = len(last) == 1 and before[word.start() :].isupper() and last != "i"
    return not (single_initial and before[: word.start()].rstrip()[-1:].islower() is False)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if any(char.isalnum() for char in text[start:end]) else None
