"""How a review folder comes about: from a run, or from one session and its draft."""

from __future__ import annotations

import fcntl
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import Field

from evalkit.errors import InputError, did_you_mean
from evalkit.records import Draft, Record, ReviewTask, Session, digest
from evalkit.review.folder import DRAFTS, FORMATS, SESSIONS, TASKS, check_reviewer
from evalkit.store import folder_for, read_records, read_text, write_records, write_text

R = TypeVar("R", bound=Record)


class Choice(Record):
    """Which notes of a run one reviewer is given: at most `limit` of the approaches named.

    Without names all approaches take part. `seed` draws the order: every session comes once
    before one comes again, and nothing tells which approach wrote the note.
    """

    approaches: tuple[str, ...] = ()
    limit: int | None = Field(default=None, ge=1)
    seed: int = Field(default=0, ge=0)


def folder_of(path: Path, reviewer: str, choice: Choice) -> Path:
    """The review folder that `path` is or, if a run lies there, the run's own (`path`/review).

    A run's notes are copied when its first review is opened, so that they stay as they were
    reviewed, and the reviewer's tasks are added to those there are. InputError where neither lies
    there, or where the run was drafted anew in the meantime.
    """
    check_reviewer(reviewer)
    if (path / TASKS).is_file():
        if choice.approaches or choice.limit:
            raise InputError(
                "the tasks of this review folder are given",
                file=path,
                fix="choose approaches and a limit for the folder of a run",
            )
        return path
    if not ((path / SESSIONS).is_file() and (path / DRAFTS).is_file()):
        what = "neither a review nor a run with its notes lies here"
        raise InputError(
            what if path.is_dir() else "there is no such folder",
            file=path,
            fix="give the folder of a run, such as runs/quickstart, or what `study plan` wrote",
        )
    folder = folder_for(path / "review")
    drafted = [one for one in read_records(path / DRAFTS, Draft) if one.failure is None]
    with _alone(folder):
        if not (folder / TASKS).is_file():
            _copy(path, folder, drafted)
        elif _texts(drafted) != _texts(read_records(folder / DRAFTS, Draft)):
            raise InputError(
                "the run was drafted anew since its review began",
                file=folder,
                fix="move that folder away to keep the review, then open the run again",
            )
        _plan(folder, drafted, reviewer, choice)
    return folder


def add_note(folder: Path, session: Session, draft: Draft, reviewer: str) -> str:
    """Put one note into a review folder, which is made where there is none; gives its task's id.

    The same note again is the same task. InputError where another note of that session, approach,
    format and replicate lies there.
    """
    check_reviewer(reviewer)
    if draft.failure is not None:
        raise InputError("this draft failed, so there is nothing to review", field="draft")
    if draft.session_id != session.session_id:
        raise InputError("the draft is not of this session", field="draft.session_id")
    with _alone(folder_for(folder)):
        _add_session(folder / SESSIONS, session)
        _add_draft(folder / DRAFTS, draft)
        task = _tasks([draft], reviewer, 0)[0]
        known = _known(folder / TASKS, ReviewTask)
        if task.task_id not in {one.task_id for one in known}:
            own = [one for one in known if one.reviewer == reviewer]
            write_records(folder / TASKS, [*known, *_placed([task], own)])
    return task.task_id


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process adds tasks to the folder, and keep others waiting."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _copy(run: Path, folder: Path, drafted: Sequence[Draft]) -> None:
    write_records(folder / SESSIONS, read_records(run / SESSIONS, Session))
    write_records(folder / DRAFTS, drafted)
    if (run / FORMATS).is_file():
        write_text(folder / FORMATS, read_text(run / FORMATS))


def _texts(drafts: Iterable[Draft]) -> str:
    return digest(sorted([*one.cell, one.sections] for one in drafts))


def _plan(folder: Path, drafted: Sequence[Draft], reviewer: str, choice: Choice) -> None:
    """Add the reviewer's tasks that are not there yet, behind those there are."""
    approaches = list(dict.fromkeys(one.approach for one in drafted))
    for name in choice.approaches:
        if name not in approaches:
            raise InputError(did_you_mean("approach", name, approaches), field="approach")
    chosen = [one for one in drafted if one.approach in (choice.approaches or approaches)]
    if not chosen:
        raise InputError("the run has no draft to review", file=folder)
    known = _known(folder / TASKS, ReviewTask)
    own = [one for one in known if one.reviewer == reviewer]
    have = {one.task_id for one in own}
    new = [
        t for t in _tasks(chosen, reviewer, choice.seed)[: choice.limit] if t.task_id not in have
    ]
    if new:
        write_records(folder / TASKS, [*known, *_placed(new, own)])


def _tasks(drafts: Iterable[Draft], reviewer: str, seed: int) -> list[ReviewTask]:
    """A task a draft, in the order drawn by `seed`; its id tells nothing of the approach."""
    drawn = sorted((digest([seed, reviewer, *one.cell]), one.cell) for one in drafts)
    rounds: defaultdict[str, int] = defaultdict(int)
    ranked = []
    for lot, cell in drawn:
        ranked.append((rounds[cell.session_id], lot, cell))
        rounds[cell.session_id] += 1
    return [
        ReviewTask(task_id=digest(["task", reviewer, *cell]), reviewer=reviewer, **cell._asdict())
        for _, _, cell in sorted(ranked)
    ]


def _known(path: Path, kind: type[R]) -> list[R]:
    return list(read_records(path, kind)) if path.is_file() else []


def _add_session(path: Path, session: Session) -> None:
    known = _known(path, Session)
    same = [one for one in known if one.session_id == session.session_id]
    if same and same[0] != session:
        raise _other("session", path)
    if not same:
        write_records(path, [*known, session])


def _add_draft(path: Path, draft: Draft) -> None:
    known = _known(path, Draft)
    same = [one for one in known if one.cell == draft.cell]
    if same and same[0].sections != draft.sections:
        raise _other("draft", path)
    if not same:
        write_records(path, [*known, draft])


def _other(what: str, path: Path) -> InputError:
    return InputError(
        f"another {what} lies here under the same name", file=path, fix="name another folder"
    )


def _placed(new: Sequence[ReviewTask], own: Sequence[ReviewTask]) -> list[ReviewTask]:
    """The new tasks with their position behind the reviewer's own, and the approach before."""
    placed = []
    last = own[-1].approach if own else ""
    for position, task in enumerate(new, start=len(own)):
        placed.append(task.model_copy(update={"position": position, "previous": last}))
        last = task.approach
    return placed
