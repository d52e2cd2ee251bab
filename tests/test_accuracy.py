"""What is known of a judge comes from the run's own controls, else from the card."""

import pytest

from evalkit.accuracy import (
    Accuracy,
    accuracy,
    checked,
    of_checked,
    read,
    recall,
    shipped,
    validity,
)
from evalkit.claims.ground import Grounder
from evalkit.errors import InputError
from evalkit.records.validity import Card
from tests import small
from tests.samples import sample_run
from tests.test_decision import card_of, run_with


def test_recall_is_of_the_runs_own_controls_where_they_hold_enough():
    found = recall(run_with(40, 30), card_of(0.99))
    assert found.planted == 40
    assert found.sensitivity == pytest.approx(0.75, abs=0.06)  # a sentence may stand there twice
    assert found.source == "the run's own controls"
    assert recall(run_with(10, 5), card_of(0.99)).source == "the card, held-out words"
    assert recall(run_with(10, 5), Card()) is None


def test_true_sentences_in_the_ledgers_own_words_say_nothing_of_false_alarms():
    run = run_with(40, 40)
    facts = [(s.session_id, fact.statement) for s in run.sessions for fact in s.facts]
    told = {(f.session_id, f.claim.text) for f in run.findings if f.approach == "fabricating"}
    apart = accuracy(run, "sentence", Card())
    assert recall(run, Card()).true - apart.true == len(told & set(facts)) > 0
    assert "in other words" in apart.source


def test_a_rate_is_corrected_by_figures_on_words_that_the_judge_was_not_shown():
    run = run_with(40, 40)
    assert accuracy(run, "sentence", card_of(0.9)).source == "the card, held-out words"
    (one,) = card_of(0.9).judges
    rows = tuple(row.model_copy(update={"group": "other words"}) for row in one.rows)
    shown = Card(judges=(one.model_copy(update={"rows": rows}),))
    assert accuracy(run, "sentence", shown).source.startswith("the run's own controls")
    assert accuracy(run_with(10, 5), "sentence", shown).source == "the card, other words"


def test_the_same_sentence_on_the_same_session_counts_once():
    run = run_with(40, 40)
    twice = run.model_copy(
        update={
            "drafts": run.drafts
            + tuple(one.model_copy(update={"replicate": 1}) for one in run.drafts),
            "findings": run.findings
            + tuple(one.model_copy(update={"replicate": 1}) for one in run.findings),
        }
    )
    assert recall(twice, Card()) == recall(run, Card())


def test_a_card_counts_only_for_the_judge_with_those_settings():
    run = sample_run()
    assert validity(run, card_of(0.9)) is not None
    other = card_of(0.9).judges[0].model_copy(update={"settings": {"weights": "mine"}})
    assert validity(run, Card(judges=(other,))) is None


def test_sessions_without_a_ledger_have_figures_of_their_own():
    run = sample_run(source="annomi")
    assert validity(run, card_of(0.9)) is None
    assert validity(run, shipped()).ledger is False
    assert validity(sample_run(), shipped()).ledger is True


def test_ones_own_card_is_heeded_before_the_one_in_the_package(tmp_path):
    file = tmp_path / "validity.json"
    file.write_text(card_of(0.5).model_dump_json(), encoding="utf-8")
    assert validity(sample_run(), read(file)) == card_of(0.5).judges[0]
    file.write_text('{"judges": [{"name": "x"}]}', encoding="utf-8")
    with pytest.raises(InputError, match=r"validity\.json"):
        read(file)


def test_a_fact_ascribed_to_the_wrong_person_counts_neither_as_true_nor_as_invented():
    note = small.draft(
        planted=(small.planted("Client ate.").model_copy(update={"kind": "misattributed"}),),
        subjective="Client slept. Client ate.",
    )
    session = small.session()
    grounder = Grounder()
    found = grounder.ground(note, session, grounder.index(session))
    assert [one.text for one in checked([note], found)] == ["Client slept."]


def test_nothing_checked_is_nothing_known():
    assert of_checked([], "sentence", "x") is None


def test_it_reads_as_a_sentence():
    known = Accuracy(
        unit="sentence", sensitivity=0.75, planted=40, specificity=1, true=9, source="the card"
    )
    assert str(known) == "30 of 40 planted errors were found (75 %), by the card"
