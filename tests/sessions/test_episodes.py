"""Clients who come back: one person, one course, and each visit knows the one before."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

import pytest

from evalkit.records import Session
from evalkit.sessions.generate import generate
from evalkit.sessions.recipe import Recipe

VISITS = 8


@pytest.fixture(scope="module")
def episodes() -> list[list[Session]]:
    recipe = Recipe(visits=VISITS, settings=("individual", "intake"))
    made = list(generate(12 * VISITS, 4, recipe))
    return [made[at : at + VISITS] for at in range(0, len(made), VISITS)]


def test_a_client_stays_the_same_person(episodes: list[list[Session]]) -> None:
    for visits in episodes:
        assert len({each.spec.client_id for each in visits}) == 1
        assert len({each.client for each in visits}) == 1
        assert [each.spec.visit for each in visits] == list(range(1, VISITS + 1))
        assert len({each.form["diagnosis"] for each in visits}) == 1
    assert len({visits[0].spec.client_id for visits in episodes}) == len(episodes)


def test_dates_run_on_and_the_next_one_is_the_one_agreed(episodes: list[list[Session]]) -> None:
    weeks = {7: "one week", 14: "two weeks"}
    agreed = 0
    seen = set()
    for visits in episodes:
        days = [date.fromisoformat(each.form["date"]) for each in visits]
        for (before, after), session in zip(pairwise(days), visits, strict=False):
            assert (after - before).days in weeks
            seen.add((after - before).days)
            told = [
                f.statement for f in session.facts if re.search(r"one week|two weeks", f.statement)
            ]
            told = [
                each
                for each in told
                if re.match(r"Next|Client will (return|attend)|Follow-up", each)
            ]
            agreed += bool(told)
            for each in told:
                assert weeks[(after - before).days] in each
    assert agreed > len(episodes)
    assert seen == set(weeks)


def test_scores_in_the_chart_are_those_of_the_visits_before(episodes: list[list[Session]]) -> None:
    seen = 0
    for visits in episodes:
        told: dict[str, str] = {}
        for session in visits:
            assert session.chart is not None
            for earlier in session.chart.measures:
                day, title, score = earlier.split(" ")
                if day in told:
                    seen += 1
                    assert told[day] == f"{title} {score}"
            title = session.chart.measures[0].split(" ")[1] if session.chart.measures else "PHQ-9"
            found = re.search(rf"{title} \d+", session.form.get("measures", ""))
            if found:
                told[session.form["date"]] = found[0]
    assert seen > 50


def test_the_last_note_is_written_from_the_last_session(episodes: list[list[Session]]) -> None:
    for visits in episodes:
        assert visits[0].chart is not None
        assert visits[0].chart.last_note == ""
        for before, after in pairwise(visits):
            assert after.chart is not None
            note = after.chart.last_note
            assert before.form["date"] in note
            told = [
                f
                for f in before.facts
                if f.statement in note or (f.reworded and f.reworded in note)
            ]
            assert len(told) >= 4


def test_nobody_is_asked_for_homework_that_was_never_set(episodes: list[list[Session]]) -> None:
    for visits in episodes:
        set_at_intake = [f for f in visits[0].facts if f.kind == "homework"]
        asked = [f for f in visits[1].facts if f.kind == "homework" and f.temporality == "past"]
        assert set_at_intake or not asked


def test_homework_is_set_and_taken_up_again(episodes: list[list[Session]]) -> None:
    taken_up = 0
    for visits in episodes:
        for session in visits[2:]:
            taken_up += any(f.kind == "homework" and f.temporality == "past" for f in session.facts)
    assert taken_up > 0.6 * len(episodes) * (VISITS - 2)


def test_the_first_visit_is_an_intake_and_the_others_are_not(episodes: list[list[Session]]) -> None:
    for visits in episodes:
        assert [each.spec.setting for each in visits] == ["intake"] + ["individual"] * (VISITS - 1)
        assert visits[0].form["cpt"] == "90791"


def test_courses_go_up_and_down(episodes: list[list[Session]]) -> None:
    moves = []
    for visits in episodes:
        assert visits[-1].chart is not None
        scores = [int(each.rsplit(" ", 1)[1]) for each in visits[-1].chart.measures]
        moves += [after - before for before, after in pairwise(scores)]
    assert sum(move < 0 for move in moves) > sum(move > 0 for move in moves) > 0


def test_what_is_carried_over_was_said_last_time(episodes: list[list[Session]]) -> None:
    found = 0
    for visits in episodes:
        for before, after in pairwise(visits):
            for trap in after.traps:
                if trap.kind == "carry_over":
                    found += 1
                    said = {text for f in before.facts for text in (f.statement, f.reworded)}
                    assert {trap.bait, trap.reworded} & said
                    assert after.chart is not None
                    note = after.chart.last_note
                    assert trap.bait in note or trap.reworded in note
    assert found


def test_more_visits_leave_the_first_ones_as_they_are() -> None:
    recipe = Recipe(visits=3)
    assert list(generate(7, 9, recipe)) == list(generate(9, 9, recipe))[:7]
