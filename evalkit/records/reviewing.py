"""What a review is modelled on (clinicians, writing from scratch, vigilance) and measured by.

Text in these records (edits, the quotes of flags) stays in the review folder on this machine.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from evalkit.records._base import Record
from evalkit.records.drafts import Severity
from evalkit.records.sessions import Category

EventKind = Literal[
    "open",  # a task is shown: {"reviewer_agent": "widget" | "page"}
    "focus",  # a section's editor, the transcript or the search field gets focus: {"pane"}
    "blur",
    "visible",  # the tab is seen again
    "hidden",
    "scroll",  # {"pane": "transcript" | "note", "first": int, "last": int} turns or lines in view
    "keys",  # a burst of keys: {"count": int, "ms": int, "section": str}
    "pointer",  # clicks in a burst: {"count": int}
    "search",  # {"length": int, "hits": int}: never what was searched for
    "edit",  # {"section", "start", "end", "text", "undo": bool}: [start, end) becomes text
    "flag",  # {"flag_id", "section", "start", "end", "quote", "category", "severity", "note"}
    "unflag",  # {"flag_id"}
    "sign",
    "reopen",  # a signed note is opened for editing again
    "tlx",  # {"mental", "physical", "temporal", "performance", "effort", "frustration"}: 0-100
    "close",  # the task leaves the screen
    "imported",  # from an EHR's audit log: {"action": str}
]


class ReviewEvent(Record):
    """One line of the append-only event log.

    `at_ms` is the wall clock in milliseconds since 1970, `t_ms` milliseconds since the visit (one
    opening of the page) began, by a clock that never goes back. `seq` counts the events of a
    visit from 0. Offsets count characters (code points) of the section's text as it stood when the
    event came. An event is known by its `event_id`: the same one twice counts once.
    """

    event_id: str = Field(min_length=1, max_length=100)
    visit: str = Field(min_length=1, max_length=100)
    seq: int = Field(ge=0)
    at_ms: int = Field(ge=0)
    t_ms: int = Field(ge=0)
    task_id: str = Field(min_length=1, max_length=100)
    reviewer: str = Field(min_length=1, max_length=100)
    kind: EventKind
    data: dict[str, Any] = Field(default_factory=dict)


class Flag(Record):
    """A passage that a reviewer marked: offsets in its section's text as it stands now."""

    flag_id: str
    section: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    quote: str
    category: Category
    severity: Severity
    note: str = ""


class ReviewTask(Record):
    """One draft that one reviewer is to review; `task_id` does not tell which approach wrote it.

    `approach` never reaches the screen. `position` is its place in the reviewer's order, from 0;
    `previous` is the approach of the task before it, "" for the first.
    """

    task_id: str
    reviewer: str
    session_id: str
    approach: str
    format: str
    replicate: int = 0
    position: int = Field(default=0, ge=0)
    previous: str = ""
    tlx: bool = False


class Clinicians(Record):
    """The population of reviewers that minutes are drawn for."""

    draws: int = Field(default=2000, ge=100, le=100_000)
    spread: float = Field(default=0.47, ge=0, le=2)
    """Log s.d. between people: .44 to .51 (DivEMT, nmt-pe-effects-2021)."""
    residual: float = Field(default=0.74, ge=0, le=2)
    """Log s.d. of one segment's time within a person (same sources); a note of n sentences has
    that of n segments together."""
    writing_with_reviewing: float = Field(default=0.5, ge=-1, le=1)
    """Correlation of a person's pace in writing and in reviewing (our assumption)."""


class Scratch(Record):
    """Minutes a note takes without a draft."""

    individual: float = Field(default=12.0, gt=0)
    couple: float = Field(default=12.0, gt=0)
    group: float = Field(default=30.0, gt=0)
    """All the notes of one group session together."""
    group_notes: Literal["one", "each member"] = "each member"
    """Whether a group session has one note, or one for each member (who shares its minutes)."""


class Vigilance(Record):
    """How reviewers miss errors; see `evalkit.reviewers._vigilance` for the model and sources."""

    stopped: float = Field(default=0.0, ge=0, le=1)
    """Share of clinicians who sign what is drafted without reading it."""
    nudge: bool = False
    """Whether the reviewer is reminded to check (+7.6 points caught)."""
    notes_a_day: float = Field(default=8.0, gt=0)
    """Workload."""


class Reviewing(Record):
    """How reviews are modelled: `[reviewing]` of an experiment."""

    clinicians: Clinicians = Clinicians()
    scratch: Scratch = Scratch()
    vigilance: Vigilance = Vigilance()
