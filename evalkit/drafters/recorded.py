"""Notes from a file: any vendor's tool or person, judged without calling anything."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from evalkit.drafters._base import Request, Unavailable, Written
from evalkit.errors import InputError, did_you_mean
from evalkit.formats import load
from evalkit.imports import open_notes
from evalkit.records import Record

Notes = dict[str, dict[tuple[str, str], dict[str, str]]]


class Recorded(Record):
    """The notes that `author` (the file's `drafter`) wrote.

    `path` is a drafts JSONL, or `tneval:FILE`, `primock57:FILE`. It is read when the drafter is
    made, so that a bad file or an unknown author (InputError) stops a run before it starts.
    """

    name: ClassVar[str] = "recorded"
    path: str
    author: str

    def model_post_init(self, context: Any) -> None:
        self._written()

    async def write(self, request: Request) -> Written:
        """The author's note of this session and format; Unavailable where there is none.

        A note was recorded once: a further replicate is Unavailable too, not the same again.
        """
        key = (request.session.session_id, request.format.name)
        sections = self._written().get(key)
        if sections is None:
            raise Unavailable(f"{self.author!r} has no {key[1]} note of session {key[0]!r}")
        if request.replicate > 0:
            raise Unavailable(f"{self.author!r} wrote one {key[1]} note of session {key[0]!r}")
        return Written(sections=dict(sections))

    def _written(self) -> dict[tuple[str, str], dict[str, str]]:
        notes = _read(self.path, _stamp(Path(open_notes(self.path).path)))
        if self.author not in notes:
            raise InputError(
                did_you_mean("author", self.author, notes), file=self.path, field="author"
            )
        return notes[self.author]


def _stamp(path: Path) -> tuple[int, int]:
    """What changes when the file does: time of change in ns, size in bytes."""
    if not path.exists():
        raise InputError("there is no such file", file=path, field="path")
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=8)
def _read(path: str, stamp: tuple[int, int]) -> Notes:
    """Notes by author, then by session and format."""
    notes: Notes = {}
    for note in open_notes(path).read():
        notes.setdefault(note.drafter, {})[note.session_id, load(note.format).name] = note.sections
    return notes
