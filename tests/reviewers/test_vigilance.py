"""Vigilance meets the published shares at their settings, and errs in the right direction."""

from itertools import pairwise

import pytest
from pydantic import ValidationError

from evalkit.records import Vigilance
from evalkit.reviewers._vigilance import Look, catch, watched
from tests import small
from tests.reviewers.reviewed import FALSE, TRUE, case

CLEAN = Look(prevalence=1 / 8, clean=1)


def test_13_to_15_of_20_physicians_miss_a_planted_error():
    missed = 1 - catch(Vigilance(stopped=0.40), CLEAN, "major")
    assert 13 / 20 <= missed <= 15 / 20
    # and over the whole range of drafts sent unedited
    for unedited in (0.35, 0.45):
        assert 13 / 20 <= 1 - catch(Vigilance(stopped=unedited), CLEAN, "major") <= 15 / 20


def test_a_nudge_gives_back_7_points():
    nudged = catch(Vigilance(nudge=True), CLEAN, "major")
    assert nudged - catch(Vigilance(), CLEAN, "major") == pytest.approx(0.076)


@pytest.mark.parametrize("prevalence", [0.01, 0.015, 0.02])
def test_30_to_40_percent_of_rare_errors_are_missed(prevalence):
    missed = 1 - catch(Vigilance(), Look(prevalence, clean=0), "major")
    assert 0.30 <= missed <= 0.40


def test_proofreaders_catch_75_to_90_percent():
    assert 0.75 <= catch(Vigilance(), Look(prevalence=0.5, clean=0), "major") <= 0.90


def test_the_default_is_a_clinician_who_reviews_and_catches_half():
    assert catch(Vigilance(), CLEAN, "major") == pytest.approx(0.5)


def rising(values):
    return all(one < other for one, other in pairwise(values))


def test_what_is_rarer_cleaner_minor_or_read_in_a_hurry_is_caught_less():
    v = Vigilance()
    assert rising([catch(v, Look(p, 0.9), "major") for p in (0.01, 0.05, 0.2, 0.5)])
    assert rising([catch(v, Look(0.1, clean), "major") for clean in (1, 0.7, 0.3, 0)])
    assert rising([catch(v, CLEAN, severity) for severity in ("minor", "major")])
    assert rising([catch(Vigilance(notes_a_day=n), CLEAN, "major") for n in (32, 16, 8, 2)])
    assert rising([catch(Vigilance(stopped=s), CLEAN, "major") for s in (1, 0.5, 0)])


def test_who_has_stopped_catches_nothing_whatever_the_nudge():
    assert catch(Vigilance(stopped=1, nudge=True), CLEAN, "major") == 0


@pytest.mark.parametrize("look", [Look(0, 1), Look(1, 0), Look(0.5, 0)])
def test_a_chance_is_a_chance(look):
    settings = Vigilance(nudge=True, nudged=1, notes_a_day=0.1), Vigilance(notes_a_day=500)
    assert all(0 < catch(each, look, "minor") <= 1 for each in settings)


def test_shares_out_of_order_are_refused():
    with pytest.raises(ValidationError, match="trusting <= rare <= proofreading"):
        Vigilance(trusting=0.9)


def test_caught_and_surviving_add_up_and_major_ones_are_among_them():
    note = small.draft(subjective=f"{TRUE} {FALSE}", plan=FALSE)
    found = watched(Vigilance(), case(note))
    assert found.fabrications == 2
    assert found.caught + found.surviving == pytest.approx(2)
    assert found.surviving_major == found.surviving
    minor = watched(Vigilance(), case(note, severity="minor"))
    assert minor.surviving_major == 0
    assert minor.surviving > found.surviving


def test_a_note_without_false_statements_has_none_that_survive():
    found = watched(Vigilance(stopped=1), case(small.draft(subjective=TRUE)))
    assert (found.fabrications, found.caught, found.surviving) == (0, 0, 0)


def test_a_judges_false_alarm_does_not_survive_in_a_control_whose_truth_is_known():
    honest = small.draft(planted=(), subjective=f"{TRUE} {FALSE}")
    assert watched(Vigilance(), case(honest)).fabrications == 0
    lie = small.planted(FALSE)
    twice = small.draft(planted=(lie, lie), subjective=f"{TRUE} {FALSE}")
    assert watched(Vigilance(), case(twice, false=())).fabrications == 1
    misplaced = lie.model_copy(update={"kind": "misplaced"})
    true = small.draft(planted=(misplaced,), subjective=f"{TRUE} {FALSE}")
    assert watched(Vigilance(), case(true)).fabrications == 0
