"""What review comes to by approach: minutes over clinicians, minutes saved, what survives.

Each approach has a row for the clinicians as the experiment sets them, and one for clinicians who
have stopped reviewing: they copy the note over, sign it, and catch nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.records import Estimate, Review, Run
from evalkit.reports.flat import approach_names
from evalkit.reports.grids import Column, Grid
from evalkit.reviewers._population import Population

AS_SET, STOPPED = "as set", "stopped"
COLUMNS = ("approach", "clinicians", "notes", "median", "low", "high", "scratch", "saved", "trap")
PER_1000 = ("fabrications", "caught", "surviving", "surviving_major", "slips")
TITLES = (
    *("Approach", "Minutes a note", "Saved", "Review trap", "Caught", "Survive", "Major"),
    *("Slips", "Unread: minutes", "Unread: survive"),
)
Floats = NDArray[np.float64]


class Drawn(NamedTuple):
    """An approach's drawn clinicians, each array of shape (draws,), in minutes a note."""

    reviewing: Floats
    stopped: Floats
    writing: Floats


def modelled(run: Run) -> dict[str, list[Review]]:
    """The reviews by approach that say what clinicians differ by; runs of old have none."""
    found: dict[str, list[Review]] = {}
    for review in run.reviews:
        if review.source == "modelled" and review.scratch is not None:
            found.setdefault(review.approach, []).append(review)
    return {name: found[name] for name in approach_names(run) if name in found}


def clinicians(run: Run) -> dict[str, Drawn]:
    """For each approach the minutes a note of the same drawn clinicians over all its notes.

    A clinician's residuals with single notes are averaged: what is left are the people.
    """
    setting = run.experiment.reviewing
    share, seed = setting.vigilance.stopped, run.experiment.seed
    as_set = Population(setting.clinicians, seed, share)
    stopped = Population(setting.clinicians, seed, 1.0)
    sentences = Counter(one.cell for one in run.first_findings)
    drawn = {}
    for name, reviews in modelled(run).items():
        more = [as_set.averaged(sentences[review.cell]) for review in reviews]
        typical = _mean(_reviewed(r, share) * m for r, m in zip(reviews, more, strict=True))
        unread = _mean((r.transfer + r.sign) * m for r, m in zip(reviews, more, strict=True))
        scratch = _known(reviews, "scratch")
        drawn[name] = Drawn(
            reviewing=as_set.usual(typical, unread),
            stopped=stopped.usual(typical, unread),
            writing=as_set.usual_from_scratch(scratch),
        )
    return drawn


def by_clinician(run: Run) -> pd.DataFrame:
    """Approach x clinicians ("as set", "stopped"): minutes a note, and expected ones per 1,000.

    `median`, `low` and `high` are over clinicians, the last two holding the middle 95 % of them;
    `scratch` are mean minutes without a draft, `saved` the mean of writing minus reviewing, and
    `trap` the share of clinicians in [0, 1] whom review costs at least as much as writing: note
    by note for clinicians as set, over all notes for those who have stopped. The columns of
    `PER_1000` are expected ones per 1,000 notes; what is not known is missing.
    """
    drawn = clinicians(run)
    rows = []
    for name, reviews in modelled(run).items():
        minutes = drawn[name]
        base = {"approach": name, "notes": len(reviews), "scratch": _known(reviews, "scratch")}
        expected = {what: 1000 * _known(reviews, what) for what in PER_1000}
        unread = {
            "caught": 0.0,
            "surviving": expected["fabrications"],
            "surviving_major": 1000 * _known(reviews, "fabrications_major"),
        }
        rows += [
            base
            | {"clinicians": AS_SET, **_quantiles(minutes.reviewing)}
            | {"saved": _known(reviews, "saved"), "trap": _known(reviews, "trap")}
            | expected,
            base
            | {"clinicians": STOPPED, **_quantiles(minutes.stopped)}
            | {"saved": float((minutes.writing - minutes.stopped).mean())}
            | {"trap": float((minutes.stopped >= minutes.writing).mean())}
            | expected
            | unread,
        ]
    return pd.DataFrame(rows, columns=[*COLUMNS, *PER_1000])


def grid(run: Run, shown: dict[str, str], estimates: Iterable[Estimate]) -> Grid | None:
    """The same for a reader, an approach a row; None if the run has no modelled review."""
    table = by_clinician(run)
    if table.empty:
        return None
    known = {(one.approach, one.measure): one for one in estimates}
    as_set = table[table["clinicians"] == AS_SET].to_dict("records")
    unread = table[table["clinicians"] == STOPPED].to_dict("records")
    return Grid(
        caption="Over the same notes as above. Minutes a note: median and, in brackets, the middle "
        "95 % of clinicians. Saved: mean minutes of writing minus reviewing; review trap: whom "
        "reviewing costs at least as much as writing. Then expected ones per 1,000 notes: false "
        "statements caught, those that survive into the signed record, the major ones among them, "
        "and slips of copying. Last, clinicians who have stopped reviewing. In brackets after "
        "these the 95 % interval over sessions, where it has any width.",
        columns=tuple(Column(title=name, number=name != "Approach") for name in TITLES),
        rows=tuple(
            (
                shown[row["approach"]],
                f"{_minutes(row['median'])} [{row['low']:.1f},\u00a0{row['high']:.1f}]",
                f"{row['saved']:.1f}{_ends(known.get((row['approach'], 'minutes_saved')), 1, 1)}",
                f"{100 * row['trap']:.0f}{_ends(known.get((row['approach'], 'review_trap')), 100)}"
                "\u00a0%",
                _count(row["caught"]),
                _count(row["surviving"])
                + _ends(known.get((row["approach"], "fabrications_surviving")), 1000),
                _count(row["surviving_major"]),
                _count(row["slips"]),
                _minutes(other["median"]),
                _count(other["surviving"]),
            )
            for row, other in zip(as_set, unread, strict=True)
        ),
    )


def _ends(found: Estimate | None, times: float, digits: int = 0) -> str:
    if found is None or found.low is None or found.high is None:
        return ""
    low, high = (f"{times * end:,.{digits}f}" for end in (found.low, found.high))
    return "" if low == high else f" [{low},\u00a0{high}]"


def _minutes(value: float) -> str:
    """Tenths, and hundredths where tenths would say nothing.

    >>> _minutes(4.25), _minutes(0.044)
    ('4.2', '0.04')
    """
    return f"{value:.1f}" if value >= 0.1 else f"{value:.2f}"


def _count(value: float) -> str:
    return "\u2013" if value != value else f"{value:,.0f}"


def _quantiles(minutes: Floats) -> dict[str, float]:
    low, median, high = np.quantile(minutes, [0.025, 0.5, 0.975])
    return {"median": float(median), "low": float(low), "high": float(high)}


def _known(reviews: Iterable[Review], field: str) -> float:
    """Mean of a field over the reviews that have it; NaN where none has."""
    return _mean(value for one in reviews if (value := getattr(one, field)) is not None)


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else float("nan")


def _reviewed(review: Review, stopped: float) -> float:
    """Typical minutes of a clinician who reads: the parts are those times the share who do."""
    copied = review.transfer + review.sign
    return copied + (review.minutes - copied) / (1 - stopped) if stopped < 1 else copied
