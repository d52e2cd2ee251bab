"""The tables a report is made of: the leaderboard, the accounting and the worst notes.

The breakdowns and the flat tables are reached from here as well.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

import pandas as pd

from evalkit.decision import deciding
from evalkit.errors import EvalkitError
from evalkit.records import FALSE, Cell, Decision, Draft, Estimate, Finding, GateResult, Run
from evalkit.reports.breakdowns import by_category as by_category
from evalkit.reports.breakdowns import by_format as by_format
from evalkit.reports.breakdowns import by_section as by_section
from evalkit.reports.breakdowns import by_trap as by_trap
from evalkit.reports.breakdowns import minutes_by_part as minutes_by_part
from evalkit.reports.flat import KEY, approach_names
from evalkit.reports.flat import drafts_table as drafts_table
from evalkit.reports.flat import findings_table as findings_table
from evalkit.reports.flat import labels as labels
from evalkit.reports.flat import reviews_table as reviews_table
from evalkit.reports.flat import scores_table as scores_table

VERDICTS = ("deploy", "collect more", "hold")

_MEASURES = (
    "fabrication",
    "fabrication_strict",
    "fabrication_major",
    "unsupported_sentences",
    "unsupported_sentences_strict",
    "unsupported_claims",
    "unsupported_claims_strict",
    "fidelity",
    "review_minutes",
    "minutes_saved",
    "review_trap",
    "fabrications_surviving",
)
_ENDS = ("", "_low", "_high")


def leaderboard(
    run: Run, decisions: Iterable[Decision], estimates: Iterable[Estimate]
) -> pd.DataFrame:
    """One row an approach: verdict, the gate that decided it, estimates with 95 % intervals.

    Shares are in [0, 1], `review_minutes` and `minutes_saved` in minutes a note,
    `fabrications_surviving` in expected ones a note; a measure that was not scored is missing.
    `notes` and `sessions` are those that have a value for fabrication. Rows go by verdict (deploy,
    collect more, hold), then by fabrication, then by name. Raises EvalkitError where an approach
    has no decision.
    """
    by_name = {decision.approach: decision for decision in decisions}
    known = {(estimate.approach, estimate.measure): estimate for estimate in estimates}
    counts = {row["approach"]: row for row in accounting(run).to_dict("records")}
    rows: list[dict[str, Any]] = []
    for approach in run.experiment.approaches:
        if approach.name not in by_name:
            raise EvalkitError(f"there is no decision on approach {approach.name!r}")
        decision = by_name[approach.name]
        row: dict[str, Any] = {
            "approach": approach.name,
            "control": approach.control,
            "verdict": decision.verdict,
            "decided_by": deciding_gate(run, decision),
        }
        for measure in _MEASURES:
            found = known.get((approach.name, measure))
            ends = (found.mean, found.low, found.high) if found else (None, None, None)
            row |= {measure + end: value for end, value in zip(_ENDS, ends, strict=True)}
        base = known.get((approach.name, "fabrication"))
        row["notes"] = base.n if base else 0
        row["sessions"] = base.clusters if base else 0
        row["failed"] = counts[approach.name]["failed"]
        row["excluded"] = counts[approach.name]["excluded"]
        rows.append(row)
    rows.sort(key=_rank)
    board = pd.DataFrame(rows)
    return board.astype(dict.fromkeys((m + end for m in _MEASURES for end in _ENDS), "float64"))


SUMMARY = {
    "fabrication": "notes with a fabrication",
    "fabrication_strict": "strict",
    "fabrication_major": "major",
    "unsupported_sentences": "unsupported sentences",
    "fidelity": "fidelity",
    "review_minutes": "review minutes",
}
"""Measures of the summary, and their headings."""


def summary(run: Run, estimates: Iterable[Estimate]) -> pd.DataFrame:
    """The leaderboard for a reader, in the experiment's order: `29% [15, 49]` in each cell.

    The interval is the 95 % one over sessions; a control bears a star; the last column counts
    scored notes.
    """
    known = {(estimate.approach, estimate.measure): estimate for estimate in estimates}
    scored = [draft.approach for draft in run.drafts if draft.failure is None]
    rows = {
        approach.name + (" *" if approach.control else ""): {
            **{
                heading: _with_ends(known.get((approach.name, measure)), is_share(run, measure))
                for measure, heading in SUMMARY.items()
            },
            "notes": str(scored.count(approach.name)),
        }
        for approach in run.experiment.approaches
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("approach")


def verdicts(run: Run, decisions: Iterable[Decision]) -> pd.DataFrame:
    """Verdict and deciding gate of each approach, in the experiment's order."""
    rows = {
        decision.approach + (" *" if decision.control else ""): {
            "verdict": decision.verdict,
            "gate that decided": deciding_gate(run, decision),
        }
        for decision in decisions
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("approach")


def _with_ends(found: Estimate | None, share: bool) -> str:
    if found is None or found.mean is None or found.low is None or found.high is None:
        return "not scored"
    scale, digits = (100, 0) if share else (1, 1)
    mean, low, high = (f"{scale * end:.{digits}f}" for end in (found.mean, found.low, found.high))
    return f"{mean}{'%' if share else ''} [{low}, {high}]"


def _rank(row: dict[str, Any]) -> tuple[int, bool, float, str]:
    mean = row["fabrication"]
    missing = mean is None
    return VERDICTS.index(row["verdict"]), missing, 0.0 if missing else mean, row["approach"]


def deciding_gate(run: Run, decision: Decision) -> str:
    """The gate behind a verdict, in words: the first that failed or stayed open.

    Where all passed it is the one that passed most narrowly.
    """
    result = deciding(decision)
    if result is None:
        return "; ".join(decision.reasons) or "no gate is set"
    closest = "every gate passed; closest: " if decision.verdict == "deploy" else ""
    return closest + in_words(run, result)


def in_words(run: Run, result: GateResult) -> str:
    """A gate and what it was judged on: `fabrication 12.5 % (2.1 to 30.0 %), allowed <= 10 %`."""
    gate = result.gate
    share = is_share(run, gate.measure)
    sign, bound = ("at least", gate.min) if gate.max is None else ("at most", gate.max)
    limit = bound or 0.0
    allowed = f"allowed {sign} " + (f"{100 * limit:g} %" if share else f"{limit:g}")
    name = gate.measure.replace("_", " ")
    if result.estimate is None:
        return f"{name} has no value ({result.n_unscored} notes unscored), {allowed}"
    mean = amount(result.estimate, share)
    interval = ranged(result.low, result.high, share)
    if result.outcome == "withheld":
        return f"{name} {mean} is withheld, as {result.reason}"
    return f"{name} {mean} (95 % interval {interval}), {allowed}"


def is_share(run: Run, measure: str) -> bool:
    """True where a measure is a share in [0, 1], shown in per cent."""
    units = {known.name: known.unit for known in run.measures}
    proportions = {known.name for known in run.measures if known.proportion}
    return measure in proportions or "share" in units.get(measure, "")


def amount(value: float | None, share: bool) -> str:
    """A number for a reader; missing is said, never shown as zero.

    >>> amount(0.125, True), amount(6.04, False), amount(None, True)
    ('12.5 %', '6.0', 'not scored')
    """
    if value is None or value != value:
        return "not scored"
    return f"{value * 100:.1f} %" if share else f"{value:.1f}"


def ranged(low: float | None, high: float | None, share: bool) -> str:
    """An interval for a reader.

    >>> ranged(0.021, 0.3, True), ranged(2, 3.5, False)
    ('2.1 to 30.0 %', '2.0 to 3.5')
    """
    if low is None or high is None or low != low or high != high:
        return "no interval"
    return f"{amount(low, share).removesuffix(' %')} to {amount(high, share)}"


# --- completeness and the worst notes --------------------------------------------------------


def accounting(run: Run) -> pd.DataFrame:
    """One row an approach: planned = scored + failed + excluded, and why drafts failed.

    Every approach is planned the same cells. Raises EvalkitError where the run does not add up.
    """
    names = approach_names(run)
    each, rest = divmod(run.planned, len(names))
    drafts: dict[str, list[Draft]] = {name: [] for name in names}
    for draft in run.drafts:
        if draft.approach not in drafts:
            raise EvalkitError(f"a draft is by an approach that was not planned: {draft.approach}")
        drafts[draft.approach].append(draft)
    rows = []
    for name in names:
        reasons = Counter(draft.failure for draft in drafts[name] if draft.failure is not None)
        rows.append(
            {
                "approach": name,
                "planned": each,
                "scored": len(drafts[name]) - reasons.total(),
                "failed": reasons.total(),
                "excluded": each - len(drafts[name]),
                "why_failed": "; ".join(
                    f"{reason} ({count})"
                    for reason, count in sorted(reasons.items(), key=lambda kv: (-kv[1], kv[0]))
                ),
            }
        )
    table = pd.DataFrame(rows)
    if rest or int(table["excluded"].sum()) != run.excluded or (table["excluded"] < 0).any():
        raise EvalkitError(
            f"the run does not add up: planned {run.planned} over {len(names)} approaches, "
            f"scored {run.scored}, failed {run.failed}, excluded {run.excluded}"
        )
    return table


def worst_notes(run: Run, k: int = 12) -> pd.DataFrame:
    """At most `k` notes with fabricated sentences, the worst of each approach in turn.

    Worse is: more major ones, then more of them, then a higher sum of `p_unsupported`.
    """
    fabricated: dict[Cell, list[Finding]] = defaultdict(list)
    for finding in run.first_findings:
        if finding.verdict in FALSE:
            fabricated[finding.cell].append(finding)
    rows: list[dict[str, Any]] = [
        {
            **cell._asdict(),
            "fabricated": len(found),
            "major": sum(finding.severity == "major" for finding in found),
            "contradicted": sum(finding.verdict == "contradicted" for finding in found),
            "sum_p": sum(finding.p_unsupported for finding in found),
        }
        for cell, found in fabricated.items()
    ]
    rows.sort(key=lambda r: (-r["major"], -r["fabricated"], -r["sum_p"], *(r[n] for n in KEY)))
    place: Counter[str] = Counter()
    for row in rows:
        row["turn"] = place[row["approach"]]
        place[row["approach"]] += 1
    order = {name: index for index, name in enumerate(approach_names(run))}
    rows.sort(key=lambda r: (r["turn"], order[r["approach"]]))
    columns = [*KEY, "fabricated", "major", "contradicted", "sum_p"]
    return pd.DataFrame(rows[:k], columns=columns)
