"""Events and tasks of an EHR's audit log, under names that tell nothing without a key."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from pathlib import Path

from evalkit.errors import InputError
from evalkit.records import ReviewEvent, ReviewTask
from evalkit.review.log import read_events
from evalkit.store import read_records
from evalkit.study.audit_actions import event_of
from evalkit.study.audit_rows import Row

VISIT_GAP_MS = 30 * 60_000
"""A longer silence of a user ends a visit (our assumption; systems log users out after 10 to 30
minutes). No idle cut-off is as long, so that it changes no active minutes."""


class Names:
    """Names that tell nothing without the key."""

    def __init__(self, key: bytes, keep_ids: bool) -> None:
        self._key, self._keep = key, keep_ids
        self._known: dict[tuple[str | int, ...], str] = {}

    def user(self, user: str) -> str:
        return user if self._keep else self._once("user", user)

    def note(self, note: str) -> str:
        return note if self._keep else self._once("note", note)

    def task(self, user: str, note: str) -> str:
        return self._once("task", user, note)

    def of(self, *parts: str | int) -> str:
        """24 hex digits."""
        text = "\x1f".join(str(part) for part in parts)
        return hmac.digest(self._key, text.encode(), "sha256").hex()[:24]

    def _once(self, *parts: str) -> str:
        if parts not in self._known:
            self._known[parts] = self.of(*parts)[:12]
        return self._known[parts]


def events_of(user: str, rows: Sequence[Row], log: Path, names: Names) -> list[ReviewEvent]:
    """The events of one user that the log does not hold yet, visits carried on from it."""
    before = read_events(log)
    known = {event.event_id for event in before}
    last = max(before, key=lambda one: (one.at_ms, one.seq), default=None)
    found: list[ReviewEvent] = []
    for row in rows:
        row_id = names.of("event", row.user, row.note, row.at_ms, row.action, row.nth)
        if row_id in known:
            continue
        if last is not None and row.at_ms < last.at_ms:
            raise InputError(
                "has rows from between those that were imported before",
                file=log,
                fix="put the logs into one file and import that into a new folder",
            )
        goes_on = last is not None and row.at_ms - last.at_ms <= VISIT_GAP_MS
        kind, data = event_of(row.step, row.action)
        last = ReviewEvent(
            event_id=row_id,
            visit=last.visit if last and goes_on else names.of("visit", row.user, row.at_ms),
            seq=last.seq + 1 if last and goes_on else 0,
            at_ms=row.at_ms,
            t_ms=last.t_ms + row.at_ms - last.at_ms if last and goes_on else 0,
            task_id=names.task(row.user, row.note),
            reviewer=user,
            kind=kind,
            data=data,
        )
        found.append(last)
    return found


def tasks_of(path: Path, per_user: Mapping[str, Sequence[Row]], names: Names) -> list[ReviewTask]:
    """The tasks that are there, and one for each new (user, note) in the order of their times."""
    tasks = list(read_records(path, ReviewTask)) if path.exists() else []
    there = {task.task_id for task in tasks}
    latest = {task.reviewer: task for task in tasks}
    for user in sorted(per_user):
        for row in per_user[user]:
            task_id = names.task(row.user, row.note)
            if task_id in there:
                continue
            before = latest.get(user)
            latest[user] = ReviewTask(
                task_id=task_id,
                reviewer=user,
                session_id=names.note(row.note),
                approach=row.approach,
                format="free",
                position=before.position + 1 if before else 0,
                previous=before.approach if before else "",
            )
            tasks.append(latest[user])
            there.add(task_id)
    return tasks
