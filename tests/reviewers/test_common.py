"""What holds for every reviewer there is, and for any that is added."""

import math

import pytest

from evalkit import registry
from evalkit.experiment import REVIEWERS
from tests import small
from tests.reviewers.reviewed import DENIED, FALSE, TRUE, case, modelled

NAMES = registry.names(REVIEWERS)
NOTES = {
    "good": small.draft(subjective=f"{TRUE} {DENIED}", plan="Return next week."),
    "bad": small.draft(subjective=f"{TRUE} {FALSE}", plan="Return next week."),
    "worse": small.draft(subjective=f"{FALSE} {FALSE} {TRUE}", plan=FALSE),
    "empty": small.draft(subjective="", plan=""),
    "free": small.draft(format="free", note=f"{TRUE} {FALSE}"),
}
SECONDS = ("read", "verify", "edit", "transfer", "sign")


@pytest.fixture(params=NAMES)
def reviewer(request):
    return registry.build(REVIEWERS, request.param)


@pytest.mark.parametrize("note", NOTES.values(), ids=NOTES)
@pytest.mark.parametrize("ledger", [True, False], ids=["ledger", "no-ledger"])
def test_minutes_by_part_are_finite_and_never_negative(reviewer, note, ledger):
    session = small.session() if ledger else small.session(facts=())
    parts = reviewer.parts(case(note, session))
    assert all(math.isfinite(getattr(parts, part)) for part in SECONDS)
    assert all(getattr(parts, part) >= 0 for part in SECONDS)
    assert parts.slips is None or 0 <= parts.slips < 1


def test_more_errors_never_take_less_time(reviewer):
    note = NOTES["worse"]
    minutes = [
        modelled(reviewer).review(case(note, false=false)).minutes
        for false in ((), (TRUE,), (TRUE, FALSE))
    ]
    assert minutes == sorted(minutes)


def test_copying_a_note_over_never_takes_less_time_than_a_draft_in_its_fields(reviewer):
    in_ehr = small.APPROACH.model_copy(update={"workflow": "in_ehr"})
    pasted, in_place = (
        modelled(reviewer).review(case(NOTES["good"], approach=approach))
        for approach in (small.APPROACH, in_ehr)
    )
    assert in_place.transfer == 0
    assert pasted.minutes >= in_place.minutes
    if pasted.transfer:
        assert pasted.slips > in_place.slips == 0


def test_a_longer_note_never_reads_faster(reviewer):
    longer = small.draft(subjective=f"{TRUE} {DENIED}", plan="Return next week. " * 20)
    assert reviewer.parts(case(longer)).read >= reviewer.parts(case(NOTES["good"])).read


def test_what_is_not_known_without_a_ledger_is_said(reviewer):
    assert reviewer.parts(case(NOTES["bad"], small.session(facts=()))).reason


def test_equal_seeds_give_equal_bytes_and_other_notes_do_not_matter(reviewer):
    bad = case(NOTES["bad"])
    alone = modelled(reviewer).review(bad)
    after_others = modelled(reviewer)
    for name in ("good", "worse"):
        after_others.review(case(NOTES[name]))
    assert after_others.review(bad).model_dump_json() == alone.model_dump_json()


def test_findings_that_are_not_there_cost_nothing_to_look_up(reviewer):
    note = NOTES["good"]
    empty = small.case(small.session(), note)
    assert reviewer.parts(empty).verify == 0
