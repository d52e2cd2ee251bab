"""A run in a practice: hours, the trap, errors, dollars, and what they hang on."""

import math
from dataclasses import replace

import pytest

from evalkit.burden.break_even import break_even
from evalkit.burden.chance import draw, hours_by_clinician
from evalkit.burden.curves import curves
from evalkit.burden.from_run import read_run
from evalkit.burden.month import count_a_month, hours_saved, shares_of
from evalkit.burden.pools import given
from evalkit.burden.practice import Practice
from evalkit.burden.project import project
from evalkit.burden.sensitivity import tornado
from evalkit.errors import InputError

from .kept_run import SESSIONS, review, write

SOLO = Practice(name="solo", hourly_usd=60)
GROUPS = Practice(name="groups", clinicians=3, sessions_a_day=2, groups_a_day=2, group_shared=0.5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def drafted(folder):
    return {one.approach: one for one in read_run(folder)}


def points(practice, one):
    return {point.name: point for point in break_even(practice, one)}


def test_each_kind_of_session_is_a_pool_of_its_own(drafted):
    quick = drafted["quick"]
    assert (quick.individual.notes, quick.group.notes) == (8, 4)
    typical = [sum(review(n, "quick")[part] for part in ("read", "verify", "edit")) for n in (0, 4)]
    assert quick.group.attention[0] == pytest.approx(typical[0])
    assert min(quick.individual.attention) == pytest.approx(typical[1])
    assert quick.cost_usd == pytest.approx(0.02)
    assert drafted["slow"].cost_usd is None


def test_hours_are_what_writing_takes_less_what_reviewing_takes():
    assert hours_saved(SOLO, given(7.5, None, SOLO.spread)) == pytest.approx(160 * 4.5 / 60)


def test_shorter_reviews_save_more_and_long_ones_lose(drafted):
    saved = {name: project(SOLO, one, draws=300)["saved"] for name, one in drafted.items()}
    assert saved["quick"].value > 10 > 0 > saved["slow"].value
    for one in saved.values():
        assert one.low < one.value < one.high


def test_long_reviews_are_in_the_trap(drafted):
    trap = {
        name: project(SOLO, one, draws=300)["trap"].value
        for name, one in drafted.items()
        if not one.control
    }
    assert trap["quick"] < 15 < 60 < trap["slow"] <= 100


def test_more_clinicians_make_the_interval_of_a_clinician_s_hours_narrower(drafted):
    many = SOLO.model_copy(update={"clinicians": 30})
    alone, together = (project(one, drafted["quick"], draws=400)["saved"] for one in (SOLO, many))
    assert together.value == pytest.approx(30 * alone.value)
    assert (together.high - together.low) / 30 < 0.5 * (alone.high - alone.low)


def test_equal_seeds_give_equal_figures_and_others_do_not(drafted):
    first, again = (project(GROUPS, drafted["quick"], seed=3, draws=200) for _ in range(2))
    assert first == again
    assert first["saved"].low != project(GROUPS, drafted["quick"], seed=4, draws=200)["saved"].low


def test_the_mean_of_the_draws_is_the_expected_figure(drafted):
    practice = GROUPS.model_copy(update={"stopped": 0.3})
    shares = shares_of(practice, drafted["quick"])
    drawn = draw(practice, shares, 0, 4000)
    writing, reviewing = (
        hours.sum() / 4000 for hours in hours_by_clinician(practice, shares, drawn)
    )
    assert writing == pytest.approx(practice.writing_hours, rel=0.03)
    expected = practice.writing_hours - hours_saved(practice, drafted["quick"])
    assert reviewing == pytest.approx(expected, rel=0.04)


def test_who_does_not_review_signs_every_error_and_saves_the_most_time(drafted):
    none = SOLO.model_copy(update={"stopped": 1.0})
    read, unread = (project(one, drafted["quick"], draws=200) for one in (SOLO, none))
    assert unread["surviving"].value == pytest.approx(12 * 160 * 2)
    assert read["surviving"].value == pytest.approx(12 * 160 * 1)
    assert unread["saved"].value > read["saved"].value


def test_slips_and_dollars_are_sums_over_the_notes(drafted):
    shown = project(SOLO, drafted["quick"], draws=200)
    assert shown["slips"].value == pytest.approx(12 * 160 * 0.012)
    assert shown["cost"].value == pytest.approx(160 * 0.02)
    assert shown["net"].value == pytest.approx(60 * shown["saved"].value - 3.2)


def test_an_unknown_price_is_not_nothing(drafted):
    shown = project(SOLO, drafted["slow"], draws=200)
    assert shown["cost"].value is None
    assert "note_price_usd" in shown["net"].reason


def test_twice_the_notes_a_day_let_more_errors_through(drafted):
    busy = SOLO.model_copy(update={"sessions_a_day": 16.0})
    shares = [shares_of(one, drafted["quick"]) for one in (SOLO, busy)]
    few, many = (
        count_a_month(practice, share, "surviving") / practice.notes
        for practice, share in zip((SOLO, busy), shares, strict=True)
    )
    caught_odds = 0.82 * (2 - few) / few
    assert many == pytest.approx(2 / (1 + caught_odds))


def test_failed_drafts_are_written_by_hand(tmp_path):
    failed = [(number, "quick") for number in range(4, 8)]
    one = read_run(write(tmp_path / "run", failed=failed), ["quick"])[0]
    assert one.individual.failed_share == 0.5
    shown = project(SOLO, one, draws=200)
    assert shown["slips"].value == pytest.approx(12 * 80 * 0.012)
    assert any("4 of 8 drafts failed" in remark for remark in shown.remarks)


def test_unknown_slips_stay_unknown(tmp_path):
    one = read_run(write(tmp_path / "run", slips=False), ["quick"])[0]
    shown = project(SOLO, one, draws=200)
    assert shown["slips"].value is None
    assert shown["surviving"].value is not None


def test_no_error_in_few_sessions_is_not_certainly_none(drafted):
    quick = drafted["quick"]
    none = {name: 0 * values for name, values in quick.individual.counts.items()}
    clean = replace(quick, individual=replace(quick.individual, counts=none))
    shown = project(SOLO, clean, draws=200)
    most = 12 * 160 * -math.log(0.025) / 8
    assert (shown["surviving"].value, shown["surviving"].low) == (0, 0)
    assert shown["surviving"].high == pytest.approx(most)
    assert any("no fabrication was found" in remark for remark in shown.remarks)
    assert project(SOLO, replace(clean, control=True), draws=200)["surviving"].high == 0


def test_a_practice_with_groups_needs_a_run_with_groups(folder):
    quick = read_run(folder, ["quick"])[0]
    with pytest.raises(InputError, match="group"):
        project(GROUPS, replace(quick, group=None))


def test_break_even_is_where_nothing_is_saved(drafted):
    quick = drafted["quick"]
    point = points(SOLO, quick)["individual_minutes"]
    parts = ("read", "verify", "edit", "transfer", "sign")
    longer = quick.scaled(**dict.fromkeys(parts, point.value / point.now))
    assert hours_saved(SOLO, longer) == pytest.approx(0, abs=1e-9)
    errors = points(SOLO, quick)["errors"]
    worse = quick.scaled(verify=errors.value / errors.now, edit=errors.value / errors.now)
    assert hours_saved(SOLO, worse) == pytest.approx(0, abs=1e-9)


def test_the_share_that_may_stop_reviewing_reaches_the_bound(drafted):
    bounded = SOLO.model_copy(update={"surviving_bound": 1500.0})
    point = points(bounded, drafted["quick"])["stopped"]
    assert point.value == pytest.approx(50)
    assert "even where everybody reviews" in points(SOLO, drafted["quick"])["stopped"].reason
    never = SOLO.model_copy(update={"surviving_bound": 5000.0})
    assert points(never, drafted["quick"])["stopped"].reason.startswith("never")


def test_a_line_passes_through_now_and_its_break_even_point(drafted):
    bounded = SOLO.model_copy(update={"surviving_bound": 1500.0})
    for line in curves(bounded, drafted["quick"]):
        (x0, y0), (x1, y1) = (line.x[0], line.y[0]), (line.x[-1], line.y[-1])
        slope = (y1 - y0) / (x1 - x0)
        assert y0 + slope * (line.point.value - x0) == pytest.approx(line.bound, abs=1e-6)
        assert y0 + slope * (line.point.now - x0) == pytest.approx(line.y_now, abs=1e-6)


def test_the_tornado_has_the_widest_first_and_no_input_that_does_not_matter(drafted):
    swings = tornado(SOLO, drafted["quick"])
    assert [one.width for one in swings] == sorted((one.width for one in swings), reverse=True)
    names = {one.input for one in swings}
    assert {"individual minutes", "stopped", "reading speed", "sessions of the run"} <= names
    assert not names & {"group minutes", "group members"}
    assert "group minutes" in {one.input for one in tornado(GROUPS, drafted["quick"])}
    assert all(one.source and one.low <= one.base <= one.high for one in swings)


def test_an_end_of_the_tornado_is_the_practice_with_that_input(drafted):
    swing = next(one for one in tornado(SOLO, drafted["quick"]) if one.input == "working days")
    longer = SOLO.model_copy(update={"working_days": 21.67})
    assert swing.at_high == pytest.approx(hours_saved(longer, drafted["quick"]))


def test_given_minutes_know_nothing_of_errors():
    shown = project(SOLO, given(4.2, None, SOLO.spread), draws=200)
    assert shown["saved"].value == pytest.approx(20.8)
    assert shown["surviving"].value is None
    assert len(curves(SOLO, given(4.2, None, SOLO.spread))) == 1


def test_sessions_in_the_run_are_all_read(drafted):
    both = project(GROUPS, drafted["quick"], draws=100)
    assert (both.sessions, both.notes) == (SESSIONS, SESSIONS)
