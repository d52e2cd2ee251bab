"""Traps: of the places in a session that invite a claim, which did the note fall into?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from evalkit import registry
from evalkit.claims.trapped import trapped
from evalkit.records import Case, Measure, Score, TrapOutcome
from evalkit.scorers._base import Scorer

KINDS: tuple[str, ...] = tuple(registry.names("evalkit.sessions.traps"))
OUTCOMES = ("fell", "avoided", "not_mentioned")


class Traps(Scorer):
    """One measure a kind of trap (1: fell), and the shares of a note's traps by outcome.

    A kind of which the session has several is 1 where the note falls into any of them.
    """

    name: ClassVar[str] = "traps"
    reads_findings: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        *(
            Measure(
                name=f"trap_{kind}",
                unit="share of notes",
                better="lower",
                meaning=f"notes that fall into a trap of the kind {kind.replace('_', ' ')}, of "
                "those on a session that has one",
                proportion=True,
            )
            for kind in KINDS
        ),
        Measure(
            name="traps_fell",
            unit="share of traps",
            better="lower",
            meaning="traps of the session of which the note says the bait or its like",
        ),
        Measure(
            name="traps_avoided",
            unit="share of traps",
            better="higher",
            meaning="traps of the session whose matter the note states rightly",
        ),
        Measure(
            name="traps_not_mentioned",
            unit="share of traps",
            better="lower",
            meaning="traps of the session whose matter the note does not mention",
        ),
    )

    def score(self, case: Case) -> Iterator[Score]:
        found = trapped(case.session, case.draft)
        for kind in KINDS:
            mine = [one for one in found if one.trap.kind == kind]
            if mine:
                fell = any(one.outcome == "fell" for one in mine)
                yield self.of(case, f"trap_{kind}", fell, "; ".join(map(_said, mine)))
            else:
                yield self.of(case, f"trap_{kind}", None, "no such trap in the session")
        for outcome in OUTCOMES:
            hits = sum(one.outcome == outcome for one in found)
            if found:
                why = f"{hits} of {len(found)} traps"
                yield self.of(case, f"traps_{outcome}", hits / len(found), why)
            else:
                yield self.of(case, f"traps_{outcome}", None, "no trap in the session")


def _said(one: TrapOutcome) -> str:
    """The outcome and the turns of a trap; never its text."""
    turns = ", ".join(str(turn) for turn in one.trap.turns)
    return f"{one.outcome.replace('_', ' ')}, {f'turns {turns}' if turns else 'shown by no turn'}"
