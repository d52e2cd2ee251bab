"""Active minutes of a review from its event log, at any idle cut-off, computed afterwards.

The time between two signs of activity counts up to the cut-off. That is what a timer does which
stops when nothing has happened for that long, as those of EHR vendors do: it loses no more than
the rest of a pause, and never takes a pause of 46 s for nothing where one of 44 s counts in full,
as dropping long gaps would. What a cut-off does to quiet reading, at 238 words a minute
(Brysbaert 2019): 5 s (Epic) holds 20 words of it between two signs, so that reading without
touching anything is all but lost; 45 s (Cerner) holds 180 words, a section; 5 min (research
practice) holds 1,190 words, more than a note, and a cup of coffee as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from pydantic import Field

from evalkit.errors import InputError
from evalkit.records import Cell, Record, Review, ReviewEvent

CUTOFFS_S = (5.0, 45.0, 300.0)
"""Idle cut-offs in seconds: Epic, Cerner, research practice (DOMAIN.md's table of times)."""

PREPARING_S = 5.0
"""Of a pause that ends in an edit or the signature, so much at most was spent on preparing that;
the rest belongs to where the reviewer was looking (our assumption: the shortest cut-off)."""

Part = Literal["read", "verify", "edit", "sign"]
PARTS: tuple[Part, ...] = get_args(Part)
SOURCES = frozenset({"transcript", "search", "chart", "jottings", "form"})
"""Panes in which a note is checked; every other pane is of the note itself."""

_ENDS: Mapping[str, Part] = {"edit": "edit", "keys": "edit", "sign": "sign"}
_CHECKING = frozenset({"flag", "unflag", "search"})
_LATE = frozenset({"scroll", "search", "blur"})
"""These may be told a moment after the reviewer has gone: they do not bring anybody back."""

_AWAY = frozenset({"hidden", "close", "sign"})
"""What follows these is no review until the reviewer is back: another tab, another task, or a
note that is signed already (the scales of the workload are filled in then)."""


class Timing(Record):
    """Minutes of one reviewer on one task, up to each signature.

    `wall` counts from the first event to the last signature (or the last event), nights included.
    `signed` tells whether the note stood signed at the end. `overlaps` counts visits that began,
    by the wall clock, before the one before them ended (two windows, or a clock that was set
    back); the time between those is taken as nothing. `began_ms` is when it was first opened, in
    milliseconds since 1970.
    """

    read: float = Field(default=0.0, ge=0)
    verify: float = Field(default=0.0, ge=0)
    edit: float = Field(default=0.0, ge=0)
    sign: float = Field(default=0.0, ge=0)
    wall: float = Field(default=0.0, ge=0)
    visits: int = 0
    events: int = 0
    overlaps: int = 0
    began_ms: int = 0
    signed: bool = False

    @property
    def active(self) -> float:
        return self.read + self.verify + self.edit + self.sign


def timings(events: Iterable[ReviewEvent], cutoff_s: float = 45.0) -> dict[str, Timing]:
    """Active minutes of each task in the events of one reviewer, in any order.

    Within a visit the monotonic clock `t_ms` counts, so that a wall clock that is set back or
    forward changes nothing; between visits nothing counts. A pause between the events of two
    tasks belongs to the earlier one unless that was closed. Raises InputError for a cut-off that
    is not above 0.
    """
    if not cutoff_s > 0:
        raise InputError("an idle cut-off is a number of seconds above 0", field="--idle")
    known = {event.event_id: event for event in events}
    visits: dict[str, list[ReviewEvent]] = {}
    for event in known.values():
        visits.setdefault(event.visit, []).append(event)
    in_order = sorted(visits.values(), key=lambda visit: min(one.at_ms for one in visit))
    before, signed = _signed(known.values())
    walks: dict[str, _Walk] = {}
    for visit in in_order:
        earlier: ReviewEvent | None = None
        for walk in walks.values():
            walk.leave()
        for event in sorted(visit, key=lambda one: (one.t_ms, one.seq)):
            walk = walks.setdefault(event.task_id, _Walk(cutoff_s))
            if earlier is not None:
                pause = max(0, event.t_ms - earlier.t_ms) / 1000
                if earlier.task_id == event.task_id:
                    if event.event_id not in before:
                        walk.pause(pause, event)
                else:
                    if earlier.event_id not in before:
                        walks[earlier.task_id].pause(pause, None)
                    walks[earlier.task_id].leave()
            walk.see(event)
            earlier = event
    return {task: walk.timing(task in signed) for task, walk in walks.items()}


def _signed(events: Iterable[ReviewEvent]) -> tuple[set[str], set[str]]:
    """The events that came while their note was signed, and the tasks that are signed at last.

    A note may be read in one window and signed in another that was opened before: only a visit
    that began after the signature comes after it.
    """
    known = list(events)
    began: dict[str, int] = {}
    marks: dict[str, list[ReviewEvent]] = {}
    for event in known:
        began[event.visit] = min(event.at_ms, began.get(event.visit, event.at_ms))
        if event.kind in ("sign", "reopen"):
            marks.setdefault(event.task_id, []).append(event)
    for of_task in marks.values():
        of_task.sort(key=lambda one: (one.at_ms, one.seq))
    after = {
        event.event_id
        for event in known
        if event.task_id in marks and _closed(event, marks[event.task_id], began[event.visit])
    }
    return after, {task for task, of_task in marks.items() if of_task[-1].kind == "sign"}


def _closed(event: ReviewEvent, marks: list[ReviewEvent], began_ms: int) -> bool:
    """Whether the last signature or reopening before an event is a signature."""
    before = [
        mark
        for mark in marks
        if (
            (mark.t_ms, mark.seq) < (event.t_ms, event.seq)
            if mark.visit == event.visit
            else mark.at_ms < began_ms
        )
    ]
    return bool(before) and before[-1].kind == "sign"


class _Walk:
    """Goes through the events of one task and sums what each pause counts."""

    def __init__(self, cutoff_s: float) -> None:
        self.cutoff_s = cutoff_s
        self.seconds: dict[Part, float] = dict.fromkeys(PARTS, 0.0)
        self.pane: Part = "read"
        self.present = self.gone = False
        self.visits: set[str] = set()
        self.last: ReviewEvent | None = None
        self.wall_ms = self.signed_ms = 0
        self.events = self.overlaps = self.began_ms = 0

    def leave(self) -> None:
        self.present = self.gone = False

    def pause(self, seconds: float, event: ReviewEvent | None) -> None:
        """Count a pause that ended in this event (None: in one of another task).

        A burst of keys lasted until its event, so that only what came before it was a pause. A
        pause that ends in a source was spent checking, wherever the reviewer was before; any other
        belongs to where that was.
        """
        if not self.present:
            return
        burst = 0.0 if event is None else min(seconds, _milliseconds(event) / 1000)
        counted = min(seconds - burst, self.cutoff_s)
        end = _ENDS.get(event.kind) if event is not None else None
        if end is not None:
            doing = min(counted, PREPARING_S)
            self.seconds[end] += doing + burst
            counted -= doing
        checking = event is not None and _pane(event) == "verify"
        self.seconds["verify" if checking else self.pane] += counted

    def see(self, event: ReviewEvent) -> None:
        """Where the reviewer is after this event."""
        if self.last is not None:
            same = self.last.visit == event.visit
            gone = event.t_ms - self.last.t_ms if same else event.at_ms - self.last.at_ms
            self.overlaps += gone < 0 and not same
            self.wall_ms += max(0, gone)
        else:
            self.began_ms = event.at_ms
        self.last = event
        self.events += 1
        self.visits.add(event.visit)
        if event.kind == "sign":
            self.signed_ms = self.wall_ms
        self.gone = event.kind in _AWAY or (self.gone and event.kind in _LATE)
        self.present = not self.gone
        self.pane = _pane(event) or self.pane

    def timing(self, signed: bool) -> Timing:
        minutes = {part: seconds / 60 for part, seconds in self.seconds.items()}
        return Timing(
            **minutes,
            wall=(self.signed_ms if signed else self.wall_ms) / 60_000,
            visits=len(self.visits),
            events=self.events,
            overlaps=self.overlaps,
            began_ms=self.began_ms,
            signed=signed,
        )


def measured(cell: Cell, reviewer: str, timing: Timing, cutoff_s: float) -> Review:
    """A review as it was measured. Nothing was transferred: the note was signed where it stood."""
    reason = f"idle cut-off {cutoff_s:g} s, {timing.visits} visits, {timing.wall:.1f} min by the"
    return Review(
        **cell._asdict(),
        reviewer=reviewer,
        read=timing.read,
        verify=timing.verify,
        edit=timing.edit,
        transfer=0.0,
        sign=timing.sign,
        source="measured",
        reason=f"{reason} clock",
    )


def _pane(event: ReviewEvent) -> Part | None:
    """The pane that an event is in; None where it does not tell."""
    if event.kind in _CHECKING:
        return "verify"
    if event.kind in ("focus", "scroll"):
        return "verify" if event.data.get("pane") in SOURCES else "read"
    if event.kind in ("edit", "keys", "open", "reopen"):
        return "read"
    return None


def _milliseconds(event: ReviewEvent) -> float:
    """How long a burst of keys lasted until its event; 0 where it does not say."""
    said = event.data.get("ms", 0) if event.kind == "keys" else 0
    return max(0.0, float(said)) if isinstance(said, int | float) else 0.0
