"""How much of a note could stand in anybody's."""

import pytest

from evalkit.errors import InputError
from evalkit.records import Client, SessionSpec
from evalkit.scorers.specificity import Specificity
from tests import small
from tests.scorers.scored import scores

THIN = "Client was engaged throughout the session. Continue to monitor progress and symptoms."
THICK = "Client stopped singing in the choir. Client hid the ferry tickets in a cookbook."


def generic(text, session=None, **options):
    return scores(Specificity(**options), small.draft(plan=text), session)["generic_sentences"]


def test_boilerplate_is_generic_and_detail_is_not():
    assert (generic(THIN).value, generic(THIN).reason) == (1, "generic: plan 0, plan 1")
    assert generic(THICK).value == 0
    assert generic(f"{THIN} {THICK}").value == 0.5


@pytest.mark.parametrize(
    "text",
    [
        "Client was engaged for 20 minutes.",
        'Client said, "it was okay today."',
        "Client's mother provides support.",
        "Dana was engaged in session.",
        "Continue to support Marguerite.",
    ],
)
def test_a_number_a_quotation_or_a_name_makes_a_sentence_specific(text):
    session = small.session(
        spec=SessionSpec(session_id="s1", setting="group"),
        members=("Dana", "Hassan"),
        client=Client(name="Marguerite"),
    )
    assert generic(text, session).value == 0


def test_long_vague_sentences_carry_no_more_information_than_short_ones():
    vague = (
        "The therapist will work with the client to develop specific, actionable steps to increase "
        "confidence and self-efficacy and to overcome challenges."
    )
    assert generic(vague).value == 1
    bits = {
        text: scores(Specificity(), small.draft(plan=text))["information"].value
        for text in (vague, THICK)
    }
    assert bits[vague] < bits[THICK]


def test_words_a_fact_count_the_words_to_each_fact_carried():
    fact = "Client denies suicidal ideation."
    assert scores(Specificity(), small.draft(subjective=fact))["words_a_fact"].value == 4
    padded = scores(Specificity(), small.draft(subjective=f"{fact} {THIN}"))["words_a_fact"]
    assert padded.value == 4 + len(THIN.split())
    none = scores(Specificity(), small.draft(subjective=THICK))["words_a_fact"]
    assert (none.value, none.reason) == (None, "no fact of the ledger is carried")


def test_a_list_of_ones_own_replaces_the_packages(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('phrases = ["Client stopped singing in the choir."]\n')
    assert generic("Client stopped singing in the choir.", phrases=str(file)).value == 1
    file = tmp_path / "faulty.toml"
    file.write_text("phrases = 3\n")
    with pytest.raises(InputError, match="no list of phrases"):
        Specificity(phrases=str(file))
