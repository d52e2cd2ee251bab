"""Which facts of the ledger a draft carries, which it contradicts, which it leaves out."""

from __future__ import annotations

from typing import NamedTuple

from evalkit.claims.against_ledger_lines import Entry, Lines, Match, entries
from evalkit.claims.evidence import plain
from evalkit.claims.extract import claims
from evalkit.claims.kept import once_a_session
from evalkit.claims.left_open import says_left_open
from evalkit.claims.likeness import Saying
from evalkit.claims.text import tokens
from evalkit.records import Draft, Fact, FactOutcome, Session

CARRIED_FROM = 0.42
"""Likeness of a sentence to a fact, in the wording that fits best, from which it carries it.

Chosen on 60 synthetic sessions of seed 940001; what it comes to on others is printed by
`python -m benchmarks.grounding`.
"""

LEAST = 0.3
"""Share of the fact's words that a sentence must say to carry it."""

BESIDE = 0.5
"""Share of a fact's words that a sentence must say to carry it beside a likelier one."""

OF_ITS_OWN = 0.5
"""Share of the words said of such a fact that the likelier ones must not account for."""


class _Told(NamedTuple):
    """A sentence that tells a fact: how likely, and whether it says otherwise."""

    score: float
    sentence: Saying
    against: bool


def carried(session: Session, draft: Draft) -> tuple[FactOutcome, ...]:
    """One outcome a fact that was discussed, in the ledger's order; empty without a ledger or note.

    What was not discussed is no omission. A sentence tells the fact that it is likest to, and
    another one only with words of its own, so that a fact is not carried by its neighbor.
    """
    if draft.failure is not None or not session.has_ledger:
        return ()
    telling = _telling(session)
    told: dict[str, list[_Told]] = {fact.fact_id: [] for fact in session.discussed}
    for sentence in map(Saying, claims(draft)):
        for fact, score, against in telling.facts_of(sentence):
            told[fact.fact_id].append(_Told(score, sentence, against))
    words = plain(tokens(draft.text))
    return tuple(
        _quoted(fact, telling.shown[fact.fact_id], words) or _outcome(fact, told[fact.fact_id])
        for fact in session.discussed
    )


class _Telling:
    """The ledger of a session, and what each sentence of its drafts tells of it."""

    def __init__(self, session: Session) -> None:
        self.lines = Lines([each for each in entries(session) if each.kind in ("fact", "bait")])
        self.shown = {
            fact.fact_id: [plain(tokens(session.turns[turn].text)) for turn in fact.turns]
            for fact in session.discussed
        }
        self._told: dict[str, list[tuple[Fact, float, bool]]] = {}

    def facts_of(self, one: Saying) -> list[tuple[Fact, float, bool]]:
        """The facts that a sentence tells; drafts share sentences, so each is read once."""
        text = one.parsed.claim.text
        if text not in self._told:
            self._told[text] = _facts_of(one, self.lines)
        return self._told[text]


@once_a_session
def _telling(session: Session) -> _Telling:
    return _Telling(session)


def _quoted(fact: Fact, shown: list[str], note: str) -> FactOutcome | None:
    """Carried, if the turns that show the fact stand in the note word for word."""
    telling = [words for words in shown if len(words.split()) >= 4]
    if not telling or not all(words in note for words in telling):
        return None
    return FactOutcome(fact=fact, outcome="carried", sentence=telling[0].strip(), share=1.0)


def _facts_of(one: Saying, lines: Lines) -> list[tuple[Fact, float, bool]]:
    """The facts that a sentence tells, each with the likeness and whether it says otherwise."""
    matched = lines.match(one)
    bait = max((each for each in matched if each.entry.kind == "bait"), key=_likeness, default=None)
    facts = sorted(
        (each for each in matched if each.entry.fact is not None and each.here),
        key=lambda each: -each.alike,
    )
    if not facts:
        return []
    fallen = bait is not None and bait.alike > facts[0].alike
    worth = [lines.worth(word) for word, _ in one.units]
    found: list[tuple[Fact, float, bool]] = []
    said: set[int] = set()
    for each in facts:
        if each.entry.fact is None:
            continue
        if found and not _of_its_own(each, said, worth):
            continue
        against = _says_otherwise(one, each.entry)
        if fallen and bait is not None:
            against = against or bool(set(bait.entry.turns) & set(each.entry.turns))
        score = each.there if found or each.there < LEAST else each.alike
        found.append((each.entry.fact, score, against))
        said |= each.said
    return found


def _likeness(match: Match) -> float:
    return match.alike


def _of_its_own(match: Match, said: set[int], worth: list[float]) -> bool:
    """It is told well, with words that the facts before it do not account for."""
    weight = sum(worth[at] for at in match.said)
    new = sum(worth[at] for at in match.said - said)
    return match.there >= BESIDE and new >= OF_ITS_OWN * weight


def _outcome(fact: Fact, told: list[_Told]) -> FactOutcome:
    enough = [one for one in told if one.score >= CARRIED_FROM]
    if not enough:
        best = max((one.score for one in told), default=0.0)
        return FactOutcome(fact=fact, outcome="omitted", share=round(best, 4))
    best_one = max(enough, key=lambda one: one.score)
    sections = dict.fromkeys(
        one.sentence.parsed.claim.section for one in enough if one.against == best_one.against
    )
    return FactOutcome(
        fact=fact,
        outcome="contradicted" if best_one.against else "carried",
        sentence=best_one.sentence.parsed.claim.text,
        share=round(min(1.0, best_one.score), 4),
        sections=tuple(section for section in sections if section),
    )


def _says_otherwise(one: Saying, entry: Entry) -> bool:
    """It is about the fact, and says the opposite, another number or another person."""
    if entry.numbers and one.numbers and not entry.numbers & one.numbers:
        return True
    if one.people and entry.people and not one.people & entry.people:
        return True
    if says_left_open(one.parsed):
        return False
    short = any(len(one.units) <= 2 * len(each.units) for each in entry.wordings)
    return short and all(
        one.parsed.claim.polarity != each.parsed.claim.polarity and one.turned != each.turned
        for each in entry.wordings
    )
