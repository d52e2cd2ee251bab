"""What lies in a review folder, task by task: the draft, the note as signed, the time it took."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evalkit.errors import InputError
from evalkit.records import Cell, Draft, ReviewEvent, ReviewTask
from evalkit.review.log import read_events
from evalkit.review.replay import State, replay
from evalkit.store import read_records
from evalkit.study.timing import CUTOFFS_S, Timing, timings


@dataclass(frozen=True)
class Reviewed:
    """One task and what became of it.

    `draft` and `state` are None where the folder has no draft of it (an imported audit log).
    `timing` is at the cut-off that was asked for, `at_cutoffs` at each of `CUTOFFS_S`; a task that
    was never opened has neither.
    """

    task: ReviewTask
    draft: Draft | None
    state: State | None
    timing: Timing | None
    at_cutoffs: tuple[Timing, ...] = ()

    @property
    def cell(self) -> Cell:
        one = self.task
        return Cell(one.session_id, one.approach, one.format, one.replicate)

    @property
    def signed(self) -> bool:
        """As the log has it: its order counts, not the clock's."""
        if self.state is not None:
            return self.state.signed
        return self.timing is not None and self.timing.signed


def read_reviews(folder: Path, cutoff_s: float) -> tuple[Reviewed, ...]:
    """Every task of a review folder, in the order of `tasks.jsonl`.

    InputError where it is none, where an event cannot be read, or does not fit its draft.
    """
    tasks_file, drafts_file = folder / "tasks.jsonl", folder / "drafts.jsonl"
    if not tasks_file.is_file():
        fix = "name a folder made by `evalkit study plan`"
        raise InputError("no tasks.jsonl here", file=folder, fix=fix)
    tasks = list(read_records(tasks_file, ReviewTask))
    drafts: dict[Cell, Draft] = {}
    if drafts_file.is_file():
        drafts = {one.cell: one for one in read_records(drafts_file, Draft)}
    found: dict[str, Reviewed] = {}
    for reviewer in dict.fromkeys(one.reviewer for one in tasks):
        mine = [one for one in tasks if one.reviewer == reviewer]
        log = folder / "events" / f"{reviewer}.jsonl"
        for one in _of_reviewer(mine, drafts, log, cutoff_s):
            found[one.task.task_id] = one
    return tuple(found[one.task_id] for one in tasks)


def _of_reviewer(
    tasks: list[ReviewTask], drafts: dict[Cell, Draft], log: Path, cutoff_s: float
) -> list[Reviewed]:
    events = read_events(log)
    of_task: dict[str, list[ReviewEvent]] = {}
    for event in events:
        of_task.setdefault(event.task_id, []).append(event)
    timed = timings(events, cutoff_s)
    others = [timings(events, one) for one in CUTOFFS_S]
    found = []
    for task in tasks:
        cell = Cell(task.session_id, task.approach, task.format, task.replicate)
        draft, state = drafts.get(cell), None
        mine = of_task.get(task.task_id, [])
        if draft is not None and mine:
            try:
                state = replay(draft.sections, mine)
            except InputError as error:
                raise InputError(error.what, file=log, field=error.field, fix=error.fix) from None
        known = task.task_id in timed
        found.append(
            Reviewed(
                task=task,
                draft=draft,
                state=state,
                timing=timed.get(task.task_id),
                at_cutoffs=tuple(one[task.task_id] for one in others) if known else (),
            )
        )
    return found
