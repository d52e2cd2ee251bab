"""The review app in a notebook, as Python sees it: `evalkit.review.show`."""

import json

import pytest

import evalkit
from evalkit.errors import InputError
from evalkit.review.log import read_events
from tests import small
from tests.review.page import Served

NOTE = {"subjective": "Client sleeps badly.", "plan": "Return in one week."}
SECRET = "Xylophone in Leipzig"


@pytest.fixture
def widget(tmp_path):
    draft = small.draft(**NOTE)
    return evalkit.review.show(small.session(), draft, reviewer="ana", folder=tmp_path / "review")


def answer(widget, message):
    """What the browser gets for a message of its own."""
    sent = []
    widget.send = sent.append
    widget._handle_custom_msg(message, [])
    (only,) = sent
    return only


def test_one_note_is_shown_without_a_run(widget):
    page = answer(widget, {"type": "page", "number": None, "id": "m1"})
    assert (page["type"], page["id"]) == ("page", "m1")
    texts = {one["name"]: one["text"] for one in page["page"]["sections"]}
    assert {name: texts[name] for name in NOTE} == NOTE


def test_what_is_typed_is_in_the_log_when_the_answer_comes(widget):
    event = {
        "event_id": "e1",
        "visit": "v1",
        "seq": 0,
        "at_ms": 1,
        "t_ms": 1,
        "task_id": widget.desk.tasks[0].task_id,
        "reviewer": "ana",
        "kind": "edit",
        "data": {"section": "plan", "start": 0, "end": 6, "text": "Come", "undo": False},
    }
    said = answer(widget, {"type": "events", "events": [event], "id": "m2"})
    assert said == {"type": "saved", "saved": ["e1"], "refused": [], "id": "m2"}
    assert [one.event_id for one in read_events(widget.desk.log)] == ["e1"]


def test_no_word_of_a_note_is_in_what_a_notebook_may_save(widget):
    answer(widget, {"type": "page", "number": None, "id": "m1"})
    state = json.dumps(widget.get_state(), default=str)
    assert "sleeps badly" not in state
    assert "sleeps badly" not in repr(widget)
    assert repr(widget) == "Review by ana: 0 of 1 notes signed"


@pytest.mark.parametrize(
    "message",
    [
        SECRET,
        [SECRET],
        {"type": SECRET},
        {"type": "page", "number": SECRET},
        {"type": "events", "events": SECRET},
        {"type": "events", "events": [SECRET, None, {"data": {"text": SECRET}}]},
    ],
)
def test_no_answer_to_a_bad_message_repeats_a_text(widget, message, capfd):
    said = answer(widget, message)
    assert said["type"] == "error" or len(said["refused"]) == 3
    assert SECRET not in json.dumps(said)
    assert capfd.readouterr() == ("", "")


def test_a_review_folder_is_shown_by_its_path(tmp_path):
    Served(tmp_path)
    assert repr(evalkit.review.show(tmp_path, reviewer="ana")).endswith("0 of 3 notes signed")


def test_what_does_not_go_together_is_said(tmp_path):
    Served(tmp_path)
    with pytest.raises(InputError, match="go with a session"):
        evalkit.review.show(tmp_path, reviewer="ana", folder=tmp_path)
    with pytest.raises(InputError, match="needs its draft and a folder"):
        evalkit.review.show(small.session(), reviewer="ana")
    with pytest.raises(InputError, match="are given"):
        evalkit.review.show(tmp_path, reviewer="ana", choice=evalkit.review.Choice(limit=2))


def test_only_its_two_names_are_public():
    assert sorted(evalkit.review.__all__) == ["Choice", "show"]
    with pytest.raises(AttributeError, match="no attribute 'display'"):
        _ = evalkit.review.display
