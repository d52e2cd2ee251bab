"""The words of a sentence: which can be verbs, and where it may be cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from evalkit.claims.grammar import grammar
from evalkit.claims.lexicon import Mention, cues, people
from evalkit.claims.text import Token, is_content

_CLOSED = re.compile(r'"[^"]*"?|\u201c[^\u201d]*\u201d?|\([^)]*\)?|\[[^\]]*\]?')
_CREDENTIALS = frozenset("MD DO PhD PsyD LCSW LMFT LPC LMHC RN NP PMHNP MSW PA LCPC Jr Sr".split())


class Gap(NamedTuple):
    """A place that may be a joint. `hard` ones part clauses, a `comma` stands in others."""

    left: int
    right: int
    hard: bool
    comma: bool


class Sentence:
    """The words of a sentence, with what each can be."""

    def __init__(self, text: str, found: list[Token], hits: list[Mention]) -> None:
        self.text, self.found = text, found
        self.words = [token.word.lower().replace("\u2019", "'") for token in found]
        self.named = {place for hit in hits for place in range(hit.start, hit.end)}
        self.kept = {place for hit in hits for place in range(hit.start + 1, hit.end)}
        self.kept |= set(self._bound())
        self._closed = [match.span() for match in _CLOSED.finditer(text)]

    def between(self, place: int) -> str:
        """What stands before the token, after the one before it."""
        before = self.found[place - 1].end if place else 0
        return self.text[before : self.found[place].start]

    def closed(self, place: int) -> bool:
        """Whether the gap before a token lies in quotation marks or brackets."""
        at = self.found[place].start - 1
        return any(start < at < end for start, end in self._closed)

    def is_verb(self, place: int) -> bool:
        """Whether the word is a verb in a form that needs a subject."""
        known, word = grammar(), self.words[place]
        if word in known.auxiliaries or word.endswith("n't"):
            return True
        if word not in known.present and word not in known.past:
            return word.endswith("ed") and self._after_someone(place)
        if word not in known.doubtful and place not in self.named:
            return True
        return self._stands_as_verb(place)

    def _stands_as_verb(self, place: int) -> bool:
        """A word that may be a noun is a verb after a subject and before an object."""
        known = grammar()
        if self._after_someone(place):
            return True
        if place + 1 >= len(self.words):
            return False
        after = self.words[place + 1]
        return after in known.after_verb or self.found[place + 1].is_number

    def _after_someone(self, place: int) -> bool:
        return place > 0 and (
            self.words[place - 1] in grammar().subjects
            or bool(people(self.found[place - 1 : place]))
        )

    def verb(self, first: int, last: int) -> int | None:
        """The first verb among some tokens."""
        return next((place for place in range(first, last) if self.is_verb(place)), None)

    def names_someone(self, first: int, last: int) -> bool:
        """Whether a person or a pronoun stands among some tokens."""
        pronoun = any(word in grammar().subjects for word in self.words[first:last])
        return pronoun or bool(people(self.found[first:last]))

    def says(self, first: int, last: int) -> bool:
        """Whether some tokens say more than who speaks."""
        idle = grammar().breaks | grammar().leading | grammar().openers
        return any(
            place in self.named
            or (
                is_content(self.found[place])
                and self.found[place].stem not in cues().frame
                and self.words[place] not in idle
            )
            for place in range(first, last)
        )

    def gaps(self) -> Iterator[Gap]:
        """The places at which the sentence may be cut, in order."""
        known, place, size = grammar(), 1, len(self.words)
        while place < size:
            right = place
            hard, comma = ";" in self.between(place), "," in self.between(place)
            dash = bool(re.search(r"\s[-\u2013]+\s|\u2014", self.between(place)))
            while right < size - 1 and (step := self._joins(right)):
                hard = hard or self.words[right] in known.breaks
                right += step
            joined = right > place or hard or comma or dash or self._slash(place)
            if joined and right < size and not self._bound_gap(place, right):
                yield Gap(place, right, hard or dash, comma)
            place = max(right, place) + 1

    def _joins(self, place: int) -> int:
        """How many words at this place only join."""
        known = grammar()
        for phrase in known.joining.get(self.words[place], ()):
            if self.words[place : place + len(phrase)] == phrase:
                return len(phrase)
        return int(self.words[place] in known.joins | known.breaks)

    def _slash(self, place: int) -> bool:
        return self.between(place) == "/" and {place - 1, place} <= self.named

    def _bound_gap(self, left: int, right: int) -> bool:
        return any(place in self.kept or self.closed(place) for place in range(left, right + 1))

    def _bound(self) -> Iterator[int]:
        """Places before which nothing is cut: fixed pairs, dates, names and their titles."""
        together = grammar().together
        for place, word in enumerate(self.words):
            for phrase in together.get(word, ()):
                if self.words[place : place + len(phrase)] == phrase:
                    yield from range(place + 1, place + len(phrase) + 1)
        for place in range(1, len(self.found)):
            before, here = self.found[place - 1], self.found[place]
            if here.word in _CREDENTIALS or (before.is_number and here.is_number):
                yield place
            elif place > 1 and self.words[place - 1] in ("and", "or", "&"):
                other = self.found[place - 2]
                if other.is_number and here.is_number:
                    yield place
                if self._is_name(place - 2) and self._is_name(place):
                    yield place

    def _is_name(self, place: int) -> bool:
        word = self.found[place].word
        return place > 0 and place not in self.named and word[0].isupper() and word[1:].islower()
