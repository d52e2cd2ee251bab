import pytest

from evalkit.decision import decide, deciding, estimates, in_words, judge
from evalkit.judges.grounding import Grounding
from evalkit.records import Estimate, Gate
from evalkit.records.validity import Card, Measured, Validity
from tests import small
from tests.samples import sample_run


def estimate(mean, low, high, n=24, n_unscored=0):
    return Estimate(
        approach="a",
        measure="fabrication",
        mean=mean,
        low=low,
        high=high,
        n=n,
        clusters=n,
        n_unscored=n_unscored,
    )


@pytest.mark.parametrize(
    ("gate", "found", "want"),
    [
        ({"max": 0.2}, (0.05, 0.0, 0.19), "pass"),
        ({"max": 0.2}, (0.05, 0.0, 0.21), "open"),
        ({"max": 0.2}, (0.4, 0.21, 0.6), "fail"),
        ({"min": 0.8}, (0.9, 0.81, 1.0), "pass"),
        ({"min": 0.8}, (0.9, 0.7, 1.0), "open"),
        ({"min": 0.8}, (0.5, 0.4, 0.79), "fail"),
        ({"max": 0.2}, (None, None, None), "open"),
    ],
)
def test_a_gate_is_judged_at_the_worst_end_of_its_interval(gate, found, want):
    result = judge(Gate(measure="fabrication", **gate), estimate(*found))
    assert result.outcome == want


def test_a_withheld_gate_neither_passes_nor_fails_and_says_why():
    for found in ((0.05, 0.0, 0.1), (0.4, 0.3, 0.6)):
        result = judge(Gate(measure="fabrication", max=0.2), estimate(*found), "too few were found")
        assert result.outcome == "withheld"
        assert "too few were found" in in_words(result)


def run_with(planted, found, *, controls=True):
    """A run whose control planted so many errors, of which so many were found."""
    run = sample_run(rates={"careful": 0.0, "fabricating": 0.9}, sessions=12, fail=0)
    flagged = [one for one in run.findings if one.approach == "fabricating" and false(one)]
    different = list({(one.session_id, one.claim.text): one for one in flagged}.values())
    assert len(different) >= planted
    lies = {one.finding_id: one for one in different[:planted]}
    missed = set(list(lies)[found:])
    drafts = tuple(
        draft.model_copy(
            update={
                "planted": tuple(
                    small.planted(one.claim.text, one.claim.section)
                    for one in lies.values()
                    if one.cell == draft.cell
                )
            }
        )
        if draft.approach == "fabricating" and controls
        else draft
        for draft in run.drafts
    )
    findings = tuple(
        one.model_copy(update={"verdict": "supported"}) if one.finding_id in missed else one
        for one in run.findings
    )
    return run.model_copy(update={"drafts": drafts, "findings": findings})


def false(finding):
    return finding.verdict in ("unsupported", "contradicted")


def verdict_on(run, card):
    return next(one for one in decide(run, None, card) if one.approach == "careful")


def card_of(recall):
    rows = tuple(
        Measured(
            part="planted errors",
            what=f"sentence {what}",
            group="held-out words",
            value=value,
            n=200,
            unit="sentences",
        )
        for what, value in (("recall", recall), ("specificity", 0.99))
    )
    settings = Grounding().settings()
    one = Validity(judge="grounding", settings=settings, weights="", evalkit="", rows=rows)
    return Card(judges=(one,))


def test_nothing_is_deployed_on_a_judge_that_finds_too_little_of_what_was_planted():
    assert verdict_on(run_with(40, 40), card_of(0.1)).verdict == "deploy"
    decision = verdict_on(run_with(40, 30), card_of(0.99))
    assert decision.verdict == "collect more"
    outcomes = {one.gate.measure: one.outcome for one in decision.gates}
    assert outcomes == {"fabrication": "withheld", "review_minutes": "pass"}
    assert deciding(decision).gate.measure == "fabrication"
    assert "by the run's own controls, less than the floor of 85 %" in decision.reasons[0]


def test_with_few_planted_errors_or_none_the_card_decides():
    for run in (run_with(10, 0), run_with(10, 0, controls=False)):
        assert verdict_on(run, card_of(0.99)).verdict == "deploy"
        withheld = verdict_on(run, card_of(0.5))
        assert withheld.verdict == "collect more"
        assert "100 of 200 planted errors were found (50 %), by the card" in withheld.reasons[0]


def test_a_judge_that_nobody_measured_withholds_nothing():
    assert verdict_on(run_with(10, 0), Card()).verdict == "deploy"


def test_the_floor_is_the_scorers_own_option():
    run = run_with(40, 30)
    scorers = ({"name": "fabrication", "recall_floor": 0.7},)
    low = run.model_copy(
        update={"experiment": run.experiment.model_copy(update={"scorers": scorers})}
    )
    assert verdict_on(low, Card()).verdict == "deploy"


def test_an_approach_that_fails_another_gate_is_held_though_one_is_withheld():
    run = run_with(40, 30)
    gates = (*run.experiment.gates, Gate(measure="review_minutes", max=0.01))
    strict = run.model_copy(
        update={"experiment": run.experiment.model_copy(update={"gates": gates})}
    )
    assert verdict_on(strict, Card()).verdict == "hold"


def test_a_gate_without_a_value_says_how_many_notes_have_none():
    result = judge(Gate(measure="fabrication", max=0.2), estimate(None, None, None, 0, 72))
    assert "72 notes without one" in in_words(result)


def test_the_faithful_control_is_never_held_and_the_wrong_client_always_is(quickstart):
    verdicts = {one.approach: one.verdict for one in decide(quickstart)}
    assert verdicts["faithful"] == "deploy"
    assert verdicts["nearest_note"] == "hold"


def test_every_measure_of_every_approach_has_an_estimate_that_adds_up(quickstart):
    found = estimates(quickstart)
    approaches = quickstart.experiment.approaches
    assert len(found) == len(approaches) * len(quickstart.measures)
    for one in found:
        notes = sum(
            draft.approach == one.approach and draft.failure is None for draft in quickstart.drafts
        )
        assert one.n + one.n_unscored == notes


def test_the_decision_does_not_depend_on_the_order_of_the_scores(quickstart):
    turned = quickstart.model_copy(update={"scores": quickstart.scores[::-1]})
    for one, other in zip(decide(quickstart), decide(turned), strict=True):
        assert one.verdict == other.verdict


def test_an_approach_that_often_fails_is_not_deployed_though_every_gate_passes(quickstart):
    lost = {d.cell for d in quickstart.drafts if d.approach == "faithful"}
    lost = set(sorted(lost)[::10])
    drafts = tuple(
        d.model_copy(update={"failure": "time-out"}) if d.cell in lost else d
        for d in quickstart.drafts
    )
    scores = tuple(s for s in quickstart.scores if s.cell not in lost)
    reviews = tuple(r for r in quickstart.reviews if r.cell not in lost)
    update = {"drafts": drafts, "scores": scores, "reviews": reviews}
    decision = decide(quickstart.model_copy(update=update))[0]
    assert decision.approach == "faithful"
    assert {gate.outcome for gate in decision.gates} == {"pass"}
    assert decision.verdict == "collect more"
    assert "8 of 72 drafts failed" in decision.reasons[-1]


def test_the_fabricating_control_at_a_raised_rate_is_held(quickstart):
    from evalkit.runner import run

    control = next(a for a in quickstart.experiment.approaches if a.name == "fabricating")
    raised = control.model_copy(update={"options": {"hallucinated": 0.2}})
    experiment = quickstart.experiment.model_copy(update={"approaches": (raised,)})
    assert decide(run(experiment, quickstart.sessions))[0].verdict == "hold"
