"""Randomness that gives the same draws on every machine and every Python.

Only `random.Random(int).random()` is used: the one sequence that Python promises to keep.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Rng:
    """Draws from a stream named by its key; another key is another stream.

    >>> Rng(7, "a").between(1, 6) == Rng(7, "a").between(1, 6)
    True
    """

    def __init__(self, *key: int | str) -> None:
        name = "\x1f".join(f"{type(part).__name__}:{part}" for part in key)
        seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:16], "big")
        self._random = Random(seed).random

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self._random() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        """One of the items, which must not be empty."""
        return items[int(self._random() * len(items))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in a random order (Fisher-Yates)."""
        pool = list(items)
        for last in range(len(pool) - 1, 0, -1):
            other = int(self._random() * (last + 1))
            pool[last], pool[other] = pool[other], pool[last]
        return pool

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different items, or all of them where there are fewer."""
        return self.shuffled(items)[:count]
