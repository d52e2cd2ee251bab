"""From people's labels to the figures of the card: TN-Eval, PriMock57, the completeness rubric.

Every scorer is measured in the same way on the same sentences or sections, and the two raters,
each taken for the scorer of the other, are the ceiling. Intervals are drawn over conversations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evalkit.audit import raters, statements
from evalkit.audit.calibrate import calibrate
from evalkit.audit.comparators import overlaps
from evalkit.audit.completeness import completeness_agreement, join_rubric
from evalkit.errors import InputError
from evalkit.imports._labels import Label, agreed, by_sentence
from evalkit.imports._rubric import tneval_rubric
from evalkit.imports.primock57 import note_errors, statement_labels
from evalkit.imports.tneval import tneval_labels, tneval_ratings
from evalkit.records import FALSE, Draft, Finding, Session
from evalkit.records.validity import Measured, Part

if TYPE_CHECKING:
    import pandas as pd

SEED, RESAMPLES = 1, 200
OURS, RATERS = "this judge", "rater against rater"
REFITTED = "this judge, refitted on other conversations"
SHIPPED, CROSSED, THEIRS, PEOPLE = "shipped", "cross-validated", "theirs", "people"
KEY = ["session_id", "drafter", "section", "index"]

BOTH, ANY, SHARE = (
    "AUC, both raters against neither",
    "AUC, any rater, within sections",
    "note rho, share rejected",
)
SENTENCES = {
    BOTH: raters.both_vs_neither,
    ANY: raters.any_within_section,
    SHARE: raters.note_rho,
}
SECTIONS = {
    "section rho, share rejected": (raters.section_rho, "rejected"),
    "section rho, rated faithfulness": (raters.section_rho, "unfaithful"),
    "note rho, rated faithfulness": (raters.note_rho_of_sections, "unfaithful"),
}

Name = tuple[str, str]
"""What is measured, and of whom."""


def tneval_rows(
    findings: Iterable[Finding], sessions: Mapping[str, Session], notes: Path, labels: Path
) -> list[Measured]:
    """What TN-Eval's sentences and sections say of `findings`, beside what others score.

    `notes` is the published JSON, `labels` the CSV of sentences.
    """
    known = list(tneval_labels(labels))
    table = raters.join(findings, known).merge(overlaps(known, sessions), on=KEY)
    scores = {OURS: "p_unsupported", "word overlap": "word_overlap", "ROUGE-L recall": "rouge_l"}
    asked: dict[Name, raters.Measure] = {
        (what, group): raters.on(measure, column)
        for what, measure in SENTENCES.items()
        for group, column in scores.items()
    }
    rows = _drawn("TN-Eval", table, asked, "sentences") + _at_the_cut(table)
    sections = _turned(raters.by_section(table, tneval_ratings(notes)))
    scores |= {"AlignScore": "align_score"} | {
        f"LLM judge {column.removeprefix('judge_')}": column
        for column in map(str, sections.columns)
        if column.startswith("judge_")
    }
    asked = {
        (what, group): _against(measure, column, truth)
        for what, (measure, truth) in SECTIONS.items()
        for group, column in scores.items()
    } | {
        (SHARE, group): _against(raters.note_rho_of_sections, column, "rejected")
        for group, column in scores.items()
        if column not in table.columns
    }
    asked |= {
        ("note rho, rated faithfulness", RATERS): _against(
            raters.note_rho_of_sections, "likert_1", "likert_2"
        ),
        ("section rho, rated faithfulness", RATERS): _against(
            raters.section_rho, "likert_1", "likert_2"
        ),
    }
    return rows + _drawn("TN-Eval", sections, asked, "sections") + _ceiling(table)


def _against(measure: Callable[..., float], column: str, truth: str) -> raters.Measure:
    return lambda table: measure(table, column, truth)


def _turned(sections: pd.DataFrame) -> pd.DataFrame:
    """With every score so that more means less faithful."""
    up = [
        name
        for name in map(str, sections.columns)
        if name == "align_score" or name.startswith("judge_")
    ]
    return sections.assign(unfaithful=-sections["likert"], **{name: -sections[name] for name in up})


def _ceiling(table: pd.DataFrame) -> list[Measured]:
    def named(key: str) -> raters.Measure:
        return lambda drawn: raters.rater_against_rater(drawn)[key]

    keys = {BOTH: "auc", ANY: "auc_within_section", SHARE: "note_rho"}
    asked = {(what, RATERS): named(key) for what, key in keys.items()}
    asked["agreement", RATERS] = named("agree")
    note = {BOTH: "over all sentences: each rater against the other"}
    rows = _drawn("TN-Eval", table, asked, "sentences")
    return [row.model_copy(update={"note": note.get(row.what, "")}) for row in rows]


CALIBRATED = {
    "AUC, raters agreed": BOTH,
    "AUC within section": ANY,
    "rho over notes": SHARE,
    "sensitivity": "sentence recall, where the raters agree",
    "specificity": "sentence specificity, where the raters agree",
}
"""Names of the figures of `calibrate`, and of the same on the card."""


def refitted_rows(sessions: str, drafts: str, labels: str, notes: int) -> list[Measured]:
    """The judge in the house refitted on the labels, always on conversations it did not see.

    The sources are given as for `evalkit calibrate`; `notes` is how many there are.
    """
    return [
        Measured(
            part="TN-Eval",
            what=CALIBRATED[row.name],
            group=REFITTED,
            value=_known(row.calibrated.value),
            low=_known(row.calibrated.low),
            high=_known(row.calibrated.high),
            n=notes if row.name == "rho over notes" else row.calibrated.n,
            unit="notes" if row.name == "rho over notes" else _unit(CALIBRATED[row.name]),
            clusters=row.calibrated.clusters,
            learned=CROSSED,
            note=f"s.d. over repeats of the cross-validation {row.spread:.3f}",
        )
        for row in calibrate(sessions, drafts, labels).figures
        if row.name in CALIBRATED
    ]


def _at_the_cut(table: pd.DataFrame) -> list[Measured]:
    """Sensitivity and specificity of the verdicts, each rater's word on each sentence counting."""
    asked: dict[Name, raters.Measure] = {
        ("sentence recall", "all"): lambda drawn: _flagged(drawn, rejected=True),
        ("sentence specificity", "all"): lambda drawn: 1 - _flagged(drawn, rejected=False),
    }
    rows = _drawn("TN-Eval", table, asked, "sentences")
    rejected = int(table["rater_1"].sum() + table["rater_2"].sum()) / 2
    counts = (round(rejected), round(len(table) - rejected))
    units = ("sentences rejected, mean of the raters", "sentences accepted, mean of the raters")
    return [
        row.model_copy(update={"n": n, "unit": unit})
        for row, n, unit in zip(rows, counts, units, strict=True)
    ]


def _flagged(table: pd.DataFrame, *, rejected: bool) -> float:
    flags = table["verdict"].isin(FALSE).to_numpy()
    said = np.concatenate([table["rater_1"].to_numpy(bool), table["rater_2"].to_numpy(bool)])
    chosen = np.concatenate([flags, flags])[said == rejected]
    return float(chosen.mean()) if len(chosen) else float("nan")


def statement_rows(findings: Iterable[Finding], labels: Path) -> list[Measured]:
    """PriMock57's checklist: statements found incorrect against those found correct."""
    table = statements.statements(findings, statement_labels(labels))
    return _drawn(
        "PriMock57", table, {("AUC, statements", OURS): statements.statement_auc}, "statements"
    )


def count_rows(findings: Iterable[Finding], errors: Path) -> list[Measured]:
    """PriMock57's human evaluation: errors counted by clinicians against ours, note by note."""
    table = statements.counted(findings, note_errors(errors))

    def by(score: str) -> raters.Measure:
        return lambda drawn: statements.count_rho(drawn, score)

    asked = {
        ("note rho, incorrect statements", OURS): by("expected"),
        ("note rho, incorrect statements", "this judge, sentences flagged"): by("flagged"),
        ("note rho, incorrect statements", "sentences in the note"): by("sentences"),
    }
    return _drawn("PriMock57", table, asked, "notes")


def completeness_rows(drafts: Iterable[Draft], notes: Path) -> list[Measured]:
    """The completeness rubric beside the raters of TN-Eval, the LLM judges, and rater to rater."""
    table = join_rubric(drafts, tneval_rubric(notes))
    found = completeness_agreement(table)
    groups = {"": OURS, "raters_": RATERS} | {
        key.removesuffix("rho"): f"LLM judge {key.removesuffix('_rho')}"
        for key in found
        if key.endswith("_rho") and key not in ("note_rho", "raters_rho")
    }
    rows = []
    for prefix, group in groups.items():
        for what, key in (
            ("accuracy, mean over items", f"{prefix}accuracy"),
            ("kappa, mean over items", f"{prefix}kappa"),
            ("AUC, mean over items", f"{prefix}auc"),
            ("note rho, share of items", f"{prefix}rho" if prefix else "note_rho"),
        ):
            if key in found:
                nan, name = float("nan"), (what, group)
                figure = raters.Estimate(found[key], nan, nan, *_size(name, table))
                rows.append(_row("completeness", name, figure, "answers"))
    return rows


def own_rows(findings: Iterable[Finding], labels: Iterable[Label]) -> list[Measured]:
    """A team's own labels, where several raters are settled by the majority.

    Raises InputError if less than 95 % of the labelled sentences have a finding.
    """
    import pandas as pd

    found = {
        (one.session_id, one.approach, one.claim.section, one.claim.index): one for one in findings
    }
    rows, asked = [], 0
    for (session_id, drafter, _, section, index), said in by_sentence(labels).items():
        asked += 1
        one = found.get((session_id, drafter, section, index))
        if one is not None:
            false = agreed(said)[0] in FALSE
            rows.append((session_id, drafter, false, one.p_unsupported, one.verdict in FALSE))
    if len(rows) < 0.95 * asked:
        raise InputError(
            f"{len(rows)} of {asked} labelled sentences are in the notes",
            fix="give the notes that the labels are of",
        )
    columns = ["session_id", "drafter", "false", "p_unsupported", "flagged"]
    table = pd.DataFrame(rows, columns=columns)

    def share(false: bool) -> raters.Measure:
        def measure(drawn: pd.DataFrame) -> float:
            of = drawn[drawn["false"] == false]
            return float((of["flagged"] == false).mean()) if len(of) else float("nan")

        return measure

    def area(drawn: pd.DataFrame) -> float:
        return raters.auc(drawn["false"].to_numpy(bool), drawn["p_unsupported"].to_numpy(float))

    figures: dict[Name, raters.Measure] = {
        ("AUC", OURS): area,
        ("sentence recall", OURS): share(True),
        ("sentence specificity", OURS): share(False),
    }
    wrong = int(table["false"].sum())
    counts = {"sentence recall": wrong, "sentence specificity": len(table) - wrong}
    units = {"sentence recall": "false sentences", "sentence specificity": "true sentences"}
    return [
        row.model_copy(
            update={"n": counts.get(row.what, row.n), "unit": units.get(row.what, row.unit)}
        )
        for row in _drawn("own labels", table, figures, "sentences")
    ]


def _drawn(
    part: Part, table: pd.DataFrame, asked: Mapping[Name, raters.Measure], unit: str
) -> list[Measured]:
    """Each measure with its 95 % interval, all over the same draws of conversations."""
    import pandas as pd

    rng = np.random.default_rng(SEED)
    parts = [each for _, each in table.groupby("session_id", sort=False)]
    draws: dict[Name, list[float]] = {name: [] for name in asked}
    for _ in range(RESAMPLES):
        numbers = rng.integers(0, len(parts), len(parts))
        drawn = pd.concat(
            [parts[number].assign(session_id=place) for place, number in enumerate(numbers)],
            ignore_index=True,
        )
        for name, measure in asked.items():
            draws[name].append(measure(drawn))
    rows = []
    for name, measure in asked.items():
        known = [value for value in draws[name] if not math.isnan(value)]
        low, high = np.percentile(known, [2.5, 97.5]) if known else (float("nan"), float("nan"))
        found = raters.Estimate(measure(table), float(low), float(high), *_size(name, table))
        rows.append(_row(part, name, found, unit))
    return rows


def _size(name: Name, table: pd.DataFrame) -> tuple[int, int]:
    """How many things and conversations a figure is of: a rho over notes is of notes."""
    things = table.drop_duplicates(raters.NOTE) if name[0].startswith("note rho") else table
    return len(things), int(table["session_id"].nunique())


def _row(part: Part, name: Name, found: raters.Estimate, unit: str) -> Measured:
    what, group = name
    whose = SHIPPED if group.startswith(OURS) or group == "all" else THEIRS
    return Measured(
        part=part,
        what=what,
        group=group,
        value=_known(found.value),
        low=_known(found.low),
        high=_known(found.high),
        n=found.n,
        unit="notes" if what.startswith("note rho") else _unit(what, unit),
        clusters=found.clusters,
        learned=PEOPLE if group == RATERS else whose,
        note="" if _known(found.value) is not None else "not defined on these data",
    )


def _unit(what: str, unit: str = "sentences") -> str:
    """The unit of a figure's `n`: some leave out the sentences on which the raters differ."""
    agreed = what == BOTH or what.endswith("where the raters agree")
    return f"{unit} in all, those the raters agree on counted" if agreed else unit


def _known(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)
