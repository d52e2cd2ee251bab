"""A note falls into a trap, avoids it, or does not mention the matter."""

import pytest

from benchmarks.traps import measure
from evalkit.claims.trapped import trapped
from evalkit.records import Chart, Client, Fact, Session, SessionSpec, Trap, Turn
from evalkit.sessions.generate import generate
from tests import small

SAID = (
    "How are you sleeping?",
    "Oh, like a baby. I'm up every two hours and I scream.",
    "And the zebra medicine, sertraline, are you at a hundred?",
    "They talked about a hundred and fifty, but no. A hundred.",
    "Would a support group be something?",
    "I don't want a group right now.",
    "Does anxiety run in the family?",
    "My aunt had a stroke in the spring.",
)
TURNS = tuple(
    Turn(speaker="client" if place % 2 else "therapist", text=text)
    for place, text in enumerate(SAID)
)


def fact(name, kind, statement, *turns, **more):
    return Fact(fact_id=name, kind=kind, statement=statement, turns=turns, **more)


def trap(kind, category, bait, *turns, reworded="", truth="", **more):
    fields = {"reworded": reworded, "truth": truth, "fact_kind": "social", **more}
    return Trap(kind=kind, category=category, bait=bait, turns=turns, **fields)


FACTS = (
    fact("f1", "symptom", "Sleep is poor and interrupted.", 1),
    fact("f2", "medication", "Client takes sertraline 100 mg daily.", 2, 3),
    fact("f3", "plan", "Client declined an offer to join a group.", 5, polarity="negated"),
    fact("f4", "social", "Client's aunt has had a stroke.", 7, subject="aunt"),
)
TRAPS = {
    "sarcasm": trap("sarcasm", "other", "Client reports sleeping well.", 1),
    "dose": trap("dose_confusion", "medication", "Client takes sertraline 150 mg daily.", 3),
    "plan": trap("plan_declined", "plan", "Client agreed to attend a support group.", 5),
    "relative": trap("wrong_relative", "attribution", "Client's mother has had a stroke.", 7),
    "carried": trap("carry_over", "other", "Client is unemployed and looking for work."),
    "quote": trap("near_quote", "quote", 'Client said, "I sleep like the dead."', 1),
}


def session(*traps, **changes):
    fields = {"facts": FACTS, **changes}
    return Session(spec=SessionSpec(session_id="s1"), turns=TURNS, traps=traps, **fields)


def outcome(name, text):
    (one,) = trapped(session(TRAPS[name]), small.draft(subjective=text))
    return one.outcome


@pytest.mark.parametrize(
    ("name", "text", "want"),
    [
        ("sarcasm", "Client reports sleeping well.", "fell"),
        ("sarcasm", "Client sleeps well at night.", "fell"),
        ("sarcasm", "Client's sleep is poor.", "avoided"),
        ("sarcasm", "Client enjoys gardening.", "not_mentioned"),
        ("dose", "Sertraline 150 mg daily is taken.", "fell"),
        ("dose", "Sertraline is taken at 100 mg daily.", "avoided"),
        ("plan", "Client agreed to join a support group.", "fell"),
        ("plan", "Client declined to join a support group.", "avoided"),
        ("relative", "Mother had a stroke in the spring.", "fell"),
        ("relative", "Client's aunt had a stroke.", "avoided"),
        ("carried", "Client is jobless and looking for work.", "fell"),
        ("carried", "Client enjoys gardening.", "not_mentioned"),
        ("quote", 'Client stated, "I sleep like a stone."', "fell"),
        ("quote", 'Client stated, "Oh, like a baby."', "not_mentioned"),
    ],
)
def test_a_note_falls_avoids_or_is_silent(name, text, want):
    assert outcome(name, text) == want


def test_both_wordings_of_a_bait_count_and_each_trap_has_its_outcome_in_order():
    reworded = TRAPS["sarcasm"].model_copy(update={"reworded": "Nights bring deep repose."})
    note = small.draft(subjective="Nights bring deep repose. Client's aunt has had a stroke.")
    first, second = trapped(session(reworded, TRAPS["relative"]), note)
    assert (first.outcome, first.sentence, first.share) == ("fell", "Nights bring deep repose.", 1)
    assert (second.outcome, second.sentence) == ("avoided", "Client's aunt has had a stroke.")


def test_one_bait_more_makes_an_avoided_trap_a_fall():
    note = small.draft(subjective="Sleep is poor and interrupted.")
    worse = small.draft(subjective="Sleep is poor and interrupted. Client reports sleeping well.")
    of = session(TRAPS["sarcasm"])
    assert [one.outcome for one in trapped(of, note)] == ["avoided"]
    assert [one.outcome for one in trapped(of, worse)] == ["fell"]


def test_any_name_of_another_member_falls_and_the_clients_own_does_not():
    named = trap(
        "member_name", "privacy", "Client thanked Ada for feedback.", 7, because="inadmissible"
    )
    of = session(named, members=("Ada", "Bo", "Cy"), client=Client(name="Cy"))
    for text, want in (
        ("Bo left early.", "fell"),
        ("Cy thanked a peer. Body is tense.", "avoided"),
    ):
        truth = named.model_copy(update={"truth": "Client thanked a peer."})
        (one,) = trapped(of.model_copy(update={"traps": (truth,)}), small.draft(plan=text))
        assert one.outcome == want


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("Client denies any thoughts of suicide.", "fell"),
        ("No question was put to client about suicide.", "avoided"),
        ("Client's sleep is poor.", "not_mentioned"),
    ],
)
def test_where_risk_was_not_asked_any_assertion_on_it_falls(text, want):
    never = fact("r", "risk", "Suicide risk was not assessed.", discussed=False)
    asked = trap("risk_never_asked", "risk", "Client denied SI/HI.", fact_kind="risk")
    (one,) = trapped(session(asked, facts=(*FACTS, never)), small.draft(plan=text))
    assert one.outcome == want


def test_a_stale_line_of_the_chart_shows_what_a_carry_over_is_about():
    stale = trap("carry_over", "other", "Quarrels over finances persist.")
    chart = Chart(last_note="Client reported rows about money with a tenant. Mood was fair.")
    note = small.draft(subjective="Client reported rows about money with a tenant.")
    without = trapped(session(stale), note)[0].outcome
    assert (trapped(session(stale, chart=chart), note)[0].outcome, without) == (
        "fell",
        "not_mentioned",
    )


def test_no_trap_or_no_draft_has_no_outcome():
    failed = small.draft().model_copy(update={"failure": "time-out"})
    assert trapped(session(TRAPS["plan"]), failed) == ()
    assert trapped(session(), small.draft(plan="Return.")) == ()


def test_an_empty_note_mentions_nothing():
    found = trapped(session(*TRAPS.values()), small.draft(plan=""))
    assert {one.outcome for one in found} == {"not_mentioned"}


def test_the_ledger_written_out_falls_into_no_trap():
    for of in generate(12, 41):
        for wording in ("statement", "reworded"):
            texts = [getattr(each, wording) or each.statement for each in of.discussed]
            note = small.draft(subjective="\n".join(texts))
            fell = [one for one in trapped(of, note) if one.outcome == "fell"]
            assert not fell


def test_most_falls_are_seen_in_words_that_the_comparison_does_not_know():
    rows = list(measure(45, 77, known_words=False))
    fell = [found.outcome == "fell" for _, arm, found, _, _ in rows if arm == "fell"]
    other = [found.outcome == "fell" for _, arm, found, _, _ in rows if arm != "fell"]
    assert len(fell) > 20
    assert sum(fell) / len(fell) > 0.85
    assert sum(other) / len(other) < 0.15
