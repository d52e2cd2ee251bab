"""Concepts of behavioral health with their synonyms, from the TOML files in `lexicon/`.

A phrase in capitals (SI, ACT) is matched in capitals only, one after "=" ("=appearance") by its
very words in either case; any other is matched by stems.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

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


Way = Literal["capitals", "literal", "stems"]


class Entry(NamedTuple):
    """A phrase of a concept: its words, in the way they are matched."""

    way: Way
    words: tuple[str, ...]
    stems: tuple[str, ...]
    concept: Concept
    over_commas: bool

    @property
    def plain(self) -> bool:
        """A single word by its stem: there is nothing more to check."""
        return self.way == "stems" and len(self.stems) == 1


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


class Relation(NamedTuple):
    """Somebody named at tokens[start:end] by the relation to the client."""

    name: str
    start: int
    end: int


@cache
def _people() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Words for people by the stem of their first, the longest first."""
    content = tomllib.loads((HERE / "note_words.toml").read_text(encoding="utf-8"))["people"]
    index: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for name, listed in content.items():
        for phrase in listed:
            parts = tokens(phrase)
            words = tuple(_singular(part) for part in parts)
            index.setdefault(parts[0].stem, []).append((words, name))
    for entries in index.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return index


def relations(found: list[Token]) -> list[Relation]:
    """Other people that a text names by their relation to the client, in order.

    >>> from evalkit.claims.text import tokens
    >>> relations(tokens("Her mother-in-law and her dad came."))
    [Relation(name='in_law', start=1, end=4), Relation(name='father', start=6, end=7)]
    """
    known, named, place = _people(), list[Relation](), 0
    for at, token in enumerate(found):
        if at < place or token.stem not in known:
            continue
        for words, name in known[token.stem]:
            here = found[at : at + len(words)]
            if tuple(_singular(one) for one in here) == words:
                place = at + len(words)
                named.append(Relation(name, at, place))
                break
    return named


def _singular(token: Token) -> str:
    """ "mothers" and "mother's" are a mother; "manages" is no manager."""
    word = token.word.lower().replace("\u2019", "'").split("'")[0]
    return word.removesuffix("s") if len(word) > 3 else word


def people(found: list[Token]) -> frozenset[str]:
    """Other people that a text names by their relation to the client, synonyms as one."""
    known = _people()
    if not any(token.stem in known for token in found):
        return frozenset()
    return frozenset(one.name for one in relations(found))


def mentions(found: list[Token]) -> list[Mention]:
    """Concepts named in a tokenised text; the longest phrase wins, from left to right."""
    index = _phrases()
    stems = [token[1] for token in found]
    hits: list[Mention] = []
    place = 0
    for at, stem in enumerate(stems):
        if stem not in index or at < place:
            continue
        following = stems[at + 1] if at + 1 < len(stems) else ""
        for entry in (*index[stem].get(following, ()), *index[stem].get("", ())):
            place = at + len(entry.stems)
            if tuple(stems[at:place]) == entry.stems and (
                entry.plain or _as_written(entry, found[at:place])
            ):
                hits.append(Mention(entry.concept, at, place))
                break
        else:
            place = at
    return hits


def _as_written(entry: Entry, part: list[Token]) -> bool:
    if not entry.over_commas and any(
        right.start - left.end > 1 for left, right in itertools.pairwise(part)
    ):
        return False
    if entry.way == "stems":
        return True
    if entry.way == "capitals":
        return part[0].word == entry.words[0]
    return all(token.word.lower() == word for token, word in zip(part, entry.words, strict=True))


def phrases(folder: Path = HERE) -> Iterator[tuple[Concept, str]]:
    """Every phrase as it stands in the files, with its concept.

    InputError where a file with concepts names no known category or severity, or where the same
    phrase, in the way it is matched, stands in two concepts.
    """
    owners: dict[tuple[Way, tuple[str, ...]], str] = {}
    for path in sorted(folder.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        for name, listed in content.get("concepts", {}).items():
            concept = Concept(
                name, _known(content, "category", path), _known(content, "severity", path)
            )
            for phrase in listed:
                way = matched(phrase)
                if not way[1]:
                    raise InputError(f"{phrase!r} has no word", file=path, field=name)
                if owners.setdefault(way, name) != name:
                    what = f"{phrase!r} stands in {owners[way]} too"
                    fix = "leave it in one, or tell them apart by '=' in front of each"
                    raise InputError(what, file=path, field=name, fix=fix)
                yield concept, phrase


def _known(content: dict[str, Any], field: str, path: Path) -> Any:
    """The category or severity of a file."""
    choices = get_args(Category if field == "category" else Severity)
    if content.get(field) not in choices:
        raise InputError(f"must be one of {', '.join(choices)}", file=path, field=field)
    return content[field]


def matched(phrase: str) -> tuple[Way, tuple[str, ...]]:
    """How a phrase is matched, and by what.

    >>> matched("SI"), matched("=appearance"), matched("panic attacks")
    (('capitals', ('SI',)), ('literal', ('appearance',)), ('stems', ('panic', 'attack')))
    """
    parts = tokens(phrase)
    if phrase.startswith("="):
        return "literal", tuple(part.word.lower() for part in parts)
    if phrase.isupper() and len(parts) == 1:
        return "capitals", (parts[0].word,)
    return "stems", tuple(part.stem for part in parts)


def _stems(words: list[str]) -> list[str]:
    """Stems of single words; a phrase would smuggle in its "for" or "with"."""
    parts = {word: tokens(word) for word in words}
    for word, found in parts.items():
        if len(found) > 1:
            raise InputError(f"{word!r} is more than one word", file=HERE / "note_words.toml")
    return [token.stem for found in parts.values() for token in found]


@cache
def _phrases() -> dict[str, dict[str, list[Entry]]]:
    """Phrases by the stems of their first and second word ("" where there is one word alone).

    The longest come first, then those matched more exactly.
    """
    index: dict[str, dict[str, list[Entry]]] = {}
    for concept, phrase in phrases():
        way, words = matched(phrase)
        stems = tuple(token.stem for token in tokens(phrase))
        second = stems[1] if len(stems) > 1 else ""
        entries = index.setdefault(stems[0], {}).setdefault(second, [])
        entries.append(Entry(way, words, stems, concept, "," in phrase))
    for by_second in index.values():
        for entries in by_second.values():
            entries.sort(key=lambda entry: (-len(entry.words), entry.way))
    return index
