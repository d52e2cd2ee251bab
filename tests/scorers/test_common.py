"""What holds for every scorer there is, and for any that is added."""

import pytest

from evalkit import registry
from evalkit.claims.carried import carried
from evalkit.claims.ground import Grounder
from evalkit.experiment import SCORERS
from evalkit.records import Assertion, AssertionFinding, Claim, Finding, ReferenceNote
from tests import small

NAMES = registry.names(SCORERS)
TRUE = "Client reports waking at 3 a.m. with difficulty returning to sleep."
FALSE = "Client has a history of epilepsy and takes lamotrigine."
NOTES = {
    "good": small.draft(subjective=TRUE, objective="n/a", assessment="n/a", plan="n/a"),
    "bad": small.draft(subjective=FALSE, plan="Refer to a neurologist."),
    "control": small.draft(planted=(small.planted(FALSE),), subjective=f"{TRUE} {FALSE}"),
}


def scores(name, note, session):
    grounder = Grounder()
    findings = grounder.ground(note, session, grounder.index(session))
    case = small.case(session, note, findings, carried(session, note))
    return list(registry.build(SCORERS, name).score(case))


@pytest.mark.parametrize("note", NOTES.values(), ids=NOTES)
@pytest.mark.parametrize("ledger", [True, False], ids=["ledger", "no-ledger"])
@pytest.mark.parametrize("name", NAMES)
def test_each_measure_is_scored_once_with_its_unit_and_none_has_a_reason(name, ledger, note):
    session = small.session() if ledger else small.session(facts=())
    found = scores(name, note, session)
    measures = {one.name: one for one in registry.find(SCORERS, name).measures}
    assert sorted(one.scorer for one in found) == sorted(measures)
    for score in found:
        measure = measures[score.scorer]
        assert score.unit == measure.unit
        if score.value is None:
            assert score.reason
        elif measure.proportion:
            assert score.value in (0, 1)


def test_no_two_scorers_share_a_measure():
    names = [m.name for name in NAMES for m in registry.find(SCORERS, name).measures]
    assert len(names) == len(set(names))


def value(measure, name, note, session):
    return next(one for one in scores(name, note, session) if one.scorer == measure).value


def test_a_fabricated_note_scores_worse_than_a_true_one():
    session = small.session()
    assert value("fabrication", "fabrication", NOTES["good"], session) == 0
    assert value("fabrication", "fabrication", NOTES["bad"], session) == 1
    assert value("fabrication_major", "fabrication", NOTES["bad"], session) == 1


def test_strict_never_counts_fewer_than_inference_aware():
    for note in NOTES.values():
        for unit in ("claims", "sentences"):
            aware = value(f"unsupported_{unit}", "fabrication", note, small.session())
            strict = value(f"unsupported_{unit}_strict", "fabrication", note, small.session())
            assert strict >= aware


def test_categories_add_up_to_the_unsupported_sentences():
    found = scores("fabrication", NOTES["bad"], small.session())
    by_category = sum(s.value for s in found if s.scorer.startswith("fabricated_"))
    share = next(s.value for s in found if s.scorer == "unsupported_sentences")
    assert by_category == pytest.approx(share * 2)


def test_fidelity_weighs_critical_facts_more():
    # weights 2 (f1), 3 (f2, critical), 1 (f3): only f1 is carried
    assert value("fidelity", "fidelity", NOTES["good"], small.session()) == pytest.approx(2 / 6)
    assert value("omitted_critical", "fidelity", NOTES["good"], small.session()) == 1


def test_a_planted_error_is_found_and_the_true_sentence_left_alone():
    assert value("planted_found", "planted", NOTES["control"], small.session()) == 1
    assert value("false_alarms", "planted", NOTES["control"], small.session()) == 0


def finding(verdict, text="Client slept."):
    claim = Claim(section="plan", index=0, text=text, start=0, end=len(text))
    return Finding(
        session_id="s1",
        approach="hand",
        format="soap",
        finding_id=verdict,
        claim=claim,
        verdict=verdict,
        p_unsupported=0.4,
        category="plan",
        severity="minor",
    )


def test_what_is_only_inferred_counts_for_the_strict_rates_alone():
    note = small.draft(plan="Client slept.")
    case = small.case(small.session(), note, (finding("inferred"), finding("supported")))
    found = {one.scorer: one.value for one in registry.build(SCORERS, "fabrication").score(case)}
    assert (found["fabrication"], found["fabrication_strict"]) == (0, 1)
    assert (found["unsupported_sentences"], found["unsupported_sentences_strict"]) == (0, 0.5)
    assert (found["unsupported_claims"], found["unsupported_claims_strict"]) == (0, 0.5)


def test_a_sentence_of_three_claims_counts_three_times_per_claim_and_once_per_sentence():
    said = [
        AssertionFinding(
            assertion=Assertion(text="x", start=0, end=1), verdict=verdict, p_unsupported=0.4
        )
        for verdict in ("supported", "inferred", "contradicted")
    ]
    three = finding("contradicted").model_copy(update={"assertions": tuple(said)})
    note = small.draft(plan="Client slept.")
    case = small.case(small.session(), note, (three, finding("supported")))
    scored = {one.scorer: one for one in registry.build(SCORERS, "fabrication").score(case)}
    assert scored["unsupported_sentences"].value == 1 / 2
    assert scored["unsupported_claims"].value == 1 / 4
    assert scored["unsupported_claims_strict"].value == 2 / 4
    assert scored["unsupported_claims"].reason == "1 of 4 claims"
    assert scored["unsupported_sentences"].reason == "1 of 2 sentences"


def test_word_edits_are_counted_against_the_reference():
    reference = ReferenceNote(format="soap", sections={"plan": "Client will return next week."})
    session = small.session(references=(reference,))
    note = small.draft(plan="Client will return in two weeks.")
    # next -> in, week. -> two, + weeks.: 3 edits on 5 words
    assert value("word_edit_distance", "overlap", note, session) == pytest.approx(3 / 5)
    same = small.draft(plan="Client will return next week.")
    assert value("rougeL", "overlap", same, session) is None


def test_fidelity_names_the_facts_that_the_note_leaves_out():
    found = next(s for s in scores("fidelity", NOTES["good"], small.session()))
    assert (found.scorer, found.reason) == ("fidelity", "1 of 3 facts carried; left out: f2 f3")
