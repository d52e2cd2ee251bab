import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.stats import Share, bootstrap, interval, rogan_gladen, wilson


def test_wilson_agrees_with_the_published_example():
    # Newcombe 1998, table I: 81 of 263 gives .2553 to .3662
    low, high = wilson(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_no_fabrication_in_24_sessions_still_allows_some():
    found = interval(np.zeros(72), np.repeat(np.arange(24), 3), rng(), proportion=True)
    assert found.mean == 0
    assert found.high == pytest.approx(0.138, abs=0.001)
    assert (found.n, found.clusters) == (72, 24)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=4, max_size=40))
def test_an_interval_holds_its_mean(values):
    found = interval(np.array(values), np.arange(len(values)) // 2, rng())
    assert found.low <= found.mean + 1e-9
    assert found.mean - 1e-9 <= found.high


def test_notes_of_one_session_count_as_one():
    """Copying each note three times must not make the interval narrower."""
    values = rng().random(30)
    once = bootstrap(values, np.arange(30), rng())
    thrice = bootstrap(np.repeat(values, 3), np.repeat(np.arange(30), 3), rng())
    assert thrice == pytest.approx(once)


def test_one_session_says_nothing_of_the_spread():
    found = interval(np.array([0.0, 0.0]), np.array([3, 3]), rng())
    assert (found.low, found.high) == (-np.inf, np.inf)


def test_an_interval_over_few_sessions_is_as_wide_as_students():
    # means 1, 2, 3: t(.975, 2) = 4.303, s.e. = 1 / sqrt(3)
    found = interval(np.array([1.0, 2.0, 3.0]), np.arange(3), rng())
    assert found.high == pytest.approx(2 + 4.303 / 3**0.5, abs=0.001)
    assert found.low == 0  # no value is negative


def test_equal_seeds_give_equal_intervals():
    values, clusters = rng().random(20), np.arange(20)
    assert bootstrap(values, clusters, rng()) == bootstrap(values, clusters, rng())


def test_a_perfect_test_corrects_nothing():
    found = rogan_gladen(Share(0.2, 200), Share(1.0, 10_000), Share(1.0, 10_000))
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx(wilson(40, 200), abs=0.002)


def test_misses_raise_the_rate_and_false_alarms_lower_it():
    rate, sure = Share(0.2, 200), Share(0.99, 500)
    assert rogan_gladen(rate, Share(0.5, 100), sure).value > 0.2
    assert rogan_gladen(rate, sure, Share(0.85, 100)).value < 0.2


def test_a_rate_far_below_the_false_alarms_shows_that_they_are_not_of_these_notes():
    assert rogan_gladen(Share(0.001, 5000), Share(0.9, 500), Share(0.9, 5000)) is None


def test_a_rate_below_the_false_alarms_is_corrected_to_zero_and_no_further():
    found = rogan_gladen(Share(0.02, 300), Share(0.9, 100), Share(0.95, 200))
    assert (found.value, found.low) == (0, 0)
    assert 0 < found.high < 0.1


@pytest.mark.parametrize("known", [Share(0.5, 50), Share(0.9, 0)])
def test_a_test_no_better_than_chance_or_never_measured_corrects_nothing(known):
    assert rogan_gladen(Share(0.2, 100), known, Share(0.5, 50)) is None


@pytest.mark.parametrize(
    ("true", "hit", "clear"), [(0.05, 0.9, 0.95), (0.3, 0.8, 0.9), (0, 0.9, 0.97)]
)
def test_the_corrected_interval_holds_the_truth_as_often_as_it_says(true, hit, clear):
    draw, held, tries = rng(), 0, 1000
    for _ in range(tries):
        flagged = draw.binomial(200, true * hit + (1 - true) * (1 - clear)) / 200
        shares = Share(draw.binomial(80, hit) / 80, 80), Share(draw.binomial(250, clear) / 250, 250)
        found = rogan_gladen(Share(flagged, 200), *shares)
        held += found is not None and found.low <= true <= found.high
    assert held / tries >= 0.935


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.integers(1, 500))
def test_a_corrected_rate_lies_in_its_interval_and_between_0_and_1(rate, hit, clear, n):
    found = rogan_gladen(Share(rate, n), Share(hit, n), Share(clear, n))
    assert found is None or 0 <= found.low <= found.value <= found.high <= 1


def rng():
    return np.random.default_rng(1)
