"""What holds for every scorer there is, and for any that is added."""

import pytest

from evalkit import registry
from evalkit.claims.carried import carried
from evalkit.claims.ground import Grounder
from evalkit.experiment import SCORERS
from evalkit.reviewers.keystroke import Keystroke
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
        aware = value("unsupported_claims", "fabrication", note, small.session())
        strict = value("unsupported_claims_strict", "fabrication", note, small.session())
        assert strict >= aware


def test_categories_add_up_to_the_unsupported_claims():
    found = scores("fabrication", NOTES["bad"], small.session())
    by_category = sum(s.value for s in found if s.scorer.startswith("fabricated_"))
    share = next(s.value for s in found if s.scorer == "unsupported_claims")
    assert by_category == pytest.approx(share * 2)


def test_fidelity_weighs_critical_facts_more():
    # weights 2 (f1), 3 (f2, critical), 1 (f3): only f1 is carried
    assert value("fidelity", "fidelity", NOTES["good"], small.session()) == pytest.approx(2 / 6)
    assert value("omitted_critical", "fidelity", NOTES["good"], small.session()) == 1


def test_a_planted_error_is_found_and_the_true_sentence_left_alone():
    assert value("planted_found", "planted", NOTES["control"], small.session()) == 1
    assert value("false_alarms", "planted", NOTES["control"], small.session()) == 0


def test_review_takes_longer_for_a_note_with_errors_and_for_copy_and_paste():
    session, grounder = small.session(), Grounder()

    def review(note, approach=small.APPROACH):
        findings = grounder.ground(note, session, grounder.index(session))
        case = small.case(session, note, findings, carried(session, note), approach)
        return Keystroke().review(case)

    good, control = review(NOTES["good"]), review(NOTES["control"])
    assert control.edit > good.edit
    assert control.verify > good.verify
    in_ehr = small.APPROACH.model_copy(update={"workflow": "in_ehr"})
    assert review(NOTES["good"], in_ehr).transfer == 0
    assert good.transfer == pytest.approx(4 * 8.6 / 60)
    assert good.minutes == pytest.approx(
        good.read + good.verify + good.edit + good.transfer + good.sign
    )
