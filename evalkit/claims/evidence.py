"""What a session offers in support of a claim: passages, and an index to look them up.

Passages are the ledger's facts, the turns, and the lines of jottings, form and chart. The last
note in the chart is no evidence of what happened today, so it is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from evalkit.claims.lexicon import cues, mentions
from evalkit.claims.text import is_content, tokens
from evalkit.records import THERAPIST, Session

Source = Literal["ledger", "transcript", "jottings", "form", "chart"]
WINDOW = 3
"""Turns looked at together: a question, its answer, and what follows."""


@dataclass(frozen=True)
class Passage:
    """A stretch of text with what is said in it. `negated` concepts follow a negation."""

    source: Source
    text: str
    turn: int | None
    by_therapist: bool
    stems: frozenset[str]
    concepts: frozenset[str]
    negated: frozenset[str]
    numbers: frozenset[str]
    all_stems: frozenset[str]
    negates: bool


def passage(source: Source, text: str, turn: int | None = None, speaker: str = "") -> Passage:
    found = tokens(text)
    hits = mentions(found)
    negate = cues().negate
    negated = set()
    for hit in hits:
        before = found[max(0, hit.start - 5) : hit.start]
        if any(t.stem in negate or t.word.lower().endswith("n't") for t in before):
            negated.add(hit.concept.name)
    return Passage(
        source=source,
        text=text,
        turn=turn,
        by_therapist=speaker == THERAPIST,
        stems=frozenset(t.stem for t in found if is_content(t)),
        concepts=frozenset(hit.concept.name for hit in hits),
        negated=frozenset(negated),
        numbers=frozenset(t.stem for t in found if t.is_number),
        all_stems=frozenset(t.stem for t in found),
        negates=any(t.stem in negate or t.word.lower().endswith("n't") for t in found),
    )


class Index:
    """Passages of one session, by source, with postings of stems and concepts over turns."""

    def __init__(self, session: Session, *, ledger: bool = True) -> None:
        self.turns = [
            passage("transcript", turn.text, number, turn.speaker)
            for number, turn in enumerate(session.turns)
        ]
        self.written = list(_written(session, ledger=ledger))
        self.stem_turns = _postings(p.stems for p in self.turns)
        self.concept_turns = _postings(p.concepts for p in self.turns)
        self.numbers = frozenset[str]().union(*(p.numbers for p in self.turns))

    @cached_property
    def ledger(self) -> list[Passage]:
        return [p for p in self.written if p.source == "ledger"]

    def rarity(self, postings: int) -> float:
        """Weight of a word said in so many turns: rare and unsaid words count most."""
        return math.log(1 + (len(self.turns) + 1) / (postings + 1))


def _written(session: Session, *, ledger: bool) -> Iterator[Passage]:
    if ledger:
        for fact in session.facts:
            yield passage("ledger", fact.statement)
    for line in session.jottings.splitlines():
        if line.strip():
            yield passage("jottings", line)
    for field, value in session.form.items():
        yield passage("form", f"{field}: {value}")
    chart = session.chart
    if chart is not None:
        for text in (chart.diagnosis, *chart.goals, *chart.medication, *chart.history):
            if text.strip():
                yield passage("chart", text)


def _postings(bags: Iterable[frozenset[str]]) -> dict[str, list[int]]:
    postings: dict[str, list[int]] = {}
    for number, bag in enumerate(bags):
        for item in bag:
            postings.setdefault(item, []).append(number)
    return postings
