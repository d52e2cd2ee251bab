"""Who a sentence is about: the client, the clinician, a relative by relation, a member by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from evalkit.claims import lexicon
from evalkit.claims.lexicon import cues, people
from evalkit.claims.text import Token, tokens
from evalkit.records import Fact

CLIENT, CLINICIAN = "client", "clinician"
_CLIENT = frozenset({"client", "patient", "pt", "ct", "cl", "i"})
_PRONOUN = frozenset({"he", "she", "they"})
_CLINICIAN = frozenset({"clinician", "therapist", "counselor", "counsellor", "provider", "writer"})
_POSSESSIVE = frozenset({"his", "her", "their", "my"})
_NO_SUBJECT_AFTER = frozenset(
    (
        "per by to of with from for in on about regarding toward towards at against between among "
        "concerning than like over and or"
    ).split()
)
"""A person named right after one of these is no subject: "by client's account", "in client"."""

_REACH = 3
"""Words between "client's" and the relative who is meant: "client's older twin brother"."""


@lru_cache(maxsize=20_000)
def subject(text: str, names: tuple[str, ...] = ()) -> str:
    """The first person a sentence speaks of as one who does or is something.

    "" if it names none, or a pronoun comes first: whose it is, only the sentences before tell.

    >>> [subject(text, ("Hassan",)) for text in (
    ...     "Client's older brother lost his job.", "By client's account sleep is poor.",
    ...     "Her mother moved in.", "Hassan wept.", "Clinician asked about client's mother.")]
    ['brother', '', 'mother', 'Hassan', 'clinician']
    """
    return subject_of(tokens(text), text, names)


def subject_of(found: Sequence[Token], text: str, names: tuple[str, ...] = ()) -> str:
    """`subject` of a text whose words are known already."""
    kin = {one.start: one.name for one in lexicon.relations(list(found))}
    for place, token in enumerate(found):
        word = token.word.lower().replace("\u2019", "'")
        root = word.removesuffix("'s")
        if _after_preposition(found, place):
            continue
        if (root in _CLIENT and word != root) or word in _POSSESSIVE:
            other = _relative(found, place, kin, text)
            if other:
                return other
            if word not in _POSSESSIVE:
                return CLIENT
            if place == 0:
                return ""
            continue
        if word in _PRONOUN:
            return ""
        if token.word.removesuffix("'s") in names:
            return token.word.removesuffix("'s")
        if root in _CLIENT:
            return CLIENT
        if root in _CLINICIAN:
            return CLINICIAN
        if place in kin:
            return kin[place]
    return ""


def _after_preposition(found: Sequence[Token], place: int) -> bool:
    before = [token.word.lower() for token in found[max(0, place - 2) : place]]
    return bool(before) and (
        before[-1] in _NO_SUBJECT_AFTER
        or (
            before[-1] in {"a", "an", "the", "his", "her", "their"}
            and before[0] in _NO_SUBJECT_AFTER
        )
    )


def _relative(found: Sequence[Token], owner: int, kin: dict[int, str], text: str) -> str:
    """The relative in "client's older brother"; "" where something else comes first."""
    for place in range(owner + 1, min(owner + 1 + _REACH, len(found))):
        gap = text[found[place - 1].end : found[place].start].strip()
        if gap not in ("", "-") or found[place].stem in cues().frame:
            return ""
        if place in kin:
            return kin[place]
    return ""


def relations(text: str) -> frozenset[str]:
    """The relation classes that a text names ("former wife" -> partner), else its own stems.

    >>> sorted(relations("former wife")), sorted(relations("old pianist"))
    (['partner'], ['old', 'pianist'])
    """
    found = tokens(text)
    return people(found) or frozenset(token.stem for token in found)


def named_in(text: str, asked: Iterable[str]) -> bool:
    """Whether a text names one of these relations or stems."""
    found = tokens(text)
    here = people(found) | {token.stem for token in found}
    return any(one in here for one in asked)


def ascribed_to(fact: Fact, sentence: str, who: str, names: tuple[str, ...] = ()) -> str | None:
    """Whom a sentence wrongly ascribes a fact to; None where the person is right or open.

    `who` is the subject of the sentence, `names` are the members of a group other than the client.
    A relative's fact is right where the relative is named at all ("Client reports that her brother
    relapsed"); the client's is wrong where the sentence is about a relative, a member or the
    clinician whom neither wording names.
    """
    told = f"{fact.statement} {fact.reworded}"
    if fact.subject not in (CLIENT, CLINICIAN):
        asked = relations(fact.subject)
        if named_in(sentence, asked) or not who:
            return None
        return None if who in people(tokens(told)) else who
    if who in ("", CLIENT) or who == fact.subject:
        return None
    if who == CLINICIAN:
        theirs = {subject(one, names) for one in (fact.statement, fact.reworded) if one}
        also = CLINICIAN in theirs or fact.kind in _CLINICIANS or _speaks_of_client(sentence)
        return None if also else who
    if who in names:
        return None if re.search(rf"\b{re.escape(who)}\b", told) else who
    return None if who in people(tokens(told)) else who


def _speaks_of_client(sentence: str) -> bool:
    """It names the client: "Clinician explored client's guilt" says nothing of the clinician's."""
    return bool(re.search(r"\b(?:[Cc]lient|[Pp]atient|pt|ct|cl)\b", sentence))


_CLINICIANS = frozenset({"intervention", "service", "plan", "homework", "assessment", "measure"})
"""Kinds of fact that a note may state with the clinician as its subject, whatever the ledger."""
