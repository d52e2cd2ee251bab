"""Active minutes from events: what a pause counts, and as which part of the review."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import InputError
from evalkit.records import Cell, ReviewTask
from evalkit.study.timing import CUTOFFS_S, measured, timings
from tests.study.simulated import START_MS, Reviewer

TASK = ReviewTask(task_id="t1", reviewer="ann", session_id="s1", approach="a", format="soap")
OTHER = TASK.model_copy(update={"task_id": "t2"})


def seconds(events, cutoff=45.0, task="t1"):
    return 60 * timings(events, cutoff)[task].active


def parts(events, cutoff=45.0):
    found = timings(events, cutoff)["t1"]
    return {
        name: round(60 * getattr(found, name), 3) for name in ("read", "verify", "edit", "sign")
    }


def opened(at_ms=START_MS, visit="v1", task=TASK):
    return Reviewer(task, at_ms, visit).does("open", reviewer_agent="page")


@pytest.mark.parametrize(("pause", "counts"), [(4, 4), (44, 44), (46, 45), (3600, 45)])
def test_a_pause_counts_up_to_the_cut_off(pause, counts):
    assert seconds(opened().does("scroll", pause, pane="note").events) == pytest.approx(counts)


def test_reading_without_touching_anything_is_all_but_lost_at_5_s_and_kept_at_5_min():
    events = opened().does("scroll", 76, pane="note").events
    assert [seconds(events, cutoff) for cutoff in CUTOFFS_S] == pytest.approx([5, 45, 76])


def test_another_tab_counts_nothing():
    away = opened().does("hidden", 10).does("visible", 30).does("scroll", 5, pane="note")
    assert seconds(away.events) == pytest.approx(15)


def test_the_time_between_two_visits_counts_nothing_but_by_the_clock():
    first = opened().does("scroll", 20, pane="note")
    second = opened(START_MS + 8 * 3_600_000, "v2").does("sign", 10)
    found = timings([*first.events, *second.events])["t1"]
    assert (60 * found.active, found.visits) == (pytest.approx(30), 2)
    assert found.wall == pytest.approx(8 * 60 + 10 / 60)


def test_the_order_in_which_events_were_saved_and_doubles_do_not_matter():
    first = opened().reads(100).cuts("plan", 0, 1).does("close", 3)
    second = opened(START_MS + 500_000, "v2").reads(30).does("sign", 2)
    events = [*first.events, *second.events]
    mixed = events + events[:4]
    random.Random(1).shuffle(mixed)
    assert timings(mixed) == timings(events)


def test_a_clock_that_is_set_back_or_forward_within_a_visit_changes_nothing():
    events = opened().reads(60).does("sign", 5).events
    jumped = [
        one.model_copy(update={"at_ms": one.at_ms + (-7_200_000 if n % 2 else 3_600_000)})
        for n, one in enumerate(events)
    ]
    assert timings(jumped)["t1"].active == timings(events)["t1"].active
    assert timings(jumped)["t1"].wall == timings(events)["t1"].wall


def test_a_clock_that_is_set_back_between_visits_is_said_and_takes_no_time_away():
    first = opened().reads(100)
    second = opened(START_MS + 50_000, "v2").reads(20).does("sign")
    found = timings([*first.events, *second.events])["t1"]
    assert found.overlaps == 1
    assert (60 * found.active, 60 * found.wall) == pytest.approx((120, 120))


def test_a_pause_that_ends_in_a_source_is_verifying_and_another_is_of_where_it_was():
    events = (
        opened()
        .does("scroll", 10, pane="note")
        .does("scroll", 20, pane="transcript")
        .does("pointer", 4, count=1)
        .does("search", 6, length=4, hits=2)
        .does("focus", 3, pane="subjective")
        .does("pointer", 2, count=1)
        .events
    )
    assert parts(events) == {"read": 12, "verify": 33, "edit": 0, "sign": 0}


def test_of_a_pause_before_an_edit_or_the_signature_the_last_five_seconds_are_theirs():
    events = opened().does("edit", 20, section="plan").does("sign", 12).events
    assert parts(events) == {"read": 22, "verify": 0, "edit": 5, "sign": 5}
    assert parts(events, 5.0) == {"read": 0, "verify": 0, "edit": 5, "sign": 5}


def test_flagging_is_part_of_verifying():
    events = opened().does("flag", 8, flag_id="f").events
    assert parts(events) == {"read": 0, "verify": 8, "edit": 0, "sign": 0}


def test_a_burst_of_keys_counts_in_full_however_long_it_is():
    events = opened().does("keys", 30, count=90, ms=20_000, section="plan").events
    assert seconds(events, 5.0) == pytest.approx(25)
    assert parts(events)["edit"] == 25


def test_nothing_counts_after_the_signature_until_the_note_is_opened_again():
    one = opened().does("sign", 10).does("tlx", 40, mental=50)
    assert timings(one.events)["t1"].signed
    assert seconds(one.events) == pytest.approx(10)
    one.does("reopen", 30).does("scroll", 5, pane="note")
    assert not timings(one.events)["t1"].signed
    assert seconds(one.does("sign", 5).events) == pytest.approx(20)
    assert timings(one.events)["t1"].wall == pytest.approx(90 / 60)


def test_time_on_another_task_in_between_is_not_counted_twice():
    one = opened().does("scroll", 10, pane="note")
    one.task = OTHER
    one.does("open", 2).does("scroll", 30, pane="note")
    one.task = TASK
    one.does("scroll", 4, pane="note").does("sign", 3)
    found = timings(one.events)
    assert [round(60 * found[name].active) for name in ("t1", "t2")] == [10 + 2 + 3, 30 + 4]


def test_a_cut_off_of_nothing_is_refused():
    with pytest.raises(InputError, match="above 0"):
        timings(opened().events, 0)


KINDS = ("scroll", "pointer", "edit", "hidden", "visible", "close", "open", "sign", "reopen")
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.floats(0, 900), st.sampled_from(["t1", "t2"])), max_size=30
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_a_longer_cut_off_never_counts_less_and_none_counts_more_than_the_clock(steps):
    one = opened()
    for kind, after, task in steps:
        one.task = TASK if task == "t1" else OTHER
        one.does(kind, after, pane="note")
    found = [timings(one.events, cutoff) for cutoff in (*CUTOFFS_S, 1e9)]
    for task in found[0]:
        counted = [each[task].active for each in found]
        assert counted == sorted(counted)
    assert sum(one.active for one in found[-1].values()) <= one.t_ms / 60_000 + 1e-9


def test_a_measured_review_holds_the_parts_and_says_how_it_was_measured():
    timing = timings(opened().reads(30).does("sign", 5).events)["t1"]
    found = measured(Cell("s1", "a", "soap", 2), "ann", timing, 45.0)
    assert (found.source, found.reviewer, found.replicate) == ("measured", "ann", 2)
    assert found.minutes == pytest.approx(35 / 60)
    assert "45 s" in found.reason
    assert found.scratch is None


def test_a_note_read_in_a_younger_window_and_signed_in_an_older_one_has_its_minutes():
    old = opened().reads(20)
    young = opened(START_MS + 20_000, "v2").reads(200)
    assert timings([*old.events, *young.events])["t1"].active * 60 == pytest.approx(220)
    old.does("sign", 201)
    found = timings([*old.events, *young.events])["t1"]
    assert found.signed
    assert found.active * 60 >= 220


def test_what_is_told_a_moment_after_the_reviewer_has_gone_brings_nobody_back():
    gone = opened().reads(10).does("hidden")
    clean = timings(gone.events)["t1"].active
    late = gone.does("scroll", 0.4, pane="note").does("visible", 300).events
    assert timings(late)["t1"].active == clean
