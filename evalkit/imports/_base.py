"""What every import gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from evalkit.records import RecordedNote


class Importer(Protocol):
    """Config is the constructor: where the notes are. They come in the file's order."""

    @property
    def path(self) -> str: ...

    def read(self) -> Iterator[RecordedNote]:
        """The notes; InputError names file, line, field and fix, never a note's text."""
        ...
