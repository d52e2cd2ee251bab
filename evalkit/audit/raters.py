"""Findings beside the labels of human raters, sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from evalkit.errors import InputError
from evalkit.imports.tneval import LabelledSentence
from evalkit.records import FALSE, STRICT, Finding

if TYPE_CHECKING:
    import pandas as pd


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


def agreement(findings: Iterable[Finding], labels: Iterable[LabelledSentence]) -> dict[str, float]:
    """How well `p_unsupported` ranks sentences as the raters do, and the raters each other.

    `both_vs_neither`: area under the ROC curve, sentences both raters reject against those
    neither does. `any_within_section`: the same for any rejection, mean over sections.
    `note_rho`: Spearman over notes, mean p against mean share rejected. `raters_agree`: share of
    sentences on which the two raters say the same. `sentences`: how many there are.
    """
    from scipy.stats import spearmanr
    from sklearn.metrics import roc_auc_score

    table = join(findings, labels)
    anyone = table["rater_1"] | table["rater_2"]
    same = table["rater_1"] == table["rater_2"]
    within = [
        roc_auc_score(anyone[part.index], part["p_unsupported"])
        for _, part in table.groupby("section")
    ]
    notes = table.assign(rejected=(table["rater_1"] * 1 + table["rater_2"] * 1) / 2)
    notes = notes.groupby(["session_id", "drafter"])[["p_unsupported", "rejected"]].mean()
    return {
        "both_vs_neither": float(
            roc_auc_score(table["rater_1"][same], table["p_unsupported"][same])
        ),
        "any_within_section": float(sum(within) / len(within)),
        "note_rho": float(spearmanr(notes["p_unsupported"], notes["rejected"])[0]),
        "raters_agree": float(same.mean()),
        "sentences": float(len(table)),
    }
