"""Which facts of the ledger a draft carries, which it contradicts, which it leaves out."""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache

from evalkit.claims.evidence import plain
from evalkit.claims.extract import Parsed, claims, parse
from evalkit.claims.features import SYNONYM
from evalkit.claims.lexicon import people
from evalkit.claims.text import tokens
from evalkit.records import Draft, Fact, FactOutcome, Session

CARRIED_FROM = 0.4
"""Share of a fact's words, rare ones counting more, that a sentence must hold to carry it.

Chosen on 120 synthetic sessions. On 30 others 434 of 739 facts put in other words are seen as
carried; of facts left out 86 of 739 are, too, because another sentence is so near
(`python -m benchmarks.grounding`).
"""


def carried(session: Session, draft: Draft) -> tuple[FactOutcome, ...]:
    """One outcome a fact that was discussed, in the ledger's order; empty without a ledger or note.

    What was not discussed is no omission.
    """
    if draft.failure is not None:
        return ()
    note = claims(draft)
    words = plain(tokens(draft.text))
    known = session.discussed
    facts = Counter(word for fact in known for word, _ in _parsed(fact.statement).units)
    weight = {word: math.log(1 + len(known) / count) for word, count in facts.items()}
    return tuple(_quoted(fact, session, words) or _outcome(fact, note, weight) for fact in known)


def _quoted(fact: Fact, session: Session, note: str) -> FactOutcome | None:
    """Carried, if the turns that show the fact stand in the note word for word."""
    shown = [plain(tokens(session.turns[turn].text)) for turn in fact.turns]
    telling = [words for words in shown if len(words.split()) >= 4]
    if not telling or not all(words in note for words in telling):
        return None
    return FactOutcome(fact=fact, outcome="carried", sentence=telling[0].strip(), share=1.0)


@lru_cache(maxsize=50_000)
def _parsed(statement: str) -> Parsed:
    return parse("", 0, statement, 0, len(statement))


def _outcome(fact: Fact, note: list[Parsed], weight: dict[str, float]) -> FactOutcome:
    asked = _parsed(fact.statement)
    best, place = 0.0, -1
    for index, claim in enumerate(note):
        share = _share(asked, claim, weight)
        if share > best:
            best, place = share, index
    if place < 0 or best < CARRIED_FROM:
        return FactOutcome(fact=fact, outcome="omitted", share=round(best, 4))
    sentence = note[place]
    outcome = "contradicted" if _contradicts(asked, sentence) else "carried"
    return FactOutcome(
        fact=fact, outcome=outcome, sentence=sentence.claim.text, share=round(best, 4)
    )


def _share(asked: Parsed, claim: Parsed, weight: dict[str, float]) -> float:
    words = {word for word, _ in claim.units} | {token.stem for token in claim.tokens}
    named = {concept for _, concept in claim.units if concept}
    total = got = 0.0
    for word, concept in asked.units:
        total += weight[word]
        if word in words:
            got += weight[word]
        elif concept in named:
            got += SYNONYM * weight[word]
    return got / total if total else 0.0


def _contradicts(asked: Parsed, claim: Parsed) -> bool:
    """The sentence is about the fact, and says the opposite, another number or another person."""
    if asked.numbers and claim.numbers and not set(asked.numbers) & set(claim.numbers):
        return True
    named, others = people(asked.tokens), people(claim.tokens)
    if named and others and not named & others:
        return True
    return asked.claim.polarity != claim.claim.polarity and len(claim.units) <= 2 * len(asked.units)
