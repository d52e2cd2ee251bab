"""What a finished run offers a study: sessions, drafts, and the minutes that reviews may take."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evalkit.errors import InputError, did_you_mean
from evalkit.records import Cell, Draft, Session
from evalkit.sessions.rng import Rng
from evalkit.store import read_records
from evalkit.study.blinding import blinded
from evalkit.study.config import Study


@dataclass(frozen=True)
class Material:
    """Sessions that every approach has a draft of, in the run's order, and those drafts.

    `drafts` are by session and approach, blinded; `left_out` counts the run's sessions that some
    approach has no draft of.
    """

    folder: Path
    sessions: tuple[Session, ...]
    drafts: dict[tuple[str, str], Draft]
    left_out: int


def material(study: Study, file: Path) -> Material:
    """The material of a study whose file is `file`.

    Raises InputError where no run lies there, its texts were not kept, or it has no such approach
    or format.
    """
    folder = file.parent / study.run
    if not folder.is_dir():
        raise InputError(
            f"no folder {study.run!r}",
            file=file,
            field="run",
            fix="give the folder of a finished run, relative to this file",
        )
    sessions = _sessions(folder)
    drafts = list(read_records(folder / "drafts.jsonl", Draft))
    _check_names(study, drafts, file)
    chosen = _chosen(study, drafts)
    complete = tuple(
        one
        for one in sessions
        if all((one.session_id, approach) in chosen for approach in study.approaches)
    )
    return Material(
        folder=folder,
        sessions=complete,
        drafts={key: blinded(draft) for key, draft in chosen.items()},
        left_out=len(sessions) - len(complete),
    )


def _sessions(folder: Path) -> list[Session]:
    path = folder / "sessions.jsonl"
    if not path.is_file():
        raise InputError(
            "this run kept no sessions",
            file=folder,
            fix="run the experiment again: a reviewer needs the transcripts",
        )
    return list(read_records(path, Session))


def _check_names(study: Study, drafts: list[Draft], file: Path) -> None:
    have = {draft.approach for draft in drafts}
    wrong = [name for name in study.approaches if name not in have]
    problems = [did_you_mean("approach", name, have) for name in wrong]
    formats = {draft.format for draft in drafts}
    fields = ["approaches"] if wrong else []
    if study.format not in formats:
        problems.append(did_you_mean("format", study.format, formats))
        fields.append("format")
    if problems:
        field = fields[0] if len(fields) == 1 else None
        raise InputError(" | ".join(problems), file=file, field=field)


def _chosen(study: Study, drafts: list[Draft]) -> dict[tuple[str, str], Draft]:
    """One draft for each session and approach, by the replicate rule; a failed one has no text."""
    cells: dict[tuple[str, str], list[Draft]] = {}
    for draft in sorted(drafts, key=lambda one: one.replicate):
        wanted = draft.format == study.format and draft.approach in study.approaches
        if isinstance(study.replicate, int):
            wanted = wanted and draft.replicate == study.replicate
        if wanted and draft.sections:
            cells.setdefault((draft.session_id, draft.approach), []).append(draft)
    if study.replicate != "draw":
        return {key: found[0] for key, found in cells.items()}
    return {key: Rng(study.seed, "replicate", *key).pick(found) for key, found in cells.items()}


def expected_minutes(folder: Path) -> dict[Cell, float]:
    """Minutes of the run's own reviews, by cell; empty where the run kept none."""
    path = folder / "reviews.parquet"
    if not path.is_file():
        return {}
    import pandas as pd

    key = list(Cell._fields)
    try:
        table = pd.read_parquet(path, columns=[*key, "minutes"]).dropna(subset=["minutes"])
    except (ValueError, KeyError, OSError):
        raise InputError("not a table of reviews", file=path, fix="run it again") from None
    columns = (table[name].tolist() for name in (*key, "minutes"))
    return {Cell(*row[:4]): float(row[4]) for row in zip(*columns, strict=True)}
