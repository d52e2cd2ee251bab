import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.claims.carried import carried
from evalkit.claims.exact import exact
from evalkit.claims.extract import category, parse
from evalkit.claims.features import best_written
from evalkit.claims.ground import Grounder
from evalkit.drafters.fabricating import inventions
from evalkit.records import FALSE, Fact, Trap, Turn
from evalkit.sessions.generate import generate
from tests import small

GROUNDER = Grounder()


def ground(session, note):
    return GROUNDER.ground(note, session, GROUNDER.index(session))


def test_offsets_point_at_the_sentence_in_its_section():
    note = small.draft(subjective="Client reports poor sleep.  Denies SI.", plan="Return in May.")
    findings = ground(small.session(), note)
    assert [(f.claim.section, f.claim.index) for f in findings] == [
        ("subjective", 0),
        ("subjective", 1),
        ("plan", 0),
    ]
    for finding in findings:
        claim = finding.claim
        assert note.sections[claim.section][claim.start : claim.end] == claim.text


def test_a_fact_of_the_ledger_is_supported_and_an_invention_is_not():
    note = small.draft(
        subjective="Client reports waking at 3 a.m. with difficulty returning to sleep. "
        "Client has a history of epilepsy and takes lamotrigine."
    )
    true, false = ground(small.session(), note)
    assert true.verdict == "supported"
    assert false.verdict == "unsupported"
    assert false.severity == "major"
    assert true.p_unsupported < 0.5 < false.p_unsupported


def test_the_opposite_of_a_fact_is_contradicted():
    (finding,) = ground(
        small.session(), small.draft(subjective="Client endorses suicidal ideation.")
    )
    assert finding.verdict == "contradicted"
    assert finding.category == "risk"


def test_without_a_ledger_the_transcript_is_the_evidence():
    session = small.session(facts=())
    note = small.draft(subjective="Client keeps waking up at three.", plan="Start lithium 900 mg.")
    said, invented = ground(session, note)
    assert said.p_unsupported < invented.p_unsupported
    assert 1 in [e.turn for e in said.evidence if e.source == "transcript"]


def test_evidence_quotes_stand_in_the_turns_they_name():
    session = small.session()
    for finding in ground(session, small.draft(subjective="Client wakes at three each night.")):
        for evidence in finding.evidence:
            if evidence.turn is not None:
                assert evidence.quote in session.turns[evidence.turn].text


def test_the_same_sentence_about_the_same_session_has_the_same_id():
    first = ground(small.session(), small.draft(plan="Return next week."))
    again = ground(small.session(), small.draft(plan="Return next week."))
    assert first == again


def test_a_failed_draft_has_no_findings_and_carries_nothing():
    failed = small.draft().model_copy(update={"failure": "time-out"})
    assert ground(small.session(), failed) == ()
    assert carried(small.session(), failed) == ()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_grounded_without_a_crash(text):
    for finding in ground(small.session(), small.draft(subjective=text)):
        assert 0 <= finding.p_unsupported <= 1


def test_facts_are_carried_contradicted_or_omitted():
    note = small.draft(
        subjective="Client reports waking at 3 a.m. with difficulty returning to sleep. "
        "Client endorses suicidal ideation."
    )
    outcomes = {one.fact.fact_id: one.outcome for one in carried(small.session(), note)}
    assert outcomes == {"f1": "carried", "f2": "contradicted", "f3": "omitted"}


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("Client disclosed childhood abuse.", "abuse_history"),
        ("Client denies SI.", "risk"),
        ("Takes sertraline 50 mg.", "medication"),
        ("History of diabetes.", "condition"),
        ("Affect was flat.", "mental_status"),
        ("Therapist used motivational interviewing.", "intervention"),
        ("Client will return next week.", "plan"),
        ('Client said "enough".', "quote"),
        ("Client has three aunts.", "number_date"),
        ("Client likes the sea.", "other"),
    ],
)
def test_a_claim_falls_under_the_gravest_thing_it_speaks_of(text, want):
    assert category(parse("subjective", 0, text, 0, len(text))) == want


def heard(*turns):
    return small.session(
        facts=(), turns=tuple(Turn(speaker=speaker, text=text) for speaker, text in turns)
    )


@pytest.mark.parametrize(
    ("said", "claimed"),
    [
        ("I never said I wanted to kill myself.", "Wanted to kill myself."),
        ("My mother has bipolar disorder and takes lithium.", "Has bipolar disorder."),
    ],
)
def test_a_part_of_what_was_said_is_not_what_was_said(said, claimed):
    session = heard(("client", said))
    index = GROUNDER.index(session)
    parsed = parse("subjective", 0, claimed, 0, len(claimed))
    assert exact(parsed, index, best_written(parsed, index)) != 0


def test_a_question_is_no_statement():
    session = heard(("therapist", "Suicidal thoughts?"), ("client", "What do you mean?"))
    index = GROUNDER.index(session)
    parsed = parse("subjective", 0, "Suicidal thoughts.", 0, 18)
    assert exact(parsed, index, best_written(parsed, index)) is None


@pytest.mark.parametrize(
    ("answer", "right", "wrong"),
    [
        ("No, nothing like that.", "denies", "reports"),
        ("Yes, every day.", "reports", "denies"),
    ],
)
def test_a_plain_answer_about_risk_settles_what_a_note_may_say(answer, right, wrong):
    session = heard(("therapist", "Any thoughts of ending your life?"), ("client", answer))
    note = small.draft(plan=f"Client {right} suicidal ideation. Client {wrong} suicidal ideation.")
    good, bad = ground(session, note)
    assert good.verdict != "contradicted"
    assert (bad.verdict, bad.p_unsupported) == ("contradicted", 0.95)


def test_a_drug_that_nobody_mentions_is_unsupported_in_any_section():
    session = heard(("client", "I slept well."))
    for section in ("subjective", "objective", "plan"):
        (finding,) = ground(session, small.draft(**{section: "Client takes lithium."}))
        assert finding.verdict == "unsupported"
        assert finding.severity == "major"


def test_numbers_in_words_are_the_numbers_they_name():
    session = heard(("client", "I take twenty-five milligrams of sertraline."))
    right, wrong = ground(
        session, small.draft(plan="Client takes sertraline 25 mg. Client takes sertraline 50 mg.")
    )
    assert right.p_unsupported < wrong.p_unsupported
    assert wrong.verdict == "unsupported"


def test_a_fact_that_shares_too_few_words_is_not_carried():
    note = small.draft(subjective="Client wakes up hungry.")
    assert {one.outcome for one in carried(small.session(), note)} == {"omitted"}


def test_findings_of_two_drafts_never_share_an_id():
    note = small.draft(plan="Return next week.")
    other = note.model_copy(update={"approach": "another"})
    (one,), (two,) = ground(small.session(), note), ground(small.session(), other)
    assert one.finding_id != two.finding_id


LEDGER = small.session(
    facts=(
        *small.FACTS,
        Fact(
            fact_id="m",
            kind="medication",
            statement="Client takes sertraline 50 mg each morning.",
            reworded="Sertraline continues at 50 mg in the morning.",
            turns=(1,),
        ),
        Fact(
            fact_id="d",
            kind="social",
            statement="Client's brother was hospitalized for drinking.",
            subject="brother",
            turns=(5,),
        ),
        Fact(
            fact_id="o",
            kind="mental_status",
            statement="Appearance could not be observed by telephone.",
            discussed=False,
        ),
    ),
    traps=(
        Trap(
            kind="third_party_history",
            category="attribution",
            bait="Client was hospitalized for drinking.",
            reworded="Client has had an inpatient stay for alcohol.",
            truth="Client's brother was hospitalized for drinking.",
            fact_kind="history",
            turns=(5,),
        ),
    ),
)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("Client takes sertraline 50 mg each morning.", "supported"),
        ("Sertraline continues at 50 mg in the morning.", "supported"),
        ("CLIENT TAKES SERTRALINE 50 MG EACH MORNING", "supported"),
        ("Client takes sertraline 150 mg each morning.", "contradicted"),
        ("Client was hospitalized for drinking.", "contradicted"),
        ("Client has had an inpatient stay for alcohol.", "contradicted"),
        ("Client's brother was hospitalized for drinking.", "supported"),
        ("Client reports suicidal ideation.", "contradicted"),
        ("Appearance was neat.", "contradicted"),
        ("Appearance could not be seen.", "supported"),
        ('Client said, "I want to sail around the world alone."', "unsupported"),
        ("Therapist taught client to fly a helicopter over the harbor.", "unsupported"),
    ],
)
def test_what_the_ledger_knows_is_told_from_what_it_does_not(text, want):
    (finding,) = ground(LEDGER, small.draft(subjective=text))
    assert finding.verdict == want


def test_a_false_half_makes_the_sentence_false_and_the_true_half_stays_true():
    text = "Client denies suicidal ideation and was hospitalized for drinking."
    (finding,) = ground(LEDGER, small.draft(subjective=text))
    assert finding.verdict in FALSE
    assert [one.verdict in FALSE for one in finding.assertions] == [False, True]
    for one in finding.assertions:
        assert one.assertion.text == text[one.assertion.start : one.assertion.end]


def test_a_sentence_is_as_bad_as_its_worst_assertion():
    for session in generate(4, 71):
        note = small.draft(
            subjective=" ".join(lie.text for lie in inventions(session)[:12]),
            plan=" ".join(fact.reworded or fact.statement for fact in session.discussed),
        )
        findings = ground(session, note)
        assert any(len(one.assertions) > 1 for one in findings)
        for finding in findings:
            worst = any(one.verdict in FALSE for one in finding.assertions)
            assert worst == (finding.verdict in FALSE)


def test_evidence_offsets_point_at_the_quote():
    for session in generate(4, 72):
        note = small.draft(plan=" ".join(fact.statement for fact in session.discussed))
        sources = [fact.statement for fact in session.facts]
        for finding in ground(session, note):
            for one in finding.evidence:
                texts = [session.turns[one.turn].text] if one.turn is not None else sources
                if one.source in ("transcript", "ledger"):
                    assert any(text[one.start : one.end] == one.quote for text in texts)


def test_what_was_left_open_is_named_and_what_is_another_persons_is_attribution():
    open_, anothers = ground(
        LEDGER,
        small.draft(subjective="Appearance was neat. Client was hospitalized for drinking."),
    )
    assert "fact o" in open_.reason
    assert anothers.category == "attribution"
    assert "third party history" in anothers.reason


def test_no_reason_quotes_the_note_or_the_session():
    for session in generate(3, 73):
        note = small.draft(plan=" ".join(lie.text for lie in inventions(session)))
        for finding in ground(session, note):
            said = " ".join(turn.text for turn in session.turns)
            assert finding.claim.text not in finding.reason
            assert not any(part in finding.reason for part in said.split(". ") if len(part) > 20)


def test_a_false_claim_on_a_legal_matter_is_major():
    (finding,) = ground(LEDGER, small.draft(subjective="Client was arrested and is on probation."))
    assert finding.verdict in FALSE
    assert (finding.category, finding.severity) == ("other", "major")


def test_true_facts_in_either_wording_are_never_flagged_and_most_false_ones_are():
    caught = []
    for session in generate(12, 74):
        for wording in ("statement", "reworded"):
            texts = [getattr(fact, wording) or fact.statement for fact in session.discussed]
            findings = ground(session, small.draft(subjective="\n".join(texts)))
            assert not [one for one in findings if one.verdict in FALSE]
        lies = small.draft(subjective="\n".join(lie.text for lie in inventions(session)))
        caught += [one.verdict in FALSE for one in ground(session, lies)]
    assert len(caught) > 300
    assert sum(caught) / len(caught) > 0.9


def test_words_that_the_ledger_does_not_know_are_seldom_taken_for_false():
    flagged = []
    for session in generate(12, 75):
        facts = tuple(one.model_copy(update={"reworded": ""}) for one in session.facts)
        texts = [fact.reworded or fact.statement for fact in session.discussed]
        known = session.model_copy(update={"facts": facts})
        findings = ground(known, small.draft(subjective="\n".join(texts)))
        flagged += [one.verdict in FALSE for one in findings]
    assert len(flagged) > 250
    assert sum(flagged) / len(flagged) < 0.2
