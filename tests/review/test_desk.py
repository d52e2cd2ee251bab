"""A reviewer's desk: tasks, pages, and what is saved or refused."""

import json
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import get_args

import pytest

from evalkit.errors import InputError
from evalkit.formats import load
from evalkit.records import Draft, FactKind
from evalkit.review.desk import Desk
from evalkit.review.folder import EVENTS, FORMATS, TASKS
from evalkit.review.log import read_events
from evalkit.review.making import Choice, add_note, folder_of
from evalkit.review.replay import replay
from evalkit.store import write_records, write_text
from tests import small

NOTE = {"subjective": "Client sleeps badly.", "plan": "Return in one week."}
APPROACHES = ("careful", "secretive", "hasty")


def drafts(sessions=4, **changes):
    return [
        Draft(
            session_id=f"s{number}",
            approach=approach,
            approach_id="0" * 12,
            format="soap",
            sections={**NOTE, "objective": f"{approach[::-1]} {number}"},
            **changes,
        )
        for number in range(sessions)
        for approach in APPROACHES
    ]


def run_folder(path, notes=None):
    spec = small.session().spec
    write_records(
        path / "sessions.jsonl",
        (small.session(spec=spec.model_copy(update={"session_id": f"s{n}"})) for n in range(4)),
    )
    write_records(path / "drafts.jsonl", drafts() if notes is None else notes)
    return path


@pytest.fixture
def run(tmp_path):
    return run_folder(tmp_path / "run")


@pytest.fixture
def desk(tmp_path):
    folder = tmp_path / "review"
    add_note(folder, small.session(), small.draft(**NOTE), "ana")
    return Desk(folder, "ana")


def event(desk, number, kind, visit="v1", **data):
    return {
        "event_id": f"{visit}-{number}",
        "visit": visit,
        "seq": number,
        "at_ms": 1_700_000_000_000 + number,
        "t_ms": number,
        "task_id": desk.tasks[0].task_id,
        "reviewer": desk.reviewer,
        "kind": kind,
        "data": data,
    }


def edit(desk, number, start, end, text, visit="v1", section="plan"):
    data = {"section": section, "start": start, "end": end, "text": text, "undo": False}
    return event(desk, number, "edit", visit, **data)


def plan(desk):
    return {one["name"]: one["text"] for one in desk.page()["sections"]}["plan"]


def test_a_page_shows_the_note_in_its_format_and_the_session_beside_it(desk):
    page = desk.page()
    assert [one["name"] for one in page["sections"]] == list(load("soap").names)
    assert page["sections"][0]["draft"] == page["sections"][0]["text"] == NOTE["subjective"]
    assert page["sections"][1]["text"] == ""
    assert [one["text"] for one in page["transcript"]] == [text for _, text in small.TURNS]
    assert (page["number"], page["of"], page["signed"], page["tlx"]) == (1, 1, False, "none")
    assert page["severities"] == ["major", "minor"]
    assert {"name": "plan", "title": "Plan or homework"} in page["categories"]
    json.dumps(page)


def test_nothing_of_a_page_tells_which_approach_wrote_the_draft(run):
    folder = folder_of(run, "ana", Choice())
    desk = Desk(folder, "ana")
    for number in range(1, len(desk.tasks) + 1):
        page = desk.page(number)
        for section in page["sections"]:
            del section["draft"], section["text"]
        shown = json.dumps(page)
        assert not [name for name in (*APPROACHES, "approach") if name in shown]


def test_what_is_saved_is_on_the_page_and_in_a_desk_opened_later(desk):
    events = [event(desk, 0, "open"), edit(desk, 1, 0, 6, "Come back"), event(desk, 2, "sign")]
    assert desk.append(events) == {"saved": ["v1-0", "v1-1", "v1-2"], "refused": []}
    for one in (desk, Desk(desk.folder, "ana")):
        assert plan(one) == "Come back in one week."
        assert one.page()["signed"]
        assert one.signed == 1


def test_replay_of_the_log_is_what_the_page_shows(desk):
    desk.append([edit(desk, 0, 0, 6, "\U0001f600"), edit(desk, 1, 1, 4, "")])
    state = replay(NOTE, read_events(desk.log))
    assert state.texts["plan"] == plan(desk) == "\U0001f600 one week."


def test_an_event_sent_twice_is_saved_twice_and_counts_once(desk):
    assert desk.append([edit(desk, 0, 0, 0, "x")])["saved"] == ["v1-0"]
    assert desk.append([edit(desk, 0, 0, 0, "x")] * 2)["saved"] == ["v1-0", "v1-0"]
    assert Desk(desk.folder, "ana").append([edit(desk, 0, 0, 0, "x")])["saved"] == ["v1-0"]
    assert plan(desk) == "xReturn in one week."
    assert len(read_events(desk.log)) == 1


SECRET = "she was hit"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"reviewer": "ben"}, "another reviewer"),
        ({"task_id": SECRET}, "no such task"),
        ({"kind": SECRET}, "kind"),
        ({"at_ms": SECRET}, "at_ms"),
        ({SECRET: 1}, "a key"),
        ({"data": {"section": "plan", "start": 0, "end": 99, "text": SECRET}}, "no place"),
        ({"data": {"section": SECRET, "start": 0, "end": 0, "text": SECRET}}, "no such section"),
        ({"data": {"section": "plan", "start": 0, "end": 0, "text": "\ud83d"}}, "no file"),
        ({"data": {"section": "plan", "start": float("nan"), "end": 0, "text": "x"}}, "no file"),
        ({"data": {"section": "plan", "start": 0, "end": 0, "text": "x" * 500_000}}, "longer"),
        ({"kind": "search", "data": {"length": SECRET * 9}}, "figures and names"),
        ({"kind": "search", "data": {"hits": [SECRET]}}, "figures and names"),
        ({"kind": "flag", "data": {"flag_id": "f", "section": "plan"}}, "start"),
    ],
)
def test_an_event_that_does_not_fit_is_refused_alone_and_without_its_text(desk, change, why):
    good = [edit(desk, 0, 0, 0, "a"), edit(desk, 2, 0, 0, "b")]
    bad = {**edit(desk, 1, 0, 0, "c"), **change}
    answer = desk.append([good[0], bad, good[1]])
    assert answer["saved"] == ["v1-0", "v1-2"]
    assert [one["event_id"] for one in answer["refused"]] == ["v1-1"]
    assert why in answer["refused"][0]["why"]
    assert "hit" not in json.dumps(answer)
    assert plan(desk) == "baReturn in one week."


def test_what_is_no_event_at_all_is_refused(desk):
    answer = desk.append([None, 3, {}, {"event_id": "\ud83d"}])
    assert [one["event_id"] for one in answer["refused"]] == ["", "", "", "?"]


def test_words_that_do_not_fit_are_kept_aside(desk):
    desk.append([edit(desk, 0, 0, 99, "typed elsewhere")])
    aside = desk.log.with_suffix(".refused")
    assert "typed elsewhere" in aside.read_text()
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    assert read_events(desk.log) == []


def test_no_window_can_change_what_another_has_changed_since_it_was_opened(desk):
    other = Desk(desk.folder, "ana")
    desk.append([event(desk, 0, "open", "old"), edit(desk, 1, 0, 0, "a", "old")])
    other.append([event(desk, 0, "open", "new")])
    assert desk.append([edit(desk, 2, 1, 1, "b", "old")])["refused"] == []
    (stale,) = other.append([edit(desk, 1, 0, 2, "", "new")])["refused"]
    assert "another window" in stale["why"]
    again = [event(desk, 2, "open", "new"), edit(desk, 3, 0, 2, "", "new")]
    assert other.append(again)["refused"] == []
    refused = desk.append([edit(desk, 3, 2, 2, "c", "old"), event(desk, 4, "sign", "old")])
    assert ["another window" in one["why"] for one in refused["refused"]] == [True, True]
    assert plan(desk) == "Return in one week."
    desk.append([event(desk, 5, "open", "old"), edit(desk, 6, 0, 6, "Come", "old")])
    assert plan(other) == plan(desk) == "Come in one week."


def test_what_a_window_could_not_send_counts_when_it_comes_before_new_changes(desk):
    desk.append([event(desk, 0, "open", "killed"), edit(desk, 1, 0, 0, "a", "killed")])
    again = Desk(desk.folder, "ana")
    left = [edit(desk, 1, 0, 0, "a", "killed"), edit(desk, 2, 1, 1, "b", "killed")]
    assert again.append(left)["refused"] == []
    again.append([event(desk, 0, "open", "next"), edit(desk, 1, 2, 2, "c", "next")])
    assert plan(again) == "abcReturn in one week."


def test_flags_and_workload_come_back_with_the_page(tmp_path):
    folder = tmp_path / "study"
    id = add_note(folder, small.session(), small.draft(**NOTE), "ana")
    desk = Desk(folder, "ana")
    asked = desk.tasks[0].model_copy(update={"tlx": True})
    write_records(folder / TASKS, [asked])
    desk = Desk(folder, "ana")
    assert desk.page()["tlx"] == "ask"
    flag = {
        "flag_id": "f1", "section": "plan", "start": 0, "end": 6, "quote": "Return",
        "category": "plan", "severity": "major", "note": "not agreed",
    }  # fmt: skip
    names = ("mental", "physical", "temporal", "performance", "effort", "frustration")
    sent = [event(desk, 0, "flag", **flag), event(desk, 1, "tlx", **dict.fromkeys(names, 40))]
    assert desk.append(sent)["refused"] == []
    page = desk.page()
    assert page["flags"] == [flag]
    assert page["tlx"] == "done"
    assert desk.state(id).tlx == dict.fromkeys(names, 40)


def test_the_first_page_is_the_first_note_that_is_not_signed(run):
    desk = Desk(folder_of(run, "ana", Choice(limit=3)), "ana")
    signed = event(desk, 0, "sign")
    desk.append([signed, {**signed, "event_id": "x", "task_id": desk.tasks[1].task_id}])
    assert desk.page()["number"] == 3
    assert [one["signed"] for one in desk.page()["tasks"]] == [True, True, False]
    assert desk.page(1)["signed"]
    with pytest.raises(InputError, match="3 notes"):
        desk.page(4)


def test_messages_are_answered_and_never_raise(desk):
    assert desk.answer({"type": "page", "number": None})["page"]["of"] == 1
    saved = desk.answer({"type": "events", "events": [edit(desk, 0, 0, 0, "x")]})
    assert saved == {"type": "saved", "saved": ["v1-0"], "refused": []}
    for bad in (None, [], {"type": "x"}, {"type": "page", "number": "1"}, {"type": "events"}):
        assert desk.answer(bad)["type"] == "error"
    assert desk.answer({"type": "page", "number": 9}) == {
        "type": "error",
        "message": "field 'number': there are 1 notes",
    }


def test_a_log_that_cannot_be_written_is_an_answer_and_nothing_is_taken_as_saved(desk):
    desk.append([edit(desk, 0, 0, 0, "x")])
    desk.log.rename(desk.log.with_suffix(".away"))
    desk.log.mkdir()
    answer = desk.answer({"type": "events", "events": [edit(desk, 1, 0, 0, "y")]})
    assert answer["type"] == "error"
    assert "ana.jsonl" in answer["message"]
    desk.log.rmdir()
    desk.log.with_suffix(".away").rename(desk.log)
    assert plan(desk) == "xReturn in one week."


def test_sections_that_the_format_does_not_name_are_shown_last(tmp_path):
    note = small.draft(plan="Return.", risk_note="None said.")
    add_note(tmp_path, small.session(), note, "ana")
    last = Desk(tmp_path, "ana").page()["sections"][-1]
    assert (last["name"], last["title"], last["text"]) == ("risk_note", "Risk note", "None said.")


def test_a_format_kept_by_the_run_needs_no_file_of_its_own(run):
    own = load("dap").model_copy(update={"name": "clinic.toml", "title": "Clinic"})
    write_text(run / FORMATS, json.dumps({"clinic.toml": own.model_dump(mode="json")}))
    notes = [one.model_copy(update={"format": "clinic.toml"}) for one in drafts()]
    write_records(run / "drafts.jsonl", notes)
    desk = Desk(folder_of(run, "ana", Choice()), "ana")
    assert desk.page()["format"] == {"name": "clinic.toml", "title": "Clinic"}


def test_the_notes_of_a_run_come_in_an_order_that_only_the_seed_knows(run):
    folder = folder_of(run, "ana", Choice(seed=1))
    tasks = Desk(folder, "ana").tasks
    assert len(tasks) == 12
    for first in range(0, 12, 4):
        assert len({one.session_id for one in tasks[first : first + 4]}) == 4
    assert [one.position for one in tasks] == list(range(12))
    assert [one.previous for one in tasks] == ["", *(one.approach for one in tasks[:-1])]
    again = run_folder(run.parent / "again")
    assert Desk(folder_of(again, "ana", Choice(seed=1)), "ana").tasks == tasks
    other = run_folder(run.parent / "other")
    assert Desk(folder_of(other, "ana", Choice(seed=2)), "ana").tasks != tasks


def test_reviewers_are_given_their_own_tasks_and_those_there_are_stay(run):
    folder_of(run, "ana", Choice(limit=2))
    before = (run / "review" / TASKS).read_bytes()
    folder_of(run, "ben", Choice(approaches=("hasty",)))
    folder = folder_of(run, "ana", Choice(limit=5))
    assert (folder / TASKS).read_bytes().startswith(before)
    assert len(Desk(folder, "ana").tasks) == 5
    assert {one.approach for one in Desk(folder, "ben").tasks} == {"hasty"}
    ids = {one.task_id for name in ("ana", "ben") for one in Desk(folder, name).tasks}
    assert len(ids) == 9


def test_a_failed_draft_is_left_out(run):
    failed = drafts()[0].model_copy(update={"sections": {}, "failure": "timeout"})
    write_records(run / "drafts.jsonl", [failed, *drafts()[1:]])
    desk = Desk(folder_of(run, "ana", Choice()), "ana")
    assert len(desk.tasks) == 11
    with pytest.raises(InputError, match="failed"):
        add_note(run / "one", small.session(), failed, "ana")


def test_a_run_that_was_drafted_anew_is_not_mixed_with_its_review(run):
    folder = folder_of(run, "ana", Choice())
    again = [one.model_copy(update={"latency_s": 1.0}) for one in drafts()]
    write_records(run / "drafts.jsonl", again)
    assert folder_of(run, "ana", Choice()) == folder
    changed = [again[0].model_copy(update={"sections": {"plan": "Other."}}), *again[1:]]
    write_records(run / "drafts.jsonl", changed)
    with pytest.raises(InputError, match="drafted anew"):
        folder_of(run, "ana", Choice())


def test_one_note_can_be_reviewed_by_several_and_opened_again(tmp_path):
    ids = [
        add_note(tmp_path, small.session(), small.draft(**NOTE), name)
        for name in ("ana", "ben", "ana")
    ]
    assert ids[0] == ids[2] != ids[1]
    assert len(Desk(tmp_path, "ana").tasks) == 1
    with pytest.raises(InputError, match="another draft"):
        add_note(tmp_path, small.session(), small.draft(plan="Other."), "ana")
    with pytest.raises(InputError, match="another session"):
        add_note(tmp_path, small.session(jottings="x"), small.draft(**NOTE), "ana")


@pytest.mark.parametrize("name", ["", "../ana", "ana lee", ".ana", "a/b", "é", "a" * 65, "a\n"])
def test_a_reviewers_name_is_a_short_id(run, name):
    with pytest.raises(InputError, match="reviewer"):
        folder_of(run, name, Choice())
    assert not (run / "review").exists()


def test_what_is_wrong_with_a_folder_is_said(run, desk):
    with pytest.raises(InputError, match="no such folder"):
        folder_of(run / "nowhere", "ana", Choice())
    with pytest.raises(InputError, match="neither a review nor a run"):
        folder_of(run.parent, "ana", Choice())
    with pytest.raises(InputError, match="did you mean 'ana'"):
        Desk(desk.folder, "anna")
    with pytest.raises(InputError, match="did you mean 'hasty'"):
        folder_of(run, "ana", Choice(approaches=("hasti",)))
    with pytest.raises(InputError, match="tasks of this review folder are given"):
        folder_of(desk.folder, "ana", Choice(limit=1))
    (desk.folder / "sessions.jsonl").write_text("")
    with pytest.raises(InputError, match=r"sessions\.jsonl: lacks what a task names: s1"):
        Desk(desk.folder, "ana")


def test_a_line_of_the_log_that_cannot_be_read_is_named(desk):
    desk.append([edit(desk, 0, 0, 0, "she was hit")])
    whole = desk.log.read_text()
    desk.log.write_text(whole.replace('"start": 0', '"start": 900', 1))
    with pytest.raises(InputError, match=r"ana\.jsonl.*v1-0") as bad:
        Desk(desk.folder, "ana")
    assert "hit" not in str(bad.value)
    assert (desk.folder / EVENTS).is_dir()


def test_reviewers_who_open_a_run_at_the_same_moment_all_have_their_tasks(run):
    names = [f"r{number}" for number in range(6)]
    together = threading.Barrier(len(names))

    def opens(name):
        together.wait()
        return folder_of(run, name, Choice(limit=2))

    with ThreadPoolExecutor(len(names)) as pool:
        assert len(set(pool.map(opens, names))) == 1
    assert [len(Desk(run / "review", name).tasks) for name in names] == [2] * len(names)


def test_a_section_whose_name_is_long_can_be_named_and_other_long_words_cannot(tmp_path):
    name = "what_the_client_says_in_so_many_words_about_the_week"
    held = [{"name": name, "title": "Said", "holds": list(get_args(FactKind))}]
    write_text(
        tmp_path / FORMATS,
        json.dumps({"long": {"name": "long", "title": "Long", "sections": held}}),
    )
    note = small.draft(**NOTE).model_copy(update={"format": "long", "sections": {name: "Sleeps."}})
    add_note(tmp_path, small.session(), note, "ana")
    desk = Desk(tmp_path, "ana")
    sent = [event(desk, 0, "focus", pane=name), event(desk, 1, "focus", pane=name + "x")]
    assert [one["event_id"] for one in desk.append(sent)["refused"]] == ["v1-1"]
