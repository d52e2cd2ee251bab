"""Findings beside the labels of human raters, sentence by sentence.

`join` makes one table of both; each measure is a function of such a table and of the column that
holds the score, so that a score of any kind (ours, a word overlap, the other rater) is measured in
the same way, and `estimate` puts an interval around it by drawing conversations anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import InputError
from evalkit.imports.tneval import LabelledSentence, RatedSection
from evalkit.records import FALSE, STRICT, Finding

if TYPE_CHECKING:
    import pandas as pd

NOTE = ["session_id", "drafter"]
RESAMPLES = 1000

Measure = Callable[["pd.DataFrame"], float]


class Estimate(NamedTuple):
    """A figure with its 95 % interval over `clusters` conversations; `n` rows went into it."""

    value: float
    low: float
    high: float
    n: int
    clusters: int


def join(findings: Iterable[Finding], labels: Iterable[LabelledSentence]) -> pd.DataFrame:
    """One row a labelled sentence: session_id, drafter, section, index, p_unsupported, verdict,
    and for each rater whether the sentence was found unfaithful.

    Raises InputError if less than 95 % of the labelled sentences have a finding: then the
    labels are not of these notes.
    """
    import pandas as pd

    ours = pd.DataFrame(
        [
            (
                one.session_id,
                one.approach,
                one.claim.section,
                one.claim.index,
                one.p_unsupported,
                one.verdict,
            )
            for one in findings
        ],
        columns=["session_id", "drafter", "section", "index", "p_unsupported", "verdict"],
    )
    theirs = pd.DataFrame(
        [
            (one.session_id, one.drafter, one.section, one.index, not one.rater_1, not one.rater_2)
            for one in labels
            if one.rater_1 is not None and one.rater_2 is not None
        ],
        columns=["session_id", "drafter", "section", "index", "rater_1", "rater_2"],
    )
    joined = theirs.merge(ours, on=["session_id", "drafter", "section", "index"])
    if len(joined) < 0.95 * len(theirs) or theirs.empty:
        raise InputError(
            f"{len(joined)} of {len(theirs)} labelled sentences are in the notes",
            fix="score the notes that the labels are of",
        )
    return joined


def compare_with_raters(
    findings: Iterable[Finding], labels: Iterable[LabelledSentence]
) -> pd.DataFrame:
    """Unsupported sentences by author and section, evalkit beside the raters, in percent.

    Columns: drafter, section, sentences, rater_mean (mean of both), rater_both, evalkit
    (inference-aware) and evalkit_strict; the rows with section "all" are over a whole author.
    """
    import pandas as pd

    table = join(findings, labels)
    rows = []
    for drafter, notes in table.groupby("drafter", sort=False):
        for section in [*notes["section"].drop_duplicates(), "all"]:
            part = notes if section == "all" else notes[notes["section"] == section]
            raters = part[["rater_1", "rater_2"]]
            rows.append(
                {
                    "drafter": drafter,
                    "section": section,
                    "sentences": len(part),
                    "rater_mean": 100 * raters.to_numpy().mean(),
                    "rater_both": 100 * raters.all(axis=1).mean(),
                    "evalkit": 100 * part["verdict"].isin(FALSE).mean(),
                    "evalkit_strict": 100 * part["verdict"].isin(STRICT).mean(),
                }
            )
    return pd.DataFrame(rows).round(1)


def both_vs_neither(table: pd.DataFrame, score: str = "p_unsupported") -> float:
    """Area under the ROC curve: sentences both raters reject against those neither does.

    NaN where all are of one kind.
    """
    kept = table[table["rater_1"] == table["rater_2"]]
    return auc(kept["rater_1"].to_numpy(bool), kept[score].to_numpy(float))


def any_within_section(table: pd.DataFrame, score: str = "p_unsupported") -> float:
    """The same for a rejection by either rater, in each section apart; mean over the sections."""
    rejected = (table["rater_1"] | table["rater_2"]).to_numpy(bool)
    scores = table[score].to_numpy(float)
    sections = table["section"].to_numpy()
    found = [
        auc(rejected[sections == one], scores[sections == one]) for one in sorted(set(sections))
    ]
    known = [value for value in found if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def note_rho(table: pd.DataFrame, score: str = "p_unsupported") -> float:
    """Spearman over notes: mean score against the mean share that the two raters reject."""
    rejected = (table["rater_1"].astype(float) + table["rater_2"].astype(float)) / 2
    notes = table.assign(rejected=rejected).groupby(NOTE)[[score, "rejected"]].mean()
    return spearman(notes[score].to_numpy(float), notes["rejected"].to_numpy(float))


def rater_against_rater(table: pd.DataFrame) -> dict[str, float]:
    """The ceiling: each rater as the scorer of the other, mean of the two ways round.

    `auc` over all sentences, `auc_within_section`, `note_rho`, and the share of `agree`ment.
    """
    aucs, within = [], []
    for one, other in (("rater_1", "rater_2"), ("rater_2", "rater_1")):
        aucs.append(auc(table[other].to_numpy(bool), table[one].to_numpy(float)))
        alone = table.assign(rater_1=table[other], rater_2=table[other], other=table[one])
        within.append(any_within_section(alone, "other"))
    notes = table.astype({"rater_1": float, "rater_2": float}).groupby(NOTE)
    means = notes[["rater_1", "rater_2"]].mean().to_numpy()
    return {
        "auc": float(np.mean(aucs)),
        "auc_within_section": float(np.mean(within)),
        "note_rho": spearman(means[:, 0], means[:, 1]),
        "agree": float((table["rater_1"] == table["rater_2"]).mean()),
    }


def by_section(table: pd.DataFrame, ratings: Iterable[RatedSection]) -> pd.DataFrame:
    """A row a section of a note, with the ratings of whole sections beside the sentences' means.

    Columns: session_id, drafter, section, sentences, rejected (mean share by the two raters), the
    mean of every other column of numbers in `table`, likert (mean of the raters), likert_1,
    likert_2, align_score, and one `judge_NAME` for each LLM judge. Sections nobody rated stay out.
    """
    import pandas as pd

    rejected = (table["rater_1"].astype(float) + table["rater_2"].astype(float)) / 2
    numbers = [
        name
        for name in table.columns
        if name not in ("index", "rater_1", "rater_2") and pd.api.types.is_float_dtype(table[name])
    ]
    means = table.assign(rejected=rejected, sentences=1.0).groupby([*NOTE, "section"])
    ours = means[["rejected", *numbers]].mean().reset_index()
    ours["sentences"] = means["sentences"].sum().to_numpy().astype(int)
    theirs = pd.DataFrame(
        [
            {
                "session_id": one.session_id,
                "drafter": one.drafter,
                "section": one.section,
                "likert_1": one.rater_1,
                "likert_2": one.rater_2,
                "align_score": one.align_score,
                **{f"judge_{name}": score for name, score in one.judges.items()},
            }
            for one in ratings
        ]
    )
    theirs["likert"] = theirs[["likert_1", "likert_2"]].mean(axis=1)
    return ours.merge(theirs, on=[*NOTE, "section"])


def section_rho(sections: pd.DataFrame, score: str, truth: str = "rejected") -> float:
    """Spearman over the sections of `by_section`, of a score and what people said."""
    kept = sections[[score, truth]].dropna().to_numpy(float)
    return spearman(kept[:, 0], kept[:, 1])


def note_rho_of_sections(sections: pd.DataFrame, score: str, truth: str = "rejected") -> float:
    """Spearman over notes, a note being the mean of its sections weighted by their sentences."""
    kept = sections.dropna(subset=[score, truth])
    weights = kept["sentences"].to_numpy(float)
    weighted = kept[NOTE].assign(
        score=kept[score] * weights, truth=kept[truth] * weights, weight=weights
    )
    notes = weighted.groupby(NOTE)[["score", "truth", "weight"]].sum()
    return spearman(
        (notes["score"] / notes["weight"]).to_numpy(), (notes["truth"] / notes["weight"]).to_numpy()
    )


def note_rho_faithfulness(sections: pd.DataFrame, score: str = "p_unsupported") -> float:
    """Spearman over notes: 1 - mean score against the mean faithfulness that the raters gave (1-5).

    A note is the mean of its sections, as they were rated, each counting once.
    """
    notes = sections.dropna(subset=[score, "likert"]).groupby(NOTE)[[score, "likert"]].mean()
    return spearman(-notes[score].to_numpy(float), notes["likert"].to_numpy(float))


def estimate(
    table: pd.DataFrame,
    measure: Measure,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> Estimate:
    """A measure of a table with its 95 % percentile interval, drawing conversations anew.

    A conversation drawn twice counts as two. Draws in which the measure is not defined are left
    out.
    """
    names, codes = np.unique(table["session_id"].to_numpy(), return_inverse=True)
    places = [np.flatnonzero(codes == code) for code in range(len(names))]
    values = []
    for _ in range(resamples):
        drawn = rng.integers(0, len(places), len(places))
        again = table.take(np.concatenate([places[one] for one in drawn]))
        copies = np.repeat(np.arange(len(drawn)), [len(places[one]) for one in drawn])
        values.append(measure(again.assign(session_id=copies).reset_index(drop=True)))
    known = [value for value in values if not np.isnan(value)]
    low, high = np.percentile(known, [2.5, 97.5]) if known else (float("nan"), float("nan"))
    return Estimate(measure(table), float(low), float(high), len(table), len(names))


def on(measure: Callable[[pd.DataFrame, str], float], score: str) -> Measure:
    """A measure of one column: `on(note_rho, "word_overlap")`."""
    return partial(_of, measure, score)


def _of(measure: Callable[[pd.DataFrame, str], float], score: str, table: pd.DataFrame) -> float:
    return measure(table, score)


def agreement(findings: Iterable[Finding], labels: Iterable[LabelledSentence]) -> dict[str, float]:
    """How well `p_unsupported` ranks sentences as the raters do, and the raters each other.

    `both_vs_neither`, `any_within_section` and `note_rho` as the functions of these names have
    them; `raters_agree`: share of sentences on which the two raters say the same; `sentences`:
    how many there are.
    """
    table = join(findings, labels)
    return {
        "both_vs_neither": both_vs_neither(table),
        "any_within_section": any_within_section(table),
        "note_rho": note_rho(table),
        "raters_agree": rater_against_rater(table)["agree"],
        "sentences": float(len(table)),
    }


def auc(positive: NDArray[Any], scores: NDArray[Any]) -> float:
    """Area under the ROC curve, ties counting half; NaN where all are of one kind.

    >>> auc(np.array([False, True, True]), np.array([0.1, 0.1, 0.9]))
    0.75
    """
    from scipy.stats import rankdata

    hits = int(positive.sum())
    misses = len(positive) - hits
    if not hits or not misses:
        return float("nan")
    ranks = rankdata(scores)
    return float((ranks[positive].sum() - hits * (hits + 1) / 2) / (hits * misses))


def spearman(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Spearman's rank correlation; NaN where either is constant or there are fewer than three."""
    from scipy.stats import rankdata

    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])
