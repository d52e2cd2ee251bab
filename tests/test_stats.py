import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.stats import bootstrap, interval, wilson


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


def rng():
    return np.random.default_rng(1)
