"""A team's own labels as a calibrated grounding, with figures before and after side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalkit.audit.raters import Estimate, Measure, any_within_section, auc, estimate, spearman
from evalkit.audit.refit import CrossValidated, Labelled, by_shipped, cross_validate, refit
from evalkit.claims.against_transcript_features import nearest, rows
from evalkit.claims.against_transcript_model import Learned, TranscriptModel, document, shipped
from evalkit.claims.evidence import Index
from evalkit.claims.exact import exact
from evalkit.claims.extract import Parsed, claims
from evalkit.errors import InputError
from evalkit.imports._labels import Label, by_sentence, read_labels
from evalkit.records import Draft, RecordedNote, Session, digest

if TYPE_CHECKING:
    import pandas as pd

CONVERSATIONS, EACH = 5, 20
"""Least number of conversations, and of sentences that are rejected and that are not."""

RESAMPLES = 300


class Row(NamedTuple):
    """One figure: with the weights that ship, and cross-validated with those from the labels.

    `spread` is the standard deviation of the second over the repeats of the cross-validation.
    """

    name: str
    shipped: Estimate
    calibrated: Estimate
    spread: float


class Calibration(NamedTuple):
    """The model to keep, what it was learned from, and the figures."""

    model: TranscriptModel
    sentences: int
    conversations: int
    figures: tuple[Row, ...]


class _Note(NamedTuple):
    draft: Draft
    evidence: Index
    parsed: list[Parsed]


def calibrate(
    sessions: str | Iterable[Session],
    drafts: str | Iterable[RecordedNote],
    labels: str,
    therapist: str = "",
) -> Calibration:
    """Learn from `labels` (a .csv, a .jsonl, or `tneval:FILE`) of the notes in `drafts`.

    `sessions` and `drafts` are given as for `evalkit.score`. Ledgers are not looked at. Raises
    InputError where the labels are not of these notes, or too few to learn from.
    """
    said = by_sentence(read_labels(labels))
    known, table = _labelled(_notes(sessions, drafts, therapist), said, labels)
    _check(known, labels)
    learned = Learned(
        source="labels",
        sentences=len(known.raters),
        conversations=len(set(known.conversation.tolist())),
        raters=int(known.raters.max()),
        rejected=round(float(known.rejected.mean()), 4),
        sha256=digest(
            sorted([*map(str, key), *map(_said, found)] for key, found in said.items()), 64
        ),
    )
    crossed = cross_validate(known, shipped().forest.p(known.rows))
    figures = tuple(_figures(known, table, crossed))
    model = refit(known, learned, crossed)
    return Calibration(model, learned.sentences, learned.conversations, figures)


def _said(label: Label) -> str:
    return f"{label.rater}:{label.label}"


def _notes(
    sessions: str | Iterable[Session], drafts: str | Iterable[RecordedNote], therapist: str
) -> list[_Note]:
    from evalkit.imports import open_notes
    from evalkit.sessions.sources import open_source

    if isinstance(sessions, str):
        sessions = open_source(sessions, therapist).load()
    notes = list(open_notes(drafts).read() if isinstance(drafts, str) else drafts)
    wanted = {note.session_id for note in notes}
    indices = {
        one.session_id: Index(one, ledger=False) for one in sessions if one.session_id in wanted
    }
    found = []
    for note in notes:
        if note.session_id in indices:
            draft = Draft(
                session_id=note.session_id,
                approach=note.drafter,
                approach_id="",
                format=note.format,
                sections=note.sections,
            )
            found.append(_Note(draft, indices[note.session_id], claims(draft)))
    return found


Sentence = tuple[str, str, str, str, int]


def _labelled(
    notes: list[_Note], said: dict[Sentence, list[Label]], file: str
) -> tuple[Labelled, pd.DataFrame]:
    import pandas as pd

    values, stems, rules, where = [], [], [], []
    conversations = {note.draft.session_id: 0 for note in notes}
    conversations = {name: place for place, name in enumerate(conversations)}
    for draft, index, parsed in notes:
        near = [nearest(one, index) for one in parsed]
        found = rows(parsed, near, index, draft)
        for one, known, row in zip(parsed, near, found, strict=True):
            place = (draft.session_id, draft.approach)
            sentence = (one.claim.section, one.claim.index)
            raters = said.get((*place, draft.format, *sentence), [])
            raters = raters + said.get((*place, "", *sentence), [])
            if raters:
                rejected = sum(label.false for label in raters) / len(raters)
                values.append(row)
                stems.append(document(one))
                rules.append(exact(one, index, known.written))
                where.append((*place, one.claim.section, len(raters), rejected))
    if len(values) < 0.95 * len(said):
        raise InputError(
            f"{len(values)} of {len(said)} labelled sentences are in the notes",
            file=file.removeprefix("tneval:"),
            fix="give the notes that the labels are of; `index` counts from 0 in a section",
        )
    columns = ["session_id", "drafter", "section", "raters", "rejected"]
    table = pd.DataFrame(where, columns=columns)
    numbers = np.array(table["session_id"].map(conversations), dtype=np.int64)
    shares: NDArray[np.float64] = table["rejected"].to_numpy(np.float64)
    counts: NDArray[np.int64] = table["raters"].to_numpy(np.int64)
    return Labelled(np.array(values), stems, shares, counts, numbers, rules), table


def _check(known: Labelled, file: str) -> None:
    conversations = len(set(known.conversation.tolist()))
    bad = int((known.rejected >= 0.5).sum())
    good = len(known.rejected) - bad
    if conversations < CONVERSATIONS or min(bad, good) < EACH:
        raise InputError(
            f"too few labels: {bad} sentences rejected and {good} not, "
            f"in {conversations} conversations",
            file=file.removeprefix("tneval:"),
            fix=f"label at least {EACH} of each in {CONVERSATIONS} conversations",
        )


def _figures(known: Labelled, table: pd.DataFrame, crossed: CrossValidated) -> Iterable[Row]:
    p, flagged = by_shipped(known)
    before = table.assign(p=p, flagged=flagged)
    after = [
        table.assign(p=one, flagged=above)
        for one, above in zip(crossed.p, crossed.flagged, strict=True)
    ]
    for name, measure in MEASURES.items():
        rng = np.random.default_rng(0)
        each = [measure(one) for one in after]
        typical = after[int(np.argsort(each)[len(each) // 2])]
        yield Row(
            name,
            estimate(before, measure, rng, RESAMPLES),
            estimate(typical, measure, rng, RESAMPLES)._replace(value=float(np.mean(each))),
            float(np.std(each)),
        )


def _truth(table: pd.DataFrame) -> tuple[NDArray[np.bool_], pd.DataFrame]:
    """Sentences on which the raters agree, and whether they reject them."""
    kept = table[(table["rejected"] == 0) | (table["rejected"] == 1)]
    return kept["rejected"].to_numpy(float) == 1, kept


def agreed_auc(table: pd.DataFrame) -> float:
    """Area under the ROC curve over the sentences on which all raters agree."""
    false, kept = _truth(table)
    return auc(false, kept["p"].to_numpy(float))


def within_section(table: pd.DataFrame) -> float:
    """The same for a rejection by anybody, in each section apart; mean over the sections."""
    anyone = (table["rejected"] > 0).to_numpy(bool)
    return any_within_section(table.assign(rater_1=anyone, rater_2=anyone), "p")


def note_rho(table: pd.DataFrame) -> float:
    """Spearman over notes: mean p against the mean share rejected."""
    notes = table.groupby(["session_id", "drafter"])[["p", "rejected"]].mean().to_numpy()
    return spearman(notes[:, 0], notes[:, 1])


def brier(table: pd.DataFrame) -> float:
    """Mean squared distance of p from what a rater says; 0 is perfect."""
    share, p = table["rejected"].to_numpy(float), table["p"].to_numpy(float)
    return float(np.mean(share * (1 - p) ** 2 + (1 - share) * p**2))


def sensitivity(table: pd.DataFrame) -> float:
    """Share flagged of the sentences that all raters reject."""
    false, kept = _truth(table)
    return float(kept["flagged"].to_numpy(bool)[false].mean()) if false.any() else float("nan")


def specificity(table: pd.DataFrame) -> float:
    """Share not flagged of the sentences that no rater rejects."""
    false, kept = _truth(table)
    return float(1 - kept["flagged"].to_numpy(bool)[~false].mean()) if not false.all() else np.nan


MEASURES: dict[str, Measure] = {
    "AUC, raters agreed": agreed_auc,
    "AUC within section": within_section,
    "rho over notes": note_rho,
    "Brier score": brier,
    "sensitivity": sensitivity,
    "specificity": specificity,
}
