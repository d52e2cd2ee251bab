"""One reviewer's tasks in one review folder: what the app asks for, and what it sends."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evalkit.errors import InputError, from_validation
from evalkit.records import ReviewEvent, ReviewTask, digest
from evalkit.review import page
from evalkit.review.folder import EVENTS, cell_of, format_of, material, tasks_of
from evalkit.review.log import EventLog
from evalkit.review.replay import State, start

TEXT_KINDS = ("edit", "flag")
"""The kinds of event whose data hold words of a note; all others hold figures and names."""

CHANGES = ("edit", "flag", "unflag")
"""The kinds of event that change the note as another window would have to show it."""

LONGEST_NAME = 40
LONGEST_DATA = 400_000


@dataclass(frozen=True)
class Sheet:
    """A task's state, and which visits to it have seen the text as it stands.

    `opened` says after how many events of the task each visit last opened it, and `changed` after
    how many each visit last changed its text or flags.
    """

    state: State
    events: int = 0
    opened: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)

    def after(self, event: ReviewEvent) -> Sheet:
        """The sheet after one more event that stands in the log."""
        opened = self.opened
        if event.kind == "open" or event.visit not in opened:
            opened = {**opened, event.visit: self.events}
        changed = self.changed
        if event.kind in CHANGES:
            changed = {**changed, event.visit: self.events}
        return replace(
            self,
            state=self.state.after(event),
            events=self.events + 1,
            opened=opened,
            changed=changed,
        )

    def refuse_stale(self, event: ReviewEvent) -> None:
        """InputError where another window changed the note since this one opened it."""
        seen = self.opened.get(event.visit, self.events)
        others = (at for visit, at in self.changed.items() if visit != event.visit)
        if event.kind in (*CHANGES, "sign") and any(at >= seen for at in others):
            raise InputError(
                "the note was changed in another window since", fix="load the page again"
            )


class Desk:
    """One reviewer's tasks in one review folder.

    InputError where the folder holds no task for that reviewer, lacks a session or a draft that a
    task names, or has a line that cannot be read.
    """

    tasks: tuple[ReviewTask, ...]

    def __init__(self, folder: Path, reviewer: str) -> None:
        self.folder, self.reviewer = Path(folder), reviewer
        self.tasks = tasks_of(self.folder, reviewer)
        sessions, drafts = material(self.folder, self.tasks)
        self._sessions = {one.task_id: sessions[one.session_id] for one in self.tasks}
        self._drafts = {one.task_id: drafts[cell_of(one)] for one in self.tasks}
        self._formats = {id: format_of(self.folder, one) for id, one in self._drafts.items()}
        self._sheets = {id: Sheet(start(one.sections)) for id, one in self._drafts.items()}
        self._log = EventLog(self.folder / EVENTS / f"{reviewer}.jsonl")
        self._unfit = EventLog(self._log.path.with_suffix(".refused"))
        self._take(self._log.news())

    @property
    def folder_id(self) -> str:
        """What names the folder to the browser, without its path."""
        return digest(str(self.folder.resolve()))

    @property
    def log(self) -> Path:
        """The file that the events are in."""
        return self._log.path

    @property
    def signed(self) -> int:
        """How many of the tasks are signed."""
        self._take(self._log.news())
        return sum(self.state(task.task_id).signed for task in self.tasks)

    def state(self, task_id: str) -> State:
        """A note as it stands."""
        return self._sheets[task_id].state

    def page(self, number: int | None = None) -> dict[str, Any]:
        """What the app shows of task `number` (from 1); None is the first that is not signed."""
        self._take(self._log.news())
        signed = [self.state(task.task_id).signed for task in self.tasks]
        if number is None:
            number = next((at for at, done in enumerate(signed, start=1) if not done), 1)
        if not 1 <= number <= len(self.tasks):
            raise InputError(f"there are {len(self.tasks)} notes", field="number")
        task = self.tasks[number - 1]
        state = self.state(task.task_id)
        asked = "ask" if task.tlx else "none"
        return {
            "folder_id": self.folder_id,
            "reviewer": self.reviewer,
            "task_id": task.task_id,
            "number": number,
            "of": len(self.tasks),
            **page.note_of(self._formats[task.task_id], self._drafts[task.task_id], state),
            "tlx": asked if state.tlx is None else "done",
            **page.session_of(self._sessions[task.task_id]),
            **page.choices(),
            "tasks": [
                {"number": at, "task_id": one.task_id, "signed": done}
                for at, (one, done) in enumerate(zip(self.tasks, signed, strict=True), start=1)
            ],
        }

    def append(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        """Save what fits: {"saved": [event_id], "refused": [{"event_id", "why"}]}.

        What is saved is on the disk, once however often it is sent. Each event that does not fit
        is refused alone; `why` never repeats a text. What is refused because it does not fit the
        note as it stands is kept aside in `<reviewer>.refused`: no word that was typed is lost.
        InputError where nothing can be written.
        """
        saved: list[str] = []
        refused: list[dict[str, str]] = []
        with self._log.writing() as news:
            self._take(news)
            new: dict[str, ReviewEvent] = {}
            unfit: list[ReviewEvent] = []
            sheets = dict(self._sheets)
            for raw in events:
                try:
                    event = self._event(raw)
                    if event.event_id not in self._log and event.event_id not in new:
                        sheets[event.task_id] = _fitted(sheets[event.task_id], event, unfit)
                        new[event.event_id] = event
                    saved.append(event.event_id)
                except InputError as error:
                    refused.append({"event_id": _id(raw), "why": str(error)})
            self._log.add(list(new.values()))
            self._sheets = sheets
            if unfit:
                self._unfit.append(unfit)
        return {"saved": saved, "refused": refused}

    def answer(self, message: object) -> dict[str, Any]:
        """The answer to a message of the app; what goes wrong is an answer as well."""
        asked = message if isinstance(message, dict) else {}
        try:
            if asked.get("type") == "events" and isinstance(asked.get("events"), list):
                return {"type": "saved", **self.append(asked["events"])}
            number = asked.get("number")
            if asked.get("type") == "page" and (number is None or type(number) is int):
                return {"type": "page", "page": self.page(number)}
        except InputError as error:
            return {"type": "error", "message": str(error)}
        return {"type": "error", "message": "neither events nor a page are asked for"}

    def _take(self, events: list[ReviewEvent]) -> None:
        """Bring the sheets up to what stands in the log."""
        for event in events:
            sheet = self._sheets.get(event.task_id)
            if sheet is not None:
                try:
                    self._sheets[event.task_id] = sheet.after(event)
                except InputError as error:
                    what = f"event {event.event_id} does not fit: {error.what}"
                    raise InputError(what, file=self._log.path) from None

    def _event(self, raw: object) -> ReviewEvent:
        """The event, if it is one of this reviewer, on a task and section that there are."""
        try:
            event = ReviewEvent.model_validate(raw)
        except ValidationError as error:
            raise from_validation(error) from None
        if event.reviewer != self.reviewer:
            raise InputError("it is another reviewer's", field="reviewer")
        if event.task_id not in self._sheets:
            raise InputError("there is no such task", field="task_id")
        names = self._formats[event.task_id].names
        if event.kind in TEXT_KINDS and event.data.get("section") not in names:
            raise InputError(f"no such section (have: {', '.join(names)})", field="data.section")
        _check_data(event, names)
        return event


def _fitted(sheet: Sheet, event: ReviewEvent, unfit: list[ReviewEvent]) -> Sheet:
    """The sheet after a new event; one that does not fit goes to `unfit`."""
    try:
        sheet.refuse_stale(event)
        return sheet.after(event)
    except InputError:
        unfit.append(event)
        raise


def _check_data(event: ReviewEvent, names: tuple[str, ...]) -> None:
    """The data must fit on a line, and hold words only where an event is about words."""
    try:
        size = len(json.dumps(event.data, ensure_ascii=False, allow_nan=False).encode())
    except (ValueError, RecursionError):
        raise InputError("holds what no file can hold", field="data") from None
    if size > LONGEST_DATA:
        raise InputError(f"longer than {LONGEST_DATA:,} bytes", field="data")
    if event.kind not in TEXT_KINDS and any(
        not _plain(one) and one not in names for one in event.data.values()
    ):
        raise InputError(f"a {event.kind} event holds figures and names alone", field="data")


def _plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_NAME
    return value is None or isinstance(value, bool | int | float)


def _id(raw: object) -> str:
    """The id of an event that was refused, as far as it has one."""
    name = raw.get("event_id") if isinstance(raw, dict) else None
    return name[:100].encode(errors="replace").decode() if isinstance(name, str) else ""
