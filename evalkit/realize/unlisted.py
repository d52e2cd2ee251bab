"""What the dialogue says beyond the ledger: clinical matters that nothing in the session knows.

Only what a client affirms counts: in a sentence that is no question and no denial, or by a plain
yes to a question. Words for feelings are left alone, since no talk goes without them; the list of
what is watched, a clinician may edit (`watched.toml`).

On 120 generated sessions that it was not made on, 4 are said to hold something unlisted. Of 720
planted sentences (a drug, a dose, abuse, self-harm, a diagnosis, tobacco: each in every session)
683 are found; where they are not, the ledger mostly names the same. Of 26 matters left open all
are seen to be reopened by a question or a remark, and 1 where nobody spoke of it.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from evalkit.claims.evidence import Index, negated
from evalkit.claims.extract import parse
from evalkit.claims.left_open import left_open, says_left_open
from evalkit.claims.lexicon import Concept, mentions
from evalkit.claims.split import sentences
from evalkit.claims.text import stem, tokens
from evalkit.realize.answer import Line, Problem
from evalkit.records import THERAPIST, Chart, Session, SessionSpec, Turn

WATCHED = Path(__file__).with_name("watched.toml")


class Known(NamedTuple):
    """What a session's own material has.

    `true` are the concepts it affirms, `allowed` those and the traps', `named` all that it even
    denies, `numbers` every number in it.
    """

    true: frozenset[Concept]
    allowed: frozenset[Concept]
    named: frozenset[Concept]
    numbers: frozenset[str]


def known(session: Session) -> Known:
    """What a session's ledger, traps, chart, form and jottings have."""
    affirmed = [
        text
        for fact in session.discussed
        if fact.polarity == "affirmed"
        for text in (fact.statement, fact.reworded)
    ]
    denied = [
        text
        for fact in session.discussed
        if fact.polarity == "negated"
        for text in (fact.statement, fact.reworded)
    ]
    background = [*_of(session.chart), *session.form.values(), session.jottings]
    if session.client is not None:
        background += [session.client.work, *session.client.family]
    traps = [text for trap in session.traps for text in (trap.bait, trap.reworded, trap.truth)]
    traps += [session.turns[turn].text for trap in session.traps for turn in trap.turns]
    everything = [*affirmed, *denied, *background, *traps]
    true = _affirmed([*affirmed, *background])
    return Known(
        true=true,
        allowed=true | _affirmed(traps, also_denied=True),
        named=_affirmed(everything, also_denied=True),
        numbers=frozenset(
            token.stem for text in everything for token in tokens(text) if token.is_number
        ),
    )


def unlisted(session: Session, lines: Sequence[Line]) -> Iterator[Problem]:
    """What clients affirm that stands in no fact, trap, chart or form, and baits they confirm.

    A no to a question about risk, abuse, a drug or a diagnosis is unlisted too, where the session's
    material names nothing of the kind: it would be a denial that the ledger does not know.
    """
    have = known(session)
    for place, line in enumerate(lines):
        if line.speaker == THERAPIST:
            continue
        said = _affirmed([line.text], questions=False) - have.allowed
        for concept in sorted(said):
            yield Problem(kind="unlisted", about=concept.name, turn=place)
        for amount in _amounts(line.text):
            if amount not in have.numbers:
                yield Problem(kind="unlisted", about=f"the number {amount}", turn=place)
    asked = _affirmed([line.text for line in lines if line.speaker == THERAPIST], also_denied=True)
    answers = _answers(lines)
    kinds = {concept.category for concept in have.named}
    for concept in sorted(asked):
        answered = answers.get(concept.name, frozenset())
        if True in answered and concept.category not in kinds:
            yield Problem(kind="unlisted", about=concept.name)
        elif False in answered and concept not in have.true:
            kind = "confirmed" if concept in have.allowed else "unlisted"
            yield Problem(kind=kind, about=concept.name)


def reopened(session: Session, lines: Sequence[Line]) -> Iterator[Problem]:
    """Turns that speak of what the ledger says was left open, by the id of the fact.

    What trap turns of clients hint at is theirs to hint at. Looks that nobody could see are left
    open for the clinician alone: clients may well speak of a smile.
    """
    matters = left_open(session)
    for place, line in enumerate(lines):
        by_client = line.speaker != THERAPIST
        if by_client and line.traps:
            continue
        text = _plain_talk(line.text)
        spoken = [parse("", 0, text[start:end], start, end) for start, end in sentences(text)]
        for matter in matters:
            if by_client and matter.fact.kind == "mental_status":
                continue
            if any(matter.touched(one) and not says_left_open(one) for one in spoken):
                yield Problem(kind="left open", about=matter.fact.fact_id, turn=place)


def _affirmed(
    texts: Iterable[str], *, questions: bool = True, also_denied: bool = False
) -> frozenset[Concept]:
    """Watched concepts in the sentences of some texts, without those in a negation's scope."""
    found: set[Concept] = set()
    for text in texts:
        for start, end in sentences(text):
            sentence = text[start:end]
            if not questions and sentence.endswith("?"):
                continue
            words = tokens(sentence if questions else _plain_talk(sentence))
            hits = mentions(words)
            denied = frozenset[str]() if also_denied else negated(sentence, words, hits)
            found.update(
                hit.concept
                for hit in hits
                if hit.concept.name not in denied
                and _is_watched(hit.concept)
                and (
                    questions
                    or hit.end - hit.start > 1
                    or words[hit.start].stem not in _watched().everyday
                )
            )
    return frozenset(found)


def _plain_talk(text: str) -> str:
    """The text with idioms blanked out, place for place."""
    return _watched().idioms.sub(lambda found: " " * len(found[0]), text)


def _answers(lines: Sequence[Line]) -> dict[str, frozenset[bool]]:
    """By concept that the therapist asked about: was a plain answer a no (True) or a yes?"""
    turns = tuple(Turn(speaker=line.speaker, text=line.text) for line in lines)
    return Index(Session(spec=SessionSpec(session_id="asked"), turns=turns), ledger=False).answers


def _amounts(text: str) -> Iterator[str]:
    found = tokens(text)
    for number, unit in itertools.pairwise(found):
        if number.is_number and unit.stem in _watched().units:
            yield number.stem


def _of(chart: Chart | None) -> tuple[str, ...]:
    if chart is None:
        return ()
    lists = (*chart.goals, *chart.medication, *chart.history, *chart.measures)
    return (chart.diagnosis, *lists, chart.last_note)


class _Watched(NamedTuple):
    categories: frozenset[str]
    concepts: frozenset[str]
    wide: frozenset[str]
    everyday: frozenset[str]
    units: frozenset[str]
    idioms: re.Pattern[str]


@cache
def _watched() -> _Watched:
    content = tomllib.loads(WATCHED.read_text(encoding="utf-8"))
    stems = {name: frozenset(map(stem, content[name])) for name in ("everyday", "units")}
    names = {name: frozenset(content[name]) for name in ("categories", "concepts", "wide")}
    idioms = "|".join(map(re.escape, content["idioms"]))
    return _Watched(**names, **stems, idioms=re.compile(rf"\b(?:{idioms})\b", re.IGNORECASE))


def _is_watched(concept: Concept) -> bool:
    watched = _watched()
    watches = concept.category in watched.categories or concept.name in watched.concepts
    return watches and concept.name not in watched.wide
