"""Sessions for a difference, and the difference for sessions: paired by session, Student's t."""

from __future__ import annotations

import math
from collections.abc import Callable

from pydantic import Field

from evalkit.paired import noncentrality, power_of
from evalkit.power.components import Components, Spread
from evalkit.records import Record

MOST = 1_000_000
"""Sessions beyond which a plan is none."""


class Goal(Record):
    """How a difference is to be shown.

    Two-sided at `alpha`; a margin (non-inferiority) is held one-sided at half of it, which is the
    same end of the same interval. With several comparisons each is planned at alpha / comparisons,
    Holm's first and hardest step.
    """

    alpha: float = Field(default=0.05, gt=0, lt=1)
    power: float = Field(default=0.8, gt=0, lt=1)
    comparisons: int = Field(default=1, ge=1)

    @property
    def level(self) -> float:
        """The two-sided level of each comparison."""
        return self.alpha / self.comparisons

    def shift(self, df: float) -> float:
        """Standard errors that the true difference must measure."""
        return noncentrality(df, self.level, self.power)

    @property
    def fewest(self) -> int:
        """Sessions below which no flip of signs has so small a p value: 2^(1 - k) <= level.

        >>> Goal().fewest, Goal(comparisons=3).fewest
        (6, 7)
        """
        return math.ceil(1 - math.log2(self.level) - 1e-12)


class Row(Record):
    """Sessions for one number of replicates; `at_best` and `upper` as in `Spread`."""

    replicates: int
    sessions: int | None
    at_best: int | None
    upper: int | None
    drafts: int | None
    """Both approaches, all formats and replicates."""


def sessions_for(effect: float, variance: float, goal: Goal) -> int | None:
    """Fewest sessions that show a true mean difference, where one session's has this variance.

    None where it takes more than a million, or there is no difference.

    >>> sessions_for(0.5, 1.0, Goal())
    34
    """
    if effect == 0 or not math.isfinite(effect):
        return None

    def enough(k: int) -> bool:
        return effect**2 * k >= goal.shift(k - 1) ** 2 * variance

    return least(enough, goal.fewest, MOST)


def least(enough: Callable[[int], bool], low: int, high: int) -> int | None:
    """The smallest number from `low` to `high` that is enough, all above it being so too."""
    if not enough(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return high


def rows(effect: float, spread: Spread, replicates: tuple[int, ...], goal: Goal) -> list[Row]:
    """One row a number of replicates."""
    return [_row(effect, spread, count, goal) for count in replicates]


def _row(effect: float, spread: Spread, replicates: int, goal: Goal) -> Row:
    def needed(components: Components) -> int | None:
        return sessions_for(effect, components.of_session(replicates), goal)

    sessions = needed(spread.careful)
    notes = 2 * spread.careful.formats * replicates
    return Row(
        replicates=replicates,
        sessions=sessions,
        at_best=needed(spread.at_best),
        upper=needed(spread.careful.times(spread.upper())),
        drafts=None if sessions is None else sessions * notes,
    )


def detectable(variance: float, sessions: int, goal: Goal) -> float | None:
    """Smallest true difference that so many sessions show; None where they can show none.

    >>> round(detectable(1.0, 34, Goal()), 3)
    0.495
    """
    if sessions < goal.fewest:
        return None
    return goal.shift(sessions - 1) * math.sqrt(variance / sessions)


def reached(effect: float, variance: float, sessions: int, goal: Goal) -> float:
    """Power to show a true difference with so many sessions.

    >>> round(reached(0.5, 1.0, 34, Goal()), 2)
    0.81
    """
    shift = effect * math.sqrt(sessions / variance) if variance > 0 else math.inf
    return power_of(min(shift, 1e3), sessions - 1, goal.level)


def lower_rate(
    rate: float, sessions: int, goal: Goal, variance: Callable[[float], float]
) -> float | None:
    """The highest rate below `rate` that so many sessions tell from it; None where not even 0 is.

    `variance` is that of one session's difference, given the lower rate.

    >>> from evalkit.power.components import from_rates
    >>> def once(other):
    ...     return from_rates(0.10, other).careful.of_session(1)
    >>> round(lower_rate(0.10, 434, Goal(), once), 3)
    0.05
    """

    def told(other: float) -> bool:
        seen = detectable(variance(other), sessions, goal)
        return seen is not None and rate - other >= seen

    if not told(0.0):
        return None
    low, high = 0.0, rate
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if told(middle) else (low, middle)
    return low
