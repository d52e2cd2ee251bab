"""The Monte Carlo: who works in a practice, and which sessions the run happened to have."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.burden.month import Share
from evalkit.burden.pools import Numbers
from evalkit.burden.practice import Practice
from evalkit.records import Clinicians
from evalkit.reviewers._population import Population
from evalkit.stats import Z95

STEADY = 1e-9
"""Stands in for 0 where a logarithm or a quotient needs more: minutes, a residual."""


@dataclass(frozen=True)
class Drawn:
    """Draws: paces and stops of shape (draws, clinicians), one table of weights for each share.

    `review` is a clinician's pace over a typical one's, `write` over the mean one's. `weights` have
    shape (draws, sessions of the share's pool) and the mean 1 in every row.
    """

    review: Numbers
    write: Numbers
    stopped: NDArray[np.bool_]
    weights: tuple[Numbers, ...]


def draw(practice: Practice, shares: tuple[Share, ...], seed: int, draws: int) -> Drawn:
    """Clinicians of the practice, from the population of reviewers, and sessions of the run.

    Clinicians come from a stream of their own, so that two approaches meet the same people.
    """
    settings = Clinicians(
        spread=practice.spread, writing_with_reviewing=practice.writing_with_reviewing
    )
    people = Population(settings, seed, practice.stopped)
    rng = np.random.default_rng([seed, 3])
    hired = rng.integers(0, settings.draws, size=(draws, practice.clinicians))
    write = people.writing[hired] / people.writing.mean()
    if practice.measured:
        write = write / write.mean(axis=1, keepdims=True)
    return Drawn(
        review=people.reviewing[hired],
        write=write,
        stopped=people.stopped[hired],
        weights=tuple(
            _weights(share.pool.sessions, np.random.default_rng([seed, 4, place]), draws)
            for place, share in enumerate(shares)
        ),
    )


def _weights(sessions: int, rng: np.random.Generator, draws: int) -> Numbers:
    """Bootstrap weights of sessions, shape (draws, sessions).

    A bootstrap over few sessions is too narrow. The weights are spread out around 1 so that the
    interval of a mean is as wide as Student's; some are then below 0.
    """
    from scipy.stats import t as student

    if sessions == 1:
        return np.ones((draws, 1))
    weights = rng.multinomial(sessions, np.full(sessions, 1 / sessions), size=draws).astype(float)
    wider = math.sqrt(sessions / (sessions - 1)) * float(student.ppf(0.975, sessions - 1)) / Z95
    return 1 + wider * (weights - 1)


def resampled(values: Numbers, weights: Numbers) -> Numbers:
    """Mean over sessions in each draw, shape (draws,), never below 0; NaN sessions are passed by.

    `values` has shape (sessions,) and holds at least one number.
    """
    known = ~np.isnan(values)
    mean = values[known].mean()
    moved = (weights[:, known] - 1) @ (values[known] - mean) / known.sum()
    return np.asarray(np.maximum(mean + moved, 0.0))


def hours_by_clinician(
    practice: Practice, shares: tuple[Share, ...], drawn: Drawn
) -> tuple[Numbers, Numbers]:
    """Hours a month that each clinician would write, and reviews, where drafts come.

    Both have shape (draws, clinicians); their difference is what is saved.
    """
    writing, reviewing = np.zeros(drawn.review.shape), np.zeros(drawn.review.shape)
    for share, weights in zip(shares, drawn.weights, strict=True):
        attention, desk = (
            resampled(one, weights)[:, None] for one in share.pool.minutes_by_session()
        )
        hours = share.drafted / practice.clinicians / 60
        writing += hours * share.scratch * drawn.write
        spent = np.where(drawn.stopped, 0.0, attention) + desk
        reviewing += hours * share.reviews * drawn.review * spent
    return writing, reviewing


def share_trapped(shares: tuple[Share, ...], drawn: Drawn) -> Numbers:
    """Share of drafted notes whose review takes at least as long as writing: shape (draws,)."""
    total, notes = np.zeros(len(drawn.review)), 0.0
    for share, weights in zip(shares, drawn.weights, strict=True):
        people = range(drawn.review.shape[1])
        chance = sum(_trapped(share, drawn, one) for one in people) / len(people)
        session = share.pool.session
        by_session = chance @ (
            np.eye(share.pool.sessions)[session] / np.bincount(session)[session, None]
        )
        mean = by_session.mean(axis=1)
        moved = ((weights - 1) * (by_session - mean[:, None])).mean(axis=1)
        total += share.drafted * share.notes * np.clip(mean + moved, 0.0, 1.0)
        notes += share.drafted * share.notes
    return total / notes


def _trapped(share: Share, drawn: Drawn, clinician: int) -> Numbers:
    """Chance that this clinician's review takes as long as writing, each note: (draws, notes).

    One review and one writing vary independently around the clinician's pace by the residual.
    """
    from scipy.special import ndtr

    pool = share.pool
    reading = np.where(drawn.stopped[:, [clinician]], 0.0, pool.attention) + pool.desk
    review = np.log(np.maximum(share.reviews * reading * drawn.review[:, [clinician]], STEADY))
    write = np.log(share.scratch * drawn.write[:, [clinician]]) - pool.residual**2 / 2
    spread = math.sqrt(2) * np.maximum(pool.residual, STEADY)
    return np.asarray(ndtr((review - write) / spread))


def errors_by_draw(shares: tuple[Share, ...], drawn: Drawn, count: str) -> tuple[Numbers, Numbers]:
    """Errors or slips a month in signed notes, each of shape (draws,).

    First if every clinician reviews, then if none does. Each pool knows some of its notes' counts.
    """
    read, unread = np.zeros(len(drawn.review)), np.zeros(len(drawn.review))
    for share, weights in zip(shares, drawn.weights, strict=True):
        pool, notes = share.pool, share.drafted * share.notes
        read += notes * resampled(pool.by_session(pool.counts[count]), weights)
        unread += notes * resampled(pool.by_session(pool.unread(count)), weights)
    return read, unread
