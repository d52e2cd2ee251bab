"""Does a quotation stand where it is said to stand? If so, where exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from evalkit.judges._material import lines
from evalkit.records import Evidence, Session

LONGEST = 1000
"""Characters of a quotation that are looked up; a longer one is not looked for."""

_PREFIX = re.compile(r"^\s*\[\d+\]\s*(?:[^:\]]{1,40}:)?\s*")
_ELISION = re.compile(r"\.{3,}|\u2026")


class Quotation(NamedTuple):
    """What a model says it read: `turn` counts from 0, None outside the transcript."""

    source: str
    turn: int | None
    quote: str


def verified(said: Quotation, session: Session) -> tuple[Evidence, ...]:
    """The evidence that a quotation points to, its words as they stand; () if it stands nowhere.

    Case, punctuation and white space do not count. A quotation with an elision is several, and
    all must stand. One that stands in a single other turn is taken to that turn.
    """
    text = _PREFIX.sub("", said.quote)
    parts = [part for part in _ELISION.split(text) if re.search(r"\w", part)]
    found = [_located(said, part, session) for part in parts]
    if not parts or not all(found):
        return ()
    return tuple(one for one in found if one is not None)


def _located(said: Quotation, part: str, session: Session) -> Evidence | None:
    words = re.findall(r"\w+", part[:LONGEST])
    if len(part) > LONGEST:
        return None
    pattern = re.compile(r"(?<!\w)" + r"\W+".join(map(re.escape, words)) + r"(?!\w)", re.I)
    if said.source == "transcript":
        return _in_turns(pattern, said.turn, session)
    places = list(_in_lines(pattern, said.source, session))
    return places[0] if places else None


def _in_turns(pattern: re.Pattern[str], turn: int | None, session: Session) -> Evidence | None:
    hits = {
        number: hit
        for number, one in enumerate(session.turns)
        if (hit := pattern.search(one.text)) is not None
    }
    place = turn if turn in hits else next(iter(hits)) if len(hits) == 1 else None
    if place is None:
        return None
    hit = hits[place]
    return Evidence(
        source="transcript", quote=hit.group(), turn=place, start=hit.start(), end=hit.end()
    )


def _in_lines(pattern: re.Pattern[str], source: str, session: Session) -> Iterator[Evidence]:
    if source not in ("jottings", "form", "chart"):
        return
    for line in lines(session, source):
        hit = pattern.search(line)
        if hit is not None:
            yield Evidence.model_validate(
                {"source": source, "quote": hit.group(), "start": hit.start(), "end": hit.end()}
            )
