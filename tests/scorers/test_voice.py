"""How far a draft is from the way the clinician writes."""

import pytest

from evalkit.errors import InputError
from evalkit.records import Chart, ReferenceNote
from evalkit.scorers.voice import Voice, abbreviations, distance, sentence_length
from tests import small
from tests.scorers.scored import scores

TERSE = "Pt reports poor sleep x3 nights. Denies SI/HI. Work stress cont. " * 7
FLOWING = (
    "It was reported by the client that, although sleep had been difficult for several nights, the "
    "week as a whole felt more bearable than the one before, which we explored together. "
) * 3


def voice(text, **changes):
    fields = changes or {"chart": Chart(last_note=TERSE)}
    return scores(Voice(), small.draft(subjective=text), small.session(**fields))


def test_a_note_in_the_clinicians_manner_is_nearer_than_one_in_another():
    near = voice(TERSE.replace("three", "two") + "Appetite ok. Denies SI/HI.")
    far = voice(FLOWING)
    for measure in ("voice_distance", "voice_sentence_length", "voice_abbreviations"):
        assert near[measure].value < far[measure].value


def test_distance_is_0_with_itself_1_with_nothing_shared_and_the_same_either_way():
    assert distance(TERSE, TERSE) == pytest.approx(0)
    assert distance("aaaa", "bbbb") == distance("", TERSE) == 1
    assert distance(TERSE, FLOWING) == pytest.approx(distance(FLOWING, TERSE))
    assert 0 < distance(TERSE, FLOWING) < 1


def test_sentence_length_and_abbreviations_are_counted():
    assert sentence_length("One two three. Four.") == 2
    assert abbreviations("Pt denies SI.") == pytest.approx(100 * 1 / 3)


def test_without_an_earlier_note_or_with_a_short_one_nothing_is_measured():
    assert voice(FLOWING, chart=None)["voice_distance"].reason == (
        "no earlier note of the clinician"
    )
    short = voice(FLOWING, chart=Chart(last_note="Seen. Well."))["voice_distance"]
    assert (short.value, short.reason[:20]) == (None, "fewer than 60 words ")


def test_the_clinicians_own_note_is_not_measured_against_itself():
    reference = ReferenceNote(format="soap", sections={"subjective": FLOWING})
    own = voice(FLOWING, references=(reference,))["voice_distance"]
    assert (own.value, own.reason) == (None, "the note is the clinician's own")
    session = small.session(references=(reference,))
    without = scores(Voice(references=False), small.draft(subjective=FLOWING), session)
    assert without["voice_distance"].reason == "no earlier note of the clinician"


def test_a_folder_of_notes_is_read_and_an_empty_one_refused(tmp_path):
    with pytest.raises(InputError, match=r"no \.txt or \.md note"):
        Voice(notes=str(tmp_path))
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "monday.txt").write_text(TERSE)
    mine = Voice(notes=str(folder))
    near = scores(mine, small.draft(subjective=TERSE + "Appetite ok."))["voice_distance"]
    far = scores(mine, small.draft(subjective=FLOWING))["voice_distance"]
    assert near.value < far.value
