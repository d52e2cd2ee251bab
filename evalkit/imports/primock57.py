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
from evalkit.store import read_csv, read_json, read_rows

DOCTOR = "doctor"
STATEMENT = ("consultation", "clinician", "note", "stmt", "text", "label")
CORRECT = {"c": True, "i": False, "": None}
COUNTED = ("consultation", "model", "incorrect_total", "omission_total")
TIMED = (*COUNTED, "is_doctor", "errors_total", "post_edit_time_s")
YES_NO = {"true": True, "1": True, "false": False, "0": False}


class LabelledStatement(Record):
    """One statement of a note and whether a clinician found it correct; None where nobody said.

    `start` and `end` are its offsets in the section `note` of the note that `statement_notes`
    makes of the statements.
    """

    session_id: str
    drafter: str
    index: int
    start: int
    end: int
    correct: bool | None


class NoteErrors(Record):
    """Errors that clinicians counted in a note, mean of them; None where they were not counted."""

    session_id: str
    drafter: str
    incorrect: float | None
    omitted: float | None


class PostEdit(NoteErrors):
    """Seconds that clinicians took to put a note right, mean of them, with the errors they counted.

    `own` is whether a doctor wrote it, not a model; `errors` are all errors, which are known for
    some notes of which `incorrect` and `omitted` are not.
    """

    own: bool
    errors: float | None
    seconds: float


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


def statement_notes(path: str | Path) -> Iterator[RecordedNote]:
    """The notes that the checklist's statements were cut from, a statement a line, in order.

    The drafter is the clinician and the number of the note, such as `Clinician_1/2`.
    """
    for (session_id, drafter), statements in _statements(Path(path)).items():
        yield _note(session_id, drafter, "\n".join(text for text, _ in statements))


def statement_labels(path: str | Path) -> Iterator[LabelledStatement]:
    """The checklist's labels, a row a statement; InputError names the line and field of a bad row.

    Blank labels stay in, as None, since the statements are part of the note.
    """
    for (session_id, drafter), statements in _statements(Path(path)).items():
        start = 0
        for index, (text, correct) in enumerate(statements):
            yield LabelledStatement(
                session_id=session_id,
                drafter=drafter,
                index=index,
                start=start,
                end=start + len(text),
                correct=correct,
            )
            start += len(text) + 1


def note_errors(path: str | Path) -> Iterator[NoteErrors]:
    """The counts of the human evaluation, a row a note, in the file's order.

    Raises InputError naming the line and field of a count that is no number.
    """
    path = Path(path)
    for line, cells in read_csv(path, COUNTED):
        yield NoteErrors(
            session_id=cells["consultation"],
            drafter=cells["model"],
            incorrect=_number(path, line, cells, "incorrect_total"),
            omitted=_number(path, line, cells, "omission_total"),
        )


def post_edits(path: str | Path) -> Iterator[PostEdit]:
    """The timed notes of the human evaluation: of a CSV, or of every human_eval_per_note*.csv.

    A note that nobody timed stays out; one that stands in two files, with the same figures, counts
    once. Raises InputError naming the line and field of a bad cell, of a note with two different
    rows, and where there is no such file.
    """
    seen: dict[tuple[str, str], PostEdit] = {}
    for file in _evaluations(Path(path), "human_eval_per_note*.csv"):
        for line, cells in read_csv(file, TIMED):
            seconds = _number(file, line, cells, "post_edit_time_s")
            own = YES_NO.get(cells["is_doctor"].strip().lower())
            if own is None:
                fix = "write True for a note by a doctor, else False"
                raise InputError(
                    "neither True nor False", file=file, line=line, field="is_doctor", fix=fix
                )
            if seconds is None:
                continue
            note = PostEdit(
                session_id=cells["consultation"],
                drafter=cells["model"],
                incorrect=_number(file, line, cells, "incorrect_total"),
                omitted=_number(file, line, cells, "omission_total"),
                own=own,
                errors=_number(file, line, cells, "errors_total"),
                seconds=seconds,
            )
            key = (note.session_id, note.drafter)
            if seen.get(key, note) != note:
                what = f"the note of {key[0]!r} by {key[1]!r} has another row with other figures"
                raise InputError(
                    what, file=file, line=line, field="consultation", fix="keep one of the two"
                )
            if key not in seen:
                seen[key] = note
                yield note


def evaluated_notes(path: str | Path) -> Iterator[RecordedNote]:
    """The notes with a human evaluation whose text is there: of a JSONL, or of every
    notes_with_human_eval*.jsonl in a folder; each note once."""
    seen: set[tuple[str, str]] = set()
    for file in _evaluations(Path(path), "notes_with_human_eval*.jsonl"):
        for note in _file(file):
            if (note.session_id, note.drafter) not in seen:
                seen.add((note.session_id, note.drafter))
                yield note


def _evaluations(path: Path, pattern: str) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(path.glob(pattern))
    if not files:
        raise InputError(f"no {pattern} in it", file=path, fix="give the folder of PriMock57")
    return files


def _number(path: Path, line: int, cells: dict[str, str], field: str) -> float | None:
    """The number in a cell, at least 0; None where it is empty."""
    text = cells[field].strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        fix = "write a number of at least 0, or nothing where it is not known"
        raise InputError("not a number", file=path, line=line, field=field, fix=fix)
    return value


Statements = dict[tuple[str, str], list[tuple[str, bool | None]]]


def _statements(path: Path) -> Statements:
    found: Statements = {}
    for line, cells in read_csv(path, STATEMENT):
        label = cells["label"].strip().lower()
        if label not in CORRECT:
            fix = "write c for correct, i for incorrect, nothing for no label"
            raise InputError("unknown label", file=path, line=line, field="label", fix=fix)
        if not cells["consultation"].strip():
            raise InputError(
                "empty", file=path, line=line, field="consultation", fix="name the consultation"
            )
        key = (cells["consultation"], f"{cells['clinician']}/{cells['note']}")
        text = " ".join(cells["text"].split())
        found.setdefault(key, []).append((text, CORRECT[label]))
    if not found:
        raise InputError("no statement in it", file=path, fix="give the checklist's CSV")
    return found
