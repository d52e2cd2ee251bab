"""The notes under review summed up by approach, every figure with its denominator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, median

import numpy as np
from pydantic import Field

from evalkit import stats
from evalkit.records import Record
from evalkit.review.replay import Load
from evalkit.study.effects import rounded
from evalkit.study.outcome import Outcome
from evalkit.study.reviewed import Reviewed
from evalkit.study.timing import CUTOFFS_S

SCALES = tuple(Load.model_fields)


class Figure(Record):
    """A mean with its 95 % interval over reviewers; None where one reviewer gives no interval."""

    value: float
    low: float | None
    high: float | None
    n: int
    reviewers: int


class Caught(Record):
    """What became of the false sentences planted in the controls that were signed.

    `caught` is the share flagged or edited away, `surviving` those standing in the signed text
    (flagged or not: `standing_flagged` are both caught and standing); the last two figures are
    per 1,000 signed notes. The figures are None where nothing was planted.
    """

    notes: int
    planted: int
    flagged: int
    edited_away: int
    standing: int
    standing_flagged: int
    standing_major: int
    caught: Figure | None = None
    caught_per_1000: Figure | None = None
    surviving_per_1000: Figure | None = None


class Workload(Record):
    """Means of the NASA-TLX over `ratings` of it, 0 to 100; `raw` is the mean of the six."""

    ratings: int
    scales: dict[str, float]
    raw: float


class Tally(Record):
    """One approach. `assigned` = `signed` + `open` + `not_begun`.

    Minutes are active minutes of signed notes; `at_cutoffs` are their means at each idle cut-off
    in seconds. `edited` is the mean share of words edited, `unedited` how many notes were signed
    as drafted, both over the `drafts` that are known; flags are means a note of those. What is
    None was not measured.
    """

    approach: str
    assigned: int
    signed: int
    open: int
    not_begun: int
    mean_minutes: float | None = None
    median_minutes: float | None = None
    median_wall: float | None = None
    at_cutoffs: dict[str, float] = Field(default_factory=dict)
    drafts: int = 0
    edited: float | None = None
    unedited: int | None = None
    flags_major: float | None = None
    flags_minor: float | None = None
    loose_flags: int = 0
    caught: Caught | None = None
    workload: Workload | None = None


def tally(
    approach: str, reviews: Sequence[Reviewed], outcomes: Sequence[Outcome], seed: int
) -> Tally:
    """One approach's tasks and its signed notes. Equal seeds give equal intervals."""
    mine = [one for one in reviews if one.task.approach == approach]
    signed = [one for one in outcomes if one.of.task.approach == approach]
    begun = sum(one.timing is not None for one in mine)
    found = Tally(
        approach=approach,
        assigned=len(mine),
        signed=len(signed),
        open=begun - len(signed),
        not_begun=len(mine) - begun,
    )
    if not signed:
        return found
    minutes = [one.timing.active for one in signed]
    cutoffs = {
        f"{cutoff:g}": rounded(fmean(one.of.at_cutoffs[at].active for one in signed))
        for at, cutoff in enumerate(CUTOFFS_S)
    }
    more = {
        "mean_minutes": rounded(fmean(minutes)),
        "median_minutes": rounded(median(minutes)),
        "median_wall": rounded(median(one.timing.wall for one in signed)),
        "at_cutoffs": cutoffs,
        "caught": _caught(signed, np.random.default_rng(seed)),
        "workload": workload([one.of for one in signed]),
    }
    return found.model_copy(update=more | _changes(signed))


def _changes(signed: Sequence[Outcome]) -> dict[str, float]:
    """Edits and flags of the notes whose draft is known; nothing where none is."""
    known = [(one.edited, one) for one in signed if one.edited is not None]
    if not known:
        return {}
    flags = [flag for _, one in known for flag in one.flags]
    major = sum(flag.severity == "major" for flag in flags)
    return {
        "drafts": len(known),
        "edited": rounded(fmean(share for share, _ in known)),
        "unedited": sum(share == 0 for share, _ in known),
        "flags_major": rounded(major / len(known)),
        "flags_minor": rounded((len(flags) - major) / len(known)),
        "loose_flags": sum(one.loose for _, one in known),
    }


def workload(reviews: Sequence[Reviewed]) -> Workload | None:
    """Means of the ratings that were given; None where there are none."""
    given = [one.state.tlx for one in reviews if one.state is not None and one.state.tlx]
    if not given:
        return None
    scales = {name: rounded(fmean(each[name] for each in given)) for name in SCALES}
    return Workload(ratings=len(given), scales=scales, raw=rounded(fmean(scales.values())))


def _caught(outcomes: Sequence[Outcome], rng: np.random.Generator) -> Caught | None:
    """None where no signed note is of a control."""
    known = [(one.of.task.reviewer, one.fates) for one in outcomes if one.fates is not None]
    if not known:
        return None
    every = [fate for _, fates in known for fate in fates]
    standing = [fate for fate in every if fate.standing]
    found = Caught(
        notes=len(known),
        planted=len(every),
        flagged=sum(fate.flagged for fate in every),
        edited_away=len(every) - len(standing),
        standing=len(standing),
        standing_flagged=sum(fate.flagged for fate in standing),
        standing_major=sum(fate.severity == "major" for fate in standing),
    )
    if not every:
        return found
    of_error = [(who, float(fate.caught)) for who, fates in known for fate in fates]
    caught = [(who, float(sum(fate.caught for fate in fates))) for who, fates in known]
    stood = [(who, float(sum(fate.standing for fate in fates))) for who, fates in known]
    figures = {
        "caught": _figure(of_error, rng),
        "caught_per_1000": _per_1000(caught, rng),
        "surviving_per_1000": _per_1000(stood, rng),
    }
    return found.model_copy(update=figures)


def _per_1000(counts: Sequence[tuple[str, float]], rng: np.random.Generator) -> Figure:
    """Mean count a note, times 1,000. None of n notes still allows some: the interval is no
    narrower than that of as many independent counts (Garwood 1936)."""
    from scipy.stats import chi2

    total, n = sum(count for _, count in counts), len(counts)
    mean = _figure(counts, rng, proportion=False)
    low = float(chi2.ppf(0.025, 2 * total)) / 2 / n if total else 0.0
    high = float(chi2.ppf(0.975, 2 * total + 2)) / 2 / n
    ends = {
        "low": None if mean.low is None else rounded(1000 * min(mean.low, low)),
        "high": None if mean.high is None else rounded(1000 * max(mean.high, high)),
    }
    return mean.model_copy(update={"value": rounded(1000 * total / n), **ends})


def _figure(
    values: Sequence[tuple[str, float]], rng: np.random.Generator, proportion: bool = True
) -> Figure:
    """The mean of each reviewer's values, drawing reviewers anew."""
    _, codes = np.unique([who for who, _ in values], return_inverse=True)
    numbers = np.array([value for _, value in values], dtype=float)
    found = stats.interval(numbers, codes, rng, proportion=proportion)
    low, high = (rounded(end) if math.isfinite(end) else None for end in (found.low, found.high))
    return Figure(
        value=rounded(found.mean), low=low, high=high, n=found.n, reviewers=found.clusters
    )
