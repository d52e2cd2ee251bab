"""Differences of two approaches on the same sessions, against closed forms and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nct, t, ttest_rel

from benchmarks.power import coverage
from evalkit.paired import holm, noncentrality, paired, power_of, sign_flip, studentized


def test_with_one_note_a_session_it_is_the_paired_t_test():
    draw = rng()
    a, b = draw.normal(1, 1, 20), draw.normal(0, 1, 20)
    found, known = paired(a, b, np.arange(20), rng()), ttest_rel(a, b)
    interval = known.confidence_interval()
    assert found.mean == pytest.approx((a - b).mean())
    assert found.se == pytest.approx(found.mean / known.statistic)
    assert found.low <= interval.low
    assert interval.high <= found.high
    assert found.p == pytest.approx(known.pvalue, abs=0.02)


def test_the_standard_error_is_clustered_by_session():
    """Hand-made: session means 1, 2, 3, two notes each, so s.e. = 1 / sqrt(3)."""
    d = np.array([1.0, 1, 2, 2, 3, 3])
    found = paired(d, np.zeros(6), np.array([7, 7, 8, 8, 9, 9]), rng())
    assert (found.mean, found.n, found.clusters) == (2, 6, 3)
    assert found.se == pytest.approx(1 / math.sqrt(3))
    assert found.high - found.mean >= t.ppf(0.975, 2) / math.sqrt(3) - 1e-9


def test_copies_of_a_note_are_no_news():
    d = rng().normal(0.3, 1, 15)
    once = paired(d, d * 0, np.arange(15), rng())
    thrice = paired(np.repeat(d, 3), np.zeros(45), np.repeat(np.arange(15), 3), rng())
    assert thrice[:5] == pytest.approx(once[:5])


def test_a_missing_value_takes_its_pair_out_and_is_counted():
    a, b = np.array([1.0, np.nan, 3, 4]), np.array([0.0, 0, np.nan, 1])
    found = paired(a, b, np.arange(4), rng())
    assert (found.mean, found.n, found.clusters, found.missing) == (2, 2, 2, 2)


def test_nothing_known_gives_no_mean_and_says_why():
    found = paired(np.full(3, np.nan), np.zeros(3), np.arange(3), rng())
    assert found.mean is None
    assert (found.se, found.p, found.missing) == (None, None, 3)
    assert "no pair" in found.reason
    assert found.detectable() is None


def test_one_session_has_no_interval_and_no_p_value():
    found = paired(np.array([1.0, 2]), np.zeros(2), np.array([5, 5]), rng())
    assert (found.mean, found.low, found.high) == (1.5, -math.inf, math.inf)
    assert (found.se, found.p) == (None, None)
    assert "one session" in found.reason
    share = paired(np.ones(2), np.zeros(2), np.array([5, 5]), rng(), proportion=True)
    assert (share.low, share.high) == (-1, 1)


def test_values_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="length"):
        paired(np.zeros(3), np.zeros(2), np.arange(3), rng())


def test_shares_that_agree_in_every_note_still_leave_room():
    zero = np.zeros(72)
    found = paired(zero, zero, np.repeat(np.arange(24), 3), rng(), proportion=True)
    assert found.mean == 0
    # Bonett and Price with 24 pairs, none of them discordant: 1.96 sqrt(2 / 26 / 26)
    assert found.high == pytest.approx(1.96 * math.sqrt(2 / 26**2), abs=1e-4)
    assert found.low == -found.high
    assert found.p == 1


def test_a_difference_that_never_varies_is_certain_but_its_p_value_is_not_zero():
    found = paired(np.ones(8), np.zeros(8), np.arange(8), rng())
    assert (found.mean, found.low, found.high, found.se) == (1, 1, 1, 0)
    assert found.p == 2 / 2**8


@pytest.mark.parametrize(("sessions", "least"), [(2, 0.5), (5, 0.0625), (6, 0.03125)])
def test_so_few_sessions_cannot_have_a_smaller_p_value(sessions, least):
    assert sign_flip(np.arange(1.0, sessions + 1), rng()) == least


def test_the_sign_flip_goes_through_every_flip_where_there_are_few():
    """Sums 1, 2, 3: of 8 flips, 6 and -6 reach 6; 4, 6, -4 and -6 reach 4."""
    assert sign_flip(np.array([1.0, 2, 3]), rng()) == 2 / 8
    assert sign_flip(np.array([-1.0, 2, 3]), rng()) == 4 / 8


def test_drawn_flips_agree_with_all_of_them():
    sums = rng().normal(0.5, 1, 13)
    exact = sign_flip(sums, rng())
    drawn = sign_flip(np.append(sums, 0.0), rng())  # 14 sessions; the new one changes no sum
    assert drawn == pytest.approx(exact, abs=0.01)


def test_equal_seeds_give_equal_differences():
    a, b, clusters = rng().random(60), rng().random(60) ** 2, np.repeat(np.arange(20), 3)
    assert paired(a, b, clusters, rng()) == paired(a, b, clusters, rng())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30), st.integers(1, 4))
def test_swapping_the_two_approaches_turns_the_difference_round(values, size):
    d, clusters = np.array(values), np.arange(len(values)) // size
    there = paired(d, d * 0, clusters, rng())
    back = paired(d * 0, d, clusters, rng())
    assert back.mean == pytest.approx(-there.mean, abs=1e-9)
    assert there.low <= there.mean <= there.high or there.mean == pytest.approx(there.low)
    assert there.p is None or there.p == back.p
    assert there.se is None or there.se == pytest.approx(back.se)


def test_the_bootstrap_leans_to_the_long_tail():
    d = rng().lognormal(0, 1, 30)
    low, high = studentized(d, np.arange(30), rng())
    assert high - d.mean() > d.mean() - low


def test_holm_agrees_with_statsmodels():
    from statsmodels.stats.multitest import multipletests

    p = list(rng().random(12) ** 3)
    assert holm(p) == pytest.approx(list(multipletests(p, method="holm")[1]))


def test_holm_counts_a_comparison_without_a_p_value():
    assert holm([0.02, None]) == [0.04, None]
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


@pytest.mark.parametrize(
    ("df", "alpha", "power"), [(5, 0.05, 0.8), (23, 0.01, 0.9), (400, 0.05, 0.5)]
)
def test_the_shift_a_test_needs_agrees_with_the_noncentral_t(df, alpha, power):
    shift = noncentrality(df, alpha, power)
    critical = t.ppf(1 - alpha / 2, df)
    assert nct.sf(critical, df, shift) == pytest.approx(power, abs=1e-4)
    assert power_of(shift, df, alpha) == pytest.approx(power, abs=1e-4)


def test_what_is_detectable_shrinks_with_sessions_and_grows_with_power():
    d = rng().normal(0, 1, 40)
    few, many = (paired(d[:k], np.zeros(k), np.arange(k), rng()) for k in (10, 40))
    assert many.detectable() < few.detectable()
    assert many.detectable(power=0.9) > many.detectable(power=0.8)
    assert many.detectable(alpha=0.01) > many.detectable(alpha=0.05)


@pytest.mark.parametrize(
    ("kind", "sessions", "least"),
    [("normal", 5, 0.93), ("normal", 24, 0.93), ("skewed", 24, 0.90), ("rare shares", 10, 0.95)],
)
def test_the_interval_holds_the_truth_about_as_often_as_it_says(kind, sessions, least):
    """200 studies: a Monte Carlo s.e. of .015 at .95."""
    student, _, held, small = coverage(kind, sessions, 200, rng())
    assert least <= held
    assert student <= held
    assert small <= (0.12 if kind == "skewed" else 0.09)


def rng():
    return np.random.default_rng(3)
