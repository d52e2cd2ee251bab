"""Findings beside PriMock57's labels: statements of notes, and errors counted by clinicians."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from evalkit.audit.raters import auc, spearman
from evalkit.errors import InputError
from evalkit.imports.primock57 import LabelledStatement, NoteErrors
from evalkit.records import FALSE, Finding

if TYPE_CHECKING:
    import pandas as pd


def statements(findings: Iterable[Finding], labels: Iterable[LabelledStatement]) -> pd.DataFrame:
    """A row a labelled statement: session_id, drafter, index, incorrect, p_unsupported, flagged.

    A statement has the p of the worst sentence that shares a character with it; a statement
    without a word is 0. Statements that nobody labelled stay out. Raises InputError if a labelled
    note has no finding at all.
    """
    import pandas as pd

    notes: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        notes.setdefault((one.session_id, one.approach), []).append(one)
    rows = []
    for label in labels:
        if label.correct is None:
            continue
        note = notes.get((label.session_id, label.drafter))
        if note is None:
            raise InputError(
                f"no finding in the note of {label.session_id!r} by {label.drafter!r}",
                fix="score the notes that the labels are of",
            )
        here = [f for f in note if f.claim.start < label.end and f.claim.end > label.start]
        p = max((f.p_unsupported for f in here), default=0.0)
        flagged = any(f.verdict in FALSE for f in here)
        rows.append((label.session_id, label.drafter, label.index, not label.correct, p, flagged))
    columns = ["session_id", "drafter", "index", "incorrect", "p_unsupported", "flagged"]
    return pd.DataFrame(rows, columns=columns)


def statement_auc(table: pd.DataFrame, score: str = "p_unsupported") -> float:
    """Area under the ROC curve over all statements: those found incorrect against the others."""
    return auc(table["incorrect"].to_numpy(bool), table[score].to_numpy(float))


def counted(findings: Iterable[Finding], errors: Iterable[NoteErrors]) -> pd.DataFrame:
    """A row a note: session_id, drafter, incorrect (clinicians' mean count), sentences, flagged
    (unsupported or contradicted), expected (sum of p_unsupported).

    Notes whose incorrect statements were not counted, or that have no findings, stay out.
    """
    import pandas as pd

    notes: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        notes.setdefault((one.session_id, one.approach), []).append(one)
    rows = []
    for error in errors:
        note = notes.get((error.session_id, error.drafter))
        if note is None or error.incorrect is None:
            continue
        flagged = sum(one.verdict in FALSE for one in note)
        expected = sum(one.p_unsupported for one in note)
        row = (error.session_id, error.drafter, error.incorrect, len(note), flagged, expected)
        rows.append(row)
    columns = ["session_id", "drafter", "incorrect", "sentences", "flagged", "expected"]
    return pd.DataFrame(rows, columns=columns)


def count_rho(table: pd.DataFrame, score: str = "expected") -> float:
    """Spearman over notes: our count against the clinicians'."""
    return spearman(table[score].to_numpy(float), table["incorrect"].to_numpy(float))
