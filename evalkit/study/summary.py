"""A plan in figures: how even it is, what it uses, how long it may take. No text of a note."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from evalkit.records import Cell, ReviewTask
from evalkit.study.design import Balance, Size, balance, perfect_sizes
from evalkit.study.material import expected_minutes
from evalkit.study.plan import Planned

WIDTH = 20
"""Positions in one table; the next ones go below."""


def summary(planned: Planned) -> str:
    """What `evalkit study plan` prints."""
    study = planned.plan.study
    names = list(study.approaches)
    rows = list(planned.by_reviewer.values())
    found = balance([[names.index(task.approach) for task in row] for row in rows], len(names))
    width = max(len(name) for name in (*names, "(first)")) + 4
    labels = [f"{number:>2}  {name}".ljust(width) for number, name in enumerate(names, start=1)]
    lines = [
        f"{study.name}: {len(rows)} reviewers x {study.notes_per_reviewer} notes = "
        f"{len(planned.tasks)} tasks, {len(names)} approaches, format {study.format}, "
        f"seed {study.seed}",
        *_sessions(planned),
        "",
        "how many reviewers meet an approach at each position",
        *_positions(labels, found),
        "",
        "how often the approach of a column comes right after that of a row",
        *_pairs(labels, found, Counter(names.index(row[0].approach) for row in rows)),
        "",
        *_evenness(planned, found),
        *_hours(planned),
    ]
    return "\n".join(lines)


def _sessions(planned: Planned) -> list[str]:
    shared, tasks = planned.plan.shared, planned.tasks
    have, left_out = len(planned.material.sessions), planned.material.left_out
    used = {task.session_id for task in tasks}
    twice = len(tasks) - len({(task.reviewer, task.session_id) for task in tasks})
    lines = [
        f"sessions: {len(used)} of the run's {have + left_out} are used; "
        f"{left_out} lack a draft of some approach"
    ]
    if used - {one.session_id for one in shared}:
        lines.append(f"  {_crossed(planned)}")
    lines.append(f"  {len(shared)} notes are read by all reviewers, for their agreement")
    lines.append(
        f"  {twice} of {len(tasks)} tasks show a reviewer a session seen under another approach"
        if twice
        else "  no reviewer sees a session twice"
    )
    return lines


def _crossed(planned: Planned) -> str:
    """How often the sessions that are not shared are read, and whether evenly by approach."""
    common = {one.session_id for one in planned.plan.shared}
    cells = Counter(
        (task.session_id, task.approach) for task in planned.tasks if task.session_id not in common
    )
    readings: Counter[str] = Counter()
    for (session, _), count in cells.items():
        readings[session] += count
    names = planned.plan.study.approaches
    even = sum(len({cells[session, name] for name in names}) == 1 for session in readings)
    return (
        f"{len(readings)} of them are read {_range(list(readings.values()))} times, {even} of "
        f"{len(readings)} equally often under each approach"
    )


def _positions(labels: Sequence[str], found: Balance) -> list[str]:
    lines = []
    last = len(found.positions[0])
    for first in range(0, last, WIDTH):
        places = range(first, min(first + WIDTH, last))
        head = "".join(f"{place + 1:>4}" for place in places)
        lines.append(" " * len(labels[0]) + head)
        for label, counts in zip(labels, found.positions, strict=True):
            lines.append(label + "".join(f"{counts[place]:>4}" for place in places))
    return lines


def _pairs(labels: Sequence[str], found: Balance, first: Counter[int]) -> list[str]:
    width, numbers = len(labels[0]), range(len(labels))
    lines = [" " * width + "".join(f"{number + 1:>4}" for number in numbers)]
    lines.append("    (first)".ljust(width) + "".join(f"{first[one]:>4}" for one in numbers))
    for label, counts in zip(labels, found.pairs, strict=True):
        lines.append(label + "".join(f"{count:>4}" for count in counts))
    return lines


def _evenness(planned: Planned, found: Balance) -> list[str]:
    study = planned.plan.study
    if found.perfect:
        return ["balance: perfect over positions and over ordered pairs of different approaches"]
    lines = [
        f"balance: off by at most {found.positions_off} at a position, {found.pairs_off} between "
        f"ordered pairs, {found.notes_off} in one reviewer's notes"
    ]
    size = Size(
        approaches=len(study.approaches),
        reviewers=len(planned.plan.reviewers),
        notes=study.notes_per_reviewer,
    )
    most = len(planned.material.sessions) * (size.approaches if study.repeat_sessions else 1)
    sizes = perfect_sizes(size, most)
    choices = [f"{one.reviewers} reviewers x {one.notes} notes" for one in sizes]
    if choices:
        lines.append(f"  perfect: {', or '.join(choices)}")
    else:
        lines.append(f"  no near size is perfect with the run's {most} sessions")
    return lines


def _hours(planned: Planned) -> list[str]:
    minutes = expected_minutes(planned.material.folder)
    totals = []
    known = 0
    for row in planned.by_reviewer.values():
        mine = [minutes[cell] for cell in map(_cell, row) if cell in minutes]
        known += len(mine)
        totals.append(sum(mine))
    if not known:
        return ["expected time: not known, the run kept no reviews"]
    tlx = ", NASA-TLX ratings not counted" if planned.plan.study.tlx else ""
    return [
        f"expected: {sum(totals) / 60:.1f} h of reviewing in all, "
        f"{_range([round(one) for one in totals])} min a reviewer",
        f"  (modelled minutes of the run's reviews, known of {known} of {len(planned.tasks)} "
        f"tasks{tlx})",
    ]


def _cell(task: ReviewTask) -> Cell:
    return Cell(task.session_id, task.approach, task.format, task.replicate)


def _range(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low} to {high}"
