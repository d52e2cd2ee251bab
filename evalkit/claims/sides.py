"""The two sides of a trap: what its bait says, and what is true of the matter instead.

A sentence says the bait if it speaks of the matter (`Signs`) and nothing puts it on the side of the
truth (`cleared`): the polarity, tone, numbers, days, people and drugs in which bait and truth
differ. Traps that are `ruled` have a rule of their own: of what nobody asked or saw any assertion
says the bait, and so does the name of another member.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from evalkit.claims.against_ledger_lines import Lines, Match, entries, wordings
from evalkit.claims.evidence import plain
from evalkit.claims.left_open import Matter, asserts, left_open
from evalkit.claims.likeness import (
    Pool,
    Saying,
    Weight,
    alike,
    covered,
    covered_words,
    rarity,
    saying,
    telling,
)
from evalkit.claims.split import sentences
from evalkit.claims.text import Token, is_content, tokens
from evalkit.records import Fact, Polarity, Session, Trap

STATED = 0.6
"""Likeness to a fact from which a sentence states that fact and no bait."""

ANOTHERS = 0.35
"""The same for a fact about somebody else, where what is not of the client was left open."""

NEAREST = 0.5
"""Share of a bait in a fact from which the two are on one matter, where no turn says so."""

TELLING = 3
"""Words of a bait, other than common ones, of which more in a sentence say no more."""

OF_SOMEONE_ELSE = frozenset({"third_party_history", "wrong_relative", "cross_attribution"})
"""Kinds in which bait and truth differ by the person."""

Near = list[tuple[Fact, float]]
"""Facts with the likeness of a sentence to each."""


class Signs(NamedTuple):
    """What speaks for a sentence being about the matter of a trap; each from 0 to 1.

    `WEIGHTS` are those of a logistic regression over the sentences of made notes, bait and facts
    always in another wording than the one compared (`python -m benchmarks.traps --learn`).
    """

    bait_in_sentence: float
    sentence_in_bait: float
    telling_words: float
    own_value: float
    sentence_in_turns: float
    sentence_in_both: float
    like_truth: float
    like_other_fact: float
    new_quotation: float


WEIGHTS = Signs(3.2, 1.7, 3.2, 1.5, 3.8, 2.6, 4.5, -6.3, 5.1)
INTERCEPT = -5.2


def chance(signs: Signs) -> float:
    """From what speaks for it to a chance between 0 and 1."""
    odds = INTERCEPT + sum(sign * weight for sign, weight in zip(signs, WEIGHTS, strict=True))
    return 1 / (1 + math.exp(-odds))


@dataclass(frozen=True)
class Side:
    """A trap with the wordings of its bait, what is true instead, and the turns it stands in.

    `subjects` are words for the person whom a fact of the matter is about, if not the client.
    """

    trap: Trap
    baits: tuple[Saying, ...]
    truths: tuple[Saying, ...]
    facts: frozenset[str]
    turns: Pool
    open: tuple[Matter, ...]
    subjects: frozenset[str]

    @property
    def ruled(self) -> bool:
        return bool(self.open) or self.trap.kind == "member_name"

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset[str]().union(*(true.numbers for true in self.truths))

    @cached_property
    def when(self) -> frozenset[str]:
        return frozenset[str]().union(*(true.when for true in self.truths))

    @cached_property
    def people(self) -> frozenset[str]:
        return frozenset[str]().union(*(true.people for true in self.truths))

    def own_value(self, one: Saying, bait: Saying) -> bool:
        """A number or a day stands there that the bait has and the truth has not."""
        return bool(
            one.numbers & (bait.numbers - self.numbers) or one.when & (bait.when - self.when)
        )

    def another_value(self, one: Saying, bait: Saying) -> bool:
        """A number, a day or a person stands there that the truth has and the bait has not."""
        counted = bait.numbers or self.trap.category == "number_date"
        if counted and _only(one.numbers, self.numbers, bait.numbers):
            return True
        days = self.when - bait.when
        if 2 * len(one.when & days) > len(days) and not one.when & (bait.when - self.when):
            return True
        if self.trap.kind not in OF_SOMEONE_ELSE:
            return False
        return _only(one.people, self.people, bait.people) or bool(one.stems & self.subjects)

    def another_drug(self, one: Saying, bait: Saying) -> bool:
        """It says nothing of what a bait on medication says and the truth does not."""
        if self.trap.category != "medication" or not self.truths:
            return False
        words = frozenset[str]().union(*(true.stems for true in self.truths))
        drugs = bait.drugs - frozenset[str]().union(*(true.drugs for true in self.truths))
        numbers = bait.numbers - words
        if drugs or numbers:
            return not (one.drugs & drugs or one.numbers & numbers)
        rest = [unit for unit in bait.units if unit[0] not in words]
        return covered_words(rest, one, lambda _: 1.0) == 0


def _only(said: frozenset[str], here: frozenset[str], there: frozenset[str]) -> bool:
    """Something is said that is only here, and nothing that is only there."""
    return bool(said & (here - there)) and not said & (there - here)


class Sides:
    """The traps of a session, and what tells a bait from the truth in it."""

    def __init__(
        self,
        session: Session,
        lines: Lines | None = None,
        turns: Sequence[list[Token]] = (),
    ) -> None:
        self.lines = lines or Lines(entries(session))
        self.facts = [(fact, wordings(fact.statement, fact.reworded)) for fact in session.discussed]
        self.stated = {each.parsed.claim.text for _, words in self.facts for each in words}
        self.stated |= {trap.truth for trap in session.traps}
        turns = turns or [tokens(turn.text) for turn in session.turns]
        self.weight = self.lines.weight
        self.spoken = rarity((token.stem for token in turn) for turn in turns)
        self.said = "|".join(
            [*map(plain, turns), *(plain(tokens(fact.statement)) for fact, _ in self.facts)]
        )
        self.others = _other_members(session)
        self._chances: dict[tuple[str, Polarity], list[float]] = {}
        opened = left_open(session)
        self.matters = [self._side(session, trap, opened) for trap in session.traps]

    def _side(self, session: Session, trap: Trap, opened: tuple[Matter, ...]) -> Side:
        baits = wordings(trap.bait, trap.reworded)
        shown = [session.turns[turn].text for turn in trap.turns]
        if not shown and session.chart is not None:
            shown = _nearest_line(session.chart.last_note, baits[0], self.weight)
        near = [pair for pair in self.facts if set(pair[0].turns) & set(trap.turns)] or [
            pair for pair in self.facts if covered(baits[0], pair[1][0], self.weight) >= NEAREST
        ]
        others = (fact.subject for fact, _ in near if fact.subject != "client")
        return Side(
            trap=trap,
            baits=baits,
            truths=(*(each for _, words in near for each in words), *wordings(trap.truth)),
            facts=frozenset(fact.fact_id for fact, _ in near),
            turns=Pool.of(saying(text) for text in shown),
            open=tuple(matter for matter in opened if matter.fact.kind == trap.fact_kind),
            subjects=frozenset(
                token.stem for subject in others for token in tokens(subject) if is_content(token)
            ).difference(*(bait.stems for bait in baits)),
        )

    def chances(self, one: Saying, matched: list[Match] | None = None) -> list[float]:
        """For each trap the chance that a sentence says its bait; 0 where something clears it."""
        key = (one.parsed.claim.text, one.parsed.claim.polarity)
        if key not in self._chances:
            near = self.near(one, matched)
            self._chances[key] = [self._chance(one, side, near) for side in self.matters]
        return self._chances[key]

    def near(self, one: Saying, matched: list[Match] | None = None) -> Near:
        """Each fact with the likeness of the sentence to it."""
        return [
            (each.entry.fact, each.alike)
            for each in matched or self.lines.match(one)
            if each.entry.fact is not None
        ]

    def signs_of(self, one: Saying, side: Side, near: Near) -> list[Signs]:
        """What speaks for the sentence saying the bait, for each wording that nothing clears."""
        if side.ruled:
            return []
        other = max((like for fact, like in near if fact.fact_id not in side.facts), default=0.0)
        return [
            self._signs(one, bait, side, other)
            for bait in side.baits
            if one.touches(bait) and not self.cleared(one, bait, side)
        ]

    def cleared(self, one: Saying, bait: Saying, side: Side) -> bool:
        """Whether something in which bait and truth differ puts the sentence with the truth."""
        return (
            (one.turned and not bait.turned)
            or one.tone * bait.tone < 0
            or (bool(bait.quotation) and not self.invented(one))
            or side.another_value(one, bait)
            or side.another_drug(one, bait)
        )

    def _chance(self, one: Saying, side: Side, near: Near) -> float:
        text = one.parsed.claim.text
        if any(text == bait.parsed.claim.text for bait in side.baits):
            return 1.0
        if text in self.stated:
            return 0.0
        if side.trap.kind == "member_name":
            return float(any(re.search(name, text) for name in self.others))
        if side.open:
            stated = any(
                like >= (STATED if fact.subject == "client" else ANOTHERS) for fact, like in near
            )
            return float(not stated and asserts(one.parsed, side.open) is not None)
        return max((chance(signs) for signs in self.signs_of(one, side, near)), default=0.0)

    def _signs(self, one: Saying, bait: Saying, side: Side, other: float) -> Signs:
        both = Pool(
            bait.stems | side.turns.stems,
            bait.concepts | side.turns.concepts,
            bait.groups | side.turns.groups,
        )
        return Signs(
            bait_in_sentence=covered(bait, one, self.weight),
            sentence_in_bait=covered(one, bait, self.weight),
            telling_words=min(TELLING, telling(one, bait)) / TELLING,
            own_value=float(side.own_value(one, bait)),
            sentence_in_turns=covered(one, side.turns, self.spoken),
            sentence_in_both=covered(one, both, self.spoken),
            like_truth=max((alike(one, true, self.weight) for true in side.truths), default=0.0),
            like_other_fact=other,
            new_quotation=float(bool(bait.quotation) and self.invented(one)),
        )

    def invented(self, one: Saying) -> bool:
        """It puts words in quotation marks that nobody spoke."""
        return bool(one.quotation) and plain(tokens(one.quotation)) not in self.said


def _nearest_line(note: str, bait: Saying, weight: Weight) -> list[str]:
    """The sentence of the last note in the chart that covers most of a bait."""
    lines = [note[start:end] for start, end in sentences(note)]
    return sorted(lines, key=lambda line: -covered(bait, saying(line), weight))[:1]


def _other_members(session: Session) -> list[str]:
    """Patterns of the names of all members but the client, as whole words."""
    own = session.client.name if session.client else ""
    return [rf"\b{re.escape(name)}\b" for name in session.members if name and name != own]
