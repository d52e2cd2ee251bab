"""Does the note tell what a note of its format should?"""

import pytest

from evalkit import formats
from evalkit.errors import InputError
from evalkit.records import Draft, Fact
from evalkit.scorers._rubric import load, names
from evalkit.scorers.completeness import Completeness, told
from evalkit.sessions.generate import generate
from tests import small
from tests.scorers.scored import scores

FULL = {
    "subjective": "Client presented with worry about work. Client felt tense since March. Client "
    'wants to sleep through. Client completed the homework log. Client said, "I just lie there."',
    "objective": "Client appeared calm, with congruent mood. PHQ-9 score was 12. A breathing "
    "exercise was practiced. Clinician introduced cognitive restructuring.",
    "assessment": "Generalized anxiety disorder, triggered by deadlines. Symptoms improved since "
    "the last session, which suggests growing insight. Client was receptive. Overall, client is "
    "making progress toward the treatment goal. Client is in the preparation stage.",
    "plan": "Continue exposure. Next session in one week. Referred to psychiatry. Homework: a log.",
}


def missing(text, section, format="soap"):
    note = Draft(
        session_id="s", approach="a", approach_id="", format=format, sections={section: text}
    )
    return {one.item.name for one in told(load(format), note) if not one.by}


def test_the_soap_rubric_has_the_published_scope_of_6_5_8_and_4_items():
    assert [len(items) for items in load("soap").sections.values()] == [6, 5, 8, 4]


@pytest.mark.parametrize("name", names())
def test_each_rubric_fits_its_format_and_asks_in_each_section(name):
    assert tuple(load(name).sections) == formats.load(name).names
    assert all(load(name).sections.values())


def test_a_full_note_tells_all_and_an_empty_one_nothing():
    bare = small.session(facts=())
    full = scores(Completeness(), small.draft(**FULL), bare)["completeness"]
    assert (full.value, full.reason) == (1, "all 23 items")
    empty = scores(Completeness(), small.draft(plan="N/A"), bare)["completeness"]
    assert empty.value == 0


def test_taking_a_section_away_never_makes_a_note_more_complete():
    bare = small.session(facts=())
    for section in FULL:
        less = {name: text for name, text in FULL.items() if name != section}
        assert scores(Completeness(), small.draft(**less), bare)["completeness"].value < 1


@pytest.mark.parametrize(
    ("item", "section", "yes", "no"),
    [
        ("quotes", "subjective", 'Client stated, "it never stops."', "Client's mood didn't lift."),
        ("measures", "objective", "PHQ-9 score: 12.", "Client was seen for an hour."),
        ("follow_up", "plan", "Return in two weeks.", "Client will keep a log."),
        ("homework", "plan", "Homework: thought record.", "Next session in one week."),
        ("stage", "assessment", "Client is in contemplation.", "Client is depressed."),
        (
            "homework_review",
            "subjective",
            "Client completed the homework.",
            "Client works at home.",
        ),
    ],
)
def test_an_item_is_told_by_what_answers_it_and_by_nothing_else(item, section, yes, no):
    assert item not in missing(yes, section)
    assert item in missing(no, section)


def test_an_item_counts_only_in_its_section():
    assert "follow_up" in missing("Return in two weeks.", "subjective")


def test_where_no_homework_was_set_homework_is_not_asked_for():
    note = small.draft(**{**FULL, "plan": "Continue exposure. Next session in one week."})
    found = scores(Completeness(), note)["completeness"]
    assert "plan.homework" not in found.reason
    homework = Fact(
        fact_id="h", kind="homework", statement="Client will walk daily.", temporality="planned"
    )
    session = small.session(facts=(*small.FACTS, homework))
    assert "plan.homework" in scores(Completeness(), note, session)["completeness"].reason


def test_a_format_without_a_rubric_has_no_value_and_a_reason():
    found = scores(Completeness(), small.draft(format="free", note="Client slept."))
    assert found["completeness"].reason == "no rubric for the format"


def test_a_rubric_of_ones_own_may_define_items(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        '[sections]\nplan = ["pets"]\n[items.pets]\nquestion = "Any pets?"\ncues = ["dog"]\n'
    )
    mine = Completeness(rubric=str(file))
    session = small.session(facts=())
    assert scores(mine, small.draft(plan="Walk the dog."), session)["completeness"].value == 1
    assert scores(mine, small.draft(plan="Walk."), session)["completeness"].value == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[sections]\nplan = ["folow_up"]\n', "did you mean 'follow_up'"),
        ('[sections]\nplans = ["homework"]\n', "did you mean 'plan'"),
        ("[sections]\nplan = 3\n", "not a list of items"),
        ("plan = 3\n", "no sections"),
        ("plan\n", "not a TOML file"),
        ('[sections]\nplan = ["x"]\n[items.x]\nquestion = "?"\ncues = ["("]\n', "not a pattern"),
    ],
)
def test_a_faulty_rubric_is_refused_by_file_and_field(tmp_path, text, said):
    file = tmp_path / "rubric.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=said) as refused:
        load("soap", str(file))
    assert str(file) in str(refused.value)


def test_a_rubric_that_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="cannot read it"):
        Completeness(rubric=str(tmp_path / "none.toml"))


def test_what_no_fact_of_the_session_speaks_of_is_not_asked_for():
    told_all = {one.statement for one in small.FACTS}
    note = small.draft(subjective=" ".join(sorted(told_all)), objective=small.FACTS[2].statement)
    reason = scores(Completeness(), note)["completeness"].reason
    assert "stage" not in reason
    ready = Fact(
        fact_id="r", kind="assessment", statement="Client is in the contemplation stage of change."
    )
    session = small.session(facts=(*small.FACTS, ready))
    assert "assessment.stage" in scores(Completeness(), note, session)["completeness"].reason


@pytest.mark.parametrize("name", [name for name in names() if name != "free"])
def test_the_faithful_note_is_complete_in_every_format(name):
    for session in generate(6, 43):
        written = formats.load(name).write_out(session.discussed)
        note = Draft(
            session_id=session.session_id,
            approach="faithful",
            approach_id="",
            format=name,
            sections=written,
        )
        assert scores(Completeness(), note, session)["completeness"].value == 1
