"""Whether reviewers who saw the same notes flagged the same sentences.

Krippendorff's alpha and Gwet's AC1 over sentences, a sentence being flagged or not. Both take any
number of reviewers a sentence. Few sentences are flagged, and then alpha is low however often
people agree that nothing is wrong, since it takes most of that for chance; AC1 does not. Neither
is right alone, so both are given, with the share that was flagged.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalkit.records import Record
from evalkit.study.effects import rounded

Floats = NDArray[np.float64]
RESAMPLES = 2000
NOTES = 5
"""Where fewer notes have a flag no interval is drawn: it would hang on one or two (our choice)."""

ANY = "any"


class Rating(NamedTuple):
    """What one reviewer said of one sentence of a draft: the categories it was flagged with."""

    note: str
    sentence: str
    reviewer: str
    categories: frozenset[str]


class Agreement(Record):
    """Agreement on one category ("any": flagged at all), with 95 % intervals over notes.

    `flagged` is the share of ratings that flag. A figure that is None has its `reason`.
    """

    category: str
    notes: int
    sentences: int
    ratings: int
    flagged: float
    agree: float
    alpha: float | None
    alpha_low: float | None = None
    alpha_high: float | None = None
    ac1: float | None
    ac1_low: float | None = None
    ac1_high: float | None = None
    reason: str = ""


class _Table(NamedTuple):
    """Sentences that two or more rated: how many did not and did flag each (n x 2), its note."""

    counts: Floats
    notes: NDArray[np.int64]


def agreement(ratings: Iterable[Rating], rng: np.random.Generator) -> tuple[Agreement, ...]:
    """Agreement on flagging at all, then on each category that somebody used, commonest first.

    Nothing where no note has two reviewers.
    """
    sentences: dict[tuple[str, str], list[Rating]] = {}
    for one in ratings:
        sentences.setdefault((one.note, one.sentence), []).append(one)
    shared = [said for said in sentences.values() if len({one.reviewer for one in said}) > 1]
    if not shared:
        return ()
    used = [name for said in shared for one in said for name in sorted(one.categories)]
    names = sorted(set(used), key=lambda name: (-used.count(name), name))
    return tuple(_on(name, shared, rng) for name in (ANY, *names))


def _on(category: str, shared: Sequence[Sequence[Rating]], rng: np.random.Generator) -> Agreement:
    flagged = [
        sum(bool(one.categories) if category == ANY else category in one.categories for one in said)
        for said in shared
    ]
    counts = np.array([[len(said) - n, n] for said, n in zip(shared, flagged, strict=True)], float)
    _, notes = np.unique([said[0].note for said in shared], return_inverse=True)
    table = _Table(counts, notes)
    found, observed, reason = alpha(counts), _agree(counts), ""
    alpha_low, alpha_high = ac1_low, ac1_high = None, None
    if len(set(notes[counts[:, 1] > 0])) < NOTES:
        reason = f"no interval where fewer than {NOTES} of the notes have such a flag"
    else:
        (alpha_low, alpha_high), (ac1_low, ac1_high) = _intervals(table, rng)
    if found is None:
        reason = "alpha is not defined where all ratings are the same"
    return Agreement(
        category=category,
        notes=len(set(notes)),
        sentences=len(counts),
        ratings=int(counts.sum()),
        flagged=rounded(float(counts[:, 1].sum() / counts.sum())),
        agree=rounded(observed),
        alpha=None if found is None else rounded(found),
        alpha_low=alpha_low,
        alpha_high=alpha_high,
        ac1=rounded(ac1(counts)),
        ac1_low=ac1_low,
        ac1_high=ac1_high,
        reason=reason,
    )


def alpha(counts: Floats) -> float | None:
    """Krippendorff's alpha, nominal, of n things x q categories: how many raters chose each.

    None where all ratings are the same, or no thing has two.
    """
    import krippendorff

    pairable = counts[counts.sum(axis=1) > 1]
    if np.count_nonzero(pairable.sum(axis=0)) < 2:
        return None
    return float(
        krippendorff.alpha(value_counts=pairable.astype(int), level_of_measurement="nominal")
    )


def ac1(counts: Floats) -> float:
    """Gwet's AC1 of n things x q categories: how many raters chose each.

    Gwet 2008 (British Journal of Mathematical and Statistical Psychology 61), with missing ratings
    as in his handbook (2014): observed agreement over the things that two or more rated, chance
    agreement from the mean share of each category over all. NaN where no thing has two.

    Of 125 people two raters call 118 positive and none negative, and differ on 5 and 2:

    >>> round(ac1(np.repeat([[0.0, 2.0], [1.0, 1.0]], [118, 7], axis=0)), 4)
    0.9408
    """
    rated = counts[counts.sum(axis=1) > 0]
    shares = (rated / rated.sum(axis=1, keepdims=True)).mean(axis=0)
    chance = float((shares * (1 - shares)).sum()) / (counts.shape[1] - 1)
    return (_agree(counts) - chance) / (1 - chance)


def _agree(counts: Floats) -> float:
    """Share of pairs of ratings of the same thing that agree, each thing counting once."""
    pairable = counts[counts.sum(axis=1) > 1]
    if not len(pairable):
        return math.nan
    raters = pairable.sum(axis=1)
    return float(((pairable * (pairable - 1)).sum(axis=1) / (raters * (raters - 1))).mean())


def _intervals(
    table: _Table, rng: np.random.Generator
) -> tuple[tuple[float | None, float | None], tuple[float | None, float | None]]:
    """95 % percentile intervals of alpha and AC1, drawing notes anew.

    Both follow from sums over sentences, so that a draw is a weighted sum over notes. Draws in
    which nothing was flagged leave alpha undefined, and are left out of its interval.
    """
    no, yes = table.counts.T
    raters = no + yes
    pairs = raters * (raters - 1)
    parts = np.stack(
        [
            no * yes / (raters - 1),
            no,
            yes,
            np.ones_like(no),
            (no * (no - 1) + yes * (yes - 1)) / pairs,
            yes / raters,
        ]
    )
    size = int(table.notes.max()) + 1
    of_note = np.stack([np.bincount(table.notes, weights=part, minlength=size) for part in parts])
    drawn = rng.multinomial(size, np.full(size, 1 / size), size=RESAMPLES) @ of_note.T
    apart, no, yes, things, agree, share = drawn.T
    with np.errstate(divide="ignore", invalid="ignore"):
        alphas = 1 - (no + yes - 1) * apart / (no * yes)
        chance = 2 * (share / things) * (1 - share / things)
        ac1s = (agree / things - chance) / (1 - chance)
    return _percentiles(alphas), _percentiles(ac1s)


def _percentiles(values: Floats) -> tuple[float | None, float | None]:
    known = values[np.isfinite(values)]
    if not len(known):
        return None, None
    low, high = np.percentile(known, [2.5, 97.5])
    return rounded(float(low)), rounded(float(high))
