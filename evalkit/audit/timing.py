"""Fit seconds of timed reviews to what is known of the notes, and see how well that carries over.

A figure is of sessions left out: each note is foretold by a line fitted to the other sessions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evalkit.audit.raters import Estimate, spearman
from evalkit.records import Record
from evalkit.reviewers._postedit_weights import ERRORS, Line

Floats = NDArray[np.float64]

HUBER = 1.345
"""Residuals beyond so many robust standard deviations count less: 95 % as sharp as least squares
where residuals are normal (Huber 1964)."""

ROUNDS, SETTLED = 200, 1e-5
"""Most rounds of reweighting, and the change of a weight at which it has come to rest."""

RESAMPLES = 500


class Timing(NamedTuple):
    """A note that was timed, and what is known of it by term; `own` if a clinician wrote it."""

    session_id: str
    drafter: str
    own: bool
    seconds: float
    values: dict[str, float]


class Plan(Record):
    """Which terms a line has. The slopes in `fixed` are given; `robust` is Huber's fit, else
    least squares; `ridge` draws standardised slopes to 0 as that many notes would; `logs` fits
    the logarithm of the seconds. A term of `rising` whose slope would be below 0 is left out."""

    terms: tuple[str, ...] = ()
    fixed: dict[str, float] = Field(default_factory=dict)
    robust: bool = True
    ridge: float = 0.0
    logs: bool = False
    rising: tuple[str, ...] = ERRORS


class Figure(NamedTuple):
    """Mean absolute error and mean error in seconds, and rank correlation, over the notes.

    Intervals are over sessions, drawn anew.
    """

    mae: Estimate
    rho: Estimate
    bias: float


def fit(known: Sequence[Timing], plan: Plan) -> Line:
    """The line of a plan.

    Raises KeyError where a note lacks a term. Coefficients are rounded to 6 places.
    """
    given = np.array([sum(one.values[t] * s for t, s in plan.fixed.items()) for one in known])
    seconds = np.array([one.seconds for one in known])
    wanted = (np.log(seconds) if plan.logs else seconds) - given
    terms = list(plan.terms)
    while True:
        table = np.array([[one.values[term] for term in terms] for one in known])
        found = _solve(table.reshape(len(known), len(terms)), wanted, plan)
        slopes = dict(zip(terms, found[1:].tolist(), strict=True))
        rising = (term for term in terms if term in plan.rising)
        worst = min(rising, key=lambda term: slopes[term], default="")
        if not worst or slopes[worst] >= 0:
            break
        terms.remove(worst)
    every = [*plan.fixed, *terms]
    columns = {term: [one.values[term] for one in known] for term in every}
    return Line(
        constant=round(float(found[0]), 6),
        slopes={term: round({**plan.fixed, **slopes}[term], 6) for term in every},
        held={term: (min(each), max(each)) for term, each in columns.items() if term not in ERRORS},
        typical={term: round(float(np.mean(each)), 6) for term, each in columns.items()},
    )


def _solve(table: Floats, wanted: Floats, plan: Plan) -> Floats:
    """Constant and slopes."""
    spread = table.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    design = np.column_stack([np.ones(len(wanted)), (table - table.mean(axis=0)) / scale])
    pull = np.sqrt(plan.ridge) * np.eye(design.shape[1])[1:]
    weight = np.ones(len(wanted))
    for _ in range(ROUNDS if plan.robust else 1):
        root = np.sqrt(weight)
        rows = np.vstack([design * root[:, None], pull])
        found = np.linalg.lstsq(rows, np.append(wanted * root, np.zeros(len(pull))), rcond=None)[0]
        off = np.abs(wanted - design @ found)
        limit = max(HUBER * 1.4826 * float(np.median(off)), 1e-9)
        before, weight = weight, limit / np.maximum(off, limit)
        if np.abs(weight - before).max() < SETTLED:
            break
    slopes = found[1:] / scale
    return np.append(found[0] - slopes @ table.mean(axis=0), slopes)


def foretell(line: Line, notes: Iterable[Timing], logs: bool = False) -> Floats:
    """(notes,) seconds by the line; what lies outside the range it was fitted to is held."""
    at = np.array([line.at(one.values) for one in notes])
    return np.exp(at) if logs else at


def left_out(
    notes: Sequence[Timing], plan: Plan, learn_from: Sequence[Timing] | None = None
) -> Floats:
    """(notes,) seconds, each by the plan's line fitted to other sessions of `learn_from`
    (the notes themselves, unless others are given)."""
    source = notes if learn_from is None else learn_from
    found = np.zeros(len(notes))
    for session in sorted({one.session_id for one in notes}):
        line = fit([one for one in source if one.session_id != session], plan)
        here = [place for place, one in enumerate(notes) if one.session_id == session]
        found[here] = foretell(line, [notes[place] for place in here], plan.logs)
    return found


def left_out_by_choice(
    notes: Sequence[Timing], plans: dict[str, Plan]
) -> tuple[Floats, Counter[str]]:
    """As `left_out`, by the plan that does best (MAE) among the other sessions alone.

    Also how often each plan was chosen, a time a session.
    """
    found, chosen = np.zeros(len(notes)), Counter[str]()
    for session in sorted({one.session_id for one in notes}):
        inside = [one for one in notes if one.session_id != session]
        truth = np.array([one.seconds for one in inside])
        missed = {
            name: float(np.abs(left_out(inside, plan) - truth).mean())
            for name, plan in plans.items()
        }
        best = min(missed, key=lambda name: missed[name])
        chosen[best] += 1
        here = [place for place, one in enumerate(notes) if one.session_id == session]
        line = fit(inside, plans[best])
        found[here] = foretell(line, [notes[place] for place in here], plans[best].logs)
    return found, chosen


def figure(notes: Sequence[Timing], foretold: Floats, resamples: int = RESAMPLES) -> Figure:
    """How far the seconds foretold are from those measured. Equal input gives equal figures."""
    measured = np.array([one.seconds for one in notes])
    names, codes = np.unique([one.session_id for one in notes], return_inverse=True)
    places = [np.flatnonzero(codes == code) for code in range(len(names))]
    rng, drawn = np.random.default_rng(0), []
    for _ in range(resamples):
        again = np.concatenate([places[one] for one in rng.integers(0, len(names), len(names))])
        drawn.append(_agreement(foretold[again], measured[again]))
    mae, rho = (
        Estimate(value, *_middle(each), len(measured), len(names))
        for value, each in zip(
            _agreement(foretold, measured), np.array(drawn).reshape(-1, 2).T, strict=True
        )
    )
    return Figure(mae, rho, float((foretold - measured).mean()))


def _agreement(foretold: Floats, measured: Floats) -> tuple[float, float]:
    return float(np.abs(foretold - measured).mean()), spearman(foretold, measured)


def _middle(values: Floats) -> tuple[float, float]:
    """The middle 95 % of the draws in which the figure is defined."""
    known = values[~np.isnan(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)
