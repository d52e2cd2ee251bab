"""Concepts of behavioral health with their synonyms, from the TOML files in `lexicon/`.

A phrase in capitals (SI, ACT) is matched in capitals only; any other is matched by stems.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from evalkit.claims.text import Token, tokens
from evalkit.errors import InputError
from evalkit.records import Category, Severity

HERE = Path(__file__).parent / "lexicon"


class Concept(NamedTuple):
    """A concept and what a claim that names it is about."""

    name: str
    category: Category
    severity: Severity


class Mention(NamedTuple):
    """A concept found at tokens[start:end]."""

    concept: Concept
    start: int
    end: int


class Cues(NamedTuple):
    """Stems of words that frame, hedge, look ahead, observe, negate, or make unreal."""

    frame: frozenset[str]
    hedge: frozenset[str]
    future: frozenset[str]
    observe: frozenset[str]
    negate: frozenset[str]
    unreal: frozenset[str]


@cache
def cues() -> Cues:
    content = tomllib.loads((HERE / "note_words.toml").read_text(encoding="utf-8"))
    return Cues(*(frozenset(_stems(content[field])) for field in Cues._fields))


@cache
def _people() -> dict[str, str]:
    content = tomllib.loads((HERE / "note_words.toml").read_text(encoding="utf-8"))["people"]
    return {one: name for name, words in content.items() for one in _stems(words)}


def people(found: list[Token]) -> frozenset[str]:
    """Other people that a text names by their relation to the client, synonyms as one."""
    known = _people()
    return frozenset(known[token.stem] for token in found if token.stem in known)


def mentions(found: list[Token]) -> list[Mention]:
    """Concepts named in a tokenised text; the longest phrase wins, from left to right."""
    exact, stemmed = _phrases()
    hits, place = [], 0
    while place < len(found):
        best: tuple[int, Concept] | None = None
        for index, key in ((exact, found[place].word), (stemmed, found[place].stem)):
            for phrase, concept in index.get(key, ()):
                size = len(phrase)
                if best is not None and size <= best[0]:
                    continue
                part = found[place : place + size]
                said = tuple(t.word if index is exact else t.stem for t in part)
                if said == phrase:
                    best = (size, concept)
        if best is None:
            place += 1
        else:
            hits.append(Mention(best[1], place, place + best[0]))
            place += best[0]
    return hits


def _stems(words: list[str]) -> list[str]:
    """Stems of single words; a phrase would smuggle in its "for" or "with"."""
    parts = {word: tokens(word) for word in words}
    for word, found in parts.items():
        if len(found) > 1:
            raise InputError(f"{word!r} is more than one word", file=HERE / "note_words.toml")
    return [token.stem for found in parts.values() for token in found]


Index = dict[str, list[tuple[tuple[str, ...], Concept]]]


@cache
def _phrases() -> tuple[Index, Index]:
    """Phrases by their first word: in capitals, and by stems."""
    exact: Index = {}
    stemmed: Index = {}
    for path in sorted(HERE.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        for name, phrases in content.get("concepts", {}).items():
            concept = Concept(name, content["category"], content["severity"])
            for phrase in phrases:
                parts = tokens(phrase)
                if phrase.isupper() and len(parts) == 1:
                    exact.setdefault(parts[0].word, []).append(((parts[0].word,), concept))
                else:
                    key = tuple(part.stem for part in parts)
                    stemmed.setdefault(key[0], []).append((key, concept))
    return exact, stemmed
