"""Attribution: right fact, wrong person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from evalkit.claims.reading import read
from evalkit.claims.subjects import ascribed_to, subject_of
from evalkit.records import Case, FactOutcome, Measure, Score
from evalkit.scorers._base import Scorer


class Attribution(Scorer):
    """Facts that the note states of the right person: client, clinician, relative or member.

    A fact is looked for in the sentence that states it best, if that holds at least `from_share`
    of its words; below that it is not said whether the sentence means it at all.
    """

    name: ClassVar[str] = "attribution"
    reads_findings: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            name="attribution",
            unit="share of facts",
            better="higher",
            meaning="facts that the note states, said of the right person",
        ),
    )
    from_share: float = Field(default=0.5, ge=0, le=1)

    def score(self, case: Case) -> Iterator[Score]:
        stated = self.stated(case)
        if not stated:
            why = "no fact of the ledger is stated" if case.facts else "no ledger of facts"
            yield self.of(case, "attribution", None, why)
            return
        wrong = self.misattributed(case)
        said = "; ".join(f"{one.fact.fact_id} said of {who}" for one, who in wrong)
        share = 1 - len(wrong) / len(stated)
        yield self.of(case, "attribution", share, said or f"{len(stated)} facts")

    def stated(self, case: Case) -> list[FactOutcome]:
        """The facts that a sentence states, whatever person it names."""
        return [
            one
            for one in case.facts
            if one.outcome != "omitted" and one.sentence and one.share >= self.from_share
        ]

    def misattributed(self, case: Case) -> list[tuple[FactOutcome, str]]:
        """The facts said of the wrong person, each with whom: "clinician", "brother", "member".

        Another member is never named. Where the same sentence states another fact of the right
        person at least as well, that is the one it means.
        """
        own = case.session.client.name if case.session.client else ""
        names = tuple(name for name in case.session.members if name != own)
        stated = self.stated(case)
        said_of = {one.text: subject_of(one.tokens, one.text, names) for one in read(case.draft)}
        wrong = [
            (one, ascribed_to(one.fact, one.sentence, said_of.get(one.sentence, ""), names))
            for one in stated
        ]
        meant: dict[str, float] = {}
        for one, who in wrong:
            if who is None:
                meant[one.sentence] = max(meant.get(one.sentence, 0.0), one.share)
        return [
            (one, "another member" if who in names else who)
            for one, who in wrong
            if who is not None and one.share > meant.get(one.sentence, 0.0)
        ]
