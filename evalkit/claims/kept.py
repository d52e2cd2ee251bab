"""Work that depends on a session alone, done once for all the drafts of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from evalkit.records import Session

T = TypeVar("T")
SESSIONS = 64
"""So many sessions are kept: drafts come approach by approach, each over all the sessions."""


def once_a_session(make: Callable[[Session], T]) -> Callable[[Session], T]:
    """`make`, called once for each of the last `SESSIONS` sessions.

    A session is known by its identity, not by its content, which is long to compare; it is kept
    with what was made of it, so that no other takes its place in memory meanwhile.
    """
    kept: OrderedDict[int, tuple[Session, T]] = OrderedDict()

    @wraps(make)
    def made(session: Session) -> T:
        found = kept.get(id(session))
        if found is None:
            found = kept[id(session)] = (session, make(session))
            if len(kept) > SESSIONS:
                kept.popitem(last=False)
        return found[1]

    return made
