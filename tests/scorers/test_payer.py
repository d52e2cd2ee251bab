"""Payer elements and billing codes."""

import pytest

from evalkit.records import Chart, SessionSpec
from evalkit.scorers.payer import Payer, elements
from tests import small
from tests.scorers.scored import scores

FULL = {
    "subjective": "Anxiety continues to interfere with work.",
    "objective": "Seen 14:00 to 14:50, CPT 90834. Clinician introduced a thought record.",
    "assessment": "Generalized anxiety disorder (F41.1). Client was receptive.",
    "plan": "Toward the treatment goal of sleeping six hours: continue weekly.",
}


def payer(session=None, scorer=None, **sections):
    bare = session or small.session(facts=())
    return scores(scorer or Payer(), small.draft(**sections), bare)


def timed(minutes, setting="individual"):
    spec = SessionSpec(session_id="s1", minutes=minutes, setting=setting)
    return small.session(facts=(), spec=spec)


def test_a_note_with_the_golden_thread_has_all_elements():
    found = payer(**FULL)
    assert (found["payer_elements"].value, found["payer_elements"].reason) == (1, "all 7 elements")
    assert found["cpt_misfit"].value == 0


@pytest.mark.parametrize(
    ("section", "lost"),
    [
        ("subjective", ["medical_necessity"]),
        ("objective", ["times", "intervention"]),
        ("assessment", ["diagnosis", "response"]),
        ("plan", ["goal", "plan"]),
    ],
)
def test_what_is_missing_is_named(section, lost):
    found = payer(**{name: text for name, text in FULL.items() if name != section})
    assert found["payer_elements"].reason == f"missing: {', '.join(lost)}"
    assert found["payer_elements"].value == pytest.approx(1 - len(lost) / len(elements()))


def test_a_goal_of_the_chart_in_other_words_counts_as_the_goal():
    session = small.session(
        facts=(), chart=Chart(goals=("Client will sleep at least six hours on most nights.",))
    )
    told = "Continue, so that client sleeps six hours a night."
    assert "goal" not in payer(session, plan=told)["payer_elements"].reason
    assert "goal" in payer(plan=told)["payer_elements"].reason


def test_the_form_counts_only_where_asked():
    form = {"diagnosis": "F41.1", "start_time": "14:00", "end_time": "14:50"}
    session = small.session(facts=(), form=form)
    assert "diagnosis" in payer(session, plan="Return.")["payer_elements"].reason
    reason = payer(session, Payer(form_counts=True), plan="Return.")["payer_elements"].reason
    assert "diagnosis" not in reason
    assert "times" not in reason


@pytest.mark.parametrize(
    ("text", "misfit"),
    [
        ("CPT 90832, 16 minutes.", 0),
        ("CPT 90832, 37 minutes.", 0),
        ("CPT 90832, 38 minutes.", 1),
        ("CPT 90834, 38 minutes.", 0),
        ("CPT 90834, 53 minutes.", 1),
        ("CPT 90837, 53 minutes.", 0),
        ("CPT 90837, 52 minutes.", 1),
        ("CPT 90847, 26 minutes.", 0),
        ("CPT 90847, 25 minutes.", 1),
        ("CPT 90837 from 11:30 to 12:15.", 1),
        ("CPT 90834 from 11:30 am to 12:15 pm.", 0),
        ("CPT 90834 from 12:30 to 1:15.", 0),
        ("CPT 90834 from 23:30 to 0:15.", 0),
        ("CPT 90853, 50 minutes.", 1),
    ],
)
def test_a_code_must_fit_the_minutes_and_the_setting(text, misfit):
    assert payer(objective=text)["cpt_misfit"].value == misfit


def test_minutes_come_from_the_session_where_the_note_has_none():
    found = payer(timed(30), objective="Billed as 90837.")["cpt_misfit"]
    assert (found.value, found.reason) == (1, "90837 is for 53 or more minutes, not 30")
    assert payer(timed(90, "group"), objective="CPT 90853.")["cpt_misfit"].value == 0


def test_the_minutes_of_an_exercise_are_not_those_of_the_session():
    text = "A 5-minute exercise in a 50-minute session, CPT 90834."
    assert payer(timed(50), objective=text)["cpt_misfit"].value == 0
    assert payer(objective=text)["cpt_misfit"].value == 0
    longer = "Client walks 90 minutes a day. A 50-minute session, CPT 90834."
    assert payer(timed(50), objective=longer)["cpt_misfit"].value == 0


def test_without_a_code_or_minutes_nothing_is_said_of_the_fit():
    assert payer(plan="Return.")["cpt_misfit"].reason == "no CPT code in the note"
    unknown = payer(objective="CPT 90834.")["cpt_misfit"]
    assert (unknown.value, unknown.reason) == (None, "neither note nor session tells the minutes")
