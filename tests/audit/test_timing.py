"""Fitting seconds, and figures of sessions left out."""

import math

import numpy as np
import pytest

from evalkit.audit.timing import Plan, Timing, figure, fit, foretell, left_out, left_out_by_choice

BOTH = Plan(terms=("incorrect", "omitted"))


def timed(count=12, noise=0.0, seed=1):
    """Notes of `count` sessions, three each: 40 + 6 incorrect + 10 omitted s and noise."""
    rng = np.random.default_rng(seed)
    found = []
    for session in range(count):
        for drafter in "abc":
            values = {
                "incorrect": float(rng.integers(0, 8)),
                "omitted": float(rng.integers(0, 12)),
                "log_words": float(rng.normal(5, 0.4)),
                "noise": float(rng.normal()),
            }
            seconds = 40 + 6 * values["incorrect"] + 10 * values["omitted"]
            seconds = max(5.0, seconds + noise * rng.normal())
            found.append(Timing(f"s{session}", drafter, drafter == "a", seconds, values))
    return found


@pytest.mark.parametrize("robust", [True, False])
def test_a_line_without_noise_is_found_exactly(robust):
    line = fit(timed(), BOTH.model_copy(update={"robust": robust}))
    assert line.constant == pytest.approx(40, abs=1e-4)
    assert line.slopes == pytest.approx({"incorrect": 6, "omitted": 10}, abs=1e-4)


def test_one_wild_time_hardly_moves_the_robust_line():
    notes = timed(noise=5)
    wild = [notes[0]._replace(seconds=20_000.0), *notes[1:]]
    robust = fit(wild, BOTH).at({"incorrect": 3, "omitted": 5})
    squares = fit(wild, BOTH.model_copy(update={"robust": False}))
    assert robust == pytest.approx(108, abs=5)
    assert abs(squares.at({"incorrect": 3, "omitted": 5}) - 108) > 100


def test_given_slopes_are_kept_and_the_rest_is_fitted():
    line = fit(timed(), Plan(fixed={"incorrect": 6.0}, terms=("omitted",)))
    assert line.slopes["incorrect"] == 6.0
    assert line.slopes["omitted"] == pytest.approx(10, abs=1e-4)


def test_an_error_that_would_save_time_is_left_out():
    notes = [
        one._replace(seconds=200 - 5 * one.values["incorrect"] + 10 * one.values["omitted"])
        for one in timed()
    ]
    assert list(fit(notes, BOTH).slopes) == ["omitted"]
    free = BOTH.model_copy(update={"rising": ()})
    assert fit(notes, free).slopes["incorrect"] == pytest.approx(-5, abs=1e-4)


def test_lengths_are_held_within_what_was_fitted_and_errors_are_not():
    line = fit(timed(), Plan(terms=("omitted", "log_words")))
    assert list(line.held) == ["log_words"]
    far = timed(1)[0]._replace(values={"omitted": 100.0, "log_words": 50.0})
    near = far._replace(values={"omitted": 100.0, "log_words": line.held["log_words"][1]})
    assert foretell(line, [far])[0] == foretell(line, [near])[0]
    assert foretell(line, [far])[0] > 900


def test_a_note_is_foretold_without_its_own_session():
    notes = timed(noise=20)
    before = left_out(notes, BOTH)
    moved = [
        one._replace(seconds=one.seconds + 500) if one.session_id == "s3" else one for one in notes
    ]
    after = left_out(moved, BOTH)
    own = [place for place, one in enumerate(notes) if one.session_id == "s3"]
    others = [place for place, one in enumerate(notes) if one.session_id != "s3"]
    assert list(after[own]) == list(before[own])
    assert all(after[others] != before[others])


def test_the_choice_within_each_fold_never_sees_the_session_left_out():
    notes = timed(8, noise=20)
    plans = {"mean": Plan(), "both": BOTH, "noise": Plan(terms=("noise",))}
    found, chosen = left_out_by_choice(notes, plans)
    assert chosen == {"both": 8}
    assert found == pytest.approx(left_out(notes, BOTH))
    wild = [one._replace(seconds=5_000.0) if one.session_id == "s3" else one for one in notes]
    again, _ = left_out_by_choice(wild, plans)
    own = [place for place, one in enumerate(notes) if one.session_id == "s3"]
    assert list(again[own]) == list(found[own])


def test_seconds_on_a_logarithm_come_back_as_seconds():
    notes = [one._replace(seconds=math.exp(3 + 0.1 * one.values["omitted"])) for one in timed()]
    plan = Plan(terms=("omitted",), logs=True)
    assert left_out(notes, plan) == pytest.approx([one.seconds for one in notes], rel=1e-4)


def test_ridge_draws_slopes_to_nothing():
    slopes = [
        fit(timed(), Plan(terms=("omitted",), ridge=pull)).slopes["omitted"]
        for pull in (0.0, 10.0, 1e6)
    ]
    assert slopes[0] > slopes[1] > slopes[2]
    assert slopes[2] == pytest.approx(0, abs=0.01)


def test_a_figure_has_its_denominators_and_equal_input_gives_equal_figures():
    notes = timed(noise=20)
    foretold = np.array([one.seconds + 10 for one in notes])
    found = figure(notes, foretold, 50)
    assert (found.mae.value, found.bias) == (pytest.approx(10), pytest.approx(10))
    assert (found.mae.n, found.mae.clusters, found.rho.value) == (36, 12, pytest.approx(1))
    other = left_out(notes, BOTH)
    assert figure(notes, other, 50) == figure(notes, other, 50)
    assert figure(notes, other, 50).mae.low < figure(notes, other, 50).mae.high


REAL = "primock57/human_eval_per_note_dev.csv"


def test_on_real_notes_errors_and_length_foretell_the_time_of_other_consultations(real_data):
    from benchmarks.time import weights
    from benchmarks.time_notes import read_counts
    from benchmarks.time_tried import SHIPPED, WITH_COUNTS
    from evalkit.reviewers._postedit_weights import shipped

    notes = read_counts(real_data(REAL).parent)
    assert (len(notes.every), len(notes.counted)) == (110, 90)
    own = np.array([one.own for one in notes.counted])
    drafts = [one for one in notes.counted if not one.own]
    for plan in (SHIPPED, WITH_COUNTS["counts + log_client_words"]):
        found = figure(drafts, left_out(notes.counted, plan)[~own], 50)
        assert (found.mae.n, found.mae.clusters) == (72, 18)
        assert found.mae.value <= 20.7
        assert found.rho.value >= 0.70
    made, kept = weights(notes), shipped()
    assert made.seconds.at({}) == pytest.approx(kept.seconds.at({}), abs=0.01)
    assert made.omitted.constant == pytest.approx(kept.omitted.constant, abs=0.01)
