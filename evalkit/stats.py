"""Numbers in, numbers out: intervals that respect the clustering of notes in sessions."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

Z95 = 1.959963984540054
RESAMPLES = 2000
DESIGN_EFFECT = 3.5
"""How much fewer independent sentences there are than sentences: the highest that was measured on
TN-Eval (1.4 to 3.5). It stands in where a share of 0 or 1 gives no spread to tell it by."""


class Interval(NamedTuple):
    """A mean with its 95 % interval, over `n` values in `clusters` sessions."""

    mean: float
    low: float
    high: float
    n: int
    clusters: int


def wilson(hits: float, n: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a proportion (Wilson 1927).

    >>> low, high = wilson(0, 24)
    >>> round(low, 3), round(high, 3)
    (0.0, 0.138)
    """
    if n <= 0:
        return 0.0, 1.0
    share, z2 = hits / n, Z95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    low = 0.0 if hits == 0 else max(0.0, centre - half)
    high = 1.0 if hits == n else min(1.0, centre + half)
    return low, high


def bootstrap(
    values: NDArray[np.float64], clusters: NDArray[np.int64], rng: np.random.Generator
) -> tuple[float, float]:
    """95 % percentile interval of the mean, resampling clusters (sessions), not values."""
    _, codes = np.unique(clusters, return_inverse=True)
    sums = np.bincount(codes, weights=values)
    sizes = np.bincount(codes).astype(float)
    k = len(sums)
    draws = rng.integers(0, k, size=(RESAMPLES, k))
    means = sums[draws].sum(axis=1) / sizes[draws].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def interval(
    values: NDArray[np.float64],
    clusters: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    proportion: bool = False,
) -> Interval:
    """Mean and 95 % interval over sessions.

    A bootstrap is too narrow over few sessions, so it is widened to Student's interval over the
    sessions' means. One of all zeros (or all ones) has no width at all, so a share of notes is
    widened to Wilson's interval with the number of sessions as its n: 0 of 24 still allows 13.8 %.
    A single session says nothing of the spread: its interval is unbounded, or Wilson's.
    """
    mean = float(values.mean())
    k = len(np.unique(clusters))
    low, high = bootstrap(values, clusters, rng)
    if k == 1:
        low, high = (0.0, 1.0) if proportion else (-math.inf, math.inf)
    else:
        _, codes = np.unique(clusters, return_inverse=True)
        means = np.bincount(codes, weights=values) / np.bincount(codes)
        half = float(student.ppf(0.975, k - 1) * means.std(ddof=1) / math.sqrt(k))
        low, high = min(low, mean - half), max(high, mean + half)
        if values.min() >= 0:
            low = max(low, 0.0)
        if values.min() >= 0 and values.max() <= 1:
            high = min(high, 1.0)
    if proportion:
        wilson_low, wilson_high = wilson(mean * k, k)
        low, high = max(0.0, min(low, wilson_low)), min(1.0, max(high, wilson_high))
    return Interval(mean, low, high, len(values), k)


class Share(NamedTuple):
    """A share of `n` things; where they are clustered, `n` is what independent ones would be."""

    value: float
    n: float

    @classmethod
    def within(cls, value: float, low: float, high: float, n: float) -> Share:
        """A share with a 95 % interval of this width; `n` counts where it has no width.

        >>> round(Share.within(0.1, 0.06, 0.16, 40).n)
        138
        """
        spread, width = value * (1 - value), high - low
        if spread == 0 or width <= 0:
            return cls(value, n)
        return cls(value, spread * (2 * Z95 / width) ** 2)


class Corrected(NamedTuple):
    """A rate with its 95 % interval, each in [0, 1]."""

    value: float
    low: float
    high: float


def rogan_gladen(rate: Share, sensitivity: Share, specificity: Share) -> Corrected | None:
    """The true rate behind one that was found by an imperfect test (Rogan and Gladen 1978).

    `n` are the things tested, those known to be positive, and those known to be negative. The
    interval is Lang and Reiczigel's (2014, Preventive Veterinary Medicine 113): the delta method
    over all three uncertainties, adjusted so that it holds near 0 and 1. None where the test tells
    positives from negatives no better than chance, where one of the three was not measured, and
    where the interval lies outside [0, 1]: then fewer test positive than its false alarms alone
    would make, or more than it can find, so the specificity or sensitivity is not that of these.

    A herd in which 23 of 150 cows test positive, with a test of sensitivity .96 and specificity
    .89: (23/150 + .89 - 1) / (.96 + .89 - 1) = .051.

    >>> herd = rogan_gladen(Share(23 / 150, 150), Share(0.96, 100), Share(0.89, 100))
    >>> round(herd.value, 3), round(herd.low, 3), round(herd.high, 3)
    (0.051, 0.0, 0.146)
    >>> rogan_gladen(Share(0.2, 100), Share(0.4, 50), Share(0.6, 50)) is None
    True
    """
    told = sensitivity.value + specificity.value - 1
    if told <= 0 or min(rate.n, sensitivity.n, specificity.n) <= 0:
        return None
    value = min(1.0, max(0.0, (rate.value + specificity.value - 1) / told))
    z2 = Z95**2
    found = (rate.n * rate.value + z2 / 2) / (rate.n + z2)
    hit = (sensitivity.n * sensitivity.value + 1) / (sensitivity.n + 2)
    clear = (specificity.n * specificity.value + 1) / (specificity.n + 2)
    if hit + clear <= 1:
        return None
    true = (found + clear - 1) / (hit + clear - 1)
    of_hit = hit * (1 - hit) / (sensitivity.n + 2)
    of_clear = clear * (1 - clear) / (specificity.n + 2)
    middle = true + 2 * z2 * (true * of_hit - (1 - true) * of_clear)
    spread = found * (1 - found) / (rate.n + z2) + true**2 * of_hit + (1 - true) ** 2 * of_clear
    half = Z95 * math.sqrt(spread) / (hit + clear - 1)
    if middle + half < 0 or middle - half > 1:
        return None
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Corrected(value, min(low, value), max(high, value))
