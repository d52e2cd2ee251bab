"""In which order each reviewer meets the approaches: Williams rows, each followed by its mirror.

A row of a Williams square holds each approach once; over the rows, each approach stands at each
place equally often, and right after each other approach equally often (Williams 1949). With an
even number of approaches k that takes k rows, with an odd number 2 k: a square and its mirror
image. Rows are built on the whole numbers modulo k: adding a constant to a row gives another row.

A reviewer's order is a row, its mirror image, the row again, and so on. The k reviewers of a group
have rows shifted by different constants, so that every position holds every approach once in a
group. Where a row meets its mirror the same approach comes twice: without that (as in extra-period
designs, Lucas 1957) what an approach does and what the one before it leaves behind could hardly be
told apart, with k = 2 not at all. And within a row and its mirror each approach has the same mean
position, so that a reviewer's learning cancels between approaches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from evalkit.records import Record
from evalkit.sessions.rng import Rng

Counts = tuple[tuple[int, ...], ...]


class Size(Record):
    """How large a design is: `notes` are those of one reviewer."""

    approaches: int
    reviewers: int
    notes: int


class Balance(Record):
    """How even a design is.

    `positions[a][p]` reviewers meet approach `a` at position `p`; `pairs[a][b]` times `b` comes
    right after `a`. `positions_off` is the largest difference between two approaches at one
    position, `pairs_off` that between two ordered pairs of different approaches, `notes_off` that
    between two approaches in the notes of one reviewer. All are 0 in a perfect design.
    """

    positions: Counts
    pairs: Counts
    positions_off: int
    pairs_off: int
    notes_off: int

    @property
    def perfect(self) -> bool:
        return self.positions_off == self.pairs_off == self.notes_off == 0


def zigzag(size: int) -> list[int]:
    """The first row: 0, 1, size - 1, 2, size - 2, ...

    >>> zigzag(4)
    [0, 1, 3, 2]
    """
    return [(place + 1) // 2 if place % 2 else -(place // 2) % size for place in range(size)]


def order(size: Size, reviewer: int, seed: int) -> list[int]:
    """The approaches (from 0) in the order in which a reviewer (from 0) meets them.

    It depends on no later reviewer, so that a design may grow.
    """
    k = size.approaches
    group, member = divmod(reviewer, k)
    shift = Rng(seed, "shift", group).shuffled(range(k))[member]
    names = Rng(seed, "names").shuffled(range(k))
    row = [names[(place + shift) % k] for place in zigzag(k)]
    both = [row, row[::-1]] if group % 2 == 0 else [row[::-1], row]
    return [both[place // k % 2][place % k] for place in range(size.notes)]


def orders(size: Size, seed: int) -> list[list[int]]:
    """The order of each reviewer."""
    return [order(size, reviewer, seed) for reviewer in range(size.reviewers)]


def balance(rows: Sequence[Sequence[int]], approaches: int) -> Balance:
    """What can be counted in the orders of reviewers; they may differ in length."""
    longest = max((len(row) for row in rows), default=0)
    positions = [[0] * longest for _ in range(approaches)]
    pairs = [[0] * approaches for _ in range(approaches)]
    uneven = 0
    for row in rows:
        for position, approach in enumerate(row):
            positions[approach][position] += 1
        for before, after in pairwise(row):
            pairs[before][after] += 1
        notes = [row.count(approach) for approach in range(approaches)]
        uneven = max(uneven, max(notes) - min(notes))
    return Balance(
        positions=tuple(tuple(one) for one in positions),
        pairs=tuple(tuple(one) for one in pairs),
        positions_off=max((max(at) - min(at) for at in zip(*positions, strict=True)), default=0),
        pairs_off=_spread([pairs[a][b] for a, b in _different(approaches)]),
        notes_off=uneven,
    )


def _different(approaches: int) -> Iterator[tuple[int, int]]:
    return ((a, b) for a in range(approaches) for b in range(approaches) if a != b)


def _spread(counts: Sequence[int]) -> int:
    return max(counts) - min(counts) if counts else 0


def perfect(size: Size) -> bool:
    """Whether the design of this size is perfectly balanced: whole groups, whole rows, and as many
    rows as mirror images where the number of approaches is odd."""
    k = size.approaches
    groups, left = divmod(size.reviewers, k)
    rows, cut = divmod(size.notes, k)
    return groups > 0 == left and rows > 0 == cut and (k % 2 == 0 or groups * rows % 2 == 0)


def perfect_sizes(size: Size, most_notes: int) -> list[Size]:
    """The nearest perfect designs: of as many notes, of as many reviewers, or else of neither.

    No reviewer of them has more than `most_notes`.
    """
    k = size.approaches
    reviewers = range(k, size.reviewers + 2 * k + 1, k)
    notes = range(k, min(most_notes, size.notes + 2 * k) + 1, k)
    found = [_nearest(size, [(one, size.notes) for one in reviewers])]
    found.append(_nearest(size, [(size.reviewers, one) for one in notes]))
    if not any(found):
        found.append(_nearest(size, [(r, n) for r in reviewers for n in notes]))
    return [one for one in found if one is not None]


def _nearest(size: Size, choices: Sequence[tuple[int, int]]) -> Size | None:
    """The perfect choice that is nearest by ratio, of equals the larger."""

    def distance(choice: tuple[int, int]) -> tuple[Fraction, int]:
        reviewers, notes = choice
        return _ratio(reviewers, size.reviewers) * _ratio(notes, size.notes), -reviewers * notes

    sizes = (
        Size(approaches=size.approaches, reviewers=reviewers, notes=notes)
        for reviewers, notes in sorted(choices, key=distance)
    )
    return next((one for one in sizes if perfect(one)), None)


def _ratio(one: int, other: int) -> Fraction:
    return Fraction(max(one, other), min(one, other))
