"""How far the reviewers of a folder are: counts and times, no text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from evalkit.errors import InputError
from evalkit.records import Record, ReviewEvent, ReviewTask
from evalkit.review.log import read_events
from evalkit.store import read_records


class Progress(Record):
    """One reviewer's tasks: signed, open (begun, not signed) and untouched are all of them.

    `ratings_due` counts signed tasks whose NASA-TLX ratings are asked for and not given. Times are
    milliseconds since 1970, None where nothing was done yet.
    """

    reviewer: str
    signed: int
    open: int
    untouched: int
    ratings_due: int
    first_ms: int | None
    last_ms: int | None

    @property
    def tasks(self) -> int:
        return self.signed + self.open + self.untouched


def status(folder: Path) -> list[Progress]:
    """The progress of each reviewer, in the order of the tasks."""
    path = folder / "tasks.jsonl"
    if not path.is_file():
        what = "no tasks lie in this folder" if folder.is_dir() else "there is no such folder"
        raise InputError(what, file=folder, fix="plan a study first: evalkit study plan")
    tasks: dict[str, list[ReviewTask]] = {}
    for task in read_records(path, ReviewTask):
        tasks.setdefault(task.reviewer, []).append(task)
    return [
        _progress(reviewer, mine, read_events(folder / "events" / f"{reviewer}.jsonl"))
        for reviewer, mine in tasks.items()
    ]


def _progress(
    reviewer: str, tasks: Iterable[ReviewTask], events: Iterable[ReviewEvent]
) -> Progress:
    """The last signature or opening again counts, in the order of the log."""
    signed = {task.task_id: False for task in tasks}
    begun, rated = set(), set()
    times = []
    for event in events:
        if event.task_id not in signed:
            continue
        times.append(event.at_ms)
        begun.add(event.task_id)
        if event.kind in ("sign", "reopen"):
            signed[event.task_id] = event.kind == "sign"
        elif event.kind == "tlx":
            rated.add(event.task_id)
    done = {task_id for task_id, yes in signed.items() if yes}
    due = {task.task_id for task in tasks if task.tlx}
    return Progress(
        reviewer=reviewer,
        signed=len(done),
        open=len(begun - done),
        untouched=len(signed.keys() - begun),
        ratings_due=len((due & done) - rated),
        first_ms=min(times, default=None),
        last_ms=max(times, default=None),
    )


def table(found: Iterable[Progress]) -> str:
    """What `evalkit study status` prints; times are in UTC."""
    rows = list(found)
    width = max([len("reviewer"), *(len(one.reviewer) for one in rows)])
    lines = [
        f"{'reviewer':<{width}}  signed  open  untouched  ratings due  "
        f"{'started (UTC)':<16}  last activity (UTC)"
    ]
    lines += [
        f"{one.reviewer:<{width}}  {one.signed:>6}  {one.open:>4}  {one.untouched:>9}  "
        f"{one.ratings_due:>11}  {_time(one.first_ms):<16}  {_time(one.last_ms)}"
        for one in rows
    ]
    tasks, signed = sum(one.tasks for one in rows), sum(one.signed for one in rows)
    begun = sum(one.first_ms is not None for one in rows)
    lines.append(f"{signed} of {tasks} notes signed, {begun} of {len(rows)} reviewers have started")
    return "\n".join(lines)


def _time(at_ms: int | None) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M}" if at_ms else "-"
