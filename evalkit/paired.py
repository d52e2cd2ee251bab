"""Two approaches on the same sessions: their difference, its interval, its p value, and power.

Numbers in, numbers out. What varies independently is the session, not the note, so every spread
here is one between sessions (Miller 2024, arXiv 2411.00640: paired differences with clustered
standard errors), with Student's t and a bootstrap rather than a normal interval, which is too
narrow under a few hundred (Bowyer 2025).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from evalkit.stats import RESAMPLES, Z95

Floats = NDArray[np.float64]
FLIPS = 9999
"""Random sign flips where there are too many to go through them all."""
ALL_FLIPS_UP_TO = 13
"""Sessions up to which every one of the 2^k sign flips is gone through (8,192)."""
AT_ONCE = 1_000_000


class Difference(NamedTuple):
    """Mean of A minus B over `n` pairs in `clusters` sessions, with its 95 % interval.

    `se` is the standard error clustered by session, `p` the two-sided p value; both are None, and
    the interval unbounded, where fewer than two sessions have a pair: `reason` then says so.
    `missing` counts pairs that lack a value on either side. The mean is None without any pair.
    """

    mean: float | None
    low: float
    high: float
    se: float | None
    p: float | None
    n: int
    clusters: int
    missing: int = 0
    reason: str = ""

    def detectable(self, power: float = 0.8, alpha: float = 0.05) -> float | None:
        """The difference that as many sessions of this spread show with that power, two-sided."""
        if self.se is None:
            return None
        return self.se * noncentrality(self.clusters - 1, alpha, power)


def paired(
    values_a: Floats,
    values_b: Floats,
    clusters: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    proportion: bool = False,
) -> Difference:
    """Difference of two approaches, pair by pair: same session, format and replicate.

    `values_a`, `values_b` and `clusters` (sessions, as any integers) have one entry a pair; NaN is
    a missing value. The interval is as wide as Student's over sessions and as the bootstrap's of
    sessions together, and for shares of notes (every value 0 or 1) as Bonett and Price's (2012),
    which has a width where all pairs agree. The p value is that of flipping the sign of whole
    sessions, exact up to 13 of them: five cannot come below 2/32 = .0625, six can (.031). It
    supposes that differences are as far from 0 on either side where there is none: with a long
    tail on one side it is too small (8 % of p values below .05 over 24 sessions whose differences
    are log-normal, s.d. .74; the interval holds 93 %).
    """
    if not len(values_a) == len(values_b) == len(clusters):
        raise ValueError("values and clusters are of unequal length")
    differences = np.asarray(values_a, dtype=float) - np.asarray(values_b, dtype=float)
    known = ~np.isnan(differences)
    d, missing = differences[known], int((~known).sum())
    _, codes = np.unique(np.asarray(clusters)[known], return_inverse=True)
    n, k = len(d), len(np.unique(codes))
    if n == 0:
        why = "no pair has a value on both sides"
        return Difference(None, -math.inf, math.inf, None, None, 0, 0, missing, why)
    mean = float(d.mean())
    if k == 1:
        why = "one session says nothing of the spread between sessions"
        low, high = (-1.0, 1.0) if proportion else (-math.inf, math.inf)
        return Difference(mean, low, high, None, None, n, k, missing, why)
    se = _clustered_error(d, codes)
    half = float(special.stdtrit(k - 1, 0.975)) * se
    ends = [(mean - half, mean + half), studentized(d, codes, rng)]
    if proportion:
        ends.append(_agreeing(d, se, k))
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    if proportion:
        low, high = max(low, -1.0), min(high, 1.0)
    p = sign_flip(np.asarray(np.bincount(codes, weights=d), dtype=float), rng)
    return Difference(mean, low, high, se, p, n, k, missing)


def _clustered_error(d: Floats, codes: NDArray[np.int64]) -> float:
    """Standard error of the mean over pairs, with k / (k - 1) for few clusters."""
    sums = np.bincount(codes, weights=d - d.mean())
    k = len(sums)
    return math.sqrt(k / (k - 1) * float((sums**2).sum())) / len(d)


def studentized(
    d: Floats, codes: NDArray[np.int64], rng: np.random.Generator
) -> tuple[float, float]:
    """95 % interval of the mean by resampling clusters, each resample measured in standard errors
    of its own (Hall 1988, Annals of Statistics 16): it leans to where the long tail is.

    Resamples without spread are left out.
    """
    sums, sizes = np.bincount(codes, weights=d), np.bincount(codes).astype(float)
    mean, k = float(d.mean()), len(sizes)
    error = _clustered_error(d, codes)
    draws = rng.integers(0, k, size=(RESAMPLES, k))
    drawn, counts = sums[draws], sizes[draws]
    n = counts.sum(axis=1)
    means = drawn.sum(axis=1) / n
    squares = ((drawn - means[:, None] * counts) ** 2).sum(axis=1)
    errors = np.sqrt(k / (k - 1) * squares) / n
    spread = errors > 1e-9 * max(error, 1e-300)
    if error == 0 or not spread.any():
        return mean, mean
    low, high = np.percentile((means[spread] - mean) / errors[spread], [2.5, 97.5])
    return mean - float(high) * error, mean - float(low) * error


def _agreeing(d: Floats, se: float, k: int) -> tuple[float, float]:
    """Bonett and Price's interval of a difference of paired shares (2012, Journal of Educational
    and Behavioral Statistics 37): one more pair on each side that disagrees. Its n is what
    independent pairs would be, between sessions and pairs."""
    n, mean = len(d), float(d.mean())
    apart = float(d.var()) / n
    effect = min(max(se**2 / apart, 1.0), n / k) if apart > 0 else n / k
    alone = n / effect
    up = (float((d > 0).mean()) * alone + 1) / (alone + 2)
    down = (float((d < 0).mean()) * alone + 1) / (alone + 2)
    half = Z95 * math.sqrt(max(up + down - (up - down) ** 2, 0.0) / (alone + 2))
    return min(mean, up - down - half), max(mean, up - down + half)


def sign_flip(sums: Floats, rng: np.random.Generator) -> float:
    """Two-sided p value of a sum of sessions' differences, under flips of their signs.

    >>> sign_flip(np.ones(6), np.random.default_rng(0))
    0.03125
    """
    k = len(sums)
    observed = abs(float(sums.sum())) - 1e-9 * max(1e-300, float(np.abs(sums).sum()))
    exact = k <= ALL_FLIPS_UP_TO
    total = 2**k if exact else FLIPS
    reached, step = 0, max(1, AT_ONCE // k)
    for start in range(0, total, step):
        count = min(step, total - start)
        if exact:
            rows = np.arange(start, start + count)[:, None]
            signs = (rows >> np.arange(k)) & 1
        else:
            signs = rng.integers(0, 2, size=(count, k), dtype=np.int8)
        flipped = np.where(signs == 1, sums, -sums).sum(axis=1)
        reached += int((np.abs(flipped) >= observed).sum())
    return reached / total if exact else (reached + 1) / (total + 1)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """p values adjusted for all of these comparisons (Holm 1979), in their order.

    A comparison without a p value (None) stays without, and counts: it was planned.

    >>> holm([0.01, 0.04, 0.03, None])
    [0.04, 0.09, 0.09, None]
    """
    known = [index for index, p in enumerate(p_values) if p is not None]
    adjusted: list[float | None] = [None] * len(p_values)
    so_far = 0.0
    for rank, index in enumerate(sorted(known, key=lambda index: p_values[index] or 0.0)):
        so_far = max(so_far, min(1.0, (len(p_values) - rank) * (p_values[index] or 0.0)))
        adjusted[index] = so_far
    return adjusted


def noncentrality(df: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """How many standard errors a true difference must measure for a two-sided t test to see it.

    From the noncentral t distribution; 2.80 for many degrees of freedom, 2.93 for 23.

    >>> round(noncentrality(23), 2), round(noncentrality(1e6), 2)
    (2.93, 2.8)
    """
    critical = special.stdtrit(df, 1 - alpha / 2)
    return float(special.nctdtrinc(df, 1 - power, critical))


def power_of(shift: float, df: float, alpha: float = 0.05) -> float:
    """Chance that a two-sided t test sees, the right way round, a difference of `shift` errors.

    >>> round(power_of(noncentrality(23), 23), 3)
    0.8
    """
    critical = special.stdtrit(df, 1 - alpha / 2)
    return float(1 - special.nctdtr(df, shift, critical))
