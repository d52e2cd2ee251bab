"""Review folders on disk: tasks, with the sessions and drafts that they are about.

    tasks.jsonl  sessions.jsonl  drafts.jsonl  formats.json  events/<reviewer>.jsonl

Notes of real sessions lie here, on this machine, and nowhere else. `formats.json` is there where
the run kept it; `events/` appears with the first event.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from evalkit import formats
from evalkit.errors import InputError, did_you_mean, from_validation
from evalkit.formats import Format, Section
from evalkit.records import Cell, Draft, ReviewTask, Session
from evalkit.store import read_json, read_records, read_rows

TASKS, SESSIONS, DRAFTS, FORMATS, EVENTS = (
    "tasks.jsonl",
    "sessions.jsonl",
    "drafts.jsonl",
    "formats.json",
    "events",
)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def check_reviewer(name: str) -> str:
    """The name, if it can be one: letters, digits, dash, underscore, dot, at most 64."""
    if not NAME.fullmatch(name):
        raise InputError(
            "a reviewer's name has letters, digits, dash, underscore and dot alone",
            field="reviewer",
            fix="give a short id, such as r1",
        )
    return name


def tasks_of(folder: Path, reviewer: str) -> tuple[ReviewTask, ...]:
    """The reviewer's tasks in their order; InputError where there are none."""
    check_reviewer(reviewer)
    every = list(read_records(folder / TASKS, ReviewTask))
    own = [task for task in every if task.reviewer == reviewer]
    if not own:
        have = {task.reviewer for task in every}
        raise InputError(did_you_mean("reviewer", reviewer, have), file=folder / TASKS)
    return tuple(sorted(own, key=lambda task: task.position))


def material(
    folder: Path, tasks: Iterable[ReviewTask]
) -> tuple[dict[str, Session], dict[Cell, Draft]]:
    """Sessions by id and drafts by cell, of these tasks alone; InputError names what is missing."""
    wanted = {cell_of(task) for task in tasks}
    ids = {cell.session_id for cell in wanted}
    sessions = dict(_sessions(folder / SESSIONS, ids))
    drafts = {one.cell: one for one in read_records(folder / DRAFTS, Draft) if one.cell in wanted}
    for cell in sorted(wanted):
        if cell.session_id not in sessions or cell not in drafts:
            name = DRAFTS if cell.session_id in sessions else SESSIONS
            raise InputError(f"lacks what a task names: {cell.session_id}", file=folder / name)
    return sessions, drafts


def format_of(folder: Path, draft: Draft) -> Format:
    """The draft's format as kept with it or as evalkit knows it.

    Sections of the draft that it does not name come last: nothing of a note is hidden.
    """
    path = folder / FORMATS
    kept = read_json(path) if path.is_file() else {}
    if draft.format in kept:
        try:
            known = Format.model_validate(kept[draft.format])
        except ValidationError as error:
            raise from_validation(error, file=path) from None
    else:
        known = formats.load(draft.format)
    more = tuple(
        Section(name=name, title=name.replace("_", " ").capitalize(), holds=())
        for name in draft.sections
        if name not in known.names
    )
    return known.model_copy(update={"sections": (*known.sections, *more)})


def cell_of(task: ReviewTask) -> Cell:
    """The key of the task's draft."""
    return Cell(task.session_id, task.approach, task.format, task.replicate)


def _sessions(path: Path, ids: set[str]) -> Iterator[tuple[str, Session]]:
    """The sessions wanted; the others, which may be many, are not checked."""
    for line, row in read_rows(path):
        spec = row.get("spec")
        if isinstance(spec, dict) and spec.get("session_id") in ids:
            try:
                session = Session.model_validate(row)
            except ValidationError as error:
                raise from_validation(error, file=path, line=line) from None
            yield session.session_id, session
