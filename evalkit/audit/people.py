"""Have a judge look at notes that people labelled, and see how far it agrees with them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from evalkit.audit import labelled
from evalkit.errors import EvalkitError
from evalkit.imports import open_notes
from evalkit.imports._labels import read_labels
from evalkit.imports.primock57 import statement_notes
from evalkit.judges._base import Judge
from evalkit.judging import findings_of, judge_drafts
from evalkit.llm import Client
from evalkit.records import Draft, Finding, RecordedNote, Session
from evalkit.records.validity import Corpus, Measured
from evalkit.sessions.sources import open_source

Progress = Callable[[str, int, int], None]
IN_THE_HOUSE = "grounding"
"""The judge that knows the ledger, whose weights and word lists come with evalkit."""


class Own(NamedTuple):
    """A team's own labels, and the sources of the notes and sessions that they are of."""

    labels: str
    drafts: str
    sessions: str
    therapist: str = ""


class Labelled(NamedTuple):
    """Where labels are: the folder of real data, and a team's own."""

    data: Path | None = None
    own: Own | None = None


People = tuple[list[Corpus], list[Measured], list[str]]

TNEVAL = ("tneval/notes_dev.json", "tneval/sentences_dev.csv", "annomi/AnnoMI-simple.csv")
PRIMOCK = (
    "primock57/checklist_statements_dev.csv",
    "primock57/notes_with_human_eval_dev.jsonl",
    "primock57/human_eval_per_note_dev.csv",
)


async def people(judge: Judge, on: Labelled, llm: Client | None, progress: Progress) -> People:
    """Figures against people's labels, and which could not be had."""
    corpora: list[Corpus] = []
    rows: list[Measured] = []
    missing: list[str] = []
    for name, files, part in (
        ("TN-Eval and completeness", TNEVAL, _tneval),
        ("PriMock57", (*PRIMOCK, "primock57/transcripts"), _primock57),
    ):
        absent = [file for file in files if on.data and not (on.data / file).exists()]
        if on.data is None:
            missing.append(f"{name}: no folder of real data was named (--data, or EVALKIT_DATA)")
        elif absent:
            missing.append(f"{name}: the folder of real data has no {', '.join(absent)}")
        else:
            try:
                read, told, lacking = await part(judge, on.data, llm, progress)
            except _NothingSaid as error:
                read, told, lacking = [], [], [f"{name}: {error}"]
            corpora, rows, missing = corpora + read, rows + told, missing + lacking
    if on.own is not None:
        read, told, lacking = await _of_ones_own(judge, on.own, llm, progress)
        corpora, rows, missing = corpora + read, rows + told, missing + lacking
    return corpora, rows, missing


class _NothingSaid(EvalkitError):
    """The judge has no finding on any note."""


async def _tneval(judge: Judge, data: Path, llm: Client | None, progress: Progress) -> People:
    notes, labels, spoken = (data / name for name in TNEVAL)
    sessions = {one.session_id: one for one in open_source(f"annomi:{spoken}").load()}
    drafts = [_draft(note) for note in open_notes(f"tneval:{notes}").read()]
    findings = await _look(judge, sessions.values(), drafts, llm, ("TN-Eval", progress))
    corpora = [
        corpus(file, len({draft.session_id for draft in drafts}), len(drafts))
        for file in (notes, labels)
    ]
    rows = labelled.tneval_rows(findings, sessions, notes, labels)
    rows += labelled.completeness_rows(drafts, notes)
    if judge.name == IN_THE_HOUSE:
        progress("refitting", 0, 1)
        sources = (f"annomi:{spoken}", f"tneval:{notes}", f"tneval:{labels}")
        rows += labelled.refitted_rows(*sources, len(drafts))
        progress("refitting", 1, 1)
    return corpora, rows, []


async def _primock57(judge: Judge, data: Path, llm: Client | None, progress: Progress) -> People:
    checklist, written, errors = (data / name for name in PRIMOCK)
    sessions = {
        one.session_id: one for one in open_source(f"primock57:{data / 'primock57'}").load()
    }
    corpora, rows = [], []
    for file, labels, notes, measured in (
        (checklist, checklist, statement_notes(checklist), labelled.statement_rows),
        (written, errors, open_notes(f"primock57:{written}").read(), labelled.count_rows),
    ):
        drafts = [draft for draft in map(_draft, notes) if draft.session_id in sessions]
        findings = await _look(judge, sessions.values(), drafts, llm, ("PriMock57", progress))
        rows += measured(findings, labels)
        corpora.append(corpus(file, len({one.session_id for one in drafts}), len(drafts)))
    return corpora, rows, []


async def _of_ones_own(judge: Judge, own: Own, llm: Client | None, progress: Progress) -> People:
    known = read_labels(own.labels)
    wanted = {label.session_id for label in known}
    sessions = {
        one.session_id: one
        for one in open_source(own.sessions, own.therapist).load()
        if one.session_id in wanted
    }
    drafts = [d for d in map(_draft, open_notes(own.drafts).read()) if d.session_id in sessions]
    findings = await _look(judge, sessions.values(), drafts, llm, ("labels", progress))
    rows = labelled.own_rows(findings, known)
    file = Path(own.labels.partition(":")[2] or own.labels)
    return [corpus(file, len(sessions), len(drafts))], rows, []


def corpus(file: Path, sessions: int, notes: int) -> Corpus:
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    return Corpus(name=file.name, sha256=sha256, sessions=sessions, notes=notes)


async def _look(
    judge: Judge,
    sessions: Iterable[Session],
    drafts: Sequence[Draft],
    llm: Client | None,
    told: tuple[str, Progress],
) -> list[Finding]:
    stage, progress = told
    rows = await judge_drafts(
        [judge],
        list(sessions),
        drafts,
        llm,
        lambda done, total: progress(stage, done, total),
    )
    found = list(findings_of(rows))
    if not found:
        raise _NothingSaid(f"the judge {judge.known_as!r} has nothing to say on any note")
    return found


def _draft(note: RecordedNote) -> Draft:
    return Draft(
        session_id=note.session_id,
        approach=note.drafter,
        approach_id="",
        format=note.format,
        sections=note.sections,
    )
