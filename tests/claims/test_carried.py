"""What becomes of each fact of the ledger in a note."""

import pytest

from benchmarks.grounding import one_wording
from evalkit.claims.carried import carried
from evalkit.records import Fact, Trap
from evalkit.sessions.generate import generate
from tests import small

FACTS = (
    Fact(
        fact_id="sleep",
        kind="symptom",
        statement="Client sleeps five hours a night.",
        reworded="Nightly rest comes to five hours.",
        turns=(1,),
    ),
    Fact(
        fact_id="risk",
        kind="risk",
        statement="Client denies suicidal ideation.",
        reworded="No thoughts of suicide, asked directly.",
        polarity="negated",
        turns=(2, 3),
    ),
    Fact(
        fact_id="aunt",
        kind="social",
        statement="Client's aunt has had a stroke.",
        subject="aunt",
        turns=(5,),
    ),
)
SESSION = small.session(
    facts=FACTS,
    traps=(
        Trap(
            kind="wrong_relative",
            category="attribution",
            bait="Client's mother has had a stroke.",
            fact_kind="social",
            turns=(5,),
        ),
    ),
)


def outcome(name, **sections):
    found = {one.fact.fact_id: one for one in carried(SESSION, small.draft(**sections))}
    return found[name]


@pytest.mark.parametrize(
    ("name", "text", "want"),
    [
        ("sleep", "Client sleeps five hours a night.", "carried"),
        ("sleep", "Nightly rest comes to five hours.", "carried"),
        ("sleep", "Client sleeps nine hours a night.", "contradicted"),
        ("sleep", "Client enjoys gardening.", "omitted"),
        ("risk", "No thoughts of suicide, asked directly.", "carried"),
        ("risk", "Client endorses suicidal ideation.", "contradicted"),
        ("aunt", "Client's aunt has had a stroke.", "carried"),
        ("aunt", "Client's mother has had a stroke.", "contradicted"),
    ],
)
def test_a_fact_is_carried_contradicted_or_omitted(name, text, want):
    assert outcome(name, subjective=text).outcome == want


def test_two_facts_in_one_sentence_are_both_carried():
    text = "Client sleeps five hours a night, and client's aunt has had a stroke."
    assert outcome("sleep", subjective=text).outcome == "carried"
    assert outcome("aunt", subjective=text).outcome == "carried"


def test_every_section_that_states_a_fact_is_named():
    text = "Client sleeps five hours a night."
    found = outcome("sleep", subjective=text, plan=f"Return. {text}")
    assert found.sections == ("subjective", "plan")
    assert outcome("sleep", subjective="Client enjoys gardening.").sections == ()


def notes(session):
    """What is known of each fact, and the same in other words."""
    return {fact.fact_id: fact.reworded or fact.statement for fact in session.discussed}


def seen(session, note):
    found = carried(session, small.draft(subjective="\n".join(note.values())))
    return {one.fact.fact_id: one.outcome for one in found}


def test_facts_in_either_wording_are_carried_and_no_neighbor_stands_in_for_one_left_out():
    for session in generate(8, 81):
        note = notes(session)
        assert set(seen(session, note).values()) == {"carried"}
        for name in list(note)[::4]:
            less = {key: text for key, text in note.items() if key != name}
            assert seen(session, less)[name] != "carried"


def test_of_facts_in_words_that_nobody_knows_most_are_carried_and_few_stand_in_for_others():
    kept, lost = [], []
    for session in generate(12, 82):
        note, known = notes(session), one_wording(session)
        names = [fact.fact_id for fact in session.discussed if fact.reworded]
        kept += [seen(known, note)[name] == "carried" for name in names]
        for name in names[::5]:
            less = {key: text for key, text in note.items() if key != name}
            lost.append(seen(known, less)[name] == "carried")
    assert len(kept) > 250
    assert sum(kept) / len(kept) > 0.5
    assert sum(lost) / len(lost) < 0.1


def test_what_was_said_word_for_word_is_carried():
    said = " ".join(text for _, text in small.TURNS)
    found = {one.fact.fact_id: one.outcome for one in carried(SESSION, small.draft(plan=said))}
    assert set(found.values()) == {"carried"}
