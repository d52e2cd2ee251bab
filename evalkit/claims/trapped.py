"""Which traps of a session a draft fell into, which it avoided, which it does not mention."""

from __future__ import annotations

from evalkit.claims.extract import claims
from evalkit.claims.kept import once_a_session
from evalkit.claims.left_open import admits
from evalkit.claims.likeness import Saying, covered
from evalkit.claims.sides import Side, Sides
from evalkit.records import Draft, Session, TrapOutcome

FELL_FROM = 0.1
"""Chance from which a sentence that nothing clears says the bait; see `sides.Signs`.

Chosen after looking at 300 sessions of seed 600001, as the word lists were: of notes in wordings
that the comparison does not know, about as large a share is then found to have fallen as is
rightly left alone (`python -m benchmarks.traps`).
"""


STATED_FROM = 0.4
"""Share of what is true, rare words counting more, that a sentence must hold to state it."""


def trapped(session: Session, draft: Draft) -> tuple[TrapOutcome, ...]:
    """One outcome a trap, in the session's order; empty for a failed draft.

    A sentence falls into no more than the trap it is likest to, those with a rule of their own
    aside. Where no sentence falls, the trap is avoided if one states what is true, or owns up to
    what was left open.
    """
    if draft.failure is not None or not session.traps:
        return ()
    sides = _sides(session)
    note = [Saying(parsed) for parsed in claims(draft)]
    chances = [_likest(sides.chances(one), sides.matters) for one in note]
    return tuple(
        _outcome(sides, side, note, [each[number] for each in chances])
        for number, side in enumerate(sides.matters)
    )


@once_a_session
def _sides(session: Session) -> Sides:
    return Sides(session)


def _likest(found: list[float], matters: list[Side]) -> list[float]:
    """The chances with all but the highest of those that compete set to 0."""
    best = max((p for p, side in zip(found, matters, strict=True) if not side.ruled), default=0.0)
    return [p if side.ruled or p == best else 0.0 for p, side in zip(found, matters, strict=True)]


def _outcome(sides: Sides, side: Side, note: list[Saying], chances: list[float]) -> TrapOutcome:
    best = max(chances, default=0.0)
    if best >= FELL_FROM:
        one = note[chances.index(best)]
        share = max(covered(bait, one, sides.weight) for bait in side.baits)
        return TrapOutcome(
            trap=side.trap, outcome="fell", sentence=_text(one), share=round(share, 4)
        )
    shares = [
        max((covered(true, one, sides.weight) for true in side.truths), default=0.0) for one in note
    ]
    share = max(shares, default=0.0)
    right = note[shares.index(share)] if share >= STATED_FROM else None
    right = right or next((one for one in note if admits(one.parsed, side.open)), None)
    return TrapOutcome(
        trap=side.trap,
        outcome="not_mentioned" if right is None else "avoided",
        sentence="" if right is None else _text(right),
        share=round(share, 4),
    )


def _text(one: Saying) -> str:
    return one.parsed.claim.text
