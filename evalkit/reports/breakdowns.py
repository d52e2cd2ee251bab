"""A run broken down by category of fabrication, section, trap, part of the review, and format.

Two readings stand side by side. The inference-aware one counts a sentence as fabricated where it
is unsupported or contradicted; the strict one counts inferred sentences as well.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import pandas as pd

from evalkit.records import FALSE, STRICT, Cell, Review, Run
from evalkit.reports.flat import PARTS, approach_names, ratio, scored_drafts
from evalkit.scorers.fabrication import CATEGORIES
from evalkit.stats import wilson


def by_category(run: Run) -> pd.DataFrame:
    """Approach x category: fabricated claims, notes with one, and their share of scored notes.

    `claims` and `notes_with` are inference-aware, `claims_strict` and `notes_with_strict` count
    inferred claims too; `notes` is the denominator, `per_100_notes` = 100 claims / notes.
    """
    notes = Counter(draft.approach for draft in scored_drafts(run))
    claims: Counter[tuple[str, str, bool]] = Counter()
    within: dict[tuple[str, str, bool], set[Cell]] = defaultdict(set)
    major: Counter[tuple[str, str]] = Counter()
    for finding in run.first_findings:
        for strict, verdicts in ((False, FALSE), (True, STRICT)):
            if finding.verdict in verdicts:
                claims[finding.approach, finding.category, strict] += 1
                within[finding.approach, finding.category, strict].add(finding.cell)
        if finding.verdict in FALSE and finding.severity == "major":
            major[finding.approach, finding.category] += 1
    rows = []
    for name in approach_names(run):
        for category in CATEGORIES:
            soft, hard = (name, category, False), (name, category, True)
            rows.append(
                {
                    "approach": name,
                    "category": category,
                    "claims": claims[soft],
                    "claims_strict": claims[hard],
                    "major": major[name, category],
                    "notes_with": len(within[soft]),
                    "notes_with_strict": len(within[hard]),
                    "notes": notes[name],
                    "per_100_notes": ratio(100 * claims[soft], notes[name]),
                    "per_100_notes_strict": ratio(100 * claims[hard], notes[name]),
                }
            )
    return pd.DataFrame(rows)


def by_section(run: Run) -> pd.DataFrame:
    """Approach x format x section: sentences, and the share of them that is unsupported."""
    sentences: Counter[tuple[str, str, str]] = Counter()
    soft: Counter[tuple[str, str, str]] = Counter()
    hard: Counter[tuple[str, str, str]] = Counter()
    for finding in run.first_findings:
        key = (finding.approach, finding.format, finding.claim.section)
        sentences[key] += 1
        soft[key] += finding.verdict in FALSE
        hard[key] += finding.verdict in STRICT
    order: dict[str, dict[str, None]] = defaultdict(dict)
    for draft in scored_drafts(run):
        order[draft.format].update(dict.fromkeys(draft.sections))
    rows = [
        {
            "approach": name,
            "format": form,
            "section": section,
            "sentences": sentences[name, form, section],
            "unsupported": soft[name, form, section],
            "unsupported_strict": hard[name, form, section],
            "share": ratio(soft[name, form, section], sentences[name, form, section]),
            "share_strict": ratio(hard[name, form, section], sentences[name, form, section]),
        }
        for name in approach_names(run)
        for form in run.experiment.formats
        for section in order[form]
        if sentences[name, form, section]
    ]
    columns = ["approach", "format", "section", "sentences", "unsupported", "unsupported_strict"]
    return pd.DataFrame(rows, columns=[*columns, "share", "share_strict"])


OUTCOMES = ("fell", "avoided", "not_mentioned")
"""What a note does with a trap, the gravest first."""


def by_trap(run: Run) -> pd.DataFrame:
    """Approach x kind of trap: notes that faced it, and how many fell, avoided it or are silent.

    Read from the scores `trap_<kind>`, whose reason names the outcome of each trap; where a
    session has several of a kind, the gravest is the note's. `share` is fell / notes, `low` and
    `high` the ends of Wilson's 95 % interval. Empty without traps, or without that scorer.
    """
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for score in run.scores:
        if score.scorer.startswith("trap_") and score.value is not None:
            said = score.reason.replace("not mentioned", "not_mentioned")
            gravest = next(each for each in OUTCOMES if f"{each}, " in said)
            found[score.scorer.removeprefix("trap_"), score.approach][gravest] += 1
    rows = []
    for kind in sorted({kind for kind, _ in found}):
        for name in approach_names(run):
            counts = found.get((kind, name))
            if counts is not None:
                notes, fell = counts.total(), counts["fell"]
                low, high = wilson(fell, notes)
                rows.append(
                    {"trap": kind, "approach": name, "notes": notes}
                    | {outcome: counts[outcome] for outcome in OUTCOMES}
                    | {"share": ratio(fell, notes), "low": low, "high": high}
                )
    columns = ["trap", "approach", "notes", *OUTCOMES, "share", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def minutes_by_part(run: Run) -> pd.DataFrame:
    """Mean minutes a note by part, with their total; `notes` reviewed notes an approach.

    An approach without a review has missing minutes, not zero.
    """
    reviews: dict[str, list[Review]] = defaultdict(list)
    for review in run.reviews:
        reviews[review.approach].append(review)
    rows = []
    for name in approach_names(run):
        mine = reviews[name]
        means = {part: ratio(sum(getattr(r, part) for r in mine), len(mine)) for part in PARTS}
        rows.append(
            {
                "approach": name,
                **means,
                "minutes": sum(means.values()) if mine else float("nan"),
                "notes": len(mine),
                "source": ", ".join(sorted({review.source for review in mine})),
            }
        )
    return pd.DataFrame(rows)


def by_format(run: Run) -> pd.DataFrame:
    """Approach x format: mean of the headline measures over the notes that have a value."""
    values: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for score in run.scores:
        if score.value is not None:
            values[score.approach, score.format, score.scorer].append(score.value)
    for review in run.reviews:
        values[review.approach, review.format, "minutes"].append(review.minutes)
    notes = Counter((draft.approach, draft.format) for draft in scored_drafts(run))
    measures = ("fabrication", "fabrication_strict", "fidelity", "minutes")
    rows = [
        {"approach": name, "format": form, "notes": notes[name, form]}
        | {
            measure: ratio(sum(values[name, form, measure]), len(values[name, form, measure]))
            for measure in measures
        }
        for name in approach_names(run)
        for form in run.experiment.formats
    ]
    return pd.DataFrame(rows)
