"""Every text of a session with its place, and a session with other texts in those places."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from evalkit.records import THERAPIST, Session

FIXED = frozenset(
    "kind polarity temporality certainty criticality category fact_kind because format fact_id"
    " pronouns discussed".split()
)
"""Fields whose values come from evalkit, not from anybody's mouth."""
SPEC = ("modality", "problem")
ROLES = frozenset(
    f"{THERAPIST} client patient partner spouse husband wife mother father mom dad parent son"
    " daughter sibling brother sister clinician counselor psychologist interpreter unknown".split()
)
"""Speaker labels and subjects that are nobody's name."""


def texts(session: Session) -> Iterator[tuple[str, str]]:
    """(place, text) of all that may hold words of a person; places are unique."""
    found: list[tuple[str, str]] = []

    def keep(place: str, text: str) -> str:
        found.append((place, text))
        return text

    _walked(session.model_dump(), "", keep)
    return iter(found)


def rewritten(session: Session, change: Callable[[str, str], str]) -> Session:
    """The session with `change(place, text)` in each place; all else stays as it is."""
    return Session.model_validate(_walked(session.model_dump(), "", change))


def labels(session: Session) -> set[str]:
    """What the session itself says are names: its client, its members, its named speakers."""
    said = {turn.speaker for turn in session.turns} | set(session.members)
    said |= {session.client.name} if session.client is not None else set()
    return {label for label in said if label and label.casefold() not in ROLES}


def _walked(value: Any, place: str, change: Callable[[str, str], str]) -> Any:
    if isinstance(value, str):
        return change(place, value) if value else value
    if isinstance(value, dict):
        return {
            key: _walked(each, f"{place}.{key}" if place else key, change)
            if _open(place, key)
            else each
            for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [_walked(each, f"{place}.{index}", change) for index, each in enumerate(value)]
    return value


def _open(place: str, key: str) -> bool:
    """Whether a field may hold words of a person; the ids are looked at apart from the texts."""
    if place == "spec":
        return key in SPEC
    if place.startswith("facts") and key == "sections":
        return False
    return key not in FIXED or place == "form"
