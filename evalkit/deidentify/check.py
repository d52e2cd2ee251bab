"""Count what identifies a person, surrogates aside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from evalkit.deidentify.find import spans
from evalkit.deidentify.identifiers import KINDS, Identifier, Kind, Span
from evalkit.deidentify.names import WORD
from evalkit.records import Session
from evalkit.sessions.exchanges import table

OLDEST = 90
"""Safe Harbor pools all ages above 89 as "90 or older"."""


def check(session: Session, surrogates: Collection[str] = ()) -> tuple[Identifier, ...]:
    """Every identifier in the texts of a session, surrogates aside, in the texts' order.

    `surrogates` are words known to stand for others (`Deidentifier.surrogates`). In a session
    that evalkit made, or that was written as a script, dates are invented, and so are the names
    of its people and those of the lexicon: no more than these is allowed there.
    """
    allowed = _Allowed(session, surrogates)
    found = [
        Identifier(kind=span.kind, place=place, start=span.start, end=span.end)
        for place, text, here in spans(session)
        for span in here
        if not allowed(text, span)
    ]
    if session.client is not None and (session.client.age or 0) > OLDEST:
        found.append(Identifier(kind="date", place="client.age", start=0, end=0))
    return tuple(found)


def counts(found: Iterable[Identifier]) -> dict[Kind, int]:
    """How many of each class were found, classes with none left out.

    >>> counts([Identifier(kind="name", place="turns.0.text", start=4, end=8)])
    {'name': 1}
    """
    total = Counter(each.kind for each in found)
    return {kind: total[kind] for kind in KINDS if total[kind]}


def is_synthetic(session: Session) -> bool:
    """Whether evalkit made the session (a seed says so) or a person invented it as a script."""
    spec = session.spec
    return spec.source == "script" or (spec.source == "generated" and spec.seed is not None)


class _Allowed:
    """Says of a span whether it is a surrogate."""

    def __init__(self, session: Session, surrogates: Collection[str]) -> None:
        self._invented = is_synthetic(session)
        self._words = {each.lower() for each in surrogates}
        if self._invented:
            self._words |= {each["name"].lower() for each in table("people")["first_names"]}
            self._words |= {word.lower() for word in WORD.findall(" ".join(_cast(session)))}
        listed = "|".join(re.escape(each) for each in sorted(self._words, key=len, reverse=True))
        self._any = re.compile(rf"(?<!\w)(?:{listed})(?!\w)") if self._words else None

    def __call__(self, text: str, span: Span) -> bool:
        words = text[span.start : span.end]
        if span.kind == "name":
            return words.lower() in self._words
        if span.part == "calendar" and self._invented:
            return True
        last = words.split()[-1].lower()
        if span.kind == "place" and self._invented and last in self._words:
            return not any(each.isdigit() for each in words)  # "What Lane said", no street
        covered = self._any.finditer(text.lower()) if self._any else ()
        return any(m.start() <= span.start and span.end <= m.end() for m in covered)


def _cast(session: Session) -> Iterator[str]:
    """The people whom a session introduces by itself."""
    if session.client is not None:
        yield from (session.client.name, *session.client.family)
    yield from session.members
