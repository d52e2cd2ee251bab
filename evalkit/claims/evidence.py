"""What a session offers in support of a claim: passages, and an index to look them up.

Passages are the ledger's facts, the turns, and the lines of jottings, form and chart. The last
note in the chart is no evidence of what happened today, so it is left out. Facts on what was not
discussed support no claim by their words; they are kept apart, as what the session `left_open`.
"""

from __future__ import annotations

import itertools
import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from evalkit.claims.left_open import left_open
from evalkit.claims.lexicon import Mention, cues, mentions, people
from evalkit.claims.split import sentences
from evalkit.claims.text import Token, is_content, tokens
from evalkit.records import THERAPIST, Fact, Session

if TYPE_CHECKING:
    from evalkit.claims.heard import Heard

Source = Literal["ledger", "transcript", "jottings", "form", "chart"]
WINDOW = 3
"""Turns looked at together: a question, its answer, and what follows."""

SCOPE = 8
"""Words a negation reaches, unless the clause ends before."""

CLAUSE_END, PART_END = re.compile(r"[.;:!?]"), re.compile(r"[.;:!?,)]")
NOT = ("'t", "\u2019t")
TURNS_BACK = frozenset({"but", "however", "although", "though", "except"})


@dataclass(frozen=True)
class Passage:
    """A stretch of text with what is said in it.

    `negated` are the stems and concepts in the scope of a negation.
    """

    source: Source
    text: str
    turn: int | None
    by_therapist: bool
    stems: frozenset[str]
    concepts: frozenset[str]
    negated: frozenset[str]
    numbers: frozenset[str]
    people: frozenset[str]
    plain: str
    sentences: frozenset[str]
    """Its sentences as `whole` has them."""
    fact: Fact | None = None
    """The fact of the ledger that it states, with what is known of it."""

    @property
    def denied(self) -> bool:
        """A fact that something is not so, might be so, or could not be found out."""
        return self.fact is not None and (
            self.fact.polarity == "negated"
            or self.fact.temporality == "hypothetical"
            or self.fact.certainty == "uncertain"
        )

    @property
    def about_other(self) -> bool:
        """A fact about somebody who is neither client nor clinician."""
        return self.fact is not None and self.fact.subject not in ("client", "clinician", THERAPIST)


def passage(
    source: Source,
    text: str,
    turn: int | None = None,
    speaker: str = "",
    fact: Fact | None = None,
) -> Passage:
    found = tokens(text)
    hits = mentions(found)
    return Passage(
        source=source,
        text=text,
        turn=turn,
        by_therapist=speaker == THERAPIST,
        stems=frozenset(t.stem for t in found if is_content(t)),
        concepts=frozenset(hit.concept.name for hit in hits),
        negated=negated(text, found, hits),
        numbers=frozenset(t.stem for t in found if t.is_number),
        people=people(found),
        plain=plain(found),
        sentences=frozenset(_whole_sentences(text, found)),
        fact=fact,
    )


def _whole_sentences(text: str, found: list[Token]) -> Iterator[str]:
    starts = [token.start for token in found]
    for start, end in sentences(text):
        first, last = bisect_left(starts, start), bisect_left(starts, end)
        yield whole(text[start:end], [t for t in found[first:last] if t.end <= end])


def negated(text: str, found: list[Token], hits: list[Mention]) -> frozenset[str]:
    """Stems and concepts within `SCOPE` words after a negation, in the same clause."""
    cue = cues().negate
    if not any(t.stem in cue or t.word[-2:] in NOT for t in found):
        return frozenset()
    inside = {place: hit.concept.name for hit in hits for place in range(hit.start, hit.end)}
    scope: set[str] = set()
    left = 0
    ends = CLAUSE_END
    for place, token in enumerate(found):
        if place and ends.search(text[found[place - 1].end : token.start]):
            left = 0
        word = token.word.lower().replace("\u2019", "'")
        if token.stem in cue or word.endswith("n't"):
            # "denies SI, HI" goes on over the comma; "not the client, but" does not.
            ends = PART_END if word == "not" or word.endswith("n't") else CLAUSE_END
            left = SCOPE
            continue
        if token.word.lower() in TURNS_BACK:
            left = 0
        if left:
            left -= 1
            scope.add(token.stem)
            if place in inside:
                scope.add(inside[place])
    return frozenset(scope)


def plain(found: list[Token]) -> str:
    """The words alone, in small letters, with a space before and after each."""
    return " " + " ".join(token.word.lower() for token in found) + " "


class Index:
    """Passages of one session, by source, with postings of stems and concepts over turns."""

    def __init__(self, session: Session, *, ledger: bool = True) -> None:
        self.turns = [
            passage("transcript", turn.text, number, turn.speaker)
            for number, turn in enumerate(session.turns)
        ]
        self.written = list(_written(session, ledger=ledger))
        self.left_open = left_open(session) if ledger else ()
        passages = [*self.turns, *self.written]
        self.stem_turns = _postings(p.stems for p in self.turns)
        self.concept_turns = _postings(p.concepts for p in self.turns)
        self.stem_lines = _postings(p.stems for p in self.written)
        self.stems = self.stem_turns.keys() | self.stem_lines.keys()
        self.concepts = frozenset[str]().union(*(p.concepts for p in passages))
        self.whole_sentences = frozenset[str]().union(*(p.sentences for p in passages))
        self.numbers_anywhere = frozenset[str]().union(*(p.numbers for p in passages))
        self.answers = _answers(self.turns)
        self.numbers = frozenset[str]().union(*(p.numbers for p in self.turns))

    @cached_property
    def heard(self) -> Heard:
        """The turns in arrays."""
        from evalkit.claims.heard import Heard

        return Heard(self.turns)

    def rarity(self, postings: int) -> float:
        """Weight of a word said in so many turns: rare and unsaid words count most."""
        return math.log(1 + (len(self.turns) + 1) / (postings + 1))

    def line_rarity(self, word: str) -> float:
        """Weight of a word by how many written lines hold it."""
        lines = len(self.stem_lines.get(word, ()))
        return math.log(1 + (len(self.written) + 1) / (lines + 1))


def whole(text: str, found: list[Token]) -> str:
    """A sentence's words, with its question mark: a question is no statement."""
    return plain(found) + ("?" if text.rstrip(' "\u201d)').endswith("?") else "")


NO = frozenset({"no", "nope", "nah", "never", "none", "nothing", "not"})
YES = frozenset({"yes", "yeah", "yep", "yup", "sometimes", "often", "lately", "always"})


def _answers(turns: list[Passage]) -> dict[str, frozenset[bool]]:
    """By concept that the therapist asked about: was the client's answer a no (True) or a yes?

    Only plain answers count, those whose first three words hold the one and not the other.
    """
    found: dict[str, set[bool]] = {}
    for asked, answer in itertools.pairwise(turns):
        if not asked.by_therapist or answer.by_therapist or not asked.text.rstrip().endswith("?"):
            continue
        start, end = sentences(asked.text)[-1]
        question = tokens(asked.text[start:end])
        turned = {token.stem for token in question} & cues().negate  # "No thoughts of ...?"
        first = set(answer.plain.split()[:3])
        if turned or bool(first & NO) == bool(first & YES):
            continue
        for hit in mentions(question):
            found.setdefault(hit.concept.name, set()).add(bool(first & NO))
    return {name: frozenset(heard) for name, heard in found.items()}


def _written(session: Session, *, ledger: bool) -> Iterator[Passage]:
    if ledger:
        for fact in session.discussed:
            yield passage("ledger", fact.statement, fact=fact)
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
