import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.claims.extract import claims, parse
from evalkit.claims.grammar import grammar
from evalkit.claims.text import tokens
from tests import small


def parsed(text, start=0):
    return parse("subjective", 0, text, start, start + len(text))


def said(text):
    """Each assertion with what it hangs on."""
    one = parsed(text)
    return [one.of_assertion(each).claim.text for each in one.assertions]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("Denies SI, HI and AVH.", ["Denies SI", "Denies HI", "Denies AVH"]),
        ("No SI/HI.", ["No SI", "No HI"]),
        (
            "Client reports poor sleep and started sertraline 50 mg on Monday.",
            ["Client reports poor sleep", "Client started sertraline 50 mg on Monday"],
        ),
        (
            "Although client reports anxiety, she denies panic attacks.",
            ["Although client reports anxiety", "she denies panic attacks"],
        ),
        (
            "Client reports depression but no suicidal ideation.",
            ["Client reports depression", "Client reports no suicidal ideation"],
        ),
        ("Mood: anxious; affect: flat.", ["Mood: anxious", "affect: flat"]),
        (
            "Client was alert, cooperative and well groomed.",
            ["Client was alert", "Client was cooperative", "Client was well groomed"],
        ),
        (
            "Client, a 34-year-old nurse, reports low mood, fatigue, and poor appetite.",
            [
                "Client, a 34-year-old nurse",
                "Client reports low mood",
                "Client reports fatigue",
                "Client reports poor appetite",
            ],
        ),
        (
            "Client will practice breathing, keep a log and call a friend.",
            [
                "Client will practice breathing",
                "Client will keep a log",
                "Client will call a friend",
            ],
        ),
        (
            "Client reports conflict with mother and sister.",
            ["Client reports conflict with mother", "Client reports conflict with sister"],
        ),
        ("SI and HI were denied.", ["SI were denied", "HI were denied"]),
        (
            "Client reports no SI, no HI; sleep improved.",
            ["Client reports no SI", "Client reports no HI", "sleep improved"],
        ),
    ],
)
def test_a_sentence_is_cut_where_another_thing_is_said(text, want):
    assert said(text) == want


@pytest.mark.parametrize(
    "text",
    [
        'Client said "no sleep, no food and no hope".',
        "Client met with Anna and Tom on March 3, 2025.",
        "Client paid 1,200 dollars on March 3, 2025.",
        "Client is oriented to person, place, and time.",
        "Client explored the link between sleep and mood.",
        "Thought record: evidence for and against.",
        "Diagnosis reviewed (depression, anxiety and insomnia).",
        "When anxious, client avoids driving.",
        "Seen by Dana Lee, LCSW.",
        "However, client slept.",
    ],
)
def test_nothing_is_cut_in_quotations_numbers_names_brackets_or_fixed_pairs(text):
    assert len(parsed(text).assertions) == 1


def test_offsets_are_in_the_section_and_the_text_is_the_assertions_own():
    text = "Slept well. Denies SI, HI and AVH."
    note = small.draft(subjective=text)
    _, second = claims(note)
    assert [text[one.start : one.end] for one in second.assertions] == ["Denies SI", "HI", "AVH"]
    assert [one.text for one in second.assertions] == ["Denies SI", "HI", "AVH"]
    alone = second.of_assertion(second.assertions[1])
    assert (alone.claim.text, alone.claim.start, alone.claim.end) == ("Denies HI", 23, 25)
    assert alone.claim.polarity == "negated"
    assert alone.claim.section == "subjective"


def test_each_assertion_has_its_own_concepts_and_numbers():
    first, second = parsed("Takes sertraline fifty mg and sleeps 4 hours.").assertions
    assert (first.concepts, first.numbers) == (("sertraline",), ("50",))
    assert (second.concepts, second.numbers) == (("sleep",), ("4",))


def test_a_sentence_that_says_one_thing_is_its_own_assertion():
    one = parsed("Client slept badly.")
    (only,) = one.assertions
    assert one.of_assertion(only) is one
    assert only.text == "Client slept badly"


WORDS = (
    "client denies reports SI HI and , ; but mother takes lithium or / ( ) no 50 mg well was "
    "although will walk : Anna sleep poor , ."
).split()
ANY = st.text(max_size=200)
NOTELIKE = st.lists(st.sampled_from([*WORDS, '"']), max_size=25).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(ANY | NOTELIKE)
def test_assertions_cover_the_sentence_but_for_what_joins_them(text):
    one = parsed(text, start=7)
    joining = {
        word for phrases in grammar().joining.values() for words in phrases for word in words
    }
    joining |= grammar().joins | grammar().breaks
    words = tokens(text)
    places = [place for each in one.assertions for place in (each.start - 7, each.end - 7)]
    assert places == sorted(places)
    for each in one.assertions:
        assert text[each.start - 7 : each.end - 7] == each.text != ""
    if words:
        assert places[0] == words[0].start
        assert places[-1] == words[-1].end
    else:
        assert not places
    for left, right in itertools.pairwise(one.assertions):
        between = tokens(text[left.end - 7 : right.start - 7])
        assert {token.word.lower() for token in between} <= joining
    assert all(one.of_assertion(each).claim.text for each in one.assertions)
