"""Fidelity: what became of the ledger's facts.

A fact of which the note says the opposite, another number or another person is not carried; it
counts among the contradictions and, if critical, among what is omitted. Where it stands and of
whom it is said are measured by `placement` and `attribution`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from evalkit.records import Case, Measure, Score
from evalkit.scorers._base import Scorer


class Fidelity(Scorer):
    """Share of facts carried, weighted by how critical they are; omissions; contradictions."""

    name: ClassVar[str] = "fidelity"
    reads_findings: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            name="fidelity",
            unit="weighted share of facts",
            better="higher",
            meaning="ledger facts that the note carries, weighted by criticality",
        ),
        Measure(
            name="omitted_critical",
            unit="share of critical facts",
            better="lower",
            meaning="critical ledger facts that the note leaves out or contradicts",
        ),
        Measure(
            name="contradictions",
            unit="facts a note",
            better="lower",
            meaning="ledger facts of which the note says the opposite, or another number or person",
        ),
    )
    critical_weight: float = Field(default=3.0, gt=0)
    important_weight: float = Field(default=2.0, gt=0)
    minor_weight: float = Field(default=1.0, gt=0)

    def score(self, case: Case) -> Iterator[Score]:
        facts = case.facts
        if not facts:
            for measure in self.measures:
                yield self.of(case, measure.name, None, "no ledger of facts")
            return
        weights = {
            "critical": self.critical_weight,
            "important": self.important_weight,
            "minor": self.minor_weight,
        }
        total = sum(weights[one.fact.criticality] for one in facts)
        kept = [one for one in facts if one.outcome == "carried"]
        got = sum(weights[one.fact.criticality] for one in kept)
        left = [one.fact.fact_id for one in facts if one.outcome == "omitted"]
        said = f"{len(kept)} of {len(facts)} facts carried"
        if left:
            said += f"; left out: {' '.join(left)}"
        yield self.of(case, "fidelity", got / total, said)
        critical = [one for one in facts if one.fact.criticality == "critical"]
        lost = [one.fact.fact_id for one in critical if one.outcome != "carried"]
        if critical:
            yield self.of(case, "omitted_critical", len(lost) / len(critical), " ".join(lost))
        else:
            yield self.of(case, "omitted_critical", None, "no critical fact in the ledger")
        against = [one.fact.fact_id for one in facts if one.outcome == "contradicted"]
        yield self.of(case, "contradictions", len(against), " ".join(against))
