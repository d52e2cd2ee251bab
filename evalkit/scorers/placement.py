"""Placement: right fact, wrong field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from pydantic import Field

from evalkit import formats
from evalkit.claims.belonging import belonging
from evalkit.records import Case, FactOutcome, Measure, Score
from evalkit.scorers._base import Scorer
from evalkit.scorers._facts import stands


class Misplaced(NamedTuple):
    """A fact, the sections that state it, and those where it belongs."""

    fact_id: str
    stands: tuple[str, ...]
    belongs: tuple[str, ...]


class Placement(Scorer):
    """Facts in a section where they belong, by the ledger; sentences that do not, by their words.

    A fact is placed rightly where any section that states it is one of `Fact.sections`; it counts
    from `from_share` of its words in one sentence, below which it may be another fact that is
    stated. Without a ledger a sentence is out of place where its words say so with a chance of at
    least `sure`.
    """

    name: ClassVar[str] = "placement"
    reads_findings: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            name="placement",
            unit="share of facts",
            better="higher",
            meaning="facts that the note states, in a section where they belong",
        ),
        Measure(
            name="misplaced_sentences",
            unit="share of sentences",
            better="lower",
            meaning="sentences whose words belong to another section of the format",
        ),
    )
    from_share: float = Field(default=0.5, ge=0, le=1)
    sure: float = Field(default=0.9, gt=0.5, le=1)

    def score(self, case: Case) -> Iterator[Score]:
        if len(formats.load(case.draft.format).sections) < 2:
            for measure in self.measures:
                yield self.of(case, measure.name, None, "the format has one section")
            return
        stated = self.stated(case)
        if stated:
            wrong = self.misplaced(case)
            share = 1 - len(wrong) / len(stated)
            said = "; ".join(
                f"{one.fact_id} in {', '.join(one.stands)}, not {' or '.join(one.belongs)}"
                for one in wrong
            )
            yield self.of(case, "placement", share, said or f"{len(stated)} facts")
        else:
            why = "no fact of the ledger is stated" if case.facts else "no ledger of facts"
            yield self.of(case, "placement", None, why)
        judged = belonging(case.draft)
        if not judged:
            yield self.of(case, "misplaced_sentences", None, "no sentence of three words")
            return
        odd = [one for one in judged if one.section and one.elsewhere >= self.sure]
        said = "; ".join(f"{one.sentence.place} fits {one.section}" for one in odd)
        share = len(odd) / len(judged)
        yield self.of(case, "misplaced_sentences", share, said or f"{len(judged)} sentences")

    def stated(self, case: Case) -> list[FactOutcome]:
        """The facts that some section of the note states."""
        return [
            one
            for one in case.facts
            if one.outcome != "omitted" and one.share >= self.from_share and stands(one, case)
        ]

    def misplaced(self, case: Case) -> list[Misplaced]:
        """The facts that stand in no section where they belong."""
        form = formats.load(case.draft.format)
        found = []
        for one in self.stated(case):
            places, belongs = stands(one, case), form.right_sections(one.fact)
            if not set(places) & set(belongs):
                found.append(Misplaced(one.fact.fact_id, places, belongs))
        return found
