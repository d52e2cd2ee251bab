"""The rows of an EHR's audit log: a CSV, checked line by line and put in order of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from evalkit.errors import InputError
from evalkit.records import Record
from evalkit.review.folder import NAME
from evalkit.store import read_csv
from evalkit.study.audit_actions import Actions, Step
from evalkit.study.audit_times import Clock

ORDER: tuple[Step | None, ...] = (
    "reopen",
    "open",
    "focus",
    None,
    "edit",
    "sign",
    "close",
    "ignore",
)
"""Of rows with the same time, which comes first."""


class Columns(Record):
    """Names of the CSV's columns; `approach`, if there is one, says how the note was drafted."""

    time: str = "time"
    user: str = "user"
    action: str = "action"
    note: str = "note"
    approach: str = ""


class Reading(Record):
    """How a log is read: its columns and times, and whether ids are kept as they are.

    `approach` is that of all notes, where no column says it.
    """

    columns: Columns = Columns()
    clock: Clock = Clock()
    approach: str = "ehr"
    keep_ids: bool = False


class Row(NamedTuple):
    """A row as read; `nth` counts rows that are the same in all."""

    at_ms: int
    rank: int
    user: str
    note: str
    action: str
    step: Step | None
    approach: str
    nth: int = 0


def read_rows(file: Path, reading: Reading, actions: Actions) -> list[Row]:
    """All rows by time; equal rows of a log in any order give an equal list."""
    columns = reading.columns
    needed = [one for one in columns.model_dump().values() if one]
    for option in ("time", "user", "action", "note"):
        if not getattr(columns, option):
            raise InputError("names no column", field=f"--{option}")
    found: list[Row] = []
    approaches: dict[str, str] = {}
    for line, cells in read_csv(file, needed):
        values = {name: cells[name].strip() for name in needed}
        for name in (columns.time, columns.user, columns.action, columns.note):
            if not values[name]:
                raise InputError("is empty", file=file, line=line, field=name)
        try:
            at_ms = reading.clock.milliseconds(values[columns.time])
        except ValueError as error:
            raise InputError(str(error), file=file, line=line, field=columns.time) from None
        user, note, action = (values[name] for name in (columns.user, columns.note, columns.action))
        if reading.keep_ids:
            _check_ids(user, note, file, line, columns)
        approach = (values[columns.approach] if columns.approach else "") or reading.approach
        if approaches.setdefault(note, approach) != approach:
            raise InputError(
                "this note was drafted another way in a line above",
                file=file,
                line=line,
                field=columns.approach,
            )
        step = actions.step(action)
        found.append(Row(at_ms, ORDER.index(step), user, note, action, step, approach))
    found.sort(key=lambda row: (row.at_ms, row.user, row.rank, row.action, row.note))
    return _numbered(found)


def _numbered(rows: Iterable[Row]) -> list[Row]:
    seen: Counter[Row] = Counter()
    numbered = []
    for row in rows:
        numbered.append(row._replace(nth=seen[row]))
        seen[row] += 1
    return numbered


def _check_ids(user: str, note: str, file: Path, line: int, columns: Columns) -> None:
    fix = "leave --keep-ids out, so that digests stand for them"
    if not NAME.fullmatch(user):
        what = "no id of up to 64 letters, digits, dashes, underscores and dots"
        raise InputError(what, file=file, line=line, field=columns.user, fix=fix)
    if len(note) > 100:
        what = "an id of more than 100 characters"
        raise InputError(what, file=file, line=line, field=columns.note, fix=fix)
