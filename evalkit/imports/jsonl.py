"""The neutral file of recorded notes: one a line, any vendor's, no API needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from pydantic import ValidationError

from evalkit import formats
from evalkit.errors import InputError, did_you_mean, from_validation
from evalkit.records import Record, RecordedNote
from evalkit.store import read_rows

FIX = 'write {"session_id": ..., "drafter": ..., "format": ..., "sections": {name: text}}'
OF_A_RUN = frozenset({"approach", "approach_id", "session_id", "format", "sections"})
"""Fields of a line in the drafts.jsonl of a run's folder."""

KEPT = ("session_id", "format", "sections")


class Jsonl(Record):
    """A drafts JSONL, checked: known format, its sections, some text, each note once.

    The drafts of a run are read as well: the approach is the drafter, failed ones are passed over.

    A section that a note lacks is allowed; it counts as left empty.
    """

    name: ClassVar[str] = "jsonl"
    path: str

    def read(self) -> Iterator[RecordedNote]:
        seen: dict[tuple[str, str, str], int] = {}
        for line, row in read_rows(Path(self.path)):
            if OF_A_RUN.issubset(row):
                if row.get("failure") is not None:
                    continue
                row = {"drafter": row["approach"], **{name: row[name] for name in KEPT}}
            try:
                note = RecordedNote.model_validate(row)
            except ValidationError as error:
                found = from_validation(error)
                raise self._refusal(line, found.field or "", found.what, FIX) from None
            self._check(line, note)
            key = (note.session_id, note.drafter, note.format)
            if key in seen:
                raise self._refusal(
                    line,
                    "session_id",
                    f"a {note.format} note of session {note.session_id!r} by {note.drafter!r} "
                    f"is already on line {seen[key]}",
                    "keep one of the two, or give them different drafters",
                )
            seen[key] = line
            yield note
        if not seen:
            raise InputError("no note in it", file=self.path, fix=FIX)

    def _check(self, line: int, note: RecordedNote) -> None:
        try:
            known = formats.load(note.format).names
        except InputError as error:
            raise self._refusal(line, "format", error.what, error.fix or "") from None
        for section in note.sections:
            if section not in known:
                kind = f"section of {note.format!r}"
                what = did_you_mean(kind, section, known)
                raise self._refusal(line, f"sections.{section}", what, "rename the section")
        if not any(text.strip() for text in note.sections.values()):
            raise self._refusal(line, "sections", "every section is empty", "leave out the line")

    def _refusal(self, line: int, field: str, what: str, fix: str) -> InputError:
        return InputError(what, file=self.path, line=line, field=field, fix=fix)
