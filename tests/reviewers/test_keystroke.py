"""The keystroke-level model, its changes, and the floor, against figures worked out by hand."""

import pytest

from evalkit.records import Evidence
from evalkit.reviewers._changes import changes, seconds
from evalkit.reviewers.floor import Floor
from evalkit.reviewers.keystroke import Keystroke
from tests import small
from tests.reviewers.reviewed import DENIED, FALSE, TRUE, case

WORD = 60 / 52


def mended(note, session=None, **said):
    return [(one.section, one.before, one.after) for one in changes(case(note, session, **said))]


def test_an_unsupported_sentence_goes_and_what_was_left_out_comes_where_it_belongs():
    note = small.draft(subjective=f"{TRUE} {FALSE}", plan="Return next week.")
    assert mended(note) == [
        ("subjective", FALSE, ""),
        ("subjective", "", DENIED),
    ]


def test_what_was_left_out_is_added_by_the_format_of_the_note():
    note = small.draft(format="birp", behavior=TRUE, plan="Return next week.")
    assert mended(note) == [("behavior", "", DENIED)]


def test_without_a_ledger_nothing_is_added_and_the_reason_says_so():
    note = small.draft(subjective="Return.")
    bare = small.session(facts=())
    assert mended(note, bare) == []
    assert Keystroke().parts(case(note, bare)).edit == 0
    assert Keystroke().parts(case(note, bare)).reason == (
        "omissions unknown and not priced: no ledger"
    )


def contradicted(note, session, quote):
    (finding,) = case(note, session, false=(note.text,)).findings
    evidence = (Evidence(source="ledger", quote=quote),) if quote else ()
    return finding.model_copy(update={"verdict": "contradicted", "evidence": evidence})


def test_a_contradicted_sentence_becomes_what_the_ledger_says():
    session, note = small.session(), small.draft(subjective="Client reports suicidal ideation.")
    of = small.case(session, note, (contradicted(note, session, "suicidal ideation"),))
    assert [(one.before, one.after) for one in changes(of)] == [(note.text, DENIED)]
    # one word: decide, point, click; drag, click, delete; to the keyboard and back, type
    one_word = 1.35 + 1.1 + 0.2 + 1.1 + 0.2 + 0.28 + 2 * 0.4 + WORD
    assert Keystroke().parts(of).edit == pytest.approx(one_word / 60)


def test_half_of_a_contradicted_sentence_is_retyped_where_nobody_knows_the_truth():
    session, note = small.session(facts=()), small.draft(subjective="Client reports much pain.")
    of = small.case(session, note, (contradicted(note, session, ""),))
    deleted = 1.35 + 1.1 + 0.2 + 1.1 + 0.2 + 0.28
    assert Keystroke().parts(of).edit == pytest.approx((deleted + 0.5 * 4 * WORD) / 60)


def test_the_same_truth_is_not_typed_twice():
    session = small.session()
    note = small.draft(subjective="Client reports suicidal ideation.")
    one = contradicted(note, session, "suicidal ideation")
    texts = [each.after for each in changes(small.case(session, note, (one, one)))]
    assert texts == [DENIED, ""]


def test_nothing_to_change_costs_nothing():
    assert seconds("Client slept.", "Client slept.", WORD) == 0


def test_two_edits_far_apart_are_two_and_close_together_are_one():
    far = "sad " + "and then we spoke of her sister for a good long while " + "today"
    apart = seconds(far, far.replace("sad", "glad").replace("today", "Monday"), WORD)
    one = seconds("sad", "glad", WORD)
    assert apart == pytest.approx(2 * one)
    close = seconds("sad and today", "glad and Monday", WORD)
    assert close == pytest.approx(one + 2 * WORD)


def test_each_thing_left_out_is_an_edit_of_its_own():
    note = small.draft(plan="Return.")
    # f1 has 11 words, f2 has 4; f3 is minor
    typed = (11 + 4) * WORD + 2 * (1.35 + 1.1 + 0.2 + 2 * 0.4)
    assert Keystroke().parts(case(note)).edit == pytest.approx(typed / 60)


def test_a_doubtful_claim_is_looked_up_more_than_a_sure_one():
    note = small.draft(subjective=f"{TRUE} {FALSE}")
    lookup = 1.35 + 1.1 + 0.2 + 60 * 60 / 238
    assert Keystroke().parts(case(note)).verify == pytest.approx(lookup * (0.02 + 0.9) / 60)
    assert Keystroke(lookup_words=0).parts(case(note)).verify < 0.05


def test_four_fields_of_soap_take_34_seconds_to_copy():
    note = small.draft(subjective=TRUE, objective="n/a", assessment="n/a", plan="n/a")
    parts = Keystroke().parts(case(note))
    assert 60 * parts.transfer == pytest.approx(34.4)
    assert parts.slips == pytest.approx(4 * 0.003)


def test_the_floor_is_reading_alone():
    note = small.draft(subjective=f"{TRUE} {FALSE}")
    parts = Floor().parts(case(note))
    assert parts.read == pytest.approx(note.words / 238)
    assert parts.verify == parts.edit == parts.transfer == parts.sign == 0
    assert parts.slips is None
    assert parts.read <= Keystroke().parts(case(note)).read
