"""Studies with people: the closed form against simulated crossovers and groups."""

import math

import numpy as np
import pytest

from benchmarks.power import crossover, nested, seen
from evalkit.paired import power_of
from evalkit.power.plan import Goal
from evalkit.power.reviewers import (
    fewest,
    freedom,
    of_minutes,
    of_rates,
    smallest,
    study,
    variance,
)

EFFECT = math.log(2.27 / 1.77)


@pytest.mark.parametrize("reviewers", [6, 8, 12])
def test_a_crossover_of_the_advised_size_sees_the_difference(reviewers):
    """Shared sessions make it a little better than planned: .00 to .04."""
    rng, people = np.random.default_rng(8), of_minutes(0.38)
    plan = study(EFFECT, people, reviewers, "crossed", Goal())
    spread = variance(people, reviewers, plan.notes, "crossed")
    planned = power_of(EFFECT / math.sqrt(spread), freedom(reviewers, "crossed"))
    found = seen(crossover(people, EFFECT, (1500, reviewers, plan.notes), rng))
    assert planned - 0.03 <= found <= planned + 0.06


def test_two_groups_of_the_advised_size_see_the_difference():
    rng, people = np.random.default_rng(9), of_minutes(0.38)
    plan = study(1.0, people, 12, "nested", Goal())
    spread = variance(people, 12, plan.notes, "nested")
    planned = power_of(1.0 / math.sqrt(spread), freedom(12, "nested"))
    assert nested(people, 1.0, (1500, 12, plan.notes), rng) == pytest.approx(planned, abs=0.05)


def test_the_variance_is_that_of_simulated_crossovers_without_shared_sessions():
    rng = np.random.default_rng(10)
    people = of_minutes(0.38).model_copy(update={"session": 0.0})
    means = crossover(people, 0.0, (6000, 6, 10), rng).mean(axis=1)
    assert means.var() == pytest.approx(variance(people, 6, 10, "crossed"), rel=0.08)


def test_crossed_takes_fewer_reviewers_than_nested():
    people = of_minutes()
    few = [fewest(EFFECT, people, design, Goal()) for design in ("crossed", "nested")]
    assert few[0] < few[1]
    assert study(EFFECT, people, few[0], "crossed", Goal()).notes is not None
    assert study(EFFECT, people, few[0] - 1, "crossed", Goal()).notes is None


def test_more_reviewers_need_fewer_notes_each():
    notes = [study(EFFECT, of_minutes(), n, "crossed", Goal()).notes for n in (6, 8, 16, 32)]
    assert notes == sorted(notes, reverse=True)
    assert len(set(notes)) == 4


def test_every_session_is_read_once_under_each_approach():
    plan = study(EFFECT, of_minutes(), 8, "crossed", Goal())
    assert plan.notes % 2 == 0
    assert plan.drafts == 8 * plan.notes == 2 * plan.sessions


@pytest.mark.parametrize(("reviewers", "design"), [(1, "crossed"), (2, "nested"), (2, "crossed")])
def test_too_few_reviewers_have_no_plan(reviewers, design):
    assert study(EFFECT, of_minutes(), reviewers, design, Goal()).notes is None


def test_no_difference_has_no_plan():
    assert study(0.0, of_minutes(), 8, "crossed", Goal()).notes is None


def test_the_smallest_difference_that_shows_is_one_that_shows():
    people = of_minutes()
    size = smallest(people, 8, 40, "crossed", Goal())
    assert study(size * 1.0001, people, 8, "crossed", Goal()).notes <= 40
    assert smallest(people, 1, 40, "crossed", Goal()) is None


def test_shares_split_their_variance_between_sessions_reviewers_and_the_rest():
    people = of_rates(0.1, icc=0.2)
    whole = people.reviewer**2 + people.review
    assert whole == pytest.approx(0.1 * 0.9)
