"""From a sentence to its atomic assertions: one thing said of somebody each.

A sentence is cut where clauses are joined ("; ", "but", "and started ..."), and between the items
of a list. What is cut off keeps the words it hangs on as its `frame`: of "Client denies SI and HI"
the second part is "HI", and its frame is "Client denies".
"""

from __future__ import annotations

from typing import NamedTuple

from evalkit.claims.context import Said, contexts
from evalkit.claims.joints import Frame, joints
from evalkit.claims.lexicon import Mention
from evalkit.claims.text import Token
from evalkit.records import Assertion, Claim


class Part(NamedTuple):
    """Tokens from `first` up to `last` that say one thing, and the words that they hang on."""

    first: int
    last: int
    frame: str = ""
    tail: str = ""

    def said(self, text: str, found: list[Token]) -> Said:
        """The part with what it hangs on: a sentence of its own."""
        own = text[found[self.first].start : found[self.last - 1].end]
        start = len(self.frame) + 1 if self.frame else 0
        whole = " ".join(words for words in (self.frame, own, self.tail) if words)
        return Said(whole, start, start + len(own))


def parts(text: str, found: list[Token], hits: list[Mention]) -> list[Part]:
    """The parts of a sentence, in order; one without words has none.

    >>> from evalkit.claims.lexicon import mentions
    >>> from evalkit.claims.text import tokens
    >>> text = "Client denies SI, HI and AVH but reports poor sleep."
    >>> words = tokens(text)
    >>> [part.said(text, words).text for part in parts(text, words, mentions(words))]
    ['Client denies SI', 'Client denies HI', 'Client denies AVH', 'Client reports poor sleep']
    """
    if not found:
        return []

    def written(frame: Frame) -> str:
        return " ".join(
            text[found[first].start : found[last - 1].end] for first, last in frame if last > first
        )

    cut: list[Part] = []
    first, frame = 0, ""
    for joint in joints(text, found, hits):
        cut.append(Part(first, joint.left, frame, written(joint.tail)))
        first, frame = joint.right, written(joint.frame)
    return [*cut, Part(first, len(found), frame)]


def assertions(
    claim: Claim, found: list[Token], hits: list[Mention], cut: list[Part]
) -> tuple[Assertion, ...]:
    """The parts of a claim with their context; offsets are in the text of the claim's section."""
    settings = contexts([part.said(claim.text, found) for part in cut])
    made = []
    for part, setting in zip(cut, settings, strict=True):
        start, end = found[part.first].start, found[part.last - 1].end
        named = (hit.concept.name for hit in hits if part.first <= hit.start < part.last)
        made.append(
            Assertion(
                text=claim.text[start:end],
                start=claim.start + start,
                end=claim.start + end,
                concepts=tuple(dict.fromkeys(named)),
                polarity=setting.polarity,
                temporality=setting.temporality,
                certainty=setting.certainty,
                subject=setting.subject,
                numbers=tuple(t.stem for t in found[part.first : part.last] if t.is_number),
            )
        )
    return tuple(made)
