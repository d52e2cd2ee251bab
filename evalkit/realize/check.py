"""All that is held against an answer: its shape, what it leaves out, and what it adds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.realize.answer import Line, Problem
from evalkit.realize.brief import speakers
from evalkit.realize.unlisted import reopened, unlisted
from evalkit.realize.voiced import unvoiced
from evalkit.records import Session

TOLERANCE = 0.3
"""How far the number of words may be off, as a share of what was asked for."""


def check(session: Session, lines: Sequence[Line], words: int) -> tuple[Problem, ...]:
    """The problems of an answer that is to have so many words; none if the session may be kept."""
    return (
        *shape(session, lines, words),
        *unvoiced(session, lines),
        *unlisted(session, lines),
        *reopened(session, lines),
    )


def shape(session: Session, lines: Sequence[Line], words: int) -> Iterator[Problem]:
    """Speakers nobody knows, two turns in a row without a word, and a length far off."""
    known = set(speakers(session))
    for place, line in enumerate(lines):
        if line.speaker not in known:
            yield Problem(kind="unknown speaker", about="a speaker not listed", turn=place)
        if place and not _says(line.text) and not _says(lines[place - 1].text):
            yield Problem(kind="silence", about="two turns without a word", turn=place)
    written = sum(len(line.text.split()) for line in lines)
    if abs(written - words) > TOLERANCE * words:
        yield Problem(kind="length", about=f"{written} words where {words} are asked for")


def _says(text: str) -> bool:
    return any(char.isalnum() for char in text)
