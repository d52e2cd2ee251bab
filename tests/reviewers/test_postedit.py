"""The regression of post-editing time."""

import json
import math

import pytest

from evalkit.errors import InputError
from evalkit.experiment import load_experiment
from evalkit.records import Turn
from evalkit.reviewers._postedit_weights import REFERENCE, Line, Weights, from_file, shipped
from evalkit.reviewers.postedit import Postedit, values_of
from tests import small
from tests.reviewers.reviewed import FALSE, TRUE, case

NOTE = small.draft(subjective=f"{TRUE} {FALSE}", plan="Return next week.")
OURS = {
    "source": "by hand",
    "notes": 40,
    "sessions": 10,
    "seconds": {
        "constant": 30.0,
        "slopes": {"incorrect": 9.0, "omitted": 12.0, "log_words": 5.0},
        "held": {"log_words": [math.log(10), math.log(100)]},
        "typical": {"omitted": 2.0},
    },
}


def written(folder, **changes):
    path = folder / "ours.json"
    path.write_text(json.dumps({**OURS, **changes}))
    return str(path)


def test_the_published_line_is_that_of_primock57():
    assert REFERENCE.at({"incorrect": 2, "omitted": 3}) == pytest.approx(40.7 + 12.6 + 30.6)


def test_the_shipped_slopes_of_errors_are_the_published_ones():
    known = shipped()
    assert {term: known.seconds.slopes[term] for term in REFERENCE.slopes} == REFERENCE.slopes
    assert known.seconds.slopes["log_client_words"] > 0
    assert (known.notes, known.sessions) == (88, 22)


def test_errors_make_the_edit_and_all_else_the_reading(tmp_path):
    known = case(NOTE)
    parts = Postedit(weights=written(tmp_path)).parts(known)
    values = values_of(known)
    assert values["incorrect"] == pytest.approx(0.9 + 2 * 0.02)
    assert values["omitted"] == 1.0  # the denial of suicidal ideation; the thought record is minor
    assert 60 * parts.edit == pytest.approx(9 * values["incorrect"] + 12)
    assert 60 * parts.read == pytest.approx(30 + 5 * math.log(NOTE.words))
    assert parts.verify == 0
    assert parts.reason == ""


def test_an_added_error_adds_its_published_seconds():
    true, false = (Postedit().parts(case(NOTE, false=each)).edit for each in ((), (FALSE,)))
    assert 60 * (false - true) == pytest.approx(6.3 * (0.9 - 0.02))


def test_without_a_ledger_usual_omissions_are_priced_and_it_says_so(tmp_path):
    bare = case(NOTE, small.session(facts=()))
    parts = Postedit(weights=written(tmp_path)).parts(bare)
    assert 60 * parts.edit == pytest.approx(9 * 0.94 + 12 * 2.0)
    assert parts.reason == "no ledger: 2.0 omissions priced, as in timed notes of such sessions"
    line = {"constant": 3.5, "slopes": {}}
    parts = Postedit(weights=written(tmp_path, omitted=line)).parts(bare)
    assert 60 * parts.edit == pytest.approx(9 * 0.94 + 12 * 3.5)
    assert "3.5 omissions" in parts.reason


def talking(words):
    """The small session, with a client who goes on for so many words."""
    more = Turn(speaker="client", text="word " * words)
    return small.session(turns=(*small.session().turns, more))


def test_a_length_that_was_never_timed_is_held_at_the_nearest_that_was():
    inside, long, longer = (
        Postedit().parts(case(NOTE, talking(words))) for words in (600, 5_000, 50_000)
    )
    assert inside.read < long.read == longer.read
    assert inside.reason == ""
    assert longer.reason == "outside the lengths that were timed: client words as 1,471"


def test_a_session_in_which_the_client_says_nothing_has_the_typical_length():
    silent = small.session(turns=(Turn(speaker="therapist", text="Hello?"),), facts=())
    values = values_of(case(NOTE, silent))
    assert values["log_client_words"] is None
    line = shipped().seconds
    expected = line.constant + line.slopes["log_client_words"] * line.typical["log_client_words"]
    assert 60 * Postedit().parts(case(NOTE, silent)).read == pytest.approx(expected)


def test_the_reading_is_never_below_nothing(tmp_path):
    line = {**OURS["seconds"], "constant": -500.0}
    assert Postedit(weights=written(tmp_path, seconds=line)).parts(case(NOTE)).read == 0


def test_words_beyond_the_longest_timed_note_are_read_at_reading_speed(tmp_path):
    ours = Postedit(weights=written(tmp_path))
    known, copied = (
        ours.parts(case(small.draft(subjective="word " * words))) for words in (100, 5_000)
    )
    assert copied.read - known.read == pytest.approx(4_900 / 238)
    assert "words as 100" in copied.reason
    assert Postedit().parts(case(small.draft(subjective="word " * 5_000))).read > 4_000 / 238


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"seconds": {"constant": 1, "slopes": {"incorect": 1}}}, "did you mean 'incorrect'"),
        ({"seconds": {"constant": 1, "slopes": {"omitted": -1}}}, "at least 0"),
        ({"seconds": {"constant": None}}, "seconds.constant"),
        ({"notes": 0}, "notes"),
        ({"trees": 3}, "trees"),
    ],
)
def test_bad_weights_are_refused_when_the_reviewer_is_made(tmp_path, changes, says):
    path = written(tmp_path, **changes)
    with pytest.raises(InputError, match=says) as caught:
        Postedit(weights=path)
    assert caught.value.file == path


def test_weights_that_are_not_there_or_no_table_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        Postedit(weights=str(tmp_path / "none.json"))
    path = tmp_path / "list.json"
    path.write_text("[1]")
    with pytest.raises(InputError, match="calibrate-time"):
        from_file(str(path))


def test_an_experiment_finds_the_weights_beside_it(tmp_path):
    written(tmp_path)
    toml = tmp_path / "experiment.toml"
    toml.write_text(
        'name = "ours"\napproaches = [{ name = "copy", drafter = "transcript_copy" }]\n'
        'reviewer = { name = "postedit", weights = "ours.json" }\n'
        '[sessions]\nsource = "generate"\noptions = { count = 1 }\n'
    )
    reviewer = load_experiment(toml).reviewer
    assert reviewer["weights"] == str(tmp_path / "ours.json")


def test_weights_come_back_as_they_were_written():
    line = Line(constant=1.0, slopes={"omitted": 2.0}, held={}, typical={"omitted": 1.0})
    known = Weights(source="s", notes=30, sessions=8, seconds=line)
    assert Weights.model_validate_json(known.model_dump_json(exclude_defaults=True)) == known
