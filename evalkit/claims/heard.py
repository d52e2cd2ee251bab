"""What was said in a session, in arrays: who said each word, when, and whether it was denied.

One column a turn. A word of a question counts as the answer has it: asked and answered with a
plain no, it is denied; with a plain yes, affirmed; otherwise it was only asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalkit.claims.evidence import NO, YES, Passage
from evalkit.claims.likeness import GROUP, groups

SYNONYM = 0.7
"""Credit for a word of which only the concept was said."""

WIDTH = 1024
"""Buckets that sequences of letters are hashed into."""

GRAM = 4
"""Letters in a sequence."""

STRETCH = 4
"""Turns that are looked at together."""

SHRINK = 3.0
"""Added to the length of a turn's letters, so that a turn of two words is no perfect match."""

AHEAD = tuple(
    f" {word} "
    for word in (
        "will", "going to", "gonna", "next", "let s", "plan", "schedule", "appointment", "week",
        "follow",
    )
)  # fmt: skip
"""Words by which people speak of what is to come."""

Floats = NDArray[np.float32]
Truths = NDArray[np.bool_]
_SPACES = re.compile(r"[^a-z0-9]+")


class Letters(NamedTuple):
    """Sequences of letters, a row each, by turn and by four turns on end (columns of length 1).

    `said` tells which stand anywhere, `near` which stand in each four turns; `weight` is that of
    a sequence, rare ones counting most.
    """

    turns: Floats
    stretches: Floats
    near: Floats
    said: Truths
    weight: Floats


class Heard:
    """The turns of one session, to be asked for words.

    `said`, `affirmed` and `denied` hold the turns where a stem, concept or group of synonyms
    stands at all, and where so.
    """

    def __init__(self, turns: Sequence[Passage]) -> None:
        self.count = len(turns)
        self.by_client = np.array([not one.by_therapist for one in turns], dtype=bool)
        self.questions = np.array([one.by_therapist and "?" in one.text for one in turns], bool)
        self.texts = [plain_text(one.text) for one in turns]
        self.ahead = np.array([any(w in text for w in AHEAD) for text in self.texts], bool)
        self.negating = np.zeros(self.count, dtype=bool)
        self.said: dict[object, list[int]] = {}
        self.affirmed: dict[object, set[int]] = {}
        self.denied: dict[object, set[int]] = {}
        for number, turn in enumerate(turns):
            self._hear(number, turn, _answer(turns, number) if self.questions[number] else None)

    def _hear(self, number: int, turn: Passage, answer: str | None) -> None:
        """`answer` is None to what is no question, "" where it is neither yes nor no."""
        self.negating[number] = bool(turn.negated) or answer == "no"
        turned = _with_groups(turn.negated)
        for key in _with_groups(turn.stems | turn.concepts):
            self.said.setdefault(key, []).append(number)
            if answer != "":
                no = (key in turned) != (answer == "no")
                (self.denied if no else self.affirmed).setdefault(key, set()).add(number)

    def credit(self, units: Sequence[tuple[str, str | None]]) -> Floats:
        """(words, turns) how far each turn says each word: 1 itself, less by another word."""
        rows = np.zeros((len(units), self.count), dtype=np.float32)
        for row, (word, concept) in zip(rows, units, strict=True):
            for group in groups(word):
                row[self.said.get(group, [])] = GROUP
            if concept is not None:
                row[self.said.get(concept, [])] = SYNONYM
            row[self.said.get(word, [])] = 1.0
        return rows

    def rarity(self, rows: Floats) -> Floats:
        """(words,) weight of words by how many turns say them: rare and unsaid ones count most."""
        turns = np.count_nonzero(rows, axis=1)
        weights: Floats = np.log(1 + (self.count + 1) / (turns + 1)).astype(np.float32)
        return weights

    @cached_property
    def pairs(self) -> list[str]:
        """Each turn with the one that follows."""
        return [one + two[1:] for one, two in zip(self.texts, [*self.texts[1:], " "], strict=True)]

    @cached_property
    def letters(self) -> Letters:
        counts = np.stack([letters(text) for text in self.texts])
        weight = np.log(1 + (self.count + 1) / (np.count_nonzero(counts, axis=0) + 1))
        weighted = np.log1p(counts) * weight.astype(np.float32)
        size = min(STRETCH, self.count)
        starts = self.count - size + 1
        stretches = weighted[:starts].copy()
        for step in range(1, size):
            stretches += weighted[step : starts + step]
        return Letters(
            np.ascontiguousarray(_shrunk(weighted).T),
            np.ascontiguousarray(_shrunk(stretches).T),
            np.ascontiguousarray((stretches > 0).T.astype(np.float32)),
            weighted.any(axis=0),
            weight.astype(np.float32),
        )


def plain_text(text: str) -> str:
    """Small letters and digits, with single spaces between and around.

    >>> plain_text("No, I can't.")
    ' no i can t '
    """
    return " " + _SPACES.sub(" ", text.lower()).strip() + " "


def letters(text: str) -> Floats:
    """(WIDTH,) how often each sequence of `GRAM` letters stands in a text, hashed."""
    codes = np.frombuffer(text.encode("ascii", "ignore"), dtype=np.uint8).astype(np.uint32)
    if len(codes) < GRAM:
        return np.zeros(WIDTH, dtype=np.float32)
    mixed = np.zeros(len(codes) - GRAM + 1, dtype=np.uint32)
    for step in range(GRAM):
        mixed = mixed * np.uint32(16777619) + codes[step : len(codes) - GRAM + 1 + step]
    buckets = (mixed ^ (mixed >> np.uint32(15))) % WIDTH
    return np.bincount(buckets, minlength=WIDTH).astype(np.float32)


def highest(rows: Floats, size: int) -> Floats:
    """(words, turns) -> (words, starts): the highest credit in `size` turns from each start."""
    if rows.shape[1] <= size:
        return rows.max(axis=1, keepdims=True)
    best = rows[:, : rows.shape[1] - size + 1].copy()
    for step in range(1, size):
        np.maximum(best, rows[:, step : rows.shape[1] - size + 1 + step], out=best)
    return best


def _shrunk(rows: Floats) -> Floats:
    lengths: Any = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / (lengths + SHRINK)).astype(np.float32)


def _with_groups(names: Iterable[str]) -> frozenset[object]:
    found: set[object] = set(names)
    for name in names:
        found |= groups(name)
    return frozenset(found)


def _answer(turns: Sequence[Passage], number: int) -> str:
    """Whether the client's next words are a plain "no" or "yes"; "" if neither."""
    for turn in turns[number + 1 : number + 3]:
        if not turn.by_therapist:
            first = set(turn.plain.split()[:3])
            no, yes = bool(first & NO), bool(first & YES)
            return "" if no == yes else ("no" if no else "yes")
    return ""
