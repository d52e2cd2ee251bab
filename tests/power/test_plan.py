"""Sessions and differences: planned power is what simulated studies reach."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.power import minutes, seen, shares
from evalkit.paired import paired
from evalkit.power.components import Components, Spread, from_rates
from evalkit.power.plan import Goal, detectable, least, lower_rate, reached, rows, sessions_for

STUDIES = 1500


@pytest.mark.parametrize(
    ("before", "after", "icc", "notes"),
    [(0.10, 0.05, 0.2, 1), (0.10, 0.05, 0.2, 5), (0.28, 0.14, 0.0, 3), (0.5, 0.3, 0.5, 3)],
)
def test_as_many_sessions_as_advised_show_a_difference_of_shares(before, after, icc, notes):
    """s.e. of the simulation .010; rare faults come out a little better than planned."""
    rng = np.random.default_rng(4)
    variance = from_rates(before, after, icc).careful.of_session(notes)
    k = sessions_for(before - after, variance, Goal())
    size = (STUDIES, k)
    found = seen(shares(before, icc, size, notes, rng) - shares(after, icc, size, notes, rng))
    assert found == pytest.approx(reached(before - after, variance, k, Goal()), abs=0.045)


@pytest.mark.parametrize(("effect", "notes"), [(1.5, 1), (0.5, 1), (0.5, 5)])
@pytest.mark.parametrize("power", [0.8, 0.9])
def test_as_many_sessions_as_advised_show_a_difference_in_minutes(effect, notes, power):
    rng = np.random.default_rng(5)
    spread = Components(session=0.8, format=0.1, replicate=0.4, formats=3)
    goal = Goal(power=power)
    k = sessions_for(effect, spread.of_session(notes), goal)
    found = seen(effect + minutes(spread, (STUDIES, k), notes, rng))
    assert found == pytest.approx(reached(effect, spread.of_session(notes), k, goal), abs=0.03)


def test_the_sign_flip_sees_nearly_what_the_t_test_was_planned_for():
    """400 studies of 10 sessions: s.e. .02."""
    rng, k = np.random.default_rng(6), 10
    effect = detectable(1.0, k, Goal())
    small = [
        paired(rng.normal(effect, 1, k), np.zeros(k), np.arange(k), rng).p <= 0.05
        for _ in range(400)
    ]
    assert np.mean(small) == pytest.approx(0.8, abs=0.06)


def test_a_margin_is_held_by_the_lower_end_of_the_same_interval():
    """Non-inferiority is the plan for margin minus true difference, one-sided at half alpha."""
    rng = np.random.default_rng(7)
    k = sessions_for(0.5, 1.0, Goal())
    worse = rng.normal(0, 1, (STUDIES, k))
    assert seen(0.5 - worse) == pytest.approx(0.8, abs=0.03)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.05, 3), st.floats(0.01, 9), st.floats(0, 9), st.integers(1, 9), st.integers(1, 5)
)
def test_more_asked_takes_more_sessions(effect, session, replicate, count, comparisons):
    spread = Components(session=session, replicate=replicate)
    here = sessions_for(effect, spread.of_session(count), Goal())
    assert sessions_for(effect / 2, spread.of_session(count), Goal()) >= here
    assert sessions_for(effect, spread.of_session(count + 1), Goal()) <= here
    assert sessions_for(effect, spread.of_session(count), Goal(power=0.9)) >= here
    assert sessions_for(effect, spread.of_session(count), Goal(comparisons=comparisons)) >= here


@settings(max_examples=60, deadline=None)
@given(st.floats(0.05, 3), st.floats(0.01, 9))
def test_sessions_and_what_they_show_go_both_ways(effect, variance):
    k = sessions_for(effect, variance, Goal())
    assert detectable(variance, k, Goal()) <= effect * (1 + 1e-9)
    assert reached(effect, variance, k, Goal()) >= 0.8 - 1e-6
    if k > Goal().fewest:
        assert detectable(variance, k - 1, Goal()) > effect
        assert reached(effect, variance, k - 1, Goal()) < 0.8


def test_a_large_difference_still_takes_sessions_whose_flips_can_tell():
    assert sessions_for(100, 1.0, Goal()) == 6
    assert sessions_for(100, 1.0, Goal(comparisons=10)) == 9
    assert sessions_for(1, 0.0, Goal()) == 6
    assert detectable(1.0, 5, Goal()) is None


def test_what_cannot_be_reached_is_none_not_a_number():
    assert sessions_for(0.0, 1.0, Goal()) is None
    assert sessions_for(1e-6, 1.0, Goal()) is None
    assert least(lambda n: n >= 7, 1, 6) is None
    assert least(lambda n: n >= 7, 1, 8) == 7


def test_drafts_are_those_of_both_approaches_formats_and_replicates():
    known = Components(session=1, replicate=1, formats=3)
    (row,) = rows(1.0, Spread(careful=known, at_best=known), (5,), Goal())
    assert row.drafts == row.sessions * 2 * 3 * 5
    assert row.sessions == row.at_best == row.upper


def test_a_small_pilot_asks_for_more_to_be_safe():
    known = Components(session=1, replicate=1)
    small, large = (
        rows(0.5, Spread(careful=known, at_best=known, sessions=k), (1,), Goal())[0]
        for k in (6, 60)
    )
    assert small.sessions == large.sessions < large.upper < small.upper


def test_the_lower_share_that_shows_needs_just_so_many_sessions():
    def once(low):
        return from_rates(0.2, low).careful.of_session(1)

    low = lower_rate(0.2, 150, Goal(), once)
    assert abs(sessions_for(0.2 - low, once(low), Goal()) - 150) <= 1
    assert lower_rate(0.01, 20, Goal(), once) is None
    assert lower_rate(0.2, 300, Goal(), once) > low


def test_the_variance_that_no_replicate_lessens_sets_the_floor():
    spread = from_rates(0.1, 0.05, 0.2).careful
    floor = sessions_for(0.05, spread.of_session(math.inf), Goal())
    assert sessions_for(0.05, spread.of_session(1000), Goal()) <= floor + 1
    assert spread.of_session(math.inf) / spread.of_session(1) == pytest.approx(0.2)
