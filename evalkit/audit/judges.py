"""Several judges side by side, on the same sentences: how much each finds false, how they agree.

Sentences of one session are alike, so every interval comes from drawing sessions anew. Where a
judge has no finding on a sentence (it failed on the note, or the sentence has no label), that
sentence is left out of the comparison, and counted.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalkit.records import FALSE, STRICT, Finding, Run, Verdict
from evalkit.stats import RESAMPLES, interval

if TYPE_CHECKING:
    import pandas as pd

Flags = NDArray[np.bool_]
Place = tuple[object, ...]


class Common(NamedTuple):
    """The same sentences before several judges: of each its session, approach and verdicts."""

    sessions: list[str]
    approaches: list[str]
    verdicts: dict[str, list[Verdict]]


class Agreement(NamedTuple):
    """Of `n` sentences in `clusters` sessions: the share on which two agree, and Cohen's kappa.

    kappa is NaN where it is not defined: both say the same of every sentence. Its ends are NaN
    where that is so in a tenth of the draws, or with a single session.
    """

    agreement: float
    kappa: float
    kappa_low: float
    kappa_high: float
    n: int
    clusters: int


def judge_table(run: Run) -> pd.DataFrame:
    """One row a judge: what it judged, what that took, and what it finds false.

    `notes` judged and `failed`; `sentences` with a finding, `unlabelled` without; `dropped`
    quotations; `tokens` and `cost_usd`, missing where not known. `common` is the number of
    sentences that every judge has a finding on; `false` and `strict` are shares of those, with
    `low` and `high` the 95 % interval of `false`.
    """
    import pandas as pd

    shared = common(run)
    rows = []
    for name in run.judges:
        records = [one for one in run.judged if one.judge == name]
        spent = [one.usage for one in records if one.usage is not None]
        prices = [one.cost_usd for one in records if one.cost_usd is not None]
        false = _flags(shared.verdicts[name], FALSE)
        low = high = float("nan")
        if len(false):
            rng = np.random.default_rng(run.experiment.seed)
            found = interval(false, _codes(shared.sessions), rng)
            low, high = max(found.low, 0.0), min(found.high, 1.0)
        rows.append(
            {
                "judge": name,
                "notes": sum(one.failure is None for one in records),
                "failed": sum(one.failure is not None for one in records),
                "sentences": sum(one.findings for one in records),
                "unlabelled": sum(one.unlabelled for one in records),
                "dropped": sum(one.dropped for one in records),
                "tokens": _total([one.prompt_tokens + one.completion_tokens for one in spent]),
                "cost_usd": _total(prices),
                "common": len(false),
                "false": _mean(false),
                "low": low,
                "high": high,
                "strict": _mean(_flags(shared.verdicts[name], STRICT)),
            }
        )
    return pd.DataFrame(rows)


def agreement_table(run: Run) -> pd.DataFrame:
    """One row a pair of judges, on the sentences that both have a finding on.

    `both` and `neither` count sentences that both find false, or neither does; `first` and
    `second` those that one of them alone does.
    """
    import pandas as pd

    verdicts = _verdicts(run)
    rows = []
    for one, other in itertools.combinations(run.judges, 2):
        shared = [place for place in verdicts[one] if place in verdicts[other]]
        left = np.array([verdicts[one][place] in FALSE for place in shared], dtype=bool)
        right = np.array([verdicts[other][place] in FALSE for place in shared], dtype=bool)
        sessions = np.array([str(place[0]) for place in shared])
        found = agreement(left, right, sessions, np.random.default_rng(run.experiment.seed))
        rows.append(
            {
                "judge": one,
                "other": other,
                **found._asdict(),
                "both": int((left & right).sum()),
                "first": int((left & ~right).sum()),
                "second": int((~left & right).sum()),
                "neither": int((~left & ~right).sum()),
            }
        )
    columns = ["judge", "other", *Agreement._fields, "both", "first", "second", "neither"]
    return pd.DataFrame(rows, columns=columns)


def by_approach(run: Run) -> pd.DataFrame:
    """Approach x judge: share of the common sentences that the judge finds false, and their number.

    Whether approaches keep their order from one judge to another is what can be read off it.
    """
    import pandas as pd

    shared = common(run)
    rows = []
    for approach in run.experiment.approaches:
        mine = np.array([name == approach.name for name in shared.approaches], dtype=bool)
        for name in run.judges:
            false = _flags(shared.verdicts[name], FALSE)[mine]
            rows.append(
                {
                    "approach": approach.name,
                    "judge": name,
                    "false": _mean(false),
                    "sentences": len(false),
                }
            )
    return pd.DataFrame(rows, columns=["approach", "judge", "false", "sentences"])


def common(run: Run) -> Common:
    """The sentences that every judge has a finding on, in the order of the first judge's."""
    verdicts = _verdicts(run)
    first, *others = run.judges
    places = [
        place for place in verdicts[first] if all(place in verdicts[other] for other in others)
    ]
    return Common(
        sessions=[str(place[0]) for place in places],
        approaches=[str(place[1]) for place in places],
        verdicts={name: [verdicts[name][place] for place in places] for name in run.judges},
    )


def agreement(
    left: Flags, right: Flags, sessions: NDArray[np.str_], rng: np.random.Generator
) -> Agreement:
    """Agreement of two judges (Cohen 1960), the interval of kappa by drawing sessions anew.

    >>> yes, no = [True] * 20 + [False] * 80, [True] * 10 + [False] * 90
    >>> ids = np.repeat(np.arange(20).astype(str), 5)
    >>> found = agreement(np.array(yes), np.array(no), ids, np.random.default_rng(0))
    >>> found.agreement, round(found.kappa, 3)
    (0.9, 0.615)
    """
    names, codes = np.unique(sessions, return_inverse=True)
    nan = float("nan")
    if not len(left):
        return Agreement(nan, nan, nan, nan, 0, 0)
    # Counts a session of: both, left alone, right alone, neither.
    cells = np.zeros((len(names), 4))
    np.add.at(cells, (codes, 3 - 2 * left.astype(int) - right.astype(int)), 1)
    low = high = nan
    if len(names) > 1:
        draws = rng.integers(0, len(names), size=(RESAMPLES, len(names)))
        kappas = _kappa(cells[draws].sum(axis=1))
        if np.isnan(kappas).mean() < 0.1:
            low, high = (float(end) for end in np.nanpercentile(kappas, [2.5, 97.5]))
    kappa = float(_kappa(cells.sum(axis=0)[None])[0])
    return Agreement(float((left == right).mean()), kappa, low, high, len(left), len(names))


def _kappa(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cohen's kappa of each row of four counts; NaN where chance alone explains all."""
    n = cells.sum(axis=1)
    both, left, right, neither = cells.T
    seen = (both + neither) / n
    chance = ((both + left) * (both + right) + (neither + left) * (neither + right)) / n**2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(chance < 1, (seen - chance) / (1 - chance), np.nan)


def _verdicts(run: Run) -> dict[str, dict[Place, Verdict]]:
    """By judge and sentence (session, approach, format, replicate, section, start)."""
    found: dict[str, dict[Place, Verdict]] = {name: {} for name in run.judges}
    for one in run.findings:
        found[one.scorer][_place(one)] = one.verdict
    return found


def _place(one: Finding) -> Place:
    return (*one.cell, one.claim.section, one.claim.start)


def _flags(verdicts: list[Verdict], which: tuple[Verdict, ...]) -> NDArray[np.float64]:
    return np.array([verdict in which for verdict in verdicts], dtype=np.float64)


def _codes(sessions: list[str]) -> NDArray[np.int64]:
    return np.unique(sessions, return_inverse=True)[1].astype(np.int64)


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _total(values: list[float] | list[int]) -> float:
    return float(sum(values)) if values else float("nan")
