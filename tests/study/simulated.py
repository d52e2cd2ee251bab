"""Reviewers whose pace and attention are known, and the review folder that they leave behind."""

import math
from dataclasses import dataclass, field

import numpy as np

from evalkit.records import (
    Draft,
    Planted,
    ReviewEvent,
    ReviewTask,
    Session,
    SessionSpec,
    Turn,
)
from evalkit.store import write_records
from evalkit.study.mixed import Timed

SECTIONS = ("subjective", "objective", "assessment", "plan")
TRUE = (
    "Client reports waking at three most nights.",
    "Client denies thoughts of suicide.",
    "Therapist introduced a thought record.",
    "Client will keep a sleep diary.",
    "Mood was described as low in the mornings.",
    "Work has been demanding since spring.",
)
FALSE = ("Client has a history of abuse by an uncle.", "Client takes sertraline 200 mg daily.")
START_MS = 1_780_000_000_000


@dataclass(frozen=True)
class Truth:
    """Log effects and log s.d.s of minutes, and how probable it is that an error is found."""

    approaches: dict[str, float] = field(
        default_factory=lambda: {"careful": 0.0, "control": 0.2, "quick": -0.4}
    )
    reviewers: int = 6
    notes: int = 12
    shared: int = 3
    clinician: float = 0.4
    session: float = 0.2
    suited: float = 0.0
    residual: float = 0.25
    later: float = -0.01
    first: float = 0.15
    after_quick: float = 0.1
    flags: float = 0.6
    mends: float = 0.5
    false_alarms: float = 0.05


def timed(truth: Truth, rng: np.random.Generator) -> list[Timed]:
    """A row a note: every reviewer meets every approach equally often, in an order of their own."""
    names = list(truth.approaches)
    pace = rng.normal(1.4, truth.clinician, truth.reviewers)
    length = rng.normal(0, truth.session, truth.shared + 2 * truth.notes)
    suits = rng.normal(0, truth.suited, (truth.reviewers, len(names)))
    rows = []
    for who in range(truth.reviewers):
        order = [names[at] for _ in range(truth.notes) for at in rng.permutation(len(names))]
        own = truth.shared + rng.permutation(2 * truth.notes)
        previous = ""
        for place, name in enumerate(order[: truth.notes]):
            # Shared sessions are the same draft for all: their approach goes round.
            at = place if place < truth.shared else int(own[place])
            name = names[place % len(names)] if place < truth.shared else name
            log = pace[who] + length[at] + truth.approaches[name] + suits[who, names.index(name)]
            log += truth.later * place + (truth.first if place == 0 else 0.0)
            log += truth.after_quick if previous == "quick" else 0.0
            log += rng.normal(0, truth.residual)
            minutes = math.exp(log)
            rows.append(
                Timed(
                    approach=name,
                    clinician=f"r{who}",
                    session_id=f"s{at:03d}",
                    position=place,
                    previous=previous,
                    minutes=minutes,
                )
            )
            previous = name
    return rows


def draft(session_id: str, approach: str) -> Draft:
    """Two true sentences a section; the control has a false one in the first and the last."""
    at = int(session_id[1:])
    sections = {
        name: f"{TRUE[(at + k) % 6]} {TRUE[(at + k + 3) % 6]}" for k, name in enumerate(SECTIONS)
    }
    planted = None
    if approach == "control":
        planted = tuple(
            Planted(
                kind="hallucinated",
                category=category,
                severity="major",
                text=text,
                section=section,
            )
            for text, category, section in zip(
                FALSE, ("abuse_history", "medication"), ("subjective", "plan"), strict=True
            )
        )
        for one in planted:
            sections[one.section] += f" {one.text}"
    return Draft(
        session_id=session_id,
        approach=approach,
        format="soap",
        approach_id=approach,
        sections=sections,
        planted=planted,
    )


class Reviewer:
    """Makes the events of one visit to one task, with a clock of its own."""

    def __init__(self, task: ReviewTask, at_ms: int = START_MS, visit: str = "") -> None:
        self.task, self.at_ms, self.t_ms, self.seq = task, at_ms, 0, 0
        self.visit = visit or f"visit-{task.task_id}"
        self.events: list[ReviewEvent] = []

    def does(self, kind: str, after_s: float = 0.0, **data) -> "Reviewer":
        self.t_ms += round(after_s * 1000)
        self.events.append(
            ReviewEvent(
                event_id=f"{self.visit}-{self.seq}",
                visit=self.visit,
                seq=self.seq,
                at_ms=self.at_ms + self.t_ms,
                t_ms=self.t_ms,
                task_id=self.task.task_id,
                reviewer=self.task.reviewer,
                kind=kind,
                data=data,
            )
        )
        self.seq += 1
        return self

    def reads(self, seconds: float) -> "Reviewer":
        """Scrolls the note at least every 20 s."""
        steps = max(1, math.ceil(seconds / 20))
        for _ in range(steps):
            self.does("scroll", seconds / steps, pane="note", first=0, last=5)
        return self

    def flags(self, section: str, start: int, quote: str, category: str = "other") -> "Reviewer":
        flag = {"section": section, "start": start, "end": start + len(quote), "quote": quote}
        flag |= {"flag_id": f"f{self.seq}", "category": category, "severity": "major", "note": ""}
        return self.does("flag", **flag)

    def cuts(self, section: str, start: int, end: int, text: str = "") -> "Reviewer":
        return self.does("edit", section=section, start=start, end=end, text=text, undo=False)


def review(task: ReviewTask, note: Draft, minutes: float, truth: Truth, rng) -> Reviewer:
    """One signed review that takes `minutes`, less a tenth of a second, at 45 s."""
    one = Reviewer(task).does("open", reviewer_agent="page")
    one.reads(60 * minutes)
    for planted in note.planted or ():
        if rng.random() < truth.flags:
            start = note.sections[planted.section].index(planted.text)
            one.flags(planted.section, start, planted.text, planted.category)
            if rng.random() < truth.mends:
                one.cuts(planted.section, start, start + len(planted.text))
    if rng.random() < truth.false_alarms:
        one.flags("objective", 0, note.sections["objective"].split(".")[0], "risk")
    return one.does("sign")


def folder(path, truth: Truth, rng: np.random.Generator, *, unsigned: int = 0):
    """Write the review folder of a study; the last `unsigned` tasks of r0 are left open."""
    rows = timed(truth, rng)
    tasks, drafts, logs = [], {}, {}
    for row in rows:
        task = ReviewTask(
            task_id=f"t-{row.clinician}-{row.position}",
            reviewer=row.clinician,
            session_id=row.session_id,
            approach=row.approach,
            format="soap",
            position=row.position,
            previous=row.previous,
            tlx=True,
        )
        note = drafts.setdefault(
            (row.session_id, row.approach), draft(row.session_id, row.approach)
        )
        one = review(task, note, row.minutes, truth, rng)
        one.does("tlx", 200, **dict.fromkeys(LOAD, 40.0) | {"mental": 70.0})
        if row.clinician == "r0" and row.position >= truth.notes - unsigned:
            one.events = one.events[:2]
        tasks.append(task)
        logs.setdefault(row.clinician, []).extend(one.events)
    path.mkdir(parents=True, exist_ok=True)
    write_records(path / "tasks.jsonl", tasks)
    write_records(path / "drafts.jsonl", drafts.values())
    write_records(path / "sessions.jsonl", map(session, sorted({one.session_id for one in rows})))
    for name, events in logs.items():
        write_records(path / "events" / f"{name}.jsonl", events)
    return rows


LOAD = ("mental", "physical", "temporal", "performance", "effort", "frustration")


def session(session_id: str) -> Session:
    said = ("How did you sleep?", "I wake at three most nights.", "Let us try a thought record.")
    speakers = ("therapist", "client", "therapist")
    turns = tuple(Turn(speaker=one, text=text) for one, text in zip(speakers, said, strict=True))
    return Session(spec=SessionSpec(session_id=session_id), turns=turns)
