"""The drawn clinicians against closed forms of the log-normal."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from evalkit.records import Clinicians, Scratch, SessionSpec, Vigilance
from evalkit.reviewers._population import SCRATCH_SENTENCES, Population, scratch_minutes, spread
from evalkit.reviewers.keystroke import Keystroke
from tests import small
from tests.reviewers.reviewed import FALSE, TRUE, case, modelled

CLINICIANS = Clinicians()
NORMAL = NormalDist()


def drawn(people, typical, mean, sentences=12, note=7):
    factors = people.residuals(note, sentences)
    return people.minutes(typical, 0.0, factors[0]), people.from_scratch(mean, factors[1])


def test_mean_and_quantiles_are_those_of_a_log_normal():
    reviewing, _ = drawn(Population(CLINICIANS, 3), 4.0, 12.0)
    found = spread(reviewing, reviewing)
    sd = math.hypot(0.47, 0.74 / math.sqrt(12))
    assert np.median(reviewing) == pytest.approx(4.0, rel=0.02)
    assert found.mean == pytest.approx(4 * math.exp(sd**2 / 2), rel=0.02)
    assert found.low == pytest.approx(4 * math.exp(NORMAL.inv_cdf(0.025) * sd), rel=0.08)
    assert found.high == pytest.approx(4 * math.exp(NORMAL.inv_cdf(0.975) * sd), rel=0.08)


def test_minutes_saved_and_the_trap_are_as_the_bivariate_normal_says():
    typical, mean = 9.0, 12.0
    found = spread(*drawn(Population(CLINICIANS, 3), typical, mean))
    between = 2 * 0.47**2 * (1 - 0.5)
    notes = 0.74**2 / 12 + 0.74**2 / SCRATCH_SENTENCES
    written = math.log(mean) - (0.47**2 + 0.74**2 / SCRATCH_SENTENCES) / 2
    trap = NORMAL.cdf((math.log(typical) - written) / math.sqrt(between + notes))
    assert found.trap == pytest.approx(trap, abs=0.03)
    assert found.saved == pytest.approx(
        mean - typical * math.exp((0.47**2 + 0.74**2 / 12) / 2), abs=0.3
    )


def test_writing_takes_its_mean_over_people():
    _, writing = drawn(Population(CLINICIANS, 3), 1.0, 12.0)
    assert writing.mean() == pytest.approx(12, rel=0.02)


def test_people_who_do_not_differ_all_take_the_same():
    nobody = Clinicians(spread=0, residual=0)
    found = spread(*drawn(Population(nobody, 3), 4.0, 12.0))
    assert (found.low, found.high, found.mean, found.saved, found.trap) == (4, 4, 4, 8, 0)


@pytest.mark.parametrize("together", [-1, 0, 0.5, 1])
def test_pace_of_writing_goes_with_pace_of_reviewing_as_asked(together):
    people = Population(Clinicians(writing_with_reviewing=together), 3)
    found = np.corrcoef(np.log(people.reviewing), np.log(people.writing))[0, 1]
    assert found == pytest.approx(together, abs=0.06)


def test_the_same_people_review_every_note_and_the_residual_is_the_notes_own():
    one, other = Population(CLINICIANS, 3), Population(CLINICIANS, 3)
    assert (one.reviewing == other.reviewing).all()
    assert (one.residuals(7, 12) == other.residuals(7, 12)).all()
    assert not (one.residuals(8, 12) == other.residuals(7, 12)).all()
    assert not (Population(CLINICIANS, 4).reviewing == one.reviewing).all()


def test_the_residual_of_a_longer_note_is_smaller():
    people = Population(CLINICIANS, 3)
    short, long = (np.log(people.residuals(7, n)[0]).std() for n in (4, 16))
    assert short / long == pytest.approx(2)
    assert short == pytest.approx(0.74 / 2, rel=0.05)


def test_who_has_stopped_at_a_smaller_share_has_stopped_at_a_larger_one():
    few, many = (Population(CLINICIANS, 3, share).stopped for share in (0.2, 0.6))
    assert (few.mean(), many.mean()) == (0.2, 0.6)
    assert (few <= many).all()


def review(**vigilance):
    note = small.draft(subjective=f"{TRUE} {FALSE}", plan="Return next week.")
    return modelled(Keystroke(), vigilance=vigilance).review(case(note))


def test_clinicians_who_have_stopped_only_copy_and_sign():
    reading, half, stopped = (review(stopped=share) for share in (0, 0.5, 1))
    assert stopped.minutes == pytest.approx(stopped.transfer + stopped.sign)
    assert (stopped.read, stopped.verify, stopped.edit) == (0, 0, 0)
    assert half.read == pytest.approx(reading.read / 2)
    assert stopped.high < reading.high
    assert stopped.mean_minutes < half.mean_minutes < reading.mean_minutes
    assert stopped.saved > half.saved > reading.saved
    assert (stopped.caught, stopped.surviving) == (0, stopped.fabrications)


def test_the_setting_of_the_session_says_what_a_note_takes_from_scratch():
    def minutes(setting, members=(), **scratch):
        session = small.session(spec=SessionSpec(session_id="s", setting=setting), members=members)
        return scratch_minutes(session, Scratch(**scratch))

    assert minutes("individual") == minutes("intake") == minutes("couple") == (12, "")
    assert minutes("couple", couple=15) == (15, "")
    six = tuple("ABCDEF")
    assert minutes("group", six) == (5, "")
    assert minutes("group", six, group_notes="one") == (30, "")
    alone, why = minutes("group")
    assert alone == 30
    assert "members unknown" in why


def test_a_settings_odds_do_not_reach_the_minutes():
    assert review(notes_a_day=40).mean_minutes == review().mean_minutes
    assert Vigilance().stopped == 0
