"""A review study from its event logs to figures: minutes, edits, flags, agreement, workload."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evalkit.errors import InputError
from evalkit.imports._labels import Label
from evalkit.records import Cell, Record, Review
from evalkit.store import folder_for, write_records, write_table, write_text
from evalkit.study.agreement import Agreement, Rating, agreement
from evalkit.study.effects import Effects
from evalkit.study.labels import as_csv, drafters, labelled_notes, labels, on_sentences, says_false
from evalkit.study.mixed import Timed, effects
from evalkit.study.outcome import Outcome, outcome
from evalkit.study.reviewed import Reviewed, read_reviews
from evalkit.study.tally import Tally, Workload, tally, workload

if TYPE_CHECKING:
    import pandas as pd

REVIEWS, LABELS, NOTES, TIMINGS, EFFECTS, FIGURE = (
    "reviews.parquet",
    "labels.csv",
    "notes.jsonl",
    "timings.csv",
    "effects.json",
    "minutes.svg",
)
LOG_COLUMNS = ("session_id", "author", "reviewer", "seconds", "incorrect", "omitted", "words")


class Dropout(Record):
    """A reviewer who has not signed all that was assigned."""

    reviewer: str
    assigned: int
    signed: int
    open: int


class Findings(Record):
    """What a study found: `effects.json`. `tasks` = `signed` + `open` + `not_begun`.

    `workload` is over all ratings; by approach it is given only where every task asked for them.
    `overlaps` counts visits that began, by the wall clock, before the one before them ended;
    `out_of_order` signed notes that were opened before one that was planned earlier.
    """

    idle_cutoff_s: float
    tasks: int
    signed: int
    open: int
    not_begun: int
    overlaps: int
    out_of_order: int
    approaches: tuple[Tally, ...]
    minutes: Effects
    agreement: tuple[Agreement, ...]
    workload: Workload | None
    dropouts: tuple[Dropout, ...]


@dataclass(frozen=True)
class Analysis:
    """What a study found, and the tasks, signed notes and labels that it rests on."""

    findings: Findings
    reviews: tuple[Reviewed, ...]
    outcomes: tuple[Outcome, ...]
    labels: tuple[Label, ...]


def analyse(folder: Path, idle_s: float = 45.0, seed: int = 0) -> Analysis:
    """Analyse the review folder of a study, as far as it has come.

    Raises InputError where `folder` is no review folder, the cut-off is not above 0, or no note is
    signed yet. Equal logs and seeds give equal figures.
    """
    reviews = read_reviews(folder, idle_s)
    outcomes = tuple(one for each in reviews if (one := outcome(each, idle_s)) is not None)
    if not outcomes:
        what = f"none of {len(reviews)} notes is signed yet"
        raise InputError(what, file=folder, fix="see `evalkit study status`")
    given = labels(reviews)
    begun = sum(one.timing is not None for one in reviews)
    names = sorted({one.task.approach for one in reviews})
    tallies = [tally(name, reviews, outcomes, seed) for name in names]
    if not all(one.task.tlx for one in reviews):
        tallies = [one.model_copy(update={"workload": None}) for one in tallies]
    findings = Findings(
        idle_cutoff_s=idle_s,
        tasks=len(reviews),
        signed=len(outcomes),
        open=begun - len(outcomes),
        not_begun=len(reviews) - begun,
        overlaps=sum(one.timing.overlaps for one in outcomes),
        out_of_order=_out_of_order(outcomes),
        approaches=tuple(tallies),
        minutes=effects(_timed(outcomes)),
        agreement=agreement(_ratings(outcomes), np.random.default_rng(seed)),
        workload=workload([one.of for one in outcomes]),
        dropouts=_dropouts(reviews),
    )
    return Analysis(findings, reviews, outcomes, given)


def write(found: Analysis, out: Path) -> tuple[Path, ...]:
    """Write the files of an analysis; notes.jsonl alone holds text of notes.

    `labels.csv` is what `evalkit validate --labels` reads, with `notes.jsonl` for its --drafts;
    `timings.csv` is what `evalkit calibrate-time --log` reads.
    """
    from evalkit.study.figures import minutes

    folder_for(out)
    reviews = [one.review for one in found.outcomes]
    write_table(out / REVIEWS, reviews_frame(reviews))
    write_text(out / LABELS, as_csv(found.labels))
    write_records(out / NOTES, labelled_notes(found.reviews))
    write_text(out / TIMINGS, timings_csv(found))
    write_text(out / EFFECTS, found.findings.model_dump_json(indent=1) + "\n")
    write_text(out / FIGURE, minutes(found.findings.minutes, _timed(found.outcomes)))
    names = (REVIEWS, LABELS, NOTES, TIMINGS, EFFECTS, FIGURE)
    return tuple(out / name for name in names)


def reviews_frame(reviews: Sequence[Review]) -> pd.DataFrame:
    """One row a review, with the columns of a run's `reviews.parquet`."""
    import pandas as pd

    parts = ["read", "verify", "edit", "transfer", "sign"]
    first = [*Cell._fields, *parts, "minutes", "reviewer", "source"]
    rest = [name for name in Review.model_fields if name not in first]
    rows = [one.model_dump() | {"minutes": one.minutes} for one in reviews]
    numbers = [name for name in rest if name != "reason"]
    return pd.DataFrame(rows, columns=[*first, *rest]).astype(dict.fromkeys(numbers, "float64"))


def timings_csv(found: Analysis) -> str:
    """Seconds a signed note, with the sentences that its reviewer flagged as `incorrect`.

    `omitted` stays empty: what is not there cannot be flagged. Notes without active time are left
    out.
    """
    names = drafters(found.reviews)
    wrong: dict[str, int] = {}
    for one in found.outcomes:
        if one.of.draft is not None and one.of.state is not None:
            flagged = on_sentences(one.of.draft, one.of.state.in_draft).values()
            wrong[one.of.task.task_id] = sum(map(says_false, flagged))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(LOG_COLUMNS)
    for one in found.outcomes:
        task = one.of.task
        seconds = round(60 * one.timing.active, 1)
        author = names[task.approach, task.replicate]
        counted = wrong.get(task.task_id, "")
        words = "" if one.words is None else one.words
        if seconds:
            writer.writerow([task.session_id, author, task.reviewer, seconds, counted, "", words])
    return out.getvalue()


def _timed(outcomes: Sequence[Outcome]) -> list[Timed]:
    return [
        Timed(
            approach=one.of.task.approach,
            clinician=one.of.task.reviewer,
            session_id=one.of.task.session_id,
            position=one.of.task.position,
            previous=one.of.task.previous,
            minutes=one.timing.active,
        )
        for one in outcomes
    ]


def _ratings(outcomes: Sequence[Outcome]) -> list[Rating]:
    found = []
    for one in outcomes:
        if one.of.draft is None or one.of.state is None:
            continue
        note = "\n".join(map(str, one.of.cell))
        for (section, index), flags in on_sentences(one.of.draft, one.of.state.in_draft).items():
            said = frozenset(flag.category for flag in flags)
            found.append(Rating(note, f"{section}\n{index}", one.of.task.reviewer, said))
    return found


def _out_of_order(outcomes: Sequence[Outcome]) -> int:
    """How many notes did not come in the order that the model takes for theirs."""
    found = 0
    for one in outcomes:
        began, task = one.timing.began_ms, one.of.task
        found += any(
            other.of.task.reviewer == task.reviewer
            and other.of.task.position < task.position
            and other.timing.began_ms > began
            for other in outcomes
        )
    return found


def _dropouts(reviews: Sequence[Reviewed]) -> tuple[Dropout, ...]:
    found = []
    for name in dict.fromkeys(one.task.reviewer for one in reviews):
        mine = [one for one in reviews if one.task.reviewer == name]
        signed = sum(one.signed for one in mine)
        begun = sum(one.timing is not None for one in mine)
        if signed < len(mine):
            found.append(
                Dropout(reviewer=name, assigned=len(mine), signed=signed, open=begun - signed)
            )
    return tuple(found)
