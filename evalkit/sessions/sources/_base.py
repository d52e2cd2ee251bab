"""What every source gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from evalkit.errors import InputError
from evalkit.records import Session


class Source(Protocol):
    """Config is the constructor: a place to read and how. Sessions come in the file's order."""

    def load(self) -> Iterator[Session]:
        """The sessions; InputError names file, line, field and fix, never what was said."""
        ...


def empty(path: str | Path, what: str = "no session in it") -> InputError:
    """The refusal of a source that holds nothing."""
    return InputError(what, file=path, fix="a source needs at least one session with turns")


def repeated(path: str | Path, line: int | None, field: str, name: str, first: str) -> InputError:
    """The refusal of a session that comes twice."""
    return InputError(
        f"session {name!r} is already {first}",
        file=path,
        line=line,
        field=field,
        fix="give each session its own id, and keep its turns together",
    )
