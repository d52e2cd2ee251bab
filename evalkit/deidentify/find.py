"""All identifiers of a session, text by text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from evalkit.deidentify import dates, names, places
from evalkit.deidentify.identifiers import Span, apart
from evalkit.deidentify.texts import labels, texts
from evalkit.records import Session

IDS = ("session_id", "client_id")


def spans(session: Session) -> Iterator[tuple[str, str, list[Span]]]:
    """(place, text, identifiers in it, apart from each other) of each text that holds one."""
    said = dict(texts(session))
    ids = {f"spec.{name}": getattr(session.spec, name).replace("_", " ") for name in IDS}
    known = names.known(said, labels(session))
    for place, text in {**said, **ids}.items():
        if found := _found(place, text, known):
            yield place, text, found


def anchor(said: Mapping[str, str]) -> date | None:
    """The day of the session: the date in its form, else the first whole date in its texts."""
    first = [said[place] for place in ("form.date",) if place in said]
    for text in [*first, *said.values()]:
        if not any(character.isdigit() for character in text):
            continue
        for one in dates.written(text):
            if one.year and one.day and (day := one.on(None)):
                return day
    return None


def _found(place: str, text: str, known: names.Known) -> list[Span]:
    from evalkit.deidentify.shapes import shaped  # loads presidio, which takes seconds

    found = shaped(text)
    found += [Span("date", *one.match.span(), "calendar") for one in dates.written(text)]
    found += places.places(text)
    return apart([*found, *names.names(place, text, known)])
