"""A session's record as overlapping windows of so many tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, get_args

from evalkit.judges._material import lines
from evalkit.records import Evidence, Session

Count = Callable[[str], int]
"""Tokens of a text, as the model counts them."""


class Line(NamedTuple):
    """A turn, a line of jottings, form or chart, or a stretch of one that is too long.

    `said` is what is put before the model, speaker and all; `text` alone is quoted.
    """

    text: str
    said: str
    source: str
    turn: int | None
    start: int

    @property
    def evidence(self) -> Evidence:
        place = {"source": self.source, "turn": self.turn, "start": self.start}
        end = self.start + len(self.text)
        return Evidence.model_validate({**place, "end": end, "quote": self.text})


class Window(NamedTuple):
    """Lines that are put before the model together."""

    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        return "\n".join(line.said for line in self.lines)


def lines_of(session: Session) -> list[list[Line]]:
    """The lines of each source of the record, in order; no window spans two sources."""
    turns = [
        Line(turn.text, f"{turn.speaker}: {turn.text}", "transcript", number, 0)
        for number, turn in enumerate(session.turns)
        if turn.text.strip()
    ]
    sources = get_args(Evidence.model_fields["source"].annotation)
    written = [
        [Line(text, text, source, None, 0) for text in lines(session, source)]
        for source in sources
        if source != "transcript"
    ]
    return [found for found in (turns, *written) if found]


def windows(sources: list[list[Line]], count: Count, *, size: int, overlap: int) -> list[Window]:
    """Windows of at most `size` tokens, made of whole lines where one fits.

    Each goes back over lines of the one before, up to `overlap` tokens. Every line is in one.
    """
    found: list[Window] = []
    for source in sources:
        short = [part for line in source for part in _cut(line, count, size)]
        lengths = [count(line.said) for line in short]
        start = 0
        while start < len(short):
            end, held = start, 0
            while end < len(short) and (end == start or held + lengths[end] <= size):
                held += lengths[end]
                end += 1
            found.append(Window(tuple(short[start:end])))
            if end == len(short):
                break
            start = _back(lengths, start, end, overlap)
    return found


def _back(lengths: list[int], start: int, end: int, overlap: int) -> int:
    """Where the next window starts: after `start`, and before `end` as far as the overlap goes."""
    place, shared = end, 0
    while place - 1 > start and shared + lengths[place - 1] <= overlap:
        place -= 1
        shared += lengths[place]
    return place


def _cut(line: Line, count: Count, size: int) -> Iterator[Line]:
    """The line, or its halves and their halves, cut between words, until each fits."""
    middle = line.text.rfind(" ", 0, len(line.text) // 2 + 1)
    if middle <= 0:
        middle = line.text.find(" ", len(line.text) // 2)
    if middle <= 0 or count(line.said) <= size:
        yield line
        return
    before = line.said.removesuffix(line.text)
    for start, end in ((0, middle), (middle + 1, len(line.text))):
        text = line.text[start:end]
        if text.strip():
            part = line._replace(text=text, said=before + text, start=line.start + start)
            yield from _cut(part, count, size)
