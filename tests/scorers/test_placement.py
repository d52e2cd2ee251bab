"""Right fact, wrong field."""

import pytest
from pydantic import ValidationError

from evalkit.formats import load
from evalkit.records import Fact
from evalkit.scorers.placement import Placement
from tests import small
from tests.scorers.scored import scores

SLEEP = "Client reports waking at 3 a.m. with difficulty returning to sleep."
PLAN = "Client will complete a thought record each day as homework."
LOOK = "Mood was euthymic, with congruent affect."


def test_a_fact_in_its_section_is_placed_and_one_elsewhere_is_named_with_both_places():
    assert scores(Placement(), small.draft(subjective=SLEEP))["placement"].value == 1
    found = scores(
        Placement(), small.draft(plan=SLEEP, subjective="Client denies suicidal ideation.")
    )
    assert found["placement"].value == 0.5
    assert found["placement"].reason == "f1 in plan, not subjective"


def test_a_fact_that_stands_in_two_sections_is_placed_if_one_is_right():
    assert scores(Placement(), small.draft(subjective=SLEEP, plan=SLEEP))["placement"].value == 1


def test_the_ledger_says_where_a_fact_belongs_before_the_format_does():
    done = Fact(
        fact_id="h1",
        kind="homework",
        statement="Client completed the thought record twice.",
        temporality="past",
        sections={"soap": ("subjective", "assessment")},
    )
    session = small.session(facts=(done,))
    note = small.draft(assessment=done.statement)
    assert scores(Placement(), note, session)["placement"].value == 1
    assert load("soap").write_out([done])["subjective"] == done.statement
    moved = small.draft(plan=done.statement)
    assert scores(Placement(), moved, session)["placement"].value == 0


def test_plan_words_in_subjective_and_mental_status_in_plan_are_out_of_place_without_a_ledger():
    bare = small.session(facts=())
    found = scores(Placement(), small.draft(subjective=PLAN, plan=LOOK), bare)
    assert found["placement"].value is None
    assert found["misplaced_sentences"].value == 1
    assert found["misplaced_sentences"].reason == "subjective 0 fits plan; plan 0 fits objective"
    right = scores(Placement(), small.draft(objective=LOOK, plan=PLAN), bare)
    assert right["misplaced_sentences"].value == 0


def test_a_format_of_one_section_cannot_misplace():
    note = small.draft(format="free", note=SLEEP)
    assert {one.reason for one in scores(Placement(), note).values()} == {
        "the format has one section"
    }


def test_no_reason_repeats_the_note():
    for one in scores(Placement(), small.draft(plan=f"{SLEEP} {LOOK}", subjective=PLAN)).values():
        assert not any(text in one.reason for text in (SLEEP, LOOK, PLAN, "Mood", "waking"))


@pytest.mark.parametrize("options", [{"sure": 0.5}, {"from_share": 2}, {"unsure": 1}])
def test_options_are_checked(options):
    with pytest.raises(ValidationError):
        Placement(**options)
