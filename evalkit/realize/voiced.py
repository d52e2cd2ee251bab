"""Is what the ledger lists to be heard in the turns that claim it? No model is asked."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from evalkit.claims.evidence import plain
from evalkit.claims.features import DOSE
from evalkit.claims.likeness import covered, saying
from evalkit.claims.text import tokens
from evalkit.realize.answer import Line, Problem
from evalkit.records import Fact, Session, Trap

VOICED_FROM = 0.2
"""Share of a fact's words, rare ones counting more, that its turns must hold.

Chosen on 120 generated sessions. On 120 others 1910 of 2564 facts are seen in their own turns, and
167 in as many turns of another session (74 % and 7 %); a model is told to be plainer than our
generator is, whose clients speak in pictures.
"""

_QUOTED = re.compile(r'["\u201c]([^"\u201d]+)["\u201d]')

Weight = Callable[[str], float]


def must_be_voiced(session: Session) -> tuple[Fact, ...]:
    """The discussed facts that turns show; form, chart and observation may show the others."""
    return tuple(fact for fact in session.discussed if fact.turns)


def must_be_set(session: Session) -> dict[str, Trap]:
    """The traps that turns make, by the id under which the model knows them: t01, t02, ..."""
    return {trap_id(n): trap for n, trap in enumerate(session.traps) if trap.turns}


def trap_id(place: int) -> str:
    """What a model calls the trap at this place in the session, from 0."""
    return f"t{place + 1:02d}"


def unvoiced(session: Session, lines: Sequence[Line]) -> Iterator[Problem]:
    """The facts and traps of a session that are not to be heard where the lines claim them."""
    weight = rarity(session)
    texts = [line.text for line in lines]
    for fact in must_be_voiced(session):
        claimed = [n for n, line in enumerate(lines) if fact.fact_id.lower() in line.facts]
        if not claimed or not voiced(fact, heard(texts, claimed), weight):
            yield Problem(kind="not voiced", about=fact.fact_id)
    for trap_id, trap in must_be_set(session).items():
        claimed = [n for n, line in enumerate(lines) if trap_id in line.traps]
        words = heard(texts, claimed)
        if not any(_share(text, words, weight) >= VOICED_FROM for text in _of(session, trap)):
            yield Problem(kind="trap missing", about=trap_id)


def heard(texts: Sequence[str], claimed: Iterable[int]) -> str:
    """The claimed turns, each with the one before it: an answer needs its question.

    >>> heard(["Hi.", "Hi.", "Any side effects?", "None."], [3])
    'Any side effects?\\nNone.'
    """
    places = sorted({place for one in claimed for place in (one - 1, one) if place >= 0})
    return "\n".join(texts[place] for place in places)


def voiced(fact: Fact, words: str, weight: Weight) -> bool:
    """Whether these words say the fact: its terms, its dose to the number, its quotation exactly.

    >>> fact = Fact(fact_id="f", kind="medication", statement="Takes sertraline 50 mg daily.")
    >>> [voiced(fact, text, lambda word: 1.0) for text in (
    ...     "I take the sertraline, fifty.", "The sertraline, a hundred.", "It rained.")]
    [True, False, False]
    """
    found = tokens(words)
    numbers = {token.stem for token in found if token.is_number}
    if not numbers.issuperset(DOSE.findall(fact.statement.lower())):
        return False
    if fact.kind == "quote":
        quoted = _QUOTED.search(fact.statement)
        return quoted is None or plain(tokens(quoted[1])) in plain(found)
    texts = (text for text in (fact.statement, fact.reworded) if text)
    return any(_share(text, words, weight) >= VOICED_FROM for text in texts)


def rarity(session: Session) -> Weight:
    """Weight of a stem: words that few facts of the session hold count more."""
    counts = Counter(word for fact in session.discussed for word, _ in saying(fact.statement).units)
    known = len(session.discussed)
    return lambda word: math.log(1 + known / max(1, counts[word]))


def _share(text: str, words: str, weight: Weight) -> float:
    return covered(saying(text), saying(words), weight)


def _of(session: Session, trap: Trap) -> Iterator[str]:
    """What a trap may be known by: its material, its bait, and the truth."""
    yield " ".join(session.turns[turn].text for turn in trap.turns)
    yield from (text for text in (trap.bait, trap.reworded, trap.truth) if text)
