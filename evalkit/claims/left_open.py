"""What a session left open: risk that nobody asked about, looks that nobody could see.

The ledger says so in facts that are not `discussed`. A claim that says the same is true, and one
that asserts anything of the matter is false, whatever it asserts.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache

from evalkit.claims.extract import Parsed, parse
from evalkit.claims.lexicon import HERE, people
from evalkit.claims.text import tokens
from evalkit.records import Fact, FactKind, Session

_ACT = (
    r"(?:assess|ask|inquir|enquir|question|screening\b|screened|explor|discuss|address|evaluat|"
    r"administ|conduct|carried out|took place|take place|taken up|part of|done\b|perform|examin|"
    r"judge|judged|elicit|brought up|covered|cover\b|mentioned|spoken of|undertaken|touched)"
)
_SIGHT = r"(?:observ|seen\b|see\b|visible|visual|view|apparent to|available|possible|accessible)"
_STEP = r"(?:(?!\b(?:on|upon|during|when|per|by|after|following|if)\b)[^.;:!?]){0,70}?"
_NOT = r"(?:\bnot|n't|\bno|\bneither|\bnor|\bnever|\bwithout|\bunable to|\bcannot)\b"
_LEFT_OPEN = re.compile(
    rf"{_NOT}{_STEP}\b{_ACT}"
    rf"|(?:\bnot|n't|\bcannot|\bunable to|\bneither|\bnor|\bimpossible to)\b{_STEP}\b{_SIGHT}"
    r"|\b(?:unassessed|unobserv|not applicable|deferred|omitted|skipped|unavailable)",
    re.IGNORECASE,
)
_WHEN_ASKED = re.compile(
    r"\b(?:when|if|as|once|on being|upon being)\s+(?:\w+ly\s+)?(?:asked|screened|questioned)", re.I
)
_AHEAD = re.compile(
    r"\b(?:will|plans? to|to be|should|next (?:session|visit|appointment|contact|time))\b"
    r"[^.;!?]*\b(?:assess|screen|monitor|evaluat|ask|inquir|explor|address|discuss|revisit)"
    r"|\b(?:assess|screen|monitor|evaluate|ask|inquire|explore|address|discuss|revisit)\b"
    r"[^.;!?]*\b(?:next|future|coming|upcoming)\b",
    re.IGNORECASE,
)
_SEEMS = frozenset({"appear", "appears", "appeared", "appearing"})
_OF_ONESELF = frozenset({"denies", "denied", "himself", "herself", "themself", "themselves"})


@dataclass(frozen=True)
class Matter:
    """What one fact leaves open: `terms` are names of concepts and phrases of matters.toml.

    Where the `whole` matter is open, any term of its kind belongs to it.
    """

    fact: Fact
    terms: frozenset[str]
    whole: bool

    def touched(self, parsed: Parsed) -> bool:
        """Whether the claim speaks of it, as of the client."""
        if people(parsed.tokens) and not any(t.word.lower() in _OF_ONESELF for t in parsed.tokens):
            return False
        found = _terms(self.fact.kind, parsed)
        return bool(found if self.whole else found & self.terms)


def left_open(session: Session) -> tuple[Matter, ...]:
    """What the ledger says was left open.

    Where nothing of the kind was discussed at all, the whole matter is open; else no more than
    what the fact names and no discussed fact of the kind, about the client, speaks of.
    """
    matters = []
    for fact in session.facts:
        if fact.discussed:
            continue
        spoken = frozenset[str]().union(
            *(
                _of(fact.kind, one)
                for one in session.discussed
                if one.kind == fact.kind and one.subject == "client"
            )
        )
        whole = fact.kind in _matters() and not spoken
        matters.append(Matter(fact, _of(fact.kind, fact) - spoken, whole))
    return tuple(matters)


def says_left_open(parsed: Parsed) -> bool:
    """Whether a claim itself says that something was not asked, assessed or seen.

    >>> from evalkit.claims.extract import parse
    >>> [says_left_open(parse("plan", 0, text, 0, len(text))) for text in (
    ...     "Suicide risk was not assessed.", "Client denied SI when asked.",
    ...     "Posture could not be seen.", "No agitation was observed.")]
    [True, False, True, False]
    """
    text = parsed.claim.text
    return bool(_LEFT_OPEN.search(text)) and not _WHEN_ASKED.search(text)


def asserts(parsed: Parsed, matters: tuple[Matter, ...]) -> Matter | None:
    """The first open matter of which a claim asserts something; None if there is none.

    What is planned for another day asserts nothing.
    """
    for matter in matters:
        if matter.touched(parsed) and not says_left_open(parsed):
            return None if _AHEAD.search(parsed.claim.text) else matter
    return None


def admits(parsed: Parsed, matters: tuple[Matter, ...]) -> bool:
    """Whether a claim says of one of these matters that it was left open."""
    return says_left_open(parsed) and any(matter.touched(parsed) for matter in matters)


def _of(kind: FactKind, fact: Fact) -> frozenset[str]:
    """The terms of a kind of matter in either wording of a fact."""
    texts = (fact.statement, fact.reworded)
    return frozenset[str]().union(
        *(_terms(kind, parse("", 0, text, 0, len(text))) for text in texts)
    )


def _terms(kind: FactKind, parsed: Parsed) -> frozenset[str]:
    """The terms of a kind of matter that a text holds; of a kind without a list, its concepts."""
    listed = _matters().get(kind)
    if listed is None:
        return frozenset(parsed.claim.concepts)
    named = frozenset(
        hit.concept.name
        for hit in parsed.mentions
        if hit.concept.name in listed.concepts
        # "appeared sound" has the stem of "appearance", and tells of no looks.
        and parsed.tokens[hit.start].word.lower() not in _SEEMS
    )
    stems = [token.stem for token in parsed.tokens]
    runs = (tuple(stems[at : at + size]) for at in range(len(stems)) for size in listed.sizes)
    return named | frozenset(listed.phrases[run] for run in runs if run in listed.phrases)


@dataclass(frozen=True)
class _Listed:
    """Terms of a matter: its concepts, and its phrases by their stems, of such `sizes`."""

    concepts: frozenset[str]
    phrases: dict[tuple[str, ...], str]
    sizes: tuple[int, ...]


@cache
def _matters() -> dict[str, _Listed]:
    content = tomllib.loads((HERE / "matters.toml").read_text(encoding="utf-8"))
    found = {}
    for kind, row in content.items():
        phrases = {tuple(t.stem for t in tokens(text)): text for text in row["phrases"]}
        sizes = tuple(sorted({len(phrase) for phrase in phrases}))
        found[kind] = _Listed(frozenset(row["concepts"]), phrases, sizes)
    return found
