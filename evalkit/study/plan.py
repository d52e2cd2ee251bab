"""A study's review folder: planned once, grown by reviewers, never destroyed.

The folder holds `plan.json`, `sessions.jsonl`, `drafts.jsonl` (blinded) and `tasks.jsonl`. What a
later reviewer needs is added behind what is there; lines that stand there stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from evalkit.errors import InputError, from_validation
from evalkit.records import Draft, Keyed, Record, ReviewTask, Session, digest
from evalkit.review.folder import DRAFTS, FORMATS, SESSIONS, TASKS
from evalkit.store import (
    folder_for,
    read_json,
    read_records,
    read_text,
    write_records,
    write_text,
)
from evalkit.study.assign import Rules, Shared, assign, shared_notes
from evalkit.study.config import Study, load_study
from evalkit.study.design import Size, order
from evalkit.study.material import Material, material
from evalkit.study.refusals import (
    PLAN,
    check_folder,
    check_new,
    check_room,
    check_same,
    check_unchanged,
)


class Plan(Record):
    """`plan.json`: the study, its reviewers in the order they came, the notes that all share."""

    study: Study
    reviewers: tuple[str, ...]
    shared: tuple[Keyed, ...] = Field(default=())


@dataclass(frozen=True)
class Planned:
    """A plan with its tasks (all reviewers, each in their order) and what they were drawn from."""

    plan: Plan
    tasks: tuple[ReviewTask, ...]
    material: Material

    @property
    def by_reviewer(self) -> dict[str, list[ReviewTask]]:
        found: dict[str, list[ReviewTask]] = {name: [] for name in self.plan.reviewers}
        for task in self.tasks:
            found[task.reviewer].append(task)
        return found


def plan_study(file: Path, out: Path) -> Planned:
    """Plan the study of a TOML file into the folder `out`.

    Planning again replaces a plan that nobody has begun. Raises InputError for a bad study, too
    few sessions, a folder with events, and one that holds anything but a plan.
    """
    study = load_study(file)
    found = material(study, file)
    check_room(study, found, file)
    check_folder(out, folder_for(out))
    shared = shared_notes(study.calibration, len(study.approaches), len(found.sessions), study.seed)
    plan = Plan(
        study=study,
        reviewers=study.reviewers,
        shared=tuple(_cell(study, found, one) for one in shared),
    )
    tasks = _tasks(plan, found, [])
    write_text(out / PLAN, plan.model_dump_json(indent=2) + "\n")
    if (found.folder / FORMATS).is_file():
        write_text(out / FORMATS, read_text(found.folder / FORMATS))
    write_records(out / SESSIONS, _sessions(tasks, found))
    write_records(out / DRAFTS, _drafts(tasks, found))
    write_records(out / TASKS, tasks)
    return Planned(plan, tuple(tasks), found)


def add_reviewers(file: Path, out: Path, names: Sequence[str]) -> Planned:
    """Give more reviewers tasks in a folder that was planned; all others keep theirs.

    Raises InputError where the study or the run has changed since, and for a name that is there.
    """
    study = load_study(file)
    plan = read_plan(out)
    check_same(study, plan.study, file)
    found = material(study, file)
    kept = list(read_records(out / TASKS, ReviewTask))
    there = tuple(dict.fromkeys(task.reviewer for task in kept))
    check_new(names, there, out)
    sessions = list(read_records(out / SESSIONS, Session))
    drafts = list(read_records(out / DRAFTS, Draft))
    check_unchanged(drafts, sessions, found)
    grown = plan.model_copy(update={"reviewers": (*there, *names)})
    tasks = _tasks(grown, found, kept)
    has_session = {one.session_id for one in sessions}
    has_draft = {one.cell for one in drafts}
    more = [one for one in _sessions(tasks, found) if one.session_id not in has_session]
    write_records(out / SESSIONS, [*sessions, *more])
    new_drafts = [one for one in _drafts(tasks, found) if one.cell not in has_draft]
    write_records(out / DRAFTS, [*drafts, *new_drafts])
    write_records(out / TASKS, tasks)
    write_text(out / PLAN, grown.model_dump_json(indent=2) + "\n")
    return Planned(grown, tuple(tasks), found)


def read_plan(folder: Path) -> Plan:
    """The plan of a folder; InputError where none lies there."""
    path = folder / PLAN
    if not path.is_file():
        raise InputError("no study was planned here", file=folder, fix="plan it without --add")
    try:
        return Plan.model_validate(read_json(path))
    except ValidationError as error:
        raise from_validation(error, file=path) from None


def _tasks(plan: Plan, found: Material, kept: Sequence[ReviewTask]) -> list[ReviewTask]:
    """The kept tasks, then those of the reviewers who have none."""
    study = plan.study
    place = {one.session_id: index for index, one in enumerate(found.sessions)}
    name = {approach: index for index, approach in enumerate(study.approaches)}
    of_kept: dict[str, list[ReviewTask]] = {}
    for task in kept:
        of_kept.setdefault(task.reviewer, []).append(task)
    size = Size(
        approaches=len(study.approaches),
        reviewers=len(plan.reviewers),
        notes=study.notes_per_reviewer,
    )
    orders = [
        [name[task.approach] for task in of_kept[reviewer]]
        if reviewer in of_kept
        else order(size, number, study.seed)
        for number, reviewer in enumerate(plan.reviewers)
    ]
    rules = Rules(
        approaches=size.approaches,
        sessions=len(found.sessions),
        shared=tuple(Shared(place[one.session_id], name[one.approach]) for one in plan.shared),
        repeat=study.repeat_sessions,
        seed=study.seed,
    )
    before = [[place[task.session_id] for task in tasks] for tasks in of_kept.values()]
    given = assign(orders, before, rules)
    tasks = list(kept)
    for number in range(len(of_kept), len(plan.reviewers)):
        cells = [
            _cell(study, found, Shared(session, approach))
            for session, approach in zip(given[number], orders[number], strict=True)
        ]
        tasks += _of_reviewer(study, plan.reviewers[number], cells)
    return tasks


def _of_reviewer(study: Study, reviewer: str, cells: Sequence[Keyed]) -> list[ReviewTask]:
    every, last = study.tlx_every, len(cells) - 1
    return [
        ReviewTask(
            task_id=digest([study.name, study.seed, reviewer, *one.cell]),
            reviewer=reviewer,
            **one.cell._asdict(),
            position=position,
            previous=cells[position - 1].approach if position else "",
            tlx=bool(every) and ((position + 1) % every == 0 or position == last),
        )
        for position, one in enumerate(cells)
    ]


def _cell(study: Study, found: Material, one: Shared) -> Keyed:
    key = found.sessions[one.session].session_id, study.approaches[one.approach]
    return Keyed(**found.drafts[key].cell._asdict())


def _sessions(tasks: Iterable[ReviewTask], found: Material) -> list[Session]:
    """Those that the tasks need, in the run's order, so that it tells nothing of the tasks'."""
    needed = {task.session_id for task in tasks}
    return [one for one in found.sessions if one.session_id in needed]


def _drafts(tasks: Iterable[ReviewTask], found: Material) -> list[Draft]:
    needed = {(task.session_id, task.approach) for task in tasks}
    return [draft for key, draft in sorted(found.drafts.items()) if key in needed]
