"""Run -> decision, pure: estimates with intervals, gates judged at their worst end, a verdict.

An approach is deployed if every gate holds over its whole interval and hardly any draft failed,
held if some gate fails over its whole interval, and else more has to be collected. A gate on the
numbers of a judge that finds too little of what was planted is withheld: it neither holds nor
fails, so nothing is deployed on it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import numpy as np

from evalkit.accuracy import recall
from evalkit.experiment import build_scorers
from evalkit.records import Approach, Decision, Estimate, Gate, GateResult, Run, Score
from evalkit.records.validity import Card
from evalkit.stats import interval

Outcome = Literal["pass", "fail", "open", "withheld"]
FAILED_AT_MOST = 0.05
"""Share of drafts that may fail: what was not drafted was not judged (our choice)."""


def estimates(run: Run) -> tuple[Estimate, ...]:
    """Every measure of every approach, in the order of the experiment and the scorers."""
    cells: dict[tuple[str, str], list[Score]] = {}
    for score in run.scores:
        cells.setdefault((score.approach, score.scorer), []).append(score)
    return tuple(
        _estimate(
            approach.name,
            measure.name,
            cells.get((approach.name, measure.name), []),
            measure.proportion,
            run.experiment.seed,
        )
        for approach in run.experiment.approaches
        for measure in run.measures
    )


def _estimate(
    approach: str, measure: str, scores: list[Score], proportion: bool, seed: int
) -> Estimate:
    known = [(score.value, score.session_id) for score in scores if score.value is not None]
    if not known:
        return Estimate(
            approach=approach,
            measure=measure,
            mean=None,
            low=None,
            high=None,
            n=0,
            clusters=0,
            n_unscored=len(scores),
        )
    ids = {session_id: code for code, session_id in enumerate(dict.fromkeys(i for _, i in known))}
    found = interval(
        np.array([value for value, _ in known]),
        np.array([ids[session_id] for _, session_id in known]),
        np.random.default_rng(seed),
        proportion=proportion,
    )
    return Estimate(
        approach=approach,
        measure=measure,
        mean=round(found.mean, 6),
        low=round(found.low, 6) if math.isfinite(found.low) else None,
        high=round(found.high, 6) if math.isfinite(found.high) else None,
        n=found.n,
        clusters=found.clusters,
        n_unscored=len(scores) - found.n,
    )


def decide(
    run: Run, found: tuple[Estimate, ...] | None = None, card: Card | None = None
) -> tuple[Decision, ...]:
    """One decision an approach, in the experiment's order.

    `card` says how well judges do where the run's own controls do not; by default the one that
    comes with evalkit.
    """
    table = {(one.approach, one.measure): one for one in found or estimates(run)}
    unfit = withheld(run, card)
    return tuple(_decision(run, approach, table, unfit) for approach in run.experiment.approaches)


def withheld(run: Run, card: Card | None = None) -> dict[str, str]:
    """Measures on which nothing may be decided, each with the reason.

    They are those of a scorer that states a `recall_floor` above the share of planted errors that
    the run's first judge finds. Where that share is not known, none is withheld.
    """
    floors = {
        measure.name: floor
        for scorer in build_scorers(run.experiment)
        if (floor := getattr(scorer, "recall_floor", None)) is not None
        for measure in scorer.measures
    }
    known = recall(run, card) if floors else None
    if known is None:
        return {}
    return {
        name: f"{known}, less than the floor of {100 * floor:.0f} %"
        for name, floor in floors.items()
        if known.sensitivity < floor
    }


def _decision(
    run: Run,
    approach: Approach,
    table: dict[tuple[str, str], Estimate],
    unfit: dict[str, str],
) -> Decision:
    results = tuple(
        judge(gate, table[approach.name, gate.measure], unfit.get(gate.measure, ""))
        for gate in run.experiment.gates
    )
    outcomes = [result.outcome for result in results]
    mine = [draft for draft in run.drafts if draft.approach == approach.name]
    failed = sum(draft.failure is not None for draft in mine)
    verdict: Literal["deploy", "hold", "collect more"] = "collect more"
    if "fail" in outcomes:
        verdict = "hold"
    elif set(outcomes) == {"pass"} and failed <= FAILED_AT_MOST * len(mine):
        verdict = "deploy"
    return Decision(
        approach=approach.name,
        approach_id=approach.approach_id,
        verdict=verdict,
        control=approach.control,
        gates=results,
        reasons=tuple(_reasons(results, failed, len(mine))),
    )


def judge(gate: Gate, estimate: Estimate, withheld: str = "") -> GateResult:
    """Pass if the worst end of the interval keeps the bound, fail if even the best end does not.

    `withheld` is why the estimate may not decide, "" if it may.
    """
    outcome: Outcome = "withheld" if withheld else "open"
    low, high = estimate.low, estimate.high
    if low is not None and high is not None and not withheld:
        if gate.max is not None:
            outcome = "pass" if high <= gate.max else "fail" if low > gate.max else "open"
        elif gate.min is not None:
            outcome = "pass" if low >= gate.min else "fail" if high < gate.min else "open"
    return GateResult(
        gate=gate,
        outcome=outcome,
        estimate=estimate.mean,
        low=low,
        high=high,
        n=estimate.n,
        n_unscored=estimate.n_unscored,
        reason=withheld,
    )


def deciding(decision: Decision) -> GateResult | None:
    """The gate that decided: the first to fail, else the first withheld, else the first open, else
    the narrowest pass."""
    for outcome in ("fail", "withheld", "open"):
        for result in decision.gates:
            if result.outcome == outcome:
                return result
    return min(decision.gates, key=_slack, default=None)


def _slack(result: GateResult) -> float:
    gate = result.gate
    if gate.max is not None and result.high is not None:
        return (gate.max - result.high) / (abs(gate.max) or 1.0)
    if gate.min is not None and result.low is not None:
        return (result.low - gate.min) / (abs(gate.min) or 1.0)
    return math.inf


def in_words(result: GateResult) -> str:
    """One line: measure, bound, estimate with interval, what was not scored."""
    what = f"{result.gate.measure} {result.gate.bound}"
    if result.estimate is None or result.low is None or result.high is None:
        return f"{what}: no value ({result.n_unscored} notes without one)"
    ends = f"{result.estimate:.3g} [{result.low:.3g}, {result.high:.3g}]"
    unscored = f", {result.n_unscored} not scored" if result.n_unscored else ""
    why = f" ({result.reason})" if result.reason else ""
    return f"{what}: {result.outcome}{why}, {ends} over {result.n} notes{unscored}"


def _reasons(results: tuple[GateResult, ...], failed: int, drafted: int) -> Iterator[str]:
    if not results:
        yield "no gates in the experiment: nothing can be deployed on no condition"
    for result in results:
        yield in_words(result)
    if failed:
        more = failed > FAILED_AT_MOST * drafted
        limit = f", more than {FAILED_AT_MOST:.0%}, so it is not deployed" if more else ""
        yield f"{failed} of {drafted} drafts failed and were not scored{limit}"
