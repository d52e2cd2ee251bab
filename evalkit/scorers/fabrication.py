"""Fabrication: what a note says that the session does not support.

Inference-aware rates count unsupported and contradicted claims; strict rates also count claims
that are only inferred. The definition alone moved a published rate from 35 % (lexical) to 9 %
(inference-aware) on the same notes, so they are always reported side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, get_args

from evalkit.records import FALSE, STRICT, Case, Category, Finding, Measure, Score
from evalkit.scorers._base import Scorer

CATEGORIES: tuple[Category, ...] = tuple(
    category for category in get_args(Category) if category != "privacy"
)
"""Without privacy: what offends against it is true, and no fabrication."""


class Fabrication(Scorer):
    """Notes with a fabrication, share of claims that are one, and counts by category."""

    name: ClassVar[str] = "fabrication"
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            name="fabrication",
            unit="share of notes",
            better="lower",
            meaning="notes with at least one unsupported or contradicted claim",
            proportion=True,
        ),
        Measure(
            name="fabrication_strict",
            unit="share of notes",
            better="lower",
            meaning="notes with at least one claim that is not plainly supported",
            proportion=True,
        ),
        Measure(
            name="fabrication_major",
            unit="share of notes",
            better="lower",
            meaning="notes with an unsupported claim on risk, abuse, a condition or medication",
            proportion=True,
        ),
        Measure(
            name="unsupported_claims",
            unit="share of claims",
            better="lower",
            meaning="claims of a note that are unsupported or contradicted",
        ),
        Measure(
            name="unsupported_claims_strict",
            unit="share of claims",
            better="lower",
            meaning="claims of a note that are not plainly supported",
        ),
        *(
            Measure(
                name=f"fabricated_{category}",
                unit="claims a note",
                better="lower",
                meaning=f"unsupported or contradicted claims of category {category}",
            )
            for category in CATEGORIES
        ),
    )

    def score(self, case: Case) -> Iterator[Score]:
        findings = case.findings
        if not findings:
            for measure in self.measures:
                yield self.of(case, measure.name, None, "the note makes no claim")
            return
        false = [one for one in findings if one.verdict in FALSE]
        strict = [one for one in findings if one.verdict in STRICT]
        major = [one for one in false if one.severity == "major"]
        n = len(findings)
        yield self.of(case, "fabrication", bool(false), _which(false))
        yield self.of(case, "fabrication_strict", bool(strict), _which(strict))
        yield self.of(case, "fabrication_major", bool(major), _which(major))
        yield self.of(case, "unsupported_claims", len(false) / n, f"{len(false)} of {n} claims")
        yield self.of(
            case, "unsupported_claims_strict", len(strict) / n, f"{len(strict)} of {n} claims"
        )
        for category in CATEGORIES:
            found = [one for one in false if one.category == category]
            yield self.of(case, f"fabricated_{category}", len(found), _which(found))


def _which(findings: list[Finding]) -> str:
    """Ids of the findings behind a number, so that it can be traced to its evidence."""
    return " ".join(one.finding_id for one in findings)
