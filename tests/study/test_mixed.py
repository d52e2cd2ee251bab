"""The mixed model: it finds effects that are known, and says what it cannot tell."""

import math
import warnings

import numpy as np
import pytest

from evalkit.study.mixed import effects
from tests.study.simulated import Truth, timed

LARGE = Truth(reviewers=16, notes=24, shared=6, suited=0.1)


def of(found, approach, versus):
    return next(one for one in found.contrasts if (one.approach, one.versus) == (approach, versus))


KNOWN = {
    "control / careful": 0.2,
    "quick / careful": -0.4,
    "quick / control": -0.6,
    "a task later": -0.01,
    "the first task": 0.15,
    "after control": 0.0,
    "after quick": 0.1,
}


def ratios(found):
    return {f"{one.approach} / {one.versus}": one for one in found.contrasts} | {
        one.name: one for one in found.order
    }


@pytest.fixture(scope="module")
def large():
    return effects(timed(LARGE, np.random.default_rng(2)))


def test_known_effects_of_approach_order_and_carry_over_are_held_by_their_intervals():
    held = []
    for seed in range(20):
        found = ratios(effects(timed(Truth(suited=0.1), np.random.default_rng(seed))))
        assert set(found) == set(KNOWN)
        held += [
            found[name].low <= math.exp(log) <= found[name].high for name, log in KNOWN.items()
        ]
    assert np.mean(held) > 0.92


def test_a_larger_study_says_more_closely_what_the_effects_are(large):
    for name, one in ratios(large).items():
        assert one.ratio == pytest.approx(math.exp(KNOWN[name]), rel=0.2)
    for one in large.contrasts:
        assert one.high / one.low < 1.4
        assert one.minutes_low <= one.minutes <= one.minutes_high


def test_the_spread_of_each_random_term_comes_out(large):
    assert large.spread["clinician"] == pytest.approx(0.4, abs=0.2)
    assert large.spread["session"] == pytest.approx(0.2, abs=0.08)
    assert large.spread["clinician x approach"] == pytest.approx(0.1, abs=0.08)
    assert large.spread["residual"] == pytest.approx(0.25, abs=0.03)
    assert large.degrees_of_freedom == 15 * 2
    assert large.said == ()


def test_minutes_are_the_ratio_of_the_other_ones_typical_minutes(large):
    one = of(large, "quick", "careful")
    careful = next(each for each in large.typical if each.approach == "careful")
    assert one.minutes == pytest.approx(careful.minutes * (one.ratio - 1), abs=1e-3)
    assert one.p_holm >= one.p


def test_with_four_clinicians_whom_approaches_suit_differently_the_interval_still_holds():
    truth = Truth(reviewers=4, notes=12, shared=0, suited=0.3)
    held = narrow = 0
    for seed in range(30):
        rows = timed(truth, np.random.default_rng(seed))
        one = of(effects(rows), "quick", "careful")
        held += one.low <= math.exp(-0.4) <= one.high
        narrow += _pooled_holds(rows, -0.4)
    assert held >= 27
    assert narrow < held - 2


def _pooled_holds(rows, log):
    """Whether a normal interval holds that counts every note as an independent answer."""
    groups = [
        np.array([math.log(one.minutes) - _pace(rows, one) for one in rows if one.approach == name])
        for name in ("quick", "careful")
    ]
    error = math.sqrt(sum(each.var(ddof=1) / len(each) for each in groups))
    return abs(groups[0].mean() - groups[1].mean() - log) <= 1.96 * error


def _pace(rows, one):
    return np.mean([math.log(each.minutes) for each in rows if each.clinician == one.clinician])


def test_the_order_of_the_rows_and_another_run_change_nothing():
    rows = timed(Truth(), np.random.default_rng(3))
    assert effects(rows) == effects(rows)
    again, found = effects(list(reversed(rows))), effects(rows)
    for one, other in zip(again.contrasts, found.contrasts, strict=True):
        assert one.ratio == pytest.approx(other.ratio, abs=2e-3)


def said(rows):
    return " | ".join(effects(rows).said)


def test_one_clinician_gets_contrasts_that_speak_of_that_clinician():
    found = effects(timed(Truth(reviewers=1, shared=0, notes=24), np.random.default_rng(1)))
    assert "one clinician: the intervals speak of that clinician alone" in found.said
    assert "each session was reviewed once: sessions cannot be told from chance" in found.said
    assert len(found.contrasts) == 3
    assert {one.low for one in found.typical} == {None}
    assert list(found.spread) == ["residual"]


def test_sessions_reviewed_once_each_are_left_out_with_the_reason():
    rows = timed(Truth(), np.random.default_rng(1))
    apart = [one.model_copy(update={"session_id": f"s{n}"}) for n, one in enumerate(rows)]
    assert "each session was reviewed once" in said(apart)
    assert "session" not in effects(apart).spread


def test_where_there_is_no_spread_it_is_said_in_words_and_nothing_warns():
    rows = timed(Truth(clinician=0.0, session=0.0, residual=0.4), np.random.default_rng(1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "no spread of session beyond chance" in said(rows)
        assert "no spread of clinician beyond chance" in said(rows)


def test_minutes_that_are_all_the_same_give_ratios_of_one():
    rows = timed(Truth(), np.random.default_rng(1))
    same = [one.model_copy(update={"minutes": 4.0}) for one in rows]
    for one in effects(same).contrasts:
        assert (one.ratio, one.low, one.high) == pytest.approx((1, 1, 1), abs=1e-3)


def test_an_effect_that_cannot_be_told_apart_is_left_out():
    rows = timed(Truth(approaches={"a": 0.0, "b": 0.3}), np.random.default_rng(1))
    alone = [one.model_copy(update={"position": 0, "previous": ""}) for one in rows]
    assert "the place in the order is left out" in said(alone)
    assert "the approach before is left out" in said(alone)
    assert len(effects(alone).contrasts) == 1


def test_clinicians_with_an_approach_each_are_what_is_compared():
    rows = timed(Truth(reviewers=8), np.random.default_rng(1))
    own = {f"r{n}": name for n, name in enumerate(["a", "b"] * 4)}
    rows = [one.model_copy(update={"approach": own[one.clinician]}) for one in rows]
    assert effects(rows).degrees_of_freedom == 6
    few = [one for one in rows if one.clinician in ("r0", "r1")]
    assert effects(few).contrasts == ()
    assert "clinicians of its own, too few" in said(few)


def test_too_little_gives_no_contrast_and_the_reason():
    rows = timed(Truth(), np.random.default_rng(1))
    one_approach = [one for one in rows if one.approach == "quick"]
    assert "fewer than two approaches" in said(one_approach)
    assert "4 reviews are too few to compare 3 approaches" in said(rows[:4])
    assert effects([]).contrasts == ()


def test_a_review_without_active_time_is_left_out_and_counted():
    rows = timed(Truth(), np.random.default_rng(1))
    rows[0] = rows[0].model_copy(update={"minutes": 0.0})
    found = effects(rows)
    assert found.reviews == len(rows) - 1
    assert "1 reviews without active time left out" in found.said
