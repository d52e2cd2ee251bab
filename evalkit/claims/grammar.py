"""The little grammar by which a sentence is taken apart, from `lexicon/grammar.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from evalkit.claims.lexicon import HERE

VOWELS = frozenset("aeiou")


Phrases = dict[str, list[list[str]]]
"""Phrases by their first word, the longest first."""


class Grammar(NamedTuple):
    """Words of a sentence by what they do, in small letters.

    `plain`, `present`, `past` and `gerunds` are the forms of its verbs.
    """

    breaks: frozenset[str]
    joins: frozenset[str]
    openers: frozenset[str]
    subjects: frozenset[str]
    leading: frozenset[str]
    articles: frozenset[str]
    auxiliaries: frozenset[str]
    modals: frozenset[str]
    prepositions: frozenset[str]
    negators: frozenset[str]
    trailing: frozenset[str]
    after_verb: frozenset[str]
    doubtful: frozenset[str]
    plain: frozenset[str]
    present: frozenset[str]
    past: frozenset[str]
    gerunds: frozenset[str]
    joining: Phrases
    together: Phrases

    def is_verb(self, word: str) -> bool:
        """Whether a word can be a verb in a form that needs a subject."""
        return word in self.auxiliaries or word in self.present or word in self.past


@cache
def grammar() -> Grammar:
    content = tomllib.loads((HERE / "grammar.toml").read_text(encoding="utf-8"))
    words = (
        "breaks joins openers subjects leading articles auxiliaries modals prepositions negators "
        "trailing after_verb doubtful"
    ).split()
    verbs = content["verbs"]
    return Grammar(
        **{name: frozenset(content[name]) for name in words},
        plain=frozenset(verbs),
        present=frozenset(form for verb in verbs for form in _present(verb)),
        past=frozenset(form for verb in verbs for form in _past(verb)) | set(content["irregular"]),
        gerunds=frozenset(form for verb in verbs for form in _gerunds(verb)),
        joining=_phrases(content["joining"]),
        together=_phrases(content["together"]),
    )


def _phrases(texts: list[str]) -> Phrases:
    index: Phrases = {}
    for text in sorted(texts, key=len, reverse=True):
        words = text.split()
        index.setdefault(words[0], []).append(words)
    return index


def _present(verb: str) -> Iterator[str]:
    """reports, tries, misses."""
    if verb.endswith("y") and verb[-2] not in VOWELS:
        yield verb[:-1] + "ies"
    elif verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        yield verb + "es"
    else:
        yield verb + "s"


def _past(verb: str) -> Iterator[str]:
    """reported, shared, tried, planned (and planed: a form that no verb has does no harm)."""
    if verb.endswith("e"):
        yield verb + "d"
    elif verb.endswith("y") and verb[-2] not in VOWELS:
        yield verb[:-1] + "ied"
    else:
        yield verb + "ed"
        yield verb + verb[-1] + "ed"


def _gerunds(verb: str) -> Iterator[str]:
    if verb.endswith("ie"):
        yield verb[:-2] + "ying"
    elif verb.endswith("e") and not verb.endswith("ee"):
        yield verb[:-1] + "ing"
    else:
        yield verb + "ing"
        yield verb + verb[-1] + "ing"
