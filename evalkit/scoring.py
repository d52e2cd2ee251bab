"""Score notes that exist already against their sessions: no model, no experiment file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.claims.split import sentences
from evalkit.errors import InputError
from evalkit.records import Approach, Draft, Experiment, Record, RecordedNote, Run, Session
from evalkit.runner import Progress, as_run, silent

if TYPE_CHECKING:
    import pandas as pd


class Scored(Record):
    """What scoring yields: a run without gates, and the notes that have no session."""

    run: Run
    without_session: int


def score(
    sessions: str | Iterable[Session],
    drafts: str | Iterable[RecordedNote],
    *,
    therapist: str = "",
    weights: str | None = None,
    progress: Progress = silent,
) -> Scored:
    """Score recorded notes.

    `sessions` is a source such as `annomi:FILE`, `primock57:FOLDER` or `sessions.jsonl`, or the
    sessions themselves; `drafts` a drafts JSONL, `tneval:FILE`, or the notes themselves;
    `therapist` the label of the clinician in a transcript that names its speakers; `weights` a
    file that `evalkit calibrate` wrote, None for those that ship. A note whose session is not there
    is excluded, one without a sentence has failed. Raises InputError if no note has a session.
    """
    from evalkit.imports import open_notes
    from evalkit.sessions.sources import open_source

    if isinstance(sessions, str):
        sessions = open_source(sessions, therapist).load()
    if isinstance(drafts, str):
        drafts = open_notes(drafts).read()
    notes = list(drafts)
    wanted = {note.session_id for note in notes}
    known = tuple(session for session in sessions if session.session_id in wanted)
    have = {session.session_id for session in known}
    matched = [note for note in notes if note.session_id in have]
    if not matched:
        raise InputError(
            f"none of the {len(notes)} notes belongs to a session of the source",
            field="session_id",
            fix="the session_id of a note must be that of its session",
        )
    approaches = {
        name: Approach(name=name, drafter="recorded") for name in dict.fromkeys(_authors(matched))
    }
    experiment = Experiment(
        name="score",
        approaches=tuple(approaches.values()),
        formats=tuple(dict.fromkeys(note.format for note in matched)),
        judges=("grounding",) if weights is None else ({"name": "grounding", "weights": weights},),
    )
    written = tuple(
        Draft(
            session_id=note.session_id,
            approach=note.drafter,
            approach_id=approaches[note.drafter].approach_id,
            format=note.format,
            sections=note.sections,
            failure=None if any(map(sentences, note.sections.values())) else "empty draft",
        )
        for note in matched
    )
    run = as_run(experiment, known, (*written, *[None] * (len(notes) - len(written))), progress)
    return Scored(run=run, without_session=len(notes) - len(matched))


def _authors(notes: list[RecordedNote]) -> Iterable[str]:
    return (note.drafter for note in notes)


def claims_table(run: Run) -> pd.DataFrame:
    """One row a sentence, all sentences, in order; `start` and `end` are offsets in the section.

    Where there are notes in more than one format, a last column `format` tells them apart.
    """
    import pandas as pd

    columns = "session_id drafter section index text start end verdict p_unsupported format"
    table = pd.DataFrame(
        [
            (
                one.session_id,
                one.approach,
                one.claim.section,
                one.claim.index,
                one.claim.text,
                one.claim.start,
                one.claim.end,
                one.verdict,
                one.p_unsupported,
                one.format,
            )
            for one in run.first_findings
        ],
        columns=columns.split(),
    )
    return _one_format(run, table)


def scores_table(run: Run) -> pd.DataFrame:
    """One row a score: session_id, drafter, scorer, value, unit, reason; `format` as in claims."""
    import pandas as pd

    table = pd.DataFrame(
        [
            (one.session_id, one.approach, one.scorer, one.value, one.unit, one.reason, one.format)
            for one in run.scores
        ],
        columns="session_id drafter scorer value unit reason format".split(),
    ).astype({"value": "float64"})
    return _one_format(run, table)


def _one_format(run: Run, table: pd.DataFrame) -> pd.DataFrame:
    """The table without its last column where that would say the same in every row."""
    return table if len(run.experiment.formats) > 1 else table.drop(columns="format")


def save(scored: Scored, folder: Path) -> None:
    """Write `claims.parquet` and `scores.parquet`, each whole or not at all."""
    from evalkit.store import write_table

    write_table(folder / "claims.parquet", claims_table(scored.run))
    write_table(folder / "scores.parquet", scores_table(scored.run))
