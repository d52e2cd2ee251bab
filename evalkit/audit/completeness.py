"""The completeness rubric beside the raters of TN-Eval: item by item and note by note."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from evalkit.errors import InputError
from evalkit.imports._rubric import RubricAnswer
from evalkit.records import Draft
from evalkit.scorers._rubric import load
from evalkit.scorers.completeness import told

if TYPE_CHECKING:
    import pandas as pd

ITEMS = {
    "subjective-chief-complaint": "chief_complaint",
    "subjective-symptoms": "symptoms",
    "subjective-history": "history",
    "subjective-goals": "client_goals",
    "subjective-homework": "homework_review",
    "subjective-quotes": "quotes",
    "objective-behavior": "behavior",
    "objective-mental-status": "mental_status",
    "objective-assessment-tools": "measures",
    "objective-therapy-activities": "activities",
    "objective-interventions": "interventions",
    "assessment-diagnosis": "diagnosis",
    "assessment-triggers": "triggers",
    "assessment-progress": "progress",
    "assessment-analysis": "analysis",
    "assessment-response": "response",
    "assessment-overall-progress": "overall_progress",
    "assessment-goals": "treatment_goals",
    "assessment-stages": "stage",
    "plan-interventions": "next_interventions",
    "plan-follow-up": "follow_up",
    "plan-adjustment": "adjustment",
    "plan-homework": "homework",
}
"""The published items, by their names in the data, and ours."""

RATERS = ("rater_1", "rater_2")


def join_rubric(drafts: Iterable[Draft], answers: Iterable[RubricAnswer]) -> pd.DataFrame:
    """One row an item of a note: session_id, drafter, section, item (ours), `sentences` that
    answer it, evalkit (whether any does), rater_1, rater_2 and a column a judge, 0 or 1.

    Raises InputError where an answer is on no item of ours, or less than 95 % of the answers are
    on a note that is there.
    """
    import pandas as pd

    rubric = load("soap")
    found = {
        (draft.session_id, draft.approach, one.section, one.item.name): len(one.by)
        for draft in drafts
        if draft.failure is None
        for one in told(rubric, draft)
    }
    rows, asked = [], 0
    for one in answers:
        asked += 1
        if one.item not in ITEMS:
            raise InputError(
                "an unknown item of the rubric", field="item", fix=f"one of {', '.join(ITEMS)}"
            )
        key = (one.session_id, one.drafter, one.section, ITEMS[one.item])
        if key in found:
            judges = {name: int(value) for name, value in one.judges.items()}
            raters = {"rater_1": int(one.rater_1), "rater_2": int(one.rater_2)}
            n = found[key]
            row: dict[str, object] = {"session_id": key[0], "drafter": key[1], "section": key[2]}
            row |= {"item": key[3], "sentences": n, "evalkit": int(n > 0), **raters, **judges}
            rows.append(row)
    if not rows or len(rows) < 0.95 * asked:
        raise InputError(
            f"{len(rows)} of {asked} answers are on notes that are there",
            fix="give the notes that the answers are on",
        )
    return pd.DataFrame(rows)


def judges_of(table: pd.DataFrame) -> list[str]:
    """The columns of the LLM judges."""
    known = {"session_id", "drafter", "section", "item", "sentences", "evalkit", *RATERS}
    return [str(name) for name in table.columns if name not in known]


def by_item(table: pd.DataFrame) -> pd.DataFrame:
    """One row an item: notes, share told by evalkit and by the raters, and how all agree.

    Columns: section, item, notes, evalkit, raters (shares); accuracy and kappa of evalkit against
    each rater (mean of both), auc of the count of sentences against all answers of both; then
    raters_kappa, the ceiling, and kappa_X of each judge (Cohen 1960). None where undefined.
    """
    import pandas as pd

    rows = []
    for (section, item), part in table.groupby(["section", "item"], sort=False):
        row = {
            "section": section,
            "item": item,
            "notes": len(part),
            "evalkit": part["evalkit"].mean(),
            "raters": part[list(RATERS)].to_numpy().mean(),
            "accuracy": _mean(part, "evalkit", _same),
            "kappa": _mean(part, "evalkit", _kappa),
            "auc": _auc(part),
            "raters_accuracy": _same(part["rater_1"], part["rater_2"]),
            "raters_kappa": _kappa(part["rater_1"], part["rater_2"]),
        }
        for judge in judges_of(table):
            row[f"accuracy_{judge}"] = _mean(part, judge, _same)
            row[f"kappa_{judge}"] = _mean(part, judge, _kappa)
        rows.append(row)
    return pd.DataFrame(rows)


def completeness_agreement(table: pd.DataFrame) -> dict[str, float]:
    """Means over items, and Spearman over notes of the share of items told.

    `accuracy`, `kappa`, `auc`: evalkit against the raters, mean over items; `raters_*`: rater
    against rater; `X_kappa`, `X_rho`: judge X. `note_rho`: evalkit against the raters' mean;
    `raters_rho`: rater against rater. `answers`, `notes`, `sessions`: how many there are.
    """
    items = by_item(table)
    notes = table.groupby(["session_id", "drafter"], sort=False).mean(numeric_only=True)
    raters = notes[list(RATERS)].mean(axis=1)
    found = {
        "accuracy": items["accuracy"].mean(),
        "kappa": items["kappa"].mean(),
        "auc": items["auc"].mean(),
        "raters_accuracy": items["raters_accuracy"].mean(),
        "raters_kappa": items["raters_kappa"].mean(),
        "note_rho": _spearman(notes["evalkit"], raters),
        "raters_rho": _spearman(notes["rater_1"], notes["rater_2"]),
    }
    for judge in judges_of(table):
        found[f"{judge}_accuracy"] = items[f"accuracy_{judge}"].mean()
        found[f"{judge}_kappa"] = items[f"kappa_{judge}"].mean()
        found[f"{judge}_rho"] = _spearman(notes[judge], raters)
    found |= {
        "answers": len(table),
        "notes": len(notes),
        "sessions": table["session_id"].nunique(),
    }
    return {name: float(value) for name, value in found.items()}


def _mean(
    part: pd.DataFrame, one: str, measure: Callable[[Iterable[int], Iterable[int]], float | None]
) -> float:
    """A measure of one column against each rater, mean of both, over those that have a value."""
    values = [measure(part[one], part[rater]) for rater in RATERS]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else float("nan")


def _same(one: Iterable[int], other: Iterable[int]) -> float:
    equal = [a == b for a, b in zip(one, other, strict=True)]
    return sum(equal) / len(equal)


def _kappa(one: Iterable[int], other: Iterable[int]) -> float | None:
    """Cohen's kappa of two columns of 0 and 1; None where both always say the same thing.

    >>> _kappa([1, 1, 0, 0], [1, 0, 0, 0])
    0.5
    """
    first, second = list(one), list(other)
    yes, also = sum(first) / len(first), sum(second) / len(second)
    chance = yes * also + (1 - yes) * (1 - also)
    return (_same(first, second) - chance) / (1 - chance) if chance < 1 else None


def _auc(part: pd.DataFrame) -> float | None:
    """How well the count of sentences ranks notes as the answers of both raters do."""
    from sklearn.metrics import roc_auc_score

    truth = [*part["rater_1"], *part["rater_2"]]
    if len(set(truth)) < 2:
        return None
    return float(roc_auc_score(truth, [*part["sentences"], *part["sentences"]]))


def _spearman(one: Iterable[float], other: Iterable[float]) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(list(one), list(other))[0])
