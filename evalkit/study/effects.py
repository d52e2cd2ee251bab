"""What a mixed model of minutes says, in ratios and minutes with 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evalkit.paired import holm
from evalkit.records import Record

Floats = NDArray[np.float64]


class Fit(NamedTuple):
    """A fitted model of log minutes.

    `values` are its k coefficients, `covariance` is theirs (k x k), `middle` the mean of each
    column of the fixed part (k). The first column is the level of the first approach, the next
    ones are the other approaches' differences from it. `spread` is the log s.d. of each random
    term and of the residual.
    """

    values: Floats
    covariance: Floats
    middle: Floats
    spread: dict[str, float]


class Effect(Record):
    """A ratio of minutes with its 95 % interval: 1.1 takes a tenth longer."""

    name: str
    ratio: float
    low: float
    high: float


class Typical(Record):
    """Minutes (geometric mean) of a typical clinician at the middle of the order, 95 % interval.

    The interval is over clinicians; None where there is one.
    """

    approach: str
    minutes: float
    low: float | None
    high: float | None


class Contrast(Record):
    """`approach` against `versus`: ratio of minutes, and what it is in minutes.

    The minutes are the ratio less 1 times the typical minutes of `versus`, which are held at their
    estimate. `p_holm` is Holm's over all the contrasts of the study.
    """

    approach: str
    versus: str
    ratio: float
    low: float
    high: float
    minutes: float
    minutes_low: float
    minutes_high: float
    p: float
    p_holm: float


class Effects(Record):
    """What the model says; `said` is in words what it leaves out and why, and what was odd.

    `order` holds the ratios of a task later, of the first task, and after an approach against
    after the first one; `spread` the log s.d. of each random term and of the residual.
    """

    reviews: int
    clinicians: int
    sessions: int
    degrees_of_freedom: int | None = None
    typical: tuple[Typical, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    order: tuple[Effect, ...] = ()
    spread: dict[str, float] = Field(default_factory=dict)
    said: tuple[str, ...] = ()


def typical(names: Sequence[str], fit: Fit, clinicians: int) -> tuple[Typical, ...]:
    """Each approach's minutes; Student's interval with clinicians - 1 degrees of freedom."""
    found = []
    for place, name in enumerate(names):
        at = fit.middle.copy()
        at[1 : len(names)] = 0.0
        if place:
            at[place] = 1.0
        middle = float(at @ fit.values)
        low = high = None
        if clinicians > 1:
            half = _student(clinicians - 1) * math.sqrt(float(at @ fit.covariance @ at))
            low, high = _exp(middle - half), _exp(middle + half)
        found.append(Typical(approach=name, minutes=_exp(middle), low=low, high=high))
    return tuple(found)


def contrasts(levels: Sequence[Typical], fit: Fit, df: int) -> tuple[Contrast, ...]:
    """Every approach against every earlier one; Student's intervals with `df`."""
    drawn = []
    for one, other in combinations(range(len(levels)), 2):
        at = np.zeros(len(fit.values))
        at[other] = 1.0
        if one:
            at[one] = -1.0
        value, error = float(at @ fit.values), math.sqrt(float(at @ fit.covariance @ at))
        drawn.append((levels[other], levels[one], value, error))
    p_values = [_p(value, error, df) for _, _, value, error in drawn]
    found = []
    for (one_of, versus, value, error), p, p_holm in zip(
        drawn, p_values, holm(p_values), strict=True
    ):
        half = _student(df) * error
        ratio, low, high = _exp(value), _exp(value - half), _exp(value + half)
        found.append(
            Contrast(
                approach=one_of.approach,
                versus=versus.approach,
                ratio=ratio,
                low=low,
                high=high,
                minutes=rounded(versus.minutes * (ratio - 1)),
                minutes_low=rounded(versus.minutes * (low - 1)),
                minutes_high=rounded(versus.minutes * (high - 1)),
                p=rounded(p),
                p_holm=rounded(p_holm or 0.0),
            )
        )
    return tuple(found)


def effect(name: str, fit: Fit, place: int, df: int) -> Effect:
    """The effect of one column of the fixed part."""
    value = float(fit.values[place])
    half = _student(df) * math.sqrt(float(fit.covariance[place, place]))
    return Effect(name=name, ratio=_exp(value), low=_exp(value - half), high=_exp(value + half))


def rounded(value: float) -> float:
    """Four decimals: what lies beyond is the optimizer's, and differs between machines."""
    return round(value, 4)


def _exp(value: float) -> float:
    return rounded(math.exp(min(value, 700.0)))


def _student(df: int) -> float:
    from scipy.stats import t as student

    return float(student.ppf(0.975, df))


def _p(value: float, error: float, df: int) -> float:
    from scipy.stats import t as student

    return float(2 * student.sf(abs(value) / error, df)) if error else float(value == 0)
