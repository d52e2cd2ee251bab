"""PriMock57's timed notes with what is known of each: by people, by their words, by our models."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from evalkit.audit.timing import Timing
from evalkit.claims.ground import Grounder
from evalkit.claims.lexicon import mentions
from evalkit.claims.text import tokens
from evalkit.imports.primock57 import PostEdit, evaluated_notes, post_edits
from evalkit.imports.primock57 import PriMock57 as Published
from evalkit.records import FALSE, THERAPIST, Approach, Case, Draft, RecordedNote, Session
from evalkit.reviewers._base import Reviewer
from evalkit.reviewers.floor import Floor
from evalkit.reviewers.keystroke import Keystroke
from evalkit.reviewers.postedit import Postedit, values_of
from evalkit.sessions.sources.primock57 import PriMock57

MODELS: dict[str, Reviewer] = {
    "keystroke": Keystroke(),
    "floor": Floor(),
    "postedit": Postedit(),
}
"""With their parameters as they ship, in the EHR's own fields: nothing has to be copied over."""

APPROACH = Approach(name="read", drafter="recorded", workflow="in_ehr")


class Timed(NamedTuple):
    """All timed notes; those whose false and missing statements were counted apart; and those whose
    text is there, with the features of their text. `unheard` ones lack transcript or counts."""

    every: list[Timing]
    counted: list[Timing]
    texts: Sequence[Timing] = ()
    unheard: int = 0


def read(folder: Path) -> Timed:
    """The timed notes of every consultation in the folder; nothing is taken from names or ids."""
    timed = read_counts(folder)
    whole = {(one.session_id, one.drafter): one for one in timed.every}
    sessions = {one.session_id: one for one in PriMock57(path=str(folder)).load()}
    return timed._replace(texts=_texts(folder, sessions, whole))


def read_counts(folder: Path) -> Timed:
    """The same without the features of their texts.

    Where only the sum of errors is known, it is split as in the notes where both were counted.
    """
    sessions = {one.session_id: one for one in PriMock57(path=str(folder)).load()}
    published = list(post_edits(folder))
    rows = [one for one in published if one.session_id in sessions]
    share = _share(rows)
    said = {name: _said(sessions[name]) for name in {one.session_id for one in rows}}
    every = [
        _timing(one, share, said[one.session_id])
        for one in rows
        if one.errors is not None or _counted(one)
    ]
    whole = {(one.session_id, one.drafter): one for one in every}
    counted = [whole[one.session_id, one.drafter] for one in rows if _counted(one)]
    return Timed(every, counted, unheard=len(published) - len(every))


def _counted(row: PostEdit) -> bool:
    return row.incorrect is not None and row.omitted is not None


def _share(rows: list[PostEdit]) -> float:
    """Share of incorrect statements among all errors, where both were counted."""
    both = [(one.incorrect or 0.0, one.omitted or 0.0) for one in rows if _counted(one)]
    return sum(one for one, _ in both) / sum(one + other for one, other in both)


def _timing(row: PostEdit, share: float, said: dict[str, float]) -> Timing:
    errors = row.errors if row.errors is not None else (row.incorrect or 0) + (row.omitted or 0)
    incorrect = share * errors if row.incorrect is None else row.incorrect
    omitted = (1 - share) * errors if row.omitted is None else row.omitted
    counts = {"incorrect": incorrect, "omitted": omitted, "errors": errors, "own": float(row.own)}
    return Timing(row.session_id, row.drafter, row.own, row.seconds, {**counts, **said})


def _said(session: Session) -> dict[str, float]:
    """Lengths of the transcript, and how many concepts of the lexicon it names."""
    client = sum(len(t.text.split()) for t in session.turns if t.speaker != THERAPIST)
    words = sum(len(turn.text.split()) for turn in session.turns)
    return {
        "log_client_words": math.log(client),
        "root_client_words": math.sqrt(client),
        "log_all_words": math.log(words),
        "log_minutes": math.log(max(turn.end_s or 0.0 for turn in session.turns) / 60),
        "log_concepts": math.log(len(_named(session))),
    }


def _named(session: Session) -> Counter[str]:
    """How often each concept is named in the transcript."""
    turns = (mentions(tokens(turn.text)) for turn in session.turns)
    return Counter(hit.concept.name for found in turns for hit in found)


def _texts(
    folder: Path, sessions: dict[str, Session], whole: dict[tuple[str, str], Timing]
) -> list[Timing]:
    grounder, found = Grounder(), []
    for key, note in _notes(folder).items():
        timed = whole.get(key)
        if timed is None:
            continue
        session = sessions[note.session_id].model_copy(update={"references": ()})
        draft = Draft(
            session_id=note.session_id,
            approach=APPROACH.name,
            approach_id=APPROACH.approach_id,
            format=note.format,
            sections=note.sections,
        )
        findings = grounder.ground(draft, session, grounder.index(session))
        case = Case(session, APPROACH, draft, findings, ())
        values = {**timed.values, **_of_text(case), **_modelled(case)}
        found.append(timed._replace(values=values))
    return found


def _notes(folder: Path) -> dict[tuple[str, str], RecordedNote]:
    """Notes with a human evaluation whose text is there, and the doctors' notes."""
    notes: list[RecordedNote] = []
    if any(folder.glob("notes_with_human_eval*.jsonl")):
        notes += evaluated_notes(folder)
    if (folder / "notes").is_dir():
        notes += Published(path=str(folder)).read()
    return {(one.session_id, one.drafter): one for one in reversed(notes)}


def _of_text(case: Case) -> dict[str, float]:
    """Our own counts of a note: what it leaves out, and what is doubtful in it.

    `topics` are the concepts that the transcript names and the note does not, each by the logarithm
    of how often it is named, so that one named once, in passing, counts nothing.
    """
    named = _named(case.session)
    written = {hit.concept.name for hit in mentions(tokens(case.draft.text))}
    missing = {name: count for name, count in named.items() if name not in written}
    known = values_of(case)
    return {
        "topics": sum(math.log(count) for count in missing.values()),
        "root_topics": math.sqrt(sum(math.log(count) for count in missing.values())),
        "topics_twice": float(sum(count >= 2 for count in missing.values())),
        "topics_thrice": float(sum(count >= 3 for count in missing.values())),
        "topics_any": float(len(missing)),
        "share_carried": 1 - len(missing) / len(named),
        "log_words": known["log_words"] or 0.0,
        "words": float(case.draft.words),
        "expected_false": known["incorrect"] or 0.0,
        "flagged": float(sum(one.verdict in FALSE for one in case.findings)),
    }


def _modelled(case: Case) -> dict[str, float]:
    """Seconds by each of our models of a reviewer."""
    found = {}
    for name, model in MODELS.items():
        parts = model.parts(case)
        found[name] = 60 * (parts.read + parts.verify + parts.edit + parts.transfer + parts.sign)
    return found
