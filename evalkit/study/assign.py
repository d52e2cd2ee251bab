"""Which session each reviewer reads in which place of the order.

The reviewers of a group (as many as there are approaches, see `design`) read the same sessions,
each session under another approach for each of them: what makes a session quick or slow to review
then cancels between approaches. The next group takes those sessions that were used least.

Shared notes, by which agreement between reviewers is measured, stand inside each reviewer's order
at places where their approach is due: nobody can tell them from the others, and the balance of
the order is untouched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from evalkit.sessions.rng import Rng

NEVER, SEEN, IN_GROUP, ELSEWHERE = 10**12, 10**10, 10**8, 10**3
"""What it costs to give a note to a reviewer who had it, a session to one who saw it; the same
note twice in a group, or anywhere; each far more than all that is below it in sum."""


class Shared(NamedTuple):
    """A note that every reviewer reads: session and approach, each counted from 0."""

    session: int
    approach: int


@dataclass(frozen=True)
class Rules:
    """What assignments keep to. With `repeat`, a reviewer may see a session under two approaches,
    where there are fewer sessions than notes."""

    approaches: int
    sessions: int
    shared: tuple[Shared, ...]
    repeat: bool
    seed: int


@dataclass
class Uses:
    """How often each session, and each session under each approach, was given out."""

    session: list[int]
    cell: list[list[int]]

    def add(self, sessions: Iterable[int], approaches: Iterable[int]) -> None:
        for session, approach in zip(sessions, approaches, strict=True):
            self.session[session] += 1
            self.cell[session][approach] += 1


@dataclass
class Group:
    """The sessions of one group of reviewers, and what its members were given of them."""

    pool: list[int]
    cells: dict[tuple[int, int], int] = field(default_factory=dict)
    places: dict[tuple[int, int], int] = field(default_factory=dict)

    def add(self, sessions: Sequence[int], approaches: Sequence[int]) -> None:
        for place, cell in enumerate(zip(sessions, approaches, strict=True)):
            self.cells[cell] = self.cells.get(cell, 0) + 1
            self.places[cell[0], place] = self.places.get((cell[0], place), 0) + 1


def shared_notes(count: int, approaches: int, sessions: int, seed: int) -> tuple[Shared, ...]:
    """`count` notes for all reviewers, of different sessions, approaches in turns."""
    drawn = Rng(seed, "shared sessions").sample(range(sessions), count)
    names = Rng(seed, "shared approaches").shuffled(range(approaches))
    return tuple(Shared(one, names[turn % approaches]) for turn, one in enumerate(drawn))


def assign(
    orders: Sequence[Sequence[int]], kept: Sequence[Sequence[int]], rules: Rules
) -> list[list[int]]:
    """The session at each position of each reviewer's order of approaches.

    `kept` are the sessions of the first reviewers, who have theirs already and keep them. A
    reviewer's sessions depend on no later reviewer. The caller has seen to it that there are
    sessions enough: without `repeat` no fewer than notes, with it no fewer than a reviewer has
    notes of one approach.
    """
    uses = Uses([0] * rules.sessions, [[0] * rules.approaches for _ in range(rules.sessions)])
    group = Group([])
    found: list[list[int]] = []
    for reviewer, approaches in enumerate(orders):
        if reviewer % rules.approaches == 0:
            group = Group(_pool(len(approaches), reviewer, uses, rules))
        if reviewer < len(kept):
            sessions = list(kept[reviewer])
            if reviewer % rules.approaches == 0 and not rules.repeat:
                taken = {one.session for one in rules.shared}
                group.pool = sorted(set(sessions) - taken)
        else:
            sessions = _reviewer(approaches, reviewer, group, uses, rules)
        group.add(sessions, approaches)
        uses.add(sessions, approaches)
        found.append(sessions)
    return found


def _pool(notes: int, reviewer: int, uses: Uses, rules: Rules) -> list[int]:
    """The sessions used least, as many as a reviewer reads beside the shared notes."""
    taken = {one.session for one in rules.shared}
    free = [one for one in range(rules.sessions) if one not in taken]
    drawn = Rng(rules.seed, "pool", reviewer).shuffled(free)
    drawn.sort(key=lambda one: uses.session[one])
    if rules.repeat and len(free) < notes - len(taken):
        return list(range(rules.sessions))
    return sorted(drawn[: notes - len(taken)])


def _reviewer(
    approaches: Sequence[int], reviewer: int, group: Group, uses: Uses, rules: Rules
) -> list[int]:
    """One reviewer's sessions: the shared notes first, then the cheapest matching of the rest."""
    given: dict[int, int] = {}
    draw = Rng(rules.seed, "places", reviewer)
    for approach in range(rules.approaches):
        mine = [one.session for one in rules.shared if one.approach == approach]
        due = [place for place, one in enumerate(approaches) if one == approach]
        given.update(zip(draw.sample(due, len(mine)), mine, strict=True))
    rest = [place for place in range(len(approaches)) if place not in given]
    if len(rest) <= len(group.pool):
        batches = [rest]
    else:
        batches = [
            [place for place in rest if approaches[place] == approach]
            for approach in range(rules.approaches)
        ]
    noise = Rng(rules.seed, "ties", reviewer)
    for batch in batches:
        costs = [
            [
                _cost(place, session, approaches, given, group, uses) + noise.between(0, 999)
                for session in group.pool
            ]
            for place in batch
        ]
        given.update(zip(batch, (group.pool[one] for one in _matched(costs)), strict=True))
    return [given[place] for place in range(len(approaches))]


def _cost(
    place: int,
    session: int,
    approaches: Sequence[int],
    given: dict[int, int],
    group: Group,
    uses: Uses,
) -> int:
    approach = approaches[place]
    cell = session, approach
    cost = IN_GROUP * group.cells.get(cell, 0)
    cost += ELSEWHERE * (uses.cell[session][approach] + group.places.get((session, place), 0))
    for other, seen in given.items():
        if seen == session:
            cost += NEVER if approaches[other] == approach else SEEN
            cost += ELSEWHERE * max(0, 10 - abs(place - other))
    return cost


def _matched(costs: list[list[int]]) -> list[int]:
    """The column of each row, all different, at the least cost in sum."""
    if not costs:
        return []
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(np.array(costs, dtype=np.float64))
    chosen = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    return [int(chosen[row]) for row in range(len(costs))]
