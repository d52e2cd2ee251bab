"""Flat tables, one row a record, for Parquet and MLflow; and what every table shares.

Row order is fixed: approaches, sessions and formats as the experiment has them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from evalkit.records import Approach, Draft, Keyed, Run

KEY = ("session_id", "approach", "format", "replicate")
PARTS = ("read", "verify", "edit", "transfer", "sign")
MODELLED = (
    *("low", "high", "mean_minutes", "scratch", "saved", "trap"),
    *("fabrications", "fabrications_major", "caught", "surviving", "surviving_major", "slips"),
)
"""Fields of a review beside its parts that may be missing."""


def drafts_table(run: Run) -> pd.DataFrame:
    """One row a draft, sections joined under their names in `text`."""
    rows = [
        key_of(draft)
        | {
            "approach_id": draft.approach_id,
            "words": draft.words,
            "failure": draft.failure or "",
            "latency_s": draft.latency_s,
            "cost_usd": draft.cost_usd,
            "prompt_tokens": draft.usage.prompt_tokens if draft.usage else None,
            "completion_tokens": draft.usage.completion_tokens if draft.usage else None,
            "planted": len(draft.planted or ()),
            "text": "\n\n".join(f"[{name}]\n{text}" for name, text in draft.sections.items()),
        }
        for draft in sorted(run.drafts, key=in_order(run))
    ]
    columns = ["approach_id", "words", "failure", "latency_s", "cost_usd", "prompt_tokens"]
    columns = [*KEY, *columns, "completion_tokens", "planted", "text"]
    numbers = ["latency_s", "cost_usd", "prompt_tokens", "completion_tokens"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(numbers, "float64"))


def findings_table(run: Run) -> pd.DataFrame:
    """One row a claim and judge with its verdict; `turns` index the transcript, `-` for none."""
    rows = [
        key_of(finding)
        | {
            "finding_id": finding.finding_id,
            "section": finding.claim.section,
            "index": finding.claim.index,
            "start": finding.claim.start,
            "end": finding.claim.end,
            "verdict": finding.verdict,
            "p_unsupported": finding.p_unsupported,
            "category": finding.category,
            "severity": finding.severity,
            "turns": " ".join(str(e.turn) for e in finding.evidence if e.turn is not None) or "-",
            "text": finding.claim.text,
            "evidence": " | ".join(e.quote for e in finding.evidence),
            "reason": finding.reason,
            "judge": finding.scorer,
        }
        for finding in sorted(run.findings, key=in_order(run))
    ]
    columns = ["finding_id", "section", "index", "start", "end", "verdict", "p_unsupported"]
    columns += ["category", "severity", "turns", "text", "evidence", "reason", "judge"]
    return pd.DataFrame(rows, columns=[*KEY, *columns])


def scores_table(run: Run) -> pd.DataFrame:
    """One row a score; `value` is missing where `reason` says why."""
    rows = [
        key_of(s) | {"scorer": s.scorer, "value": s.value, "unit": s.unit, "reason": s.reason}
        for s in sorted(run.scores, key=in_order(run))
    ]
    table = pd.DataFrame(rows, columns=[*KEY, "scorer", "value", "unit", "reason"])
    return table.astype({"value": "float64"})


def reviews_table(run: Run) -> pd.DataFrame:
    """One row a review, minutes by part and in all; then, named as the fields of `Review`, what
    clinicians differ by and what they miss. What is not known is missing, never zero."""
    rows = [
        key_of(review)
        | {part: getattr(review, part) for part in PARTS}
        | {"minutes": review.minutes, "reviewer": review.reviewer, "source": review.source}
        | {name: getattr(review, name) for name in MODELLED}
        | {"reason": review.reason}
        for review in sorted(run.reviews, key=in_order(run))
    ]
    columns = [*KEY, *PARTS, "minutes", "reviewer", "source", *MODELLED, "reason"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(MODELLED, "float64"))


def approach_names(run: Run) -> list[str]:
    return [approach.name for approach in run.experiment.approaches]


def labels(run: Run) -> dict[str, str]:
    """Approach name -> how a reader sees it: controls are marked as controls."""
    return {approach.name: _label(approach) for approach in run.experiment.approaches}


def _label(approach: Approach) -> str:
    return f"{approach.name} (control)" if approach.control else approach.name


def scored_drafts(run: Run) -> list[Draft]:
    return [draft for draft in run.drafts if draft.failure is None]


def ratio(part: float, whole: int) -> float:
    return part / whole if whole else float("nan")


def key_of(record: Keyed) -> dict[str, Any]:
    return dict(record.cell._asdict())


def in_order(run: Run) -> Callable[[Keyed], tuple[int, int, int, int]]:
    """A sort key for keyed records: approach, session, format, replicate; ties keep their order."""
    names = {name: index for index, name in enumerate(approach_names(run))}
    sessions = {session.session_id: index for index, session in enumerate(run.sessions)}
    formats = {name: index for index, name in enumerate(run.experiment.formats)}

    def key(record: Keyed) -> tuple[int, int, int, int]:
        return (
            names.get(record.approach, len(names)),
            sessions.get(record.session_id, len(sessions)),
            formats.get(record.format, len(formats)),
            record.replicate,
        )

    return key
