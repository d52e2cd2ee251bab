import tomllib

import pytest

from evalkit.claims import context
from evalkit.claims.context import FOLDER, KINDS, Said, contexts
from evalkit.claims.extract import parse
from evalkit.errors import InputError
from evalkit.sessions.generate import generate


def of(text):
    """The context of the last assertion of a sentence."""
    return parse("subjective", 0, text, 0, len(text)).assertions[-1]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("Client denies suicidal ideation.", "negated"),
        ("Denies SI, HI and AVH.", "negated"),
        ("Client has never had a panic attack.", "negated"),
        ("Suicidal ideation was denied.", "negated"),
        ("Client is no longer drinking.", "negated"),
        ("Client denies SI but reports poor sleep.", "affirmed"),
        ("Client reports not only anxiety.", "affirmed"),
        ("Cannot rule out bipolar disorder.", "affirmed"),
        ("Client denies any change in sleep.", "affirmed"),
        ("Client reports negative thoughts.", "affirmed"),
        ("Suicide risk was not assessed.", "affirmed"),
        ("Client reports poor sleep.", "affirmed"),
    ],
)
def test_what_is_denied_is_negated_and_what_only_looks_it_is_not(text, want):
    assert of(text).polarity == want


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("Client will keep a sleep diary.", "planned"),
        ("Next session in two weeks.", "planned"),
        ("Client has a history of depression.", "past"),
        ("Client drank heavily in college.", "past"),
        ("Client considered leaving her husband.", "hypothetical"),
        ("Client reports anxiety in the past week.", "current"),
        ("Client drinks once a week.", "current"),
        ("Client reports a wish to be dead.", "current"),
    ],
)
def test_what_was_once_or_is_to_come_is_told_from_what_is(text, want):
    assert of(text).temporality == want


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("It is unclear whether client has panic attacks.", "uncertain"),
        ("Rule out bipolar disorder.", "uncertain"),
        ("Provisional diagnosis: panic disorder.", "likely"),
        ("Client will call as soon as possible.", "stated"),
        ("Client has panic attacks.", "stated"),
    ],
)
def test_what_is_unsure_is_told_from_what_is_stated(text, want):
    assert of(text).certainty == want


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("Client's mother was diagnosed with bipolar disorder.", "mother"),
        ("Client reports that her mother drinks and takes lithium.", "mother"),
        ("Family history of alcoholism: the father.", "father"),
        ("Her mother-in-law takes lithium.", "in_law"),
        ("Client and her husband argue, and a peer named Marcus relapsed.", "Marcus"),
        ("Therapist validated client's anxiety.", "clinician"),
        ("Client has conflict with her mother.", "client"),
        ("Client was abused by her father.", "client"),
        ("Client feels anxious when her mother calls.", "client"),
        ("Both partners denied violence.", "client"),
        ("Client manages stress well.", "client"),
    ],
)
def test_an_assertion_is_about_the_subject_of_its_verb(text, want):
    assert of(text).subject == want


def test_negation_on_the_ledger_is_read_better_than_by_any_negative_word():
    """Fresh sessions; both figures are of the same facts, which name their polarity."""
    facts = {fact.statement: fact for one in generate(12, 52_011) for fact in one.facts}
    rows = [(fact, parse("", 0, text, 0, len(text))) for text, fact in facts.items()]
    ours = sum(fact.polarity == one.assertions[0].polarity for fact, one in rows)
    plain = sum(fact.polarity == one.claim.polarity for fact, one in rows)
    assert ours / len(rows) >= 0.92
    assert ours > plain


def test_several_texts_at_once_are_read_as_each_alone():
    texts = ["Client denies panic", "Client reports panic", "Will track panic", "May have panic"]
    said = [Said(text, 0, len(text)) for text in texts]
    assert contexts(said) == [contexts([one])[0] for one in said]


@pytest.mark.parametrize("text", ["", "...", "\u201c", "no", "4.5.6", "don\u2019t", "\ud83d\ude00"])
def test_texts_without_words_to_look_at_are_current_and_affirmed_or_denied(text):
    (found,) = contexts([Said(text, 0, len(text))])
    assert found.temporality == "current"
    assert found.subject == "client"


@pytest.mark.parametrize("kind", KINDS)
def test_no_phrase_of_a_kind_is_listed_twice_or_stands_against_itself(kind):
    lists = tomllib.loads((FOLDER / f"{kind}.toml").read_text(encoding="utf-8"))
    for phrases in lists.values():
        assert len(phrases) == len(set(phrases))
        assert all(phrase == phrase.lower().strip() for phrase in phrases)
    assert not set(lists["before"]) & set(lists["not_so"])
    assert not set(lists["after"]) & set(lists["not_so"])


def test_a_file_without_one_of_its_lists_is_named(tmp_path, monkeypatch):
    (tmp_path / "past.toml").write_text("before = []\nafter = []\nends = []\n")
    monkeypatch.setattr(context, "FOLDER", tmp_path)
    with pytest.raises(InputError, match=r"past\.toml, field 'not_so'"):
        context._terms("past")
