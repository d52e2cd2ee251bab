"""Numbers in, numbers out: intervals that respect the clustering of notes in sessions."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

Z95 = 1.959963984540054
RESAMPLES = 2000


class Interval(NamedTuple):
    """A mean with its 95 % interval, over `n` values in `clusters` sessions."""

    mean: float
    low: float
    high: float
    n: int
    clusters: int


def wilson(hits: float, n: int) -> tuple[float, float]:
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
