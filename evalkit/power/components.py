"""Where the spread of a paired difference comes from: sessions, formats, replicates."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evalkit.errors import InputError
from evalkit.records import Record

ICC = 0.2
"""Correlation of two notes of one approach on one session (our assumption). The design effects of
1.4 to 3.5 that were measured on TN-Eval are those of sentences in notes."""
SURE = 0.8
"""How sure the upper limit of a pilot's spread is: Browne (1995, Statistics in Medicine 14) plans
with the limit that holds in 80 % of pilots."""


class Components(Record):
    """Variances of the difference A minus B, in squared units of the measure.

    `session` is between sessions, `format` between formats of a session, `replicate` between
    drafts of one format. Every session is drafted in `formats` formats.
    """

    session: float = Field(ge=0)
    format: float = Field(default=0.0, ge=0)
    replicate: float = Field(ge=0)
    formats: int = Field(default=1, ge=1)

    def of_session(self, replicates: float) -> float:
        """Variance of one session's mean difference.

        >>> Components(session=1, replicate=2).of_session(4)
        1.5
        """
        within = self.format / self.formats + self.replicate / (self.formats * replicates)
        return self.session + within

    def times(self, factor: float) -> Components:
        return self.model_copy(
            update={
                name: getattr(self, name) * factor for name in ("session", "format", "replicate")
            }
        )


class Spread(Record):
    """What a pilot or an assumption says of the spread.

    Where a pilot drafted every format once, nobody knows whether another draft would differ:
    `careful` takes it that none would, `at_best` that all the spread within sessions is the
    drafts' own. Otherwise the two are the same.
    """

    careful: Components
    at_best: Components
    sessions: int | None = None
    """Sessions of the pilot; None for an assumption."""

    @property
    def replicates_known(self) -> bool:
        return self.careful == self.at_best

    def upper(self) -> float:
        """Factor on the variances: the limit below which 80 % of such pilots hold the truth."""
        from scipy import special

        if self.sessions is None:
            return 1.0
        df = self.sessions - 1
        return df / float(special.chdtri(df, SURE))


def from_pilot(cells: NDArray[np.float64]) -> Spread:
    """Method of moments over `cells`, shape (sessions, formats, replicates); NaN is missing.

    Equal to REML where every cell is full and no component comes out negative (one that does is
    0). A session that lacks a format altogether is left out; formats' own means are taken out.
    InputError where fewer than two sessions are left, or nothing varies.
    """
    cells = cells[~np.any(np.isnan(cells).all(axis=2), axis=1)]
    k, formats = cells.shape[:2]
    if k < 2:
        raise InputError(
            f"sessions with a value on both sides in every format: {k}, two at least",
            fix="run the pilot on more sessions",
        )
    counts = (~np.isnan(cells)).sum(axis=2)
    means = np.nanmean(cells, axis=2)
    inside = cells - means[:, :, None]
    means = means - means.mean(axis=0)
    if max(float(np.nanmax(np.abs(inside))), float(np.abs(means).max())) < 1e-9:
        raise InputError(
            "the difference is the same in every note, so this run tells no spread",
            fix="take other approaches, or plan from rates (--from, --to)",
        )
    of_sessions = float(means.mean(axis=1).var(ddof=1))
    crossed = means - means.mean(axis=1, keepdims=True)
    mixed = float((crossed**2).sum()) / ((k - 1) * (formats - 1)) if formats > 1 else None
    spare = int((counts - 1).sum())
    if not spare:
        return _once_each(of_sessions, mixed, k, formats)
    replicate = float(np.nansum(inside**2)) / spare
    of_drafts = replicate * float((1 / counts).mean())
    within = of_drafts if mixed is None else mixed
    known = Components(
        session=max(0.0, of_sessions - within / formats),
        format=max(0.0, within - of_drafts),
        replicate=replicate,
        formats=formats,
    )
    return Spread(careful=known, at_best=known, sessions=k)


def _once_each(of_sessions: float, mixed: float | None, k: int, formats: int) -> Spread:
    """Every format was drafted once: what is not between sessions may be formats' or drafts'."""
    if mixed is None:
        careful = Components(session=of_sessions, replicate=0.0)
        return Spread(
            careful=careful, at_best=Components(session=0.0, replicate=of_sessions), sessions=k
        )
    session = max(0.0, of_sessions - mixed / formats)
    careful = Components(session=session, format=mixed, replicate=0.0, formats=formats)
    at_best = Components(session=session, replicate=mixed, formats=formats)
    return Spread(careful=careful, at_best=at_best, sessions=k)


def from_rates(rate_a: float, rate_b: float, icc: float = ICC, shared: float = 0.0) -> Spread:
    """Shares of notes with a fault under two approaches, each note 0 or 1.

    `icc` is the correlation of two notes of one approach on one session, and `shared` the part of
    a session's effect that both approaches feel (0: pairing gains nothing, our assumption).

    >>> spread = from_rates(0.10, 0.05).careful
    >>> round(spread.of_session(1), 4), round(spread.of_session(1e9), 4)
    (0.1375, 0.0275)
    """
    a, b = rate_a * (1 - rate_a), rate_b * (1 - rate_b)
    between = icc * (a + b - 2 * shared * math.sqrt(a * b))
    known = Components(session=max(0.0, between), replicate=(1 - icc) * (a + b))
    return Spread(careful=known, at_best=known)
