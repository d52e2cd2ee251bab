"""Review folders of studies: what is written, what is refused, what is kept."""

import json
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import InputError
from evalkit.records import Draft, ReviewEvent, ReviewTask, Session
from evalkit.review.desk import Desk
from evalkit.review.log import EventLog
from evalkit.store import read_records
from evalkit.study.blinding import blinded, plain
from evalkit.study.plan import add_reviewers, plan_study
from evalkit.study.status import status
from evalkit.study.summary import summary
from tests.small import draft as small_draft
from tests.small import planted
from tests.study.run_folder import APPROACHES, draft, make_run, make_study


@pytest.fixture
def study(tmp_path):
    make_run(tmp_path / "run")
    return make_study(tmp_path)


def tasks(folder):
    return list(read_records(folder / "tasks.jsonl", ReviewTask))


def contents(folder):
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}


def begin(folder, task, *kinds):
    """Events of a task, as the app appends them."""
    log = EventLog(folder / "events" / f"{task.reviewer}.jsonl")
    for seq, kind in enumerate(kinds):
        event = ReviewEvent(
            event_id=f"{task.task_id}-{seq}",
            visit=task.task_id,
            seq=seq,
            at_ms=1_741_100_000_000 + 60_000 * seq,
            t_ms=60_000 * seq,
            task_id=task.task_id,
            reviewer=task.reviewer,
            kind=kind,
        )
        log.append([event])


def test_a_plan_is_a_review_folder_that_each_reviewer_can_open(study, tmp_path):
    out = tmp_path / "out"
    planned = plan_study(study, out)
    for reviewer in ("r1", "r2", "r3", "r4"):
        desk = Desk(out, reviewer)
        assert len(desk.tasks) == 8
        page = json.dumps(desk.page())
        assert not [name for name in APPROACHES if re.search(rf"\b{name}\b", page)]
    assert tasks(out) == list(planned.tasks)


def test_the_order_of_a_reviewer_is_told_by_position_and_previous(study, tmp_path):
    plan_study(study, tmp_path / "out")
    for reviewer in ("r1", "r2", "r3", "r4"):
        mine = [task for task in tasks(tmp_path / "out") if task.reviewer == reviewer]
        assert [task.position for task in mine] == list(range(8))
        assert [task.previous for task in mine] == ["", *(task.approach for task in mine[:-1])]


def test_approaches_are_balanced_over_positions_sessions_and_followers(study, tmp_path):
    plan_study(study, tmp_path / "out")
    found = tasks(tmp_path / "out")
    assert set(Counter((one.approach, one.position) for one in found).values()) == {1}
    pairs = Counter((one.previous, one.approach) for one in found if one.previous)
    assert {count for (a, b), count in pairs.items() if a != b} == {2}
    assert len({(one.reviewer, one.session_id) for one in found}) == len(found)


def test_the_shared_notes_are_read_by_everyone_one_of_each_approach(study, tmp_path):
    planned = plan_study(study, tmp_path / "out")
    readers = Counter((one.session_id, one.approach) for one in tasks(tmp_path / "out"))
    shared = {(one.session_id, one.approach) for one in planned.plan.shared}
    assert {cell for cell, count in readers.items() if count == 4} == shared
    assert {approach for _, approach in shared} == set(APPROACHES)


def test_task_ids_are_opaque_and_all_different(study, tmp_path):
    plan_study(study, tmp_path / "out")
    ids = [task.task_id for task in tasks(tmp_path / "out")]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[0-9a-f]{12}", one) for one in ids)


def test_equal_seeds_give_equal_bytes_and_another_seed_another_plan(study, tmp_path):
    plan_study(study, tmp_path / "one")
    plan_study(study, tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    make_study(tmp_path, seed="8")
    plan_study(study, tmp_path / "three")
    assert contents(tmp_path / "one")["tasks.jsonl"] != contents(tmp_path / "three")["tasks.jsonl"]


def test_only_sessions_and_drafts_that_are_read_are_copied(study, tmp_path):
    out = tmp_path / "out"
    plan_study(study, out)
    used = {task.session_id for task in tasks(out)}
    assert {one.session_id for one in read_records(out / "sessions.jsonl", Session)} == used
    cells = {(one.session_id, one.approach) for one in read_records(out / "drafts.jsonl", Draft)}
    assert cells == {(task.session_id, task.approach) for task in tasks(out)}
    assert len(used) == 8


def test_a_folder_where_reviewers_have_begun_is_not_planned_again(study, tmp_path):
    out = tmp_path / "out"
    plan_study(study, out)
    plan_study(study, out)
    begin(out, tasks(out)[0], "open")
    before = contents(out)
    with pytest.raises(InputError, match="reviewers have begun here"):
        plan_study(study, out)
    assert contents(out) == before


def test_a_folder_of_something_else_is_not_written_over(study, tmp_path):
    before = contents(tmp_path / "run")
    with pytest.raises(InputError, match="of something else"):
        plan_study(study, tmp_path / "run")
    assert contents(tmp_path / "run") == before


def test_a_reviewer_who_is_added_leaves_every_line_where_it_was(study, tmp_path):
    out = tmp_path / "out"
    plan_study(study, out)
    before = contents(out)
    begin(out, tasks(out)[0], "open", "sign")
    planned = add_reviewers(study, out, ["r5", "r6"])
    for name in ("tasks.jsonl", "sessions.jsonl", "drafts.jsonl"):
        assert contents(out)[name].startswith(before[name])
    assert planned.plan.reviewers == ("r1", "r2", "r3", "r4", "r5", "r6")
    assert len(Desk(out, "r6").tasks) == 8
    assert status(out)[0].signed == 1


def test_adding_reviewers_one_by_one_is_planning_them_all_at_once(study, tmp_path):
    plan_study(study, tmp_path / "grown")
    add_reviewers(study, tmp_path / "grown", ["r5"])
    add_reviewers(study, tmp_path / "grown", ["r6"])
    make_study(tmp_path, reviewers='["r1", "r2", "r3", "r4", "r5", "r6"]')
    plan_study(study, tmp_path / "whole")
    assert tasks(tmp_path / "grown") == tasks(tmp_path / "whole")


def test_nobody_is_added_twice_nor_under_a_name_that_is_no_file(study, tmp_path):
    plan_study(study, tmp_path / "out")
    for name, says in (("R1", "has tasks already"), ("../r9", "a reviewer's id has")):
        with pytest.raises(InputError, match=says):
            add_reviewers(study, tmp_path / "out", [name])


def test_nobody_is_added_to_a_study_or_a_run_that_has_changed(study, tmp_path):
    plan_study(study, tmp_path / "out")
    make_study(tmp_path, notes_per_reviewer="12")
    with pytest.raises(InputError, match=r"'notes_per_reviewer': is not what was planned"):
        add_reviewers(study, tmp_path / "out", ["r5"])
    make_study(tmp_path)
    changed = [draft(n + 1, a).model_copy(update={"session_id": f"s{n:02}"})
               for n in range(12) for a in APPROACHES]  # fmt: skip
    make_run(tmp_path / "run", drafts=changed)
    with pytest.raises(InputError, match="not the one that was planned from"):
        add_reviewers(study, tmp_path / "out", ["r5"])


def test_nobody_is_added_where_nothing_was_planned(study, tmp_path):
    with pytest.raises(InputError, match="no study was planned here"):
        add_reviewers(study, tmp_path / "out", ["r5"])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"approaches": '["carefull", "hasty"]'}, "did you mean 'careful'?"),
        ({"approaches": '["hasty"]'}, "approaches: Tuple should have at least 2 items"),
        ({"approaches": '["hasty", "hasty"]'}, "approaches: hasty stands there twice"),
        ({"format": '"soup"'}, "did you mean 'soap'?"),
        ({"run": '"runs"'}, "no folder 'runs'"),
        ({"reviewers": '["ok", "not ok"]'}, "reviewers: a reviewer's id has"),
        ({"reviewers": '["ana", "Ana"]'}, "reviewers: ana stands there twice"),
        ({"notes_per_reviewer": "13"}, "13 notes need 13 sessions"),
        ({"notes_per_reviewer": "6"}, "have room for 4 shared ones") ,
        ({"calibraton": "2"}, "did you mean 'calibration'?"),
        ({"tlx": '"sometimes"'}, "tlx: "),
        ({"name": ""}, "name: Field required"),
        ({"seed": "= 7"}, "not TOML"),
    ],
)  # fmt: skip
def test_a_bad_study_is_refused_by_field(changes, says, tmp_path):
    make_run(tmp_path / "run")
    extra = {"calibration": "5"} if changes.get("notes_per_reviewer") == "6" else {}
    file = make_study(tmp_path, **changes, **extra)
    with pytest.raises(InputError) as refused:
        plan_study(file, tmp_path / "out")
    assert says in str(refused.value)
    assert str(file) in str(refused.value)
    assert not (tmp_path / "out" / "tasks.jsonl").exists()


def test_every_bad_field_is_named_at_once(tmp_path):
    file = make_study(tmp_path, seed="-1", notes_per_reviewer="0", reviewer='["r1"]')
    with pytest.raises(InputError) as refused:
        plan_study(file, tmp_path / "out")
    for field in ("seed: ", "notes_per_reviewer: ", "no field named 'reviewer'"):
        assert field in str(refused.value)


def test_a_run_without_sessions_is_refused(study, tmp_path):
    (tmp_path / "run" / "sessions.jsonl").unlink()
    with pytest.raises(InputError, match="kept no sessions"):
        plan_study(study, tmp_path / "out")


def test_sessions_that_some_approach_failed_on_are_left_out_and_counted(tmp_path):
    drafts = [
        draft(n, name, failure="refused" if (n, name) == (3, "hasty") else None)
        for n in range(12)
        for name in APPROACHES
    ]
    make_run(tmp_path / "run", drafts=drafts)
    planned = plan_study(make_study(tmp_path), tmp_path / "out")
    assert "s03" not in {task.session_id for task in planned.tasks}
    assert "1 lack a draft of some approach" in summary(planned)


def test_the_replicate_rule_says_which_draft_is_read(tmp_path):
    drafts = [
        draft(n, name, replicate, failure="slow" if (n, replicate) == (2, 0) else None)
        for n in range(8)
        for name in APPROACHES
        for replicate in range(3)
    ]
    make_run(tmp_path / "run", sessions=8, drafts=drafts)

    def replicates(rule):
        plan_study(make_study(tmp_path, replicate=rule), tmp_path / "out")
        return {
            (task.session_id, task.approach): task.replicate for task in tasks(tmp_path / "out")
        }

    first = replicates('"first"')
    assert {number for (session, _), number in first.items() if session != "s02"} == {0}
    assert {number for (session, _), number in first.items() if session == "s02"} == {1}
    assert set(replicates("2").values()) == {2}
    assert set(replicates('"draw"').values()) == {0, 1, 2}
    with pytest.raises(InputError, match="8 notes need 8 sessions"):
        replicates("0")


def test_sessions_may_repeat_where_asked_but_no_note_does(tmp_path):
    make_run(tmp_path / "run", sessions=3)
    file = make_study(tmp_path, calibration="0")
    with pytest.raises(InputError, match="repeat_sessions = true"):
        plan_study(file, tmp_path / "out")
    planned = plan_study(make_study(tmp_path, calibration="0", repeat_sessions="true"),
                         tmp_path / "out")  # fmt: skip
    cells = [(one.reviewer, one.session_id, one.approach) for one in planned.tasks]
    assert len(set(cells)) == len(cells) == 32
    assert "20 of 32 tasks show a reviewer a session seen under another" in summary(planned)


@pytest.mark.parametrize(
    ("rule", "asked"),
    [('"per note"', 8), ("true", 8), ('"per block"', 2), ("false", 0)],
)
def test_ratings_are_asked_for_as_often_as_the_study_says(rule, asked, study, tmp_path):
    make_study(tmp_path, tlx=rule)
    plan_study(study, tmp_path / "out")
    mine = [task for task in tasks(tmp_path / "out") if task.reviewer == "r1"]
    assert sum(task.tlx for task in mine) == asked
    assert not asked or mine[-1].tlx


def test_ratings_per_block_are_asked_for_after_the_last_note_of_a_block_cut_short(study, tmp_path):
    make_study(tmp_path, tlx='"per block"', notes_per_reviewer="10")
    plan_study(study, tmp_path / "out")
    mine = [task for task in tasks(tmp_path / "out") if task.reviewer == "r1"]
    assert [task.position for task in mine if task.tlx] == [3, 7, 9]


def test_the_summary_says_how_even_a_plan_is_and_what_would_be_perfect(study, tmp_path):
    told = summary(plan_study(study, tmp_path / "out"))
    assert "balance: perfect" in told
    assert "expected: 1.6 h of reviewing in all, 24 min a reviewer" in told
    assert "32 of 32 tasks" in told
    make_study(tmp_path, reviewers='["r1", "r2", "r3"]', notes_per_reviewer="10")
    told = summary(plan_study(study, tmp_path / "out"))
    assert "balance: off by at most 1 at a position, 2 between ordered pairs, 1 in" in told
    assert "perfect: 4 reviewers x 12 notes" in told


def test_a_run_without_reviews_is_planned_without_hours(study, tmp_path):
    (tmp_path / "run" / "reviews.parquet").unlink()
    assert "expected time: not known" in summary(plan_study(study, tmp_path / "out"))


def test_status_counts_signed_open_and_untouched_notes(study, tmp_path):
    out = tmp_path / "out"
    plan_study(study, out)
    first, second, third = [task for task in tasks(out) if task.reviewer == "r2"][:3]
    begin(out, first, "open", "sign")
    begin(out, second, "open", "sign", "reopen")
    begin(out, third, "open", "sign", "tlx")
    found = {one.reviewer: one for one in status(out)}
    one = found["r2"]
    assert (one.signed, one.open, one.untouched, one.ratings_due) == (2, 1, 5, 1)
    assert one.last_ms == 1_741_100_000_000 + 120_000
    assert (found["r1"].untouched, found["r1"].last_ms) == (8, None)


LINES = st.lists(st.text("ab *_#-\u2022\u201c\u2019\u00a0.\t\r\n1)", max_size=12), max_size=8).map(
    "\n".join
)


@given(LINES)
@settings(max_examples=200, deadline=None)
def test_layout_changes_and_words_do_not(text):
    assert re.findall(r"[^\W_]+", plain(text)) == re.findall(r"[^\W_]+", text)
    assert plain(plain(text)) == plain(text)


def test_the_same_note_in_another_layout_reads_the_same():
    made = {name: draft(1, name) for name in ("careful", "hasty", "plain")}
    assert len({blinded(one).sections["subjective"] for one in made.values()}) == 1


def test_layout_that_holds_a_sentence_apart_is_left_alone():
    assert plain("Mood **low.**  Sleep poor.\n") == "Mood **low.**  Sleep poor."


def test_planted_errors_are_looked_for_as_they_now_read():
    note = small_draft(planted=(planted("Client has **ADHD**."),), subjective="Has **ADHD**.")
    assert blinded(note).planted[0].text == "Client has ADHD."
