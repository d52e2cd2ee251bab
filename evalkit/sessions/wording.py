"""The little language of the lexicon.

    [a|b|c]   one of these (an empty one is allowed: [so |])
    [#k a|b]  one of these, the same one by place as at the first [#k ...] of the exchange
    <...>     kept by a talkative speaker, left out by a terse one
    {slot}    what stands in that slot, in the wording of the mode: say (the client's own words),
              ask (the same from the therapist, who says "you" for the client's "I"), note, jot
    {slot.x}  the variant `x` of that slot: {sibling.they}; or the slot named "slot.x": {last.week}

Parts nest. What stands in a slot may use the language too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from evalkit.errors import InputError
from evalkit.sessions.rng import Rng

Mode = Literal["say", "ask", "note", "jot"]
Slot = dict[str, str]
Slots = Mapping[str, Slot]

_FALLBACK: dict[Mode, tuple[str, ...]] = {
    "say": ("say", "note"),
    "ask": ("ask", "say", "note"),
    "note": ("note", "say"),
    "jot": ("jot", "note", "say"),
}
PROPER = "proper"
"""A slot with this variant begins with a name: its capital stays."""

_KEPT = frozenset(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May "
    "June July August September October November December Dad Mom Gran God Christmas".split()
)
_MINE = re.compile(r"I('\w+)?$")

_YOU = {
    "i": "you",
    "i'm": "you're",
    "i've": "you've",
    "i'll": "you'll",
    "i'd": "you'd",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
    "am": "are",
}
_LINK = re.compile(r"#(\w+) ?")
_WORD = re.compile(r"[A-Za-z']+")
_TOKEN = re.compile(r"[\[\]|<>{}]|[^\[\]|<>{}]+")


@dataclass(frozen=True)
class Choice:
    options: tuple[Parts, ...]
    link: str = ""


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
    """How a template is put into words: mode, slots, and how much of the extras is kept.

    `links` remembers which option of each linked choice was taken; pass one dict for all the
    templates that belong together.
    """

    mode: Mode
    slots: Slots
    talk: float = 1.0
    links: dict[str, int] = field(default_factory=dict)


def expand(template: str, how: Speaking, rng: Rng) -> str:
    """One wording of a template, tidied.

    Raises InputError if a slot is unknown or the brackets do not match.

    >>> slots = {"hour": {"say": "three", "note": "3 a.m."}}
    >>> expand("[up|awake] at {hour}", Speaking("note", slots), Rng(1))
    'Up at 3 a.m.'
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
            out.append(_expand(_option(part, how, rng), how, rng, depth))
        elif isinstance(part, Extra):
            if rng.chance(how.talk):
                out.append(_expand(part.inside, how, rng, depth))
        else:
            whole = f"{part.name}.{part.variant}"
            if whole in how.slots:
                part = Reference(whole, "")
            filled = _expand(parse(_look_up(part, how)), how, rng, depth + 1)
            if how.mode == "ask" and not part.variant:
                filled = _WORD.sub(lambda word: _YOU.get(word[0].lower(), word[0]), filled)
            before = "".join(out).rstrip()
            starts = not before or before[-1] in ".?!"
            keep = starts or PROPER in how.slots[part.name]
            out.append(filled if keep else lowered(filled))
    return "".join(out)


def lowered(text: str) -> str:
    """The text without the capital of its first word, unless that is a name or "I".

    >>> lowered("The Zoloft"), lowered("I'm fine"), lowered("PHQ-9 again")
    ('the Zoloft', "I'm fine", 'PHQ-9 again')
    """
    first = re.split(r"[^\w']", text, maxsplit=1)[0]
    keeps = (
        first.removesuffix("'s") in _KEPT
        or _MINE.match(first)
        or not first[1:].replace("'", "").islower()
    )
    return text if (keeps and len(first) != 1) or first == "I" else text[:1].lower() + text[1:]


def _option(choice: Choice, how: Speaking, rng: Rng) -> Parts:
    if not choice.link:
        return rng.pick(choice.options)
    place = how.links.setdefault(choice.link, rng.between(0, len(choice.options) - 1))
    if place >= len(choice.options):
        raise InputError(f"choices linked by #{choice.link} differ in length")
    return choice.options[place]


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
            named = _LINK.match(tokens[at]) if at < len(tokens) else None
            if named:
                tokens[at] = tokens[at][named.end() :]
            while True:
                option, at = _sequence(tokens, at, closing="]")
                options.append(option)
                if at >= len(tokens):
                    raise InputError("unmatched '[' in a template of the lexicon")
                at += 1
                if tokens[at - 1] == "]":
                    break
            parts.append(Choice(tuple(options), named[1] if named else ""))
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
_DOUBLE_MARK = re.compile(r"([.?!])\.+(?=\s|$)|(?<![ap]\.m)([.?!]),+(?=\s|$)|,(?=[.?!])|,(?=,)")
_ARTICLE = re.compile(r"\b([Aa]) (?=(?:[aeio]|un[^i]|up|ug|8|11\b|18\b)(?!ne\b|nce\b))")
_SENTENCE = re.compile(r"(^|(?<!a\.m)(?<!p\.m)(?<!\.)[.?!][\"”]? )([a-z])")


def tidy(text: str) -> str:
    """Single spaces, no doubled marks, the right article, a capital at each sentence's start."""
    text = _BEFORE_MARK.sub(r"\1", _SPACE.sub(" ", text).strip())
    text = _DOUBLE_MARK.sub(lambda found: found[1] or found[2] or "", text)
    text = _ARTICLE.sub(r"\1n ", text)
    return _SENTENCE.sub(lambda found: found.group(1) + found.group(2).upper(), text)
