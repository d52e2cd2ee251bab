"""Fabrication: what a note says that the session does not support.

Inference-aware rates count what is unsupported or contradicted; strict rates also count what is
only inferred. The definition alone moved a published rate from 35 % (lexical) to 9 %
(inference-aware) on the same notes, so they are always reported side by side; and so are rates per
sentence, per claim (a sentence makes one or several) and per note.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, get_args

from pydantic import Field

from evalkit.records import FALSE, STRICT, Case, Category, Finding, Measure, Score, Verdict
from evalkit.scorers._base import Scorer

CATEGORIES: tuple[Category, ...] = tuple(
    category for category in get_args(Category) if category != "privacy"
)
"""Without privacy: what offends against it is true, and no fabrication."""


class Fabrication(Scorer):
    """Notes with a fabrication, shares of sentences and of claims that are one, and counts.

    Where the judge finds less than `recall_floor` of planted errors, no gate may rest on these
    measures. The default is what is asked of the weakest category of planted errors.
    """

    name: ClassVar[str] = "fabrication"
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            name="fabrication",
            unit="share of notes",
            better="lower",
            meaning="notes with at least one unsupported or contradicted sentence",
            proportion=True,
        ),
        Measure(
            name="fabrication_strict",
            unit="share of notes",
            better="lower",
            meaning="notes with at least one sentence that is not plainly supported",
            proportion=True,
        ),
        Measure(
            name="fabrication_major",
            unit="share of notes",
            better="lower",
            meaning="notes with an unsupported sentence on risk, abuse, a condition or medication",
            proportion=True,
        ),
        Measure(
            name="unsupported_sentences",
            unit="share of sentences",
            better="lower",
            meaning="sentences of a note that are unsupported or contradicted",
        ),
        Measure(
            name="unsupported_sentences_strict",
            unit="share of sentences",
            better="lower",
            meaning="sentences of a note that are not plainly supported",
        ),
        Measure(
            name="unsupported_claims",
            unit="share of claims",
            better="lower",
            meaning="claims of a note that are unsupported or contradicted; a sentence makes one or"
            " several, and counts as one where the judge does not tell them apart",
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
                unit="sentences a note",
                better="lower",
                meaning=f"unsupported or contradicted sentences of category {category}",
            )
            for category in CATEGORIES
        ),
    )
    recall_floor: float = Field(default=0.85, ge=0, le=1)

    def score(self, case: Case) -> Iterator[Score]:
        findings = case.findings
        if not findings:
            for measure in self.measures:
                yield self.of(case, measure.name, None, "the note makes no claim")
            return
        false = [one for one in findings if one.verdict in FALSE]
        strict = [one for one in findings if one.verdict in STRICT]
        major = [one for one in false if one.severity == "major"]
        yield self.of(case, "fabrication", bool(false), _which(false))
        yield self.of(case, "fabrication_strict", bool(strict), _which(strict))
        yield self.of(case, "fabrication_major", bool(major), _which(major))
        claims = [verdict for one in findings for verdict in verdicts(one)]
        for unit, said in (
            ("sentences", [one.verdict for one in findings]),
            ("claims", claims),
        ):
            for ending, counted in (("", FALSE), ("_strict", STRICT)):
                hits = sum(verdict in counted for verdict in said)
                why = f"{hits} of {len(said)} {unit}"
                yield self.of(case, f"unsupported_{unit}{ending}", hits / len(said), why)
        for category in CATEGORIES:
            found = [one for one in false if one.category == category]
            yield self.of(case, f"fabricated_{category}", len(found), _which(found))


def verdicts(finding: Finding) -> list[Verdict]:
    """A verdict a claim of the sentence; the sentence's own where its claims are not told apart."""
    return [one.verdict for one in finding.assertions] or [finding.verdict]


def _which(findings: list[Finding]) -> str:
    """Ids of the findings behind a number, so that it can be traced to its evidence."""
    return " ".join(one.finding_id for one in findings)
