"""PriMock57 notes: the doctors' own, or those by models that came with a human evaluation.

Papadopoulos Korfiatis et al. 2022 and Moramarco et al. 2022, ACL (CC BY 4.0); get them from
github.com/babylonhealth/primock57. A note's session_id is the consultation, such as
`day1_consultation01`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from evalkit.errors import InputError
from evalkit.records import Record, RecordedNote
from evalkit.store import read_json, read_rows

DOCTOR = "doctor"


class PriMock57(Record):
    """A JSONL of notes (consultation, model, note), or the folder with `notes/*.json`.

    The drafter is the model, or `doctor`; the format is `free`.
    """

    name: ClassVar[str] = "primock57"
    path: str

    def read(self) -> Iterator[RecordedNote]:
        path = Path(self.path)
        yield from _folder(path) if path.is_dir() else _file(path)


def _file(path: Path) -> Iterator[RecordedNote]:
    seen: dict[tuple[str, str], int] = {}
    for line, row in read_rows(path):
        key = (_text(path, line, row, "consultation"), _text(path, line, row, "model"))
        if key in seen:
            raise InputError(
                f"the note of {key[0]!r} by {key[1]!r} is already on line {seen[key]}",
                file=path,
                line=line,
                field="consultation",
                fix="keep one of the two",
            )
        seen[key] = line
        yield _note(*key, _text(path, line, row, "note"))
    if not seen:
        raise InputError("no note in it", file=path, fix="give the JSONL of notes")


def _folder(path: Path) -> Iterator[RecordedNote]:
    folder = path / "notes" if (path / "notes").is_dir() else path
    files = sorted(folder.glob("*.json"))
    if not files:
        raise InputError("no note in it", file=folder, fix="give the folder of notes/*.json")
    for file in files:
        content = read_json(file)
        row = content if isinstance(content, dict) else {}
        yield _note(file.stem, DOCTOR, _text(file, None, row, "note"))


def _note(session_id: str, drafter: str, text: str) -> RecordedNote:
    return RecordedNote(
        session_id=session_id, drafter=drafter, format="free", sections={"note": text}
    )


def _text(path: Path, line: int | None, row: dict[str, Any], field: str) -> str:
    value = row.get(field)
    if not isinstance(value, str) or not value.strip():
        fix = "write consultation, model and note" if line else 'write {"note": "..."}'
        raise InputError("no text", file=path, line=line, field=field, fix=fix)
    return value
