"""How much of one sentence another says: weighted words, with synonyms, and what sets them apart.

The synonyms and the other word lists stand in `lexicon/synonyms.toml`.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from evalkit.claims.evidence import negated
from evalkit.claims.extract import Parsed, parse
from evalkit.claims.features import SYNONYM, drugs
from evalkit.claims.lexicon import HERE, cues, people
from evalkit.claims.text import stem, tokens

GROUP = 0.6
"""Credit for a word of which only a synonym is there; `SYNONYM` is that for a concept."""

COMMON = 0.3
"""Weight of a word that stands in most notes, as a share of any other's."""

DENY = stem("denies")
OFTEN, LEAST = 0.05, 0.25
"""Share of notes from which a word tells less, and the least that it tells."""

_QUOTED = re.compile(r'["\u201c]([^"\u201d]*)["\u201d]')
_ORDER = (("before last", "beforelast"), ("after next", "afternext"), ("every other", "everyother"))
_WHEN = frozenset(
    (
        "beforelast afternext everyother coming upcoming alternate every each all after before "
        "since ago last past next yesterday monday tuesday wednesday thursday friday saturday "
        "sunday weekend january february march april june july august september october november "
        "december spring summer winter earlier later previous away"
    ).split()
)

_SPANS = frozenset(
    (
        "day days week weeks weekend month months year years daily nightly weekly biweekly "
        "fortnight fortnightly monthly quarterly yearly morning evening night hour hours once twice"
    ).split()
)

Weight = Callable[[str], float]
"""Weight of a stem; rare ones count more."""


@dataclass(frozen=True)
class Saying:
    """A sentence with what it says: stems, concepts, synonyms, and what may set it apart."""

    parsed: Parsed

    @cached_property
    def units(self) -> list[tuple[str, str | None]]:
        return self.parsed.units

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(t.stem for t in self.parsed.tokens) | {word for word, _ in self.units}

    @cached_property
    def concepts(self) -> frozenset[str]:
        return frozenset(concept for _, concept in self.units if concept)

    @cached_property
    def groups(self) -> frozenset[int]:
        return frozenset[int]().union(*(groups(word) for word, _ in self.units))

    @cached_property
    def telling(self) -> tuple[frozenset[str], frozenset[str], frozenset[int]]:
        """Stems, concepts and synonyms of the words that are not common ones."""
        units = [unit for unit in self.units if unit[0] not in lists().common]
        return (
            frozenset(word for word, _ in units),
            frozenset(concept for _, concept in units if concept),
            frozenset[int]().union(*(groups(word) for word, _ in units)),
        )

    def touches(self, other: Saying) -> bool:
        """Whether the two share a word that is not a common one, in these words or in others."""
        words, concepts, senses = other.telling
        return not (
            words.isdisjoint(self.telling[0])
            and concepts.isdisjoint(self.telling[1])
            and senses.isdisjoint(self.telling[2])
        )

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(self.parsed.numbers)

    @cached_property
    def people(self) -> frozenset[str]:
        return people(self.parsed.tokens)

    @cached_property
    def drugs(self) -> frozenset[str]:
        return drugs(self.parsed)

    @cached_property
    def when(self) -> frozenset[str]:
        text = self.parsed.claim.text.lower()
        for words, one in _ORDER:
            text = text.replace(words, one)
        return frozenset(t.word for t in tokens(text)) & _WHEN

    @cached_property
    def spans(self) -> frozenset[str]:
        """Stems of words for stretches of time and how often: week, month, daily, biweekly."""
        return frozenset(t.stem for t in self.parsed.tokens if t.word.lower() in _SPANS)

    @cached_property
    def turned(self) -> bool:
        """It denies, declines or leaves open; what stands in quotation marks does not count."""
        text = _QUOTED.sub("", self.parsed.claim.text).lower()
        for phrase in lists().aside:
            text = text.replace(phrase, "")
        if any(phrase in text for phrase in lists().turning):
            return True
        return any(t.stem in lists().turned or t.word.lower().endswith("n't") for t in tokens(text))

    @cached_property
    def denies(self) -> bool:
        """It begins by denying: "Client denies ..."."""
        return any(token.stem == DENY for token in self.parsed.tokens[:4])

    @cached_property
    def pivots(self) -> frozenset[str]:
        """Stems on which the truth of a sentence turns: numbers, days, people, drugs, negation."""
        words = frozenset(
            t.stem
            for t in self.parsed.tokens
            if t.is_number
            or t.word.lower() in _WHEN
            or t.word.lower().endswith("n't")
            or t.stem in _pivots()
            or people([t])
        )
        hits = (h for h in self.parsed.mentions if h.concept.category == "medication")
        return words.union(*({t.stem for t in self.parsed.tokens[h.start : h.end]} for h in hits))

    @cached_property
    def negated(self) -> frozenset[str]:
        """Stems and concepts in the scope of a negation."""
        return negated(self.parsed.claim.text, self.parsed.tokens, self.parsed.mentions)

    @cached_property
    def tone(self) -> int:
        """1 where it is said to be good, -1 where bad, 0 where neither or both."""
        return bool(self.stems & lists().good) - bool(self.stems & lists().bad)

    @cached_property
    def quotation(self) -> str:
        """The words in quotation marks, "" if there are none."""
        found = _QUOTED.search(self.parsed.claim.text)
        return found[1] if found else ""


@cache
def _pivots() -> frozenset[str]:
    return lists().turned | lists().good | lists().bad | cues().negate


@lru_cache(maxsize=50_000)
def saying(text: str) -> Saying:
    """A text on its own, outside any note."""
    return Saying(parse("", 0, text, 0, len(text)))


@dataclass(frozen=True)
class Pool:
    """Several sentences taken together."""

    stems: frozenset[str]
    concepts: frozenset[str]
    groups: frozenset[int]

    @staticmethod
    def of(sayings: Iterable[Saying]) -> Pool:
        parts = list(sayings)
        return Pool(
            frozenset[str]().union(*(one.stems for one in parts)),
            frozenset[str]().union(*(one.concepts for one in parts)),
            frozenset[int]().union(*(one.groups for one in parts)),
        )


def covered(one: Saying, other: Saying | Pool, weight: Weight) -> float:
    """Share of the weighted words of `one` that `other` says, in these words or in others."""
    return covered_words(one.units, other, weight)


def covered_words(
    units: Iterable[tuple[str, str | None]], other: Saying | Pool, weight: Weight
) -> float:
    """`covered` for some (stem, concept) of a sentence; 0 if there are none."""
    total = got = 0.0
    for word, concept in units:
        worth = weight(word) * (COMMON if word in lists().common else 1.0)
        total += worth
        if word in other.stems:
            got += worth
        elif concept and concept in other.concepts:
            got += SYNONYM * worth
        elif groups(word) & other.groups:
            got += GROUP * worth
    return got / total if total else 0.0


def telling(one: Saying, other: Saying) -> int:
    """How many words that are not common ones the two share, in these words or in others."""
    return sum(
        word in other.stems
        or (concept is not None and concept in other.concepts)
        or bool(groups(word) & other.groups)
        for word, concept in one.units
        if word not in lists().common
    )


def alike(one: Saying, other: Saying, weight: Weight) -> float:
    """Mean of what each covers of the other."""
    return (covered(one, other, weight) + covered(other, one, weight)) / 2


def rarity(texts: Iterable[Iterable[str]]) -> Weight:
    """Weight of a stem by how many of the texts, each given by its stems, hold it."""
    bags = [frozenset(stems) for stems in texts]
    count = Counter(word for bag in bags for word in bag)
    known = {word: math.log(1 + len(bags) / n) for word, n in count.items()}
    unknown = math.log(1 + len(bags))
    return lambda word: known.get(word, unknown)


@lru_cache(maxsize=50_000)
def telling_share(word: str) -> float:
    """How much a stem tells apart: 1 if under 5 % of notes have it, less the more have it.

    The shares are of ledgers of synthetic sessions (`weights/common.json`, written by
    `python -m benchmarks.grounding --write`).
    """
    share = _common().get(word)
    return 1.0 if share is None else max(LEAST, math.log(min(share, 0.99)) / math.log(OFTEN))


@cache
def _common() -> dict[str, float]:
    path = HERE.parent / "weights" / "common.json"
    found: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True)
class Lists:
    turned: frozenset[str]
    turning: tuple[str, ...]
    aside: tuple[str, ...]
    good: frozenset[str]
    bad: frozenset[str]
    common: frozenset[str]
    groups: dict[str, frozenset[int]]


@cache
def lists() -> Lists:
    content = tomllib.loads((HERE / "synonyms.toml").read_text(encoding="utf-8"))
    found: dict[str, set[int]] = {}
    for number, words in enumerate(content["groups"]):
        for word in words:
            found.setdefault(stem(word), set()).add(number)
    plain = {
        name: frozenset(stem(word) for word in content[name])
        for name in ("turned", "good", "bad", "common")
    }
    return Lists(
        **plain,
        turning=tuple(content["turning"]),
        aside=tuple(content["aside"]),
        groups={word: frozenset(numbers) for word, numbers in found.items()},
    )


@lru_cache(maxsize=100_000)
def groups(word: str) -> frozenset[int]:
    """The senses that a stem has in the list of synonyms, by number."""
    return lists().groups.get(word, frozenset())
