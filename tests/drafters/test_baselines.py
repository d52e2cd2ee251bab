"""Offline baselines and controls, each on what it is for."""

import asyncio

from evalkit import formats
from evalkit.drafters._base import Request
from evalkit.drafters.fabricating import Fabricating, inventions
from evalkit.experiment import load_sessions
from evalkit.records import Approach, Experiment, SessionsConfig, Turn
from evalkit.runner import run
from evalkit.sessions.generate import generate
from tests import small


def drafts(drafter, count=12, **options):
    experiment = Experiment(
        name="t",
        sessions=SessionsConfig(options={"count": count}),
        approaches=(Approach(name="a", drafter=drafter, options=options),),
    )
    return run(experiment, load_sessions(experiment))


def test_the_most_central_turns_are_extracted():
    texts = [
        "I worry about the exam all the time.",
        "The exam makes me worry at night.",
        "I worry that the exam goes badly.",
        "Parking was easy, purple umbrella notwithstanding.",
    ]
    turns = tuple(Turn(speaker="client", text=text) for text in texts)
    session = small.session(turns=turns, facts=())
    approach = Approach(name="a", drafter="extractive", options={"sentences": 3})
    experiment = Experiment(name="t", formats=("free",), approaches=(approach,))
    (draft,) = run(experiment, (session,)).drafts
    assert draft.sections["note"] == " ".join(texts[:3])


def test_an_extract_holds_nothing_that_was_not_said():
    done = drafts("extractive")
    sessions = {session.session_id: session for session in done.sessions}
    for draft in done.drafts:
        said = {turn.text for turn in sessions[draft.session_id].turns}
        for text in draft.sections.values():
            assert not text or any(turn in text for turn in said)


def test_the_nearest_note_is_another_clients():
    done = drafts("nearest_note", 4)
    for draft, session in zip(done.drafts, done.sessions, strict=True):
        own = formats.load("soap").write_out(session.facts)
        assert draft.sections != own


def test_hallucinations_are_major_as_often_as_published():
    done = drafts("fabricating", 60, hallucinated=0.2)
    planted = [one for d in done.drafts for one in d.planted if one.kind == "hallucinated"]
    share = sum(one.severity == "major" for one in planted) / len(planted)
    assert len(planted) > 150
    assert abs(share - 0.44) < 0.12


def test_the_default_rates_are_the_published_ones():
    done = drafts("fabricating", 120)
    facts = sum(len(session.facts) for session in done.sessions)
    kinds = [one.kind for draft in done.drafts for one in draft.planted]
    assert abs(kinds.count("hallucinated") / facts - 0.0147) < 0.008
    assert abs(kinds.count("omitted") / facts - 0.0345) < 0.012


def test_what_is_planted_is_false_of_its_session():
    for session in generate(12, 5):
        facts = {words for fact in session.facts for words in (fact.statement, fact.reworded)}
        lies = inventions(session)
        assert not facts & {words for one in lies for words in (one.text, one.reworded) if words}


def test_other_words_change_no_more_than_the_words():
    (session,) = generate(1, 5)
    written = {share: write_fabricated(session, share) for share in (0.0, 0.5, 1.0)}
    own, _, other = (written[share].planted for share in (0.0, 0.5, 1.0))
    assert [(one.kind, one.category, one.trap, one.section) for one in own] == [
        (one.kind, one.category, one.trap, one.section) for one in other
    ]
    reworded = {lie.reworded for lie in inventions(session) if lie.reworded}
    told = [one for one in other if one.kind == "hallucinated"]
    assert sum(one.text in reworded for one in told) >= 0.8 * len(told) > 0
    assert not reworded & {one.text for one in own}
    sections = [" ".join(one.sections.values()) for one in written.values()]
    assert len(set(sections)) == 3


def test_a_planted_error_stands_in_the_note_as_its_label_says():
    for share in (0.0, 0.5, 1.0):
        for session in generate(8, 5):
            note = write_fabricated(session, share)
            for one in note.planted:
                assert one.kind != "hallucinated" or one.text in note.sections[one.section]


def write_fabricated(session, reworded):
    approach = Approach(name="a", drafter="fabricating")
    drafter = Fabricating(hallucinated=0.3, reworded=reworded)
    soap = formats.load("soap")
    request = Request(session, soap, approach, replicate=0, seed=3, llm=None)
    return asyncio.run(drafter.write(request))


def test_jottings_are_spelled_out_and_put_in_their_fields():
    session = small.session(jottings="sx: ct rpts poor sleep\nhw: thought record\nloose line")
    experiment = Experiment(name="t", approaches=(Approach(name="a", drafter="form_fill"),))
    (draft,) = run(experiment, (session,)).drafts
    assert draft.sections["subjective"] == "Client reports poor sleep. Loose line."
    assert draft.sections["plan"] == "Thought record."
