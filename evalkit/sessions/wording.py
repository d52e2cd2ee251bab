"""The little language of the lexicon.

    [a|b|c]   one of these (an empty one is allowed: [so |])
    <...>     kept by a talkative speaker, left out by a terse one
    {slot}    what stands in that slot, in the wording of the mode (say, note or jot)
    {slot.x}  the variant `x` of that slot: {sibling.they}

Parts nest. What stands in a slot may use the language too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from evalkit.errors import InputError
from evalkit.sessions.rng import Rng

Mode = Literal["say", "note", "jot"]
Slot = dict[str, str]
Slots = Mapping[str, Slot]

_FALLBACK: dict[Mode, tuple[str, ...]] = {
    "say": ("say", "note"),
    "note": ("note", "say"),
    "jot": ("jot", "note", "say"),
}
_TOKEN = re.compile(r"[\[\]|<>{}]|[^\[\]|<>{}]+")


@dataclass(frozen=True)
class Choice:
    options: tuple[Parts, ...]


@dataclass(frozen=True)
class Extra:
    inside: Parts


@dataclass(frozen=True)
class Reference:
    name: str
    variant: str


Parts = tuple["str | Choice | Extra | Reference", ...]


@dataclass(frozen=True)
class Speaking:
    """How a template is put into words: mode, slots, and how much of the extras is kept."""

    mode: Mode
    slots: Slots
    talk: float = 1.0


def expand(template: str, how: Speaking, rng: Rng) -> str:
    """One wording of a template, tidied.

    Raises InputError if a slot is unknown or the brackets do not match.

    >>> slots = {"hour": {"say": "three", "note": "3 a.m."}}
    >>> expand("[up|awake] at {hour}", Speaking("note", slots), Rng(1))
    'Awake at 3 a.m.'
    """
    return tidy(_expand(parse(template), how, rng, depth=0))


def _expand(parts: Parts, how: Speaking, rng: Rng, depth: int) -> str:
    if depth > 12:
        raise InputError("a slot of the lexicon refers to itself")
    out = []
    for part in parts:
        if isinstance(part, str):
            out.append(part)
        elif isinstance(part, Choice):
            out.append(_expand(rng.pick(part.options), how, rng, depth))
        elif isinstance(part, Extra):
            if rng.chance(how.talk):
                out.append(_expand(part.inside, how, rng, depth))
        else:
            out.append(_expand(parse(_look_up(part, how)), how, rng, depth + 1))
    return "".join(out)


def _look_up(reference: Reference, how: Speaking) -> str:
    slot = how.slots.get(reference.name)
    if slot is None:
        raise InputError(f"the lexicon uses an unknown slot {{{reference.name}}}")
    for variant in (reference.variant,) if reference.variant else _FALLBACK[how.mode]:
        if variant in slot:
            return slot[variant]
    raise InputError(f"slot {{{reference.name}}} has no variant {reference.variant or how.mode!r}")


@cache
def parse(template: str) -> Parts:
    """The parts of a template; InputError if its brackets do not match."""
    tokens = _TOKEN.findall(template)
    parts, end = _sequence(tokens, 0, closing="")
    if end != len(tokens):
        raise InputError(f"unmatched {tokens[end]!r} in a template of the lexicon")
    return parts


def _sequence(tokens: list[str], at: int, closing: str) -> tuple[Parts, int]:
    parts: list[str | Choice | Extra | Reference] = []
    while at < len(tokens):
        token = tokens[at]
        if token in {"|", "]", ">"} and (token == closing or (token == "|" and closing == "]")):
            return tuple(parts), at
        if token == "[":
            options = []
            at += 1
            while True:
                option, at = _sequence(tokens, at, closing="]")
                options.append(option)
                if at >= len(tokens):
                    raise InputError("unmatched '[' in a template of the lexicon")
                at += 1
                if tokens[at - 1] == "]":
                    break
            parts.append(Choice(tuple(options)))
        elif token == "<":
            inside, at = _sequence(tokens, at + 1, closing=">")
            if at >= len(tokens):
                raise InputError("unmatched '<' in a template of the lexicon")
            parts.append(Extra(inside))
            at += 1
        elif token == "{":
            if at + 2 >= len(tokens) or tokens[at + 2] != "}":
                raise InputError("unmatched '{' in a template of the lexicon")
            name, _, variant = tokens[at + 1].partition(".")
            parts.append(Reference(name, variant))
            at += 3
        elif token in {"]", ">", "}", "|"}:
            return tuple(parts), at
        else:
            parts.append(token)
            at += 1
    return tuple(parts), at


_SPACE = re.compile(r"\s+")
_BEFORE_MARK = re.compile(r" +([,.;:?!])")
_DOUBLE_MARK = re.compile(r"([.?!])[.,]+(?=\s|$)|,(?=[.?!])|,(?=,)")
_ARTICLE = re.compile(r"\b([Aa]) (?=(?:[aeio]|un[^i]|up|ug|8|11\b|18\b)(?!ne\b|nce\b))")
_SENTENCE = re.compile(r"(^|(?<!a\.m)(?<!p\.m)(?<!\.)[.?!][\"”]? )([a-z])")


def tidy(text: str) -> str:
    """Single spaces, no doubled marks, the right article, a capital at each sentence's start."""
    text = _BEFORE_MARK.sub(r"\1", _SPACE.sub(" ", text).strip())
    text = _DOUBLE_MARK.sub(lambda found: found.group(1) or "", text)
    text = _ARTICLE.sub(r"\1n ", text)
    return _SENTENCE.sub(lambda found: found.group(1) + found.group(2).upper(), text)
