"""The control that misplaces and misattributes true facts."""

import asyncio
from random import Random

import pytest

from evalkit.claims.carried import carried
from evalkit.drafters._base import Request, Unavailable
from evalkit.drafters.misplacing import Misplacing, ascribed
from evalkit.formats import load
from evalkit.records import Approach, Case, Draft, Session
from evalkit.scorers.attribution import Attribution
from evalkit.scorers.placement import Placement
from evalkit.sessions.generate import generate
from tests import small

APPROACH = Approach(name="misplacing", drafter="misplacing", control=True)


def write(session, seed=1, format="soap", **options):
    request = Request(session, load(format), APPROACH, 0, seed, None)
    return asyncio.run(Misplacing(**options).write(request))


@pytest.fixture(scope="module")
def sessions():
    return list(generate(12, 41))


def test_each_planted_error_stands_where_its_label_says(sessions):
    for session in sessions:
        written = write(session, misplaced=0.3, misattributed=0.3)
        for one in written.planted:
            assert one.text in written.sections[one.section]
            assert one.kind in ("misplaced", "misattributed")


def test_a_misplaced_fact_is_true_and_stands_where_it_does_not_belong(sessions):
    for session in sessions:
        told = {fact.statement: fact for fact in session.discussed}
        for one in write(session, misplaced=1, misattributed=0).planted:
            assert one.section not in load("soap").right_sections(told[one.text])


def test_a_misattributed_fact_is_no_fact_of_the_session(sessions):
    for session in sessions:
        known = {text for fact in session.facts for text in (fact.statement, fact.reworded)}
        planted = write(session, misplaced=0, misattributed=1).planted
        assert planted
        assert not known & {one.text for one in planted}


def test_with_both_rates_at_0_it_writes_the_faithful_note(sessions):
    for session in sessions:
        written = write(session, misplaced=0, misattributed=0)
        assert written.planted == ()
        assert written.sections == load("soap").write_out(session.discussed)


def test_the_same_seed_writes_the_same_note_and_another_another(sessions):
    assert write(sessions[0]) == write(sessions[0])
    assert len({str(write(sessions[0], seed).sections) for seed in range(8)}) > 1


def test_one_section_formats_misplace_nothing(sessions):
    planted = write(sessions[0], format="free", misplaced=1, misattributed=0).planted
    assert planted == ()


def test_a_session_without_a_ledger_is_not_drafted():
    with pytest.raises(Unavailable):
        write(small.session(facts=()))


def test_what_names_nobody_or_several_is_not_ascribed_to_another():
    fact = small.FACTS[0]
    session = small.session()
    for text in ("Sleep is poor.", "Client sleeps when client can.", "Client's sister sleeps."):
        assert ascribed(text, fact, session, Random(0)) is None


def case_of(session: Session, **options) -> Case:
    written = write(session, **options)
    draft = Draft(
        session_id=session.session_id,
        approach=APPROACH.name,
        approach_id="",
        format="soap",
        sections=written.sections,
        planted=written.planted,
    )
    return Case(session, APPROACH, draft, (), carried(session, draft))


def test_scorers_find_nearly_all_of_both_and_fault_no_faithful_note(sessions):
    planted = found = 0
    for session in sessions:
        clean = case_of(session, misplaced=0, misattributed=0)
        assert Placement().misplaced(clean) == []
        assert Attribution().misattributed(clean) == []
        moved = case_of(session, misplaced=0.3, misattributed=0)
        ascribed_ = case_of(session, misplaced=0, misattributed=0.3)
        planted += len(moved.draft.planted) + len(ascribed_.draft.planted)
        found += len(Placement().misplaced(moved)) + len(
            {one.sentence for one, _ in Attribution().misattributed(ascribed_)}
        )
    assert planted > 50
    assert found >= 0.95 * planted
