"""The claims of a note: its sentences, each with what it speaks of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import NamedTuple

from evalkit.claims.assertions import Part, assertions, parts
from evalkit.claims.lexicon import Mention, cues, mentions
from evalkit.claims.split import sentences
from evalkit.claims.text import Token, is_content, tokens
from evalkit.records import MAJOR, Assertion, Category, Claim, Draft, Polarity, Severity

# Which category a claim falls under when its words speak of several.
ORDER: tuple[Category, ...] = (
    "abuse_history", "risk", "medication", "condition", "mental_status", "intervention", "plan",
)  # fmt: skip


@dataclass(frozen=True)
class Parsed:
    """A claim with its words: `units` are (stem, concept or None) of each content word."""

    claim: Claim
    tokens: list[Token]
    mentions: list[Mention]
    units: list[tuple[str, str | None]]

    @property
    def numbers(self) -> list[str]:
        return [token.stem for token in self.tokens if token.is_number]

    @cached_property
    def assertions(self) -> tuple[Assertion, ...]:
        """The atomic assertions of the sentence, in order, by offsets in the section's text."""
        return assertions(self.claim, self.tokens, self.mentions, self._parts)

    def of_assertion(self, assertion: Assertion) -> Parsed:
        """One of the assertions as a claim of its own.

        The text of that claim begins with the words that the assertion hangs on ("Client denies"
        + "HI"), its offsets are the assertion's.
        """
        if len(self.assertions) == 1:
            return self
        claim, part = self.claim, self._parts[self.assertions.index(assertion)]
        text = part.said(claim.text, self.tokens).text
        alone = parse(claim.section, claim.index, text, assertion.start, assertion.end)
        return replace(alone, claim=alone.claim.model_copy(update={"polarity": assertion.polarity}))

    @cached_property
    def _parts(self) -> list[Part]:
        return parts(self.claim.text, self.tokens, self.mentions)

    def share(self, stems: frozenset[str]) -> int:
        return sum(token.stem in stems for token in self.tokens)


def claims(draft: Draft) -> list[Parsed]:
    """One a sentence, in order; indices count from 0 within a section."""
    return [
        parse(section, index, text[start:end], start, end)
        for section, text in draft.sections.items()
        for index, (start, end) in enumerate(sentences(text))
    ]


def parse(section: str, index: int, text: str, start: int, end: int) -> Parsed:
    words = _read(text)
    claim = Claim(
        section=section,
        index=index,
        text=text,
        start=start,
        end=end,
        concepts=words.concepts,
        polarity=words.polarity,
    )
    return Parsed(claim, list(words.tokens), list(words.mentions), list(words.units))


class _Words(NamedTuple):
    """What the words of a sentence say, wherever it stands."""

    tokens: tuple[Token, ...]
    mentions: tuple[Mention, ...]
    units: tuple[tuple[str, str | None], ...]
    concepts: tuple[str, ...]
    polarity: Polarity


@lru_cache(maxsize=8192)
def _read(text: str) -> _Words:
    found = tokens(text)
    hits = mentions(found)
    inside = {place: hit.concept.name for hit in hits for place in range(hit.start, hit.end)}
    frame = cues().frame
    units = {
        (token.stem, inside.get(place))
        for place, token in enumerate(found)
        if is_content(token) and (token.stem not in frame or place in inside)
    }
    return _Words(
        tokens=tuple(found),
        mentions=tuple(hits),
        units=tuple(sorted(units, key=lambda unit: (unit[0], unit[1] or ""))),
        concepts=tuple(dict.fromkeys(hit.concept.name for hit in hits)),
        polarity=_polarity(found),
    )


def category(parsed: Parsed) -> Category:
    """What the claim is about: the gravest of its concepts, else quote, number or other."""
    named = {hit.concept.category for hit in parsed.mentions}
    for choice in ORDER:
        if choice in named and not (choice == "plan" and _only_weakly_planned(parsed)):
            return choice
    if '"' in parsed.claim.text or "\u201c" in parsed.claim.text:
        return "quote"
    return "number_date" if parsed.numbers else "other"


def severity(about: Category) -> Severity:
    """A false claim about risk, abuse, a condition or medication is major."""
    return "major" if about in MAJOR else "minor"


def _only_weakly_planned(parsed: Parsed) -> bool:
    return not any(t.stem in cues().future for t in parsed.tokens) and parsed.claim.section not in {
        "plan"
    }


def _polarity(found: list[Token]) -> Polarity:
    negate = cues().negate
    return (
        "negated"
        if any(t.stem in negate or t.word.lower().endswith("n't") for t in found)
        else "affirmed"
    )
