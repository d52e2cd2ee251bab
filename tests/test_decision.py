import pytest

from evalkit.decision import decide, estimates, in_words, judge
from evalkit.records import Estimate, Gate


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
