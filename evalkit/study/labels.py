"""Flags of reviewers as labels of sentences, in the form that `evalkit validate` reads.

In a signed note a sentence that was flagged counts as unsupported, and one that stands in the
signed text as it was drafted as supported. One that the reviewer changed or took out without a
flag has no label: why is not known. A note that is not signed counts for nothing. A flag of
category `privacy` says that a sentence must not stand there, not that it is false: where no other
is on it, it has no label.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from evalkit.claims.split import sentences
from evalkit.imports._labels import Label
from evalkit.records import Draft, Flag, RecordedNote
from evalkit.review.replay import State
from evalkit.study.reviewed import Reviewed

COLUMNS = (
    "session_id",
    "drafter",
    "section",
    "index",
    "label",
    "rater",
    "format",
    "category",
    "severity",
)
Place = tuple[str, int]
"""A sentence of a draft: its section, and its number in there from 0."""


def on_sentences(draft: Draft, flags: Iterable[Flag]) -> dict[Place, list[Flag]]:
    """Every sentence of a draft with the flags on it, whose offsets are in the draft.

    A passage marks the sentence that it covers most of, and any other of which it covers half: who
    drags the mouse a word too far does not flag the next sentence. A flag on what the reviewer
    added marks none.
    """
    found: dict[Place, list[Flag]] = {}
    known = list(flags)
    for section, text in draft.sections.items():
        spans = sentences(text)
        for index in range(len(spans)):
            found[section, index] = []
        for flag in known:
            if flag.section == section:
                for index in _marked(spans, flag):
                    found[section, index].append(flag)
    return found


def labels(reviews: Iterable[Reviewed]) -> tuple[Label, ...]:
    """A label a sentence and reviewer, of signed notes, in the order of the tasks."""
    known = list(reviews)
    names = drafters(known)
    found = []
    for one in known:
        if one.draft is None or one.state is None or not one.signed:
            continue
        for (section, index), flags in on_sentences(one.draft, one.state.in_draft).items():
            false = sorted(
                (flag for flag in flags if flag.category != "privacy"),
                key=lambda flag: flag.severity != "major",
            )
            if not false and (flags or not _stands(one.draft, section, index, one.state)):
                continue
            found.append(
                Label(
                    session_id=one.task.session_id,
                    drafter=names[one.task.approach, one.task.replicate],
                    section=section,
                    index=index,
                    label="unsupported" if false else "supported",
                    rater=one.task.reviewer,
                    format=one.task.format,
                    category=false[0].category if false else None,
                    severity=false[0].severity if false else None,
                )
            )
    return tuple(found)


def says_false(flags: Iterable[Flag]) -> bool:
    """Whether flags on a sentence call it false: one for privacy marks what is true."""
    return any(flag.category != "privacy" for flag in flags)


def _stands(draft: Draft, section: str, index: int, state: State) -> bool:
    """Whether the words of a sentence still follow each other somewhere in the note."""
    text = draft.sections[section]
    start, end = sentences(text)[index]
    words = re.findall(r"\w+", text[start:end])
    there = re.compile(r"\b" + r"\W+".join(words) + r"\b")
    return not words or any(there.search(each) for each in state.texts.values())


def labelled_notes(reviews: Iterable[Reviewed]) -> tuple[RecordedNote, ...]:
    """The drafts that the labels are of, each once, by the same names of drafters."""
    known = list(reviews)
    names = drafters(known)
    found = {}
    for one in known:
        if one.draft is not None and one.state is not None and one.signed:
            found[one.cell] = RecordedNote(
                session_id=one.task.session_id,
                drafter=names[one.task.approach, one.task.replicate],
                format=one.task.format,
                sections=one.draft.sections,
            )
    return tuple(found.values())


def as_csv(given: Iterable[Label]) -> str:
    """The labels as CSV text with a header; it holds no word of a note."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(one.model_dump(mode="json") for one in given)
    return out.getvalue()


def told(given: Iterable[Label]) -> str:
    """How many labels there are, and how many say that a sentence is unsupported."""
    known = list(given)
    notes = len({one.sentence[:3] for one in known})
    false = sum(one.false for one in known)
    return (
        f"labels: {false} of {len(known)} unsupported (one a sentence and reviewer), {notes} notes"
    )


def drafters(reviews: Iterable[Reviewed]) -> dict[tuple[str, int], str]:
    """A drafter is an approach; its replicates are drafters of their own where there are several,
    since a label is of one text."""
    pairs = sorted({(one.task.approach, one.task.replicate) for one in reviews})
    several = {name for name, replicate in pairs if (name, replicate) != (name, 0)}
    return {
        (name, replicate): f"{name}, draft {replicate}" if name in several else name
        for name, replicate in pairs
    }


def _marked(spans: list[tuple[int, int]], flag: Flag) -> list[int]:
    shared = [min(end, flag.end) - max(start, flag.start) for start, end in spans]
    if not shared or max(shared) <= 0:
        return []
    most = shared.index(max(shared))
    return [
        index
        for index, (start, end) in enumerate(spans)
        if index == most or 2 * shared[index] >= end - start
    ]
