"""What a review is modelled on (clinicians, writing from scratch, vigilance) and measured by.

Text in these records (edits, the quotes of flags) stays in the review folder on this machine.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

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
    """Minutes a note takes without a draft, on average over clinicians."""

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
    """Whether the reviewer is reminded to check."""
    notes_a_day: float = Field(default=8.0, gt=0)
    """Workload; 8 is the day of the figures below (our assumption)."""
    proofreading: float = Field(default=0.80, gt=0, lt=1)
    """Share of major errors caught by who looks for them, in a text in which every other sentence
    has one: proofreaders catch 75 to 90 % (Panko)."""
    rare: float = Field(default=0.65, gt=0, lt=1)
    """The same at 1.5 errors in 100: misses rise to 30 to 40 % at a prevalence of 1 to 2 %."""
    trusting: float = Field(default=0.50, gt=0, lt=1)
    """Share caught by who does review, of one error in eight sentences of a draft that looks
    clean: 13 to 15 of 20 physicians miss a planted error and 35 to 45 % of drafts are sent
    unedited (Biro 2025), so (1 - .70) / (1 - .40)."""
    minor_odds: float = Field(default=0.67, gt=0, le=1)
    """Odds that a minor error is caught, to those of a major one (our assumption)."""
    twice_the_notes_odds: float = Field(default=0.82, gt=0, le=1)
    """What each doubling of the notes a day does to the odds (our assumption)."""
    nudged: float = Field(default=0.076, ge=0, le=1)
    """What a nudge adds to the share caught, in points / 100: +7.6 points (RCT, n = 44)."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.trusting <= self.rare <= self.proofreading:
            raise ValueError("trusting <= rare <= proofreading does not hold")
        return self


class Reviewing(Record):
    """How reviews are modelled: `[reviewing]` of an experiment."""

    clinicians: Clinicians = Clinicians()
    scratch: Scratch = Scratch()
    vigilance: Vigilance = Vigilance()
