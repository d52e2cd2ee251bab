"""Right fact, wrong person."""

import pytest

from evalkit.claims.subjects import subject
from evalkit.records import Client as Person
from evalkit.records import Fact, FactOutcome, SessionSpec
from evalkit.scorers.attribution import Attribution
from tests import small
from tests.scorers.scored import scores

OWN = Fact(fact_id="a1", kind="symptom", statement="Client cried at work on two days last week.")
BROTHER = Fact(
    fact_id="a2",
    kind="social",
    statement="Client's brother was hospitalized for drinking.",
    subject="brother",
)


def attribution(text, *facts, **changes):
    session = small.session(facts=facts or (OWN,), **changes)
    return scores(Attribution(), small.draft(subjective=text), session)["attribution"]


@pytest.mark.parametrize(
    "text",
    [
        "Client cried at work on two days last week.",
        "Cried at work on two days last week.",
        "She cried at work on two days last week, her mother being away.",
        "By client's account, two days last week were spent crying at work: client cried.",
        "Clinician heard that client cried at work on two days last week.",
    ],
)
def test_the_clients_own_fact_may_name_the_client_or_nobody(text):
    assert attribution(text).value == 1


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Client's mother cried at work on two days last week.", "mother"),
        ("Her older sister cried at work on two days last week.", "sister"),
        ("Clinician cried at work on two days last week.", "clinician"),
    ],
)
def test_the_clients_fact_said_of_another_is_named(text, who):
    found = attribution(text)
    assert (found.value, found.reason) == (0, f"a1 said of {who}")


def test_a_relatives_fact_said_of_the_client_or_another_relative_is_wrong():
    assert attribution("Client was hospitalized for drinking.", BROTHER).value == 0
    assert attribution("Client's father was hospitalized for drinking.", BROTHER).value == 0
    assert (
        attribution("Client reports his brother was hospitalized for drinking.", BROTHER).value == 1
    )


def test_another_member_of_the_group_is_found_and_never_named():
    group = {
        "spec": SessionSpec(session_id="s1", setting="group"),
        "members": ("Dana", "Hassan"),
        "client": Person(name="Dana"),
    }
    found = attribution("Hassan cried at work on two days last week.", OWN, **group)
    assert (found.value, found.reason) == (0, "a1 said of another member")
    assert attribution("Dana cried at work on two days last week.", OWN, **group).value == 1


def test_a_sentence_that_rightly_states_another_fact_as_well_is_no_misattribution():
    both = (
        OWN,
        OWN.model_copy(
            update={
                "fact_id": "a3",
                "subject": "mother",
                "statement": "Client's mother cried at work on two days last week.",
            }
        ),
    )
    assert attribution("Client's mother cried at work on two days last week.", *both).value == 1


def test_a_pronoun_is_left_open():
    assert attribution("He was hospitalized for drinking.", BROTHER).value == 1
    assert attribution("His own drinking led to a hospital stay: hospitalized.", BROTHER).value == 1


def test_a_sentence_stands_for_the_fact_that_it_states_of_the_right_person():
    mothers = Fact(fact_id="m", kind="social", statement="Mother cried at work.", subject="mother")
    said = "Client's mother cried at work."
    outcomes = [
        FactOutcome(fact=fact, outcome="carried", sentence=said, share=share)
        for fact, share in ((OWN, 0.7), (mothers, 1.0))
    ]
    note = small.draft(subjective=said)

    def wrong(*facts):
        return Attribution().misattributed(small.case(small.session(), note, facts=facts))

    assert wrong(*outcomes) == []
    assert wrong(outcomes[0]) == [(outcomes[0], "mother")]


def test_without_a_ledger_there_is_no_value_and_a_reason():
    note = small.draft(subjective="Client slept.")
    found = scores(Attribution(), note, small.session(facts=()))["attribution"]
    assert (found.value, found.reason) == (None, "no ledger of facts")


def test_the_subject_is_the_first_person_who_does_something():
    assert subject("With support from his wife, client stopped drinking.") == "client"
    assert subject("Sleep is poor.") == ""
    assert subject("The partner softened toward client.") == "partner"
