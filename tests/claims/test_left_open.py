"""What a session left open is no omission, supports nothing by its words, and may not be denied."""

import pytest

from evalkit.claims.carried import carried
from evalkit.claims.evidence import Index
from evalkit.claims.extract import parse
from evalkit.claims.ground import Grounder
from evalkit.claims.left_open import admits, asserts, left_open
from evalkit.drafters.fabricating import inventions
from evalkit.records import Approach, Experiment, Fact, Session, SessionSpec, Trap, Turn
from evalkit.runner import run
from tests import small

RISK = Fact(
    fact_id="r",
    kind="risk",
    statement="Suicide risk was not assessed during this session.",
    discussed=False,
)
LOOKS = Fact(
    fact_id="m",
    kind="mental_status",
    statement="Appearance and eye contact could not be observed by telephone.",
    discussed=False,
)
UNCLE = Fact(
    fact_id="u",
    kind="history",
    subject="uncle",
    statement="Client's uncle survived a suicide attempt years ago.",
    turns=(0,),
)


def session(*facts, **changes):
    turns = (Turn(speaker="client", text="My uncle tried to end it once. I sleep badly."),)
    return Session(spec=SessionSpec(session_id="s1"), turns=turns, facts=facts, **changes)


def parsed(text):
    return parse("plan", 0, text, 0, len(text))


def verdict(text, of):
    grounder = Grounder()
    (finding,) = grounder.ground(small.draft(subjective=text), of, grounder.index(of))
    return finding.verdict


@pytest.mark.parametrize(
    "text",
    [
        "Client denies SI.",
        "Client denied SI/HI when asked.",
        "Risk was assessed as low; no intent or plan.",
        "C-SSRS screening was negative.",
        "Client answered no to all items of the suicide screener.",
        "Safety plan was reviewed.",
        "No weapons in the home, by client's report.",
    ],
)
def test_a_claim_on_risk_that_nobody_asked_about_is_contradicted(text):
    assert verdict(text, session(RISK, UNCLE)) == "contradicted"


@pytest.mark.parametrize(
    "text",
    [
        "Suicide risk was not assessed during this session.",
        "Clinician did not ask about suicidal thoughts.",
        "No inquiry into suicidal or homicidal ideation took place.",
        "SI/HI: not assessed.",
        "Neither self-harm nor suicidality was discussed.",
    ],
)
def test_a_claim_that_owns_up_to_what_was_left_open_is_supported(text):
    assert verdict(text, session(RISK, UNCLE)) == "supported"


@pytest.mark.parametrize(
    ("text", "asserted"),
    [
        ("Client was well groomed and maintained good eye contact.", True),
        ("Client smiled and sat with relaxed posture.", True),
        ("No psychomotor agitation was observed.", True),
        ("Posture and gestures were not observable.", False),
        ("Speech was slow, and mood was low.", False),
        ("Client's judgment appeared sound.", False),
        ("Client looks forward to a visit.", False),
    ],
)
def test_by_telephone_what_is_heard_may_be_stated_and_what_is_seen_may_not(text, asserted):
    assert (asserts(parsed(text), left_open(session(LOOKS))) is not None) == asserted


def test_what_is_planned_or_happened_to_somebody_else_asserts_nothing():
    open_ = left_open(session(RISK, UNCLE))
    for text in (
        "Clinician will assess suicide risk at the next session.",
        "Client's uncle survived a suicide attempt years ago.",
    ):
        assert asserts(parsed(text), open_) is None


def test_what_was_discussed_is_not_open_though_a_neighboring_matter_is():
    means = RISK.model_copy(update={"statement": "Access to firearms was not asked about."})
    asked = Fact(fact_id="a", kind="risk", statement="Client denies suicidal ideation.", turns=(0,))
    open_ = left_open(session(means, asked))
    assert asserts(parsed("Client denies suicidal ideation."), open_) is None
    assert asserts(parsed("Client has no firearms."), open_) is not None
    assert admits(parsed("Firearms were not asked about."), open_)
    assert verdict("Client denies suicidal ideation.", session(means, asked)) == "supported"


def test_the_index_holds_no_passage_of_what_was_not_discussed():
    index = Index(session(RISK, UNCLE))
    stated = [one.text for one in index.written if one.source == "ledger"]
    assert stated == [UNCLE.statement]
    assert [one.fact for one in index.left_open] == [RISK]
    assert Index(session(RISK), ledger=False).left_open == ()


def test_silence_on_what_was_not_discussed_is_no_omission():
    of = session(RISK, UNCLE)
    outcomes = carried(of, small.draft(subjective="Client sleeps badly."))
    assert [one.fact for one in outcomes] == [UNCLE]


@pytest.mark.parametrize("options", [{}, {"reworded": True}])
def test_controls_do_not_write_out_what_was_not_discussed(options):
    of = session(RISK, LOOKS, UNCLE)
    for drafter, more in (
        ("faithful", options),
        ("fabricating", {"hallucinated": 0, "omitted": 0}),
    ):
        approach = Approach(name="a", drafter=drafter, options=more)
        (draft,) = run(Experiment(name="t", approaches=(approach,)), (of,)).drafts
        assert draft.text.split() == UNCLE.statement.split()


def test_a_bait_that_is_true_is_never_planted_as_a_lie():
    baits = [
        Trap(kind="k", bait=f"Bait {why}.", because=why, category="other", fact_kind="social")
        for why in ("untrue", "inadmissible")
    ]
    lies = [one.text for one in inventions(session(UNCLE, traps=tuple(baits)))]
    assert "Bait untrue." in lies
    assert "Bait inadmissible." not in lies


def test_an_undiscussed_fact_is_never_altered_into_a_lie():
    number = RISK.model_copy(update={"statement": "Client denies 12 risks not asked about."})
    with_it, without = inventions(session(number)), inventions(session())
    assert {one.text for one in with_it} <= {one.text for one in without}
