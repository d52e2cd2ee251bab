"""Krippendorff's alpha and Gwet's AC1 against published examples and each other."""

import numpy as np
import pytest

from evalkit.study.agreement import ANY, Rating, _intervals, _Table, ac1, agreement, alpha

# Twelve units, four raters, five categories: Krippendorff (2011), "Computing Krippendorff's
# alpha-reliability"; Gwet's R package irrCAC has them as cac.raw4raters and prints AC1 .77544
# (observed .8181818, by chance .1903212).
FOUR_RATERS = (
    "1 2 3 3 2 1 4 1 2 * * *",
    "1 2 3 3 2 2 4 1 2 5 * 3",
    "* 3 3 3 2 3 4 2 2 5 1 *",
    "1 2 3 3 2 4 4 1 2 5 1 *",
)


def four_raters():
    rows = np.array([row.split() for row in FOUR_RATERS]).T
    return np.array([[np.sum(row == str(one)) for one in range(1, 6)] for row in rows], float)


def test_four_raters_with_missing_ratings_come_out_as_published():
    assert alpha(four_raters()) == pytest.approx(0.743, abs=5e-4)
    assert ac1(four_raters()) == pytest.approx(0.77544, abs=5e-6)


def test_two_raters_who_nearly_always_say_yes_come_out_as_published():
    # Gwet (2008), the paradox of kappa: 118 + 5 + 2 + 0 of 125; AC1 .9408.
    counts = np.repeat([[0.0, 2.0], [1.0, 1.0]], [118, 7], axis=0)
    assert ac1(counts) == pytest.approx(0.9408, abs=5e-5)
    assert alpha(counts) == pytest.approx(-0.0248, abs=5e-4)


def test_raters_who_always_agree_on_both_kinds_reach_one():
    counts = np.array([[2.0, 0.0], [0.0, 2.0], [3.0, 0.0]])
    assert alpha(counts) == pytest.approx(1)
    assert ac1(counts) == pytest.approx(1)


def test_the_sums_that_intervals_are_drawn_from_give_the_same_figures():
    rng = np.random.default_rng(5)
    raters = rng.integers(2, 5, 400)
    flagged = rng.binomial(raters, rng.choice([0.1, 0.8], 400))
    counts = np.stack([raters - flagged, flagged], axis=1).astype(float)
    one_note = _Table(counts, np.zeros(400, dtype=int))  # drawing it anew gives it again
    alphas, ac1s = _intervals(one_note, rng)
    assert alphas == pytest.approx((alpha(counts),) * 2, abs=1e-4)
    assert ac1s == pytest.approx((ac1(counts),) * 2, abs=1e-4)


def ratings(notes, keen, rng):
    """Three reviewers, each of whom flags a truly bad sentence with probability `keen`."""
    found = []
    for note in range(notes):
        for sentence in range(12):
            bad = rng.random() < 0.2
            for who in "abc":
                hit = rng.random() < (keen if bad else 1 - keen)
                said = frozenset({"risk" if sentence % 2 else "plan"}) if hit else frozenset()
                found.append(Rating(f"n{note}", f"{sentence}", who, said))
    return found


def test_keener_reviewers_agree_more_and_intervals_hold_the_figure():
    figures = []
    for keen in (0.5, 0.9, 0.99):
        found = agreement(ratings(20, keen, np.random.default_rng(2)), np.random.default_rng(0))
        assert found[0].category == ANY
        assert {one.category for one in found[1:]} == {"risk", "plan"}
        first = found[0]
        assert (first.notes, first.sentences, first.ratings) == (20, 240, 720)
        assert first.alpha_low < first.alpha < first.alpha_high
        assert first.ac1_low < first.ac1 < first.ac1_high
        figures.append((first.alpha, first.ac1))
    assert figures == sorted(figures)
    assert abs(figures[0][0]) < 0.1


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    truth = agreement(ratings(1000, 0.9, np.random.default_rng(9)), np.random.default_rng(0))[0]
    held = 0
    for seed in range(30):
        drawn = ratings(25, 0.9, np.random.default_rng(100 + seed))
        one = agreement(drawn, np.random.default_rng(0))[0]
        held += one.alpha_low <= truth.alpha <= one.alpha_high
    assert held >= 26


def test_equal_seeds_give_equal_intervals():
    drawn = ratings(8, 0.8, np.random.default_rng(4))
    assert agreement(drawn, np.random.default_rng(1)) == agreement(drawn, np.random.default_rng(1))


def test_without_any_flag_alpha_is_missing_with_its_reason_and_ac1_is_one():
    drawn = [one._replace(categories=frozenset()) for one in ratings(6, 0.8, _rng())]
    (found,) = agreement(drawn, _rng())
    assert (found.alpha, found.alpha_low, found.ac1) == (None, None, 1.0)
    assert "not defined" in found.reason


def test_over_few_notes_with_a_flag_there_is_a_figure_and_no_interval():
    few = [
        one if one.note in ("n1", "n2", "n3") else one._replace(categories=frozenset())
        for one in ratings(30, 0.9, _rng())
    ]
    for found in (*agreement(few, _rng()), *agreement(ratings(3, 0.9, _rng()), _rng())):
        assert found.alpha is not None
        assert (found.alpha_low, found.ac1_high) == (None, None)
        assert "fewer than 5 of the notes have such a flag" in found.reason


def test_notes_that_one_reviewer_saw_count_for_nothing():
    assert agreement([one for one in ratings(6, 0.9, _rng()) if one.reviewer == "a"], _rng()) == ()


def _rng():
    return np.random.default_rng(3)
