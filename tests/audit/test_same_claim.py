"""The same claim in other words is known again; another claim of the same session is not."""

import itertools

import pytest

from evalkit.audit.same_claim import SAME_FROM, likeness, same_claim
from evalkit.claims.extract import category
from evalkit.claims.likeness import saying
from evalkit.records import Claim, Finding
from evalkit.sessions.generate import generate


def finding(text, verdict="unsupported", about="medication"):
    return Finding(
        session_id="s",
        approach="a",
        format="soap",
        finding_id="0",
        claim=Claim(section="plan", index=0, text=text, start=0, end=len(text)),
        verdict=verdict,
        p_unsupported=0.9,
        category=about,
        severity="major",
    )


ONE = finding("Client takes lithium 900 mg daily.")


@pytest.mark.parametrize(
    "text",
    [
        "Client takes lithium 900 mg daily.",
        "Client is taking lithium, 900 mg each day.",
        "Takes 900 mg of lithium daily, by own report.",
    ],
)
def test_the_same_claim_in_other_words_is_the_same(text):
    assert same_claim(ONE, finding(text)) >= SAME_FROM


@pytest.mark.parametrize(
    "other",
    [
        finding("Client takes lithium 300 mg daily."),
        finding("Client takes lithium daily."),
        finding("Client takes sertraline 900 mg daily."),
        finding("Client's mother takes lithium 900 mg daily.", verdict="supported"),
        finding("Client takes lithium 900 mg daily.", about="condition"),
        finding("Client ran 900 meters in the rain and felt free."),
        finding(""),
    ],
)
def test_another_number_drug_category_verdict_or_matter_is_another_claim(other):
    assert same_claim(ONE, other) == 0


def test_contradicted_and_unsupported_are_both_false_and_inferred_is_neither():
    text = ONE.claim.text
    assert same_claim(ONE, finding(text, verdict="contradicted")) == 1
    assert same_claim(ONE, finding(text, verdict="inferred")) == 0
    assert same_claim(finding(text, "inferred"), finding(text, "inferred")) == 1


def test_a_sentence_without_telling_words_is_like_itself():
    assert likeness("Yeah, right.", "Yeah, right.") == 1
    assert likeness("Yeah, right.", "Okay, so.") == 0


def test_the_threshold_holds_on_sessions_it_was_not_chosen_on():
    again = statements = mistaken = pairs = 0
    for session in generate(20, 700_003):
        known = [(one.statement, one.reworded) for one in session.facts if one.reworded]
        known += [(trap.bait, trap.reworded) for trap in session.traps if trap.reworded]
        for one, other in known:
            if one != other:
                statements += 1
                again += _same(one, other)
        for (one, _), (other, _) in itertools.combinations(known, 2):
            pairs += 1
            mistaken += _same(one, other)
    assert statements > 400
    assert again / statements > 0.4
    assert mistaken / pairs < 0.012


def _same(one: str, other: str) -> bool:
    about = [category(saying(text).parsed) for text in (one, other)]
    return about[0] == about[1] and likeness(one, other) >= SAME_FROM
