"""Audit logs of an EHR as review events."""

import csv
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import InputError
from evalkit.records import ReviewTask
from evalkit.review.log import read_events
from evalkit.store import read_records
from evalkit.study.audit_actions import Actions
from evalkit.study.audit_events import VISIT_GAP_MS
from evalkit.study.audit_log import import_log
from evalkit.study.audit_rows import Columns, Reading
from evalkit.study.audit_times import Clock
from evalkit.study.timing import timings

KEPT = Reading(keep_ids=True)
ROWS = [
    ("2025-03-04T14:30:00Z", "ana", "Note opened", "E1"),
    ("2025-03-04T14:30:40Z", "ana", "Edit note", "E1"),
    ("2025-03-04T14:31:00Z", "ana", "Sign note", "E1"),
    ("2025-03-04T14:31:10Z", "ana", "Note opened", "E2"),
    ("2025-03-04T14:31:50Z", "ana", "Labs shown", "E2"),
    ("2025-03-04T14:32:00Z", "ben", "View", "E2"),
]


def write(path, rows, header=("time", "user", "action", "note")):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def read(tmp_path, rows, reading=KEPT, out="out", **more):
    return import_log(write(tmp_path / "log.csv", rows), tmp_path / out, reading, Actions(), **more)


def events(tmp_path, user, out="out"):
    return read_events(tmp_path / out / "events" / f"{user}.jsonl")


def tasks(tmp_path, out="out"):
    return list(read_records(tmp_path / out / "tasks.jsonl", ReviewTask))


def test_rows_become_events_of_a_task_for_each_user_and_note(tmp_path):
    found = read(tmp_path, ROWS)
    assert (found.rows, found.new, found.reviewers, found.tasks) == (6, 6, 2, 3)
    assert [(one.reviewer, one.session_id, one.position) for one in tasks(tmp_path)] == [
        ("ana", "E1", 0),
        ("ana", "E2", 1),
        ("ben", "E2", 0),
    ]
    kinds = [one.kind for one in events(tmp_path, "ana")]
    assert kinds == ["open", "keys", "sign", "open", "imported"]
    assert events(tmp_path, "ana")[-1].data == {"action": "Labs shown"}
    assert found.unmapped == {"Labs shown": 1}
    assert found.steps["sign"] == 1


def test_minutes_are_computed_from_imported_events_as_from_our_own(tmp_path):
    read(tmp_path, ROWS)
    first, second = (one.task_id for one in tasks(tmp_path) if one.reviewer == "ana")
    found = timings(events(tmp_path, "ana"), 300)
    assert found[first].active * 60 == pytest.approx(60)
    assert found[first].edit * 60 == pytest.approx(5)
    assert found[first].signed
    assert found[second].active * 60 == pytest.approx(40)


def test_a_long_silence_ends_a_visit_and_a_short_one_does_not(tmp_path):
    minutes = VISIT_GAP_MS // 60_000
    times = ["14:00", f"14:{minutes}", f"15:{minutes + 1 - 30:02}"]
    read(tmp_path, [(f"2025-03-04 {at}", "ana", "View", "E1") for at in times])
    found = events(tmp_path, "ana")
    assert found[0].visit == found[1].visit != found[2].visit
    assert [(one.seq, one.t_ms) for one in found] == [(0, 0), (1, VISIT_GAP_MS), (0, 0)]


def test_users_and_notes_are_named_by_digests_that_need_the_key(tmp_path):
    read(tmp_path, ROWS, Reading())
    text = "".join(
        path.read_text(encoding="utf-8")
        for path in (tmp_path / "out").rglob("*.json*")
    ) + str(list((tmp_path / "out").rglob("*")))  # fmt: skip
    for name in ("ana", "ben", "E1", "E2"):
        assert f'"{name}"' not in text
        assert f"{name}.jsonl" not in text
    read(tmp_path, ROWS, Reading(), out="other")
    assert {one.reviewer for one in tasks(tmp_path)}.isdisjoint(
        one.reviewer for one in tasks(tmp_path, "other")
    )
    key = tmp_path / "out" / "import.key"
    assert key.stat().st_mode & 0o777 == 0o600
    read(tmp_path, ROWS, Reading(), out="again", key_file=key)
    assert tasks(tmp_path) == tasks(tmp_path, "again")


@given(st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_the_order_of_rows_does_not_matter(tmp_path_factory, shuffler):
    folder = tmp_path_factory.mktemp("log")
    rows = [*ROWS, *ROWS[:2], ("2025-03-04T14:30:00Z", "ana", "View", "E9")]
    key = folder / "key"
    key.write_text("0123456789abcdef\n", encoding="utf-8")
    read(folder, rows, Reading(), out="one", key_file=key)
    shuffler.shuffle(rows)
    read(folder, rows, Reading(), out="two", key_file=key)
    one, two = (
        {p.relative_to(folder / out): p.read_bytes() for p in (folder / out).rglob("*.jsonl")}
        for out in ("one", "two")
    )
    assert one == two


def test_a_log_that_is_read_twice_adds_nothing_and_a_longer_one_what_is_new(tmp_path):
    read(tmp_path, ROWS)
    before = events(tmp_path, "ana")
    assert read(tmp_path, ROWS).new == 0
    more = ("2025-03-04T14:33:00Z", "ana", "Sign note", "E2")
    assert read(tmp_path, [*ROWS, more]).new == 1
    after = events(tmp_path, "ana")
    assert after[:-1] == before
    assert (after[-1].visit, after[-1].seq) == (before[-1].visit, before[-1].seq + 1)
    assert after[-1].t_ms == 180_000
    assert len(tasks(tmp_path)) == 3


def test_rows_from_between_earlier_ones_are_refused_and_nothing_is_written(tmp_path):
    read(tmp_path, ROWS)
    before = events(tmp_path, "ana")
    with pytest.raises(InputError, match="from between those that were imported before"):
        read(tmp_path, [("2025-03-04T14:30:20Z", "ana", "View", "E7")])
    assert events(tmp_path, "ana") == before
    assert len(tasks(tmp_path)) == 3


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-04T14:30:00-05:00",
        "2025-03-04T19:30:00Z",
        "2025-03-04 14:30",
        "3/4/2025 2:30 PM",
        "03/04/2025 02:30:00 PM",
        "03/04/25 14:30:00",
        "3/4/2025 2:30:00.000 pm",
    ],
)
def test_times_are_read_in_iso_and_us_forms(text):
    assert Clock(zone="America/New_York").milliseconds(text) == 1_741_116_600_000


def test_a_format_of_ones_own_reads_the_day_first():
    clock = Clock(zone="Europe/London", format="%d.%m.%Y %H.%M")
    assert clock.milliseconds("04.03.2025 19.30") == 1_741_116_600_000


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("yesterday", "not a time such as"),
        ("2025-03-04", "not a time such as"),
        ("31/12/2025 10:00", "not a time such as"),
        ("2025-03-09 02:30", "clocks skipped"),
        ("1960-01-01 10:00", "before 1970"),
    ],
)
def test_a_bad_time_is_named_by_line_and_column(text, says, tmp_path):
    rows = [*ROWS[:2], (text, "ana", "View", "E1")]
    reading = Reading(clock=Clock(zone="America/New_York"))
    with pytest.raises(InputError) as refused:
        read(tmp_path, rows, reading)
    assert f"{tmp_path / 'log.csv'}, line 4, field 'time': " in str(refused.value)
    assert says in str(refused.value)
    assert "ana" not in str(refused.value).replace(str(tmp_path), "")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("column", [1, 2, 3])
def test_an_empty_cell_is_named_by_line_and_column(column, tmp_path):
    row = list(ROWS[0])
    row[column] = " "
    name = ("time", "user", "action", "note")[column]
    with pytest.raises(InputError, match=f"line 2, field '{name}': is empty"):
        read(tmp_path, [row])


def test_a_missing_column_and_an_empty_log_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"field 'Note ID': no such column"):
        read(tmp_path, ROWS, Reading(columns=Columns(note="Note ID")))
    with pytest.raises(InputError, match="names no column"):
        read(tmp_path, ROWS, Reading(columns=Columns(note="")))
    with pytest.raises(InputError, match="has no rows that a person made"):
        read(tmp_path, [])


def test_what_the_system_does_by_itself_is_counted_and_left_out(tmp_path):
    extra = [("2025-03-04T14:45:00Z", "ana", "Session timeout", "E2"),
             ("2025-03-04T14:46:00Z", "cron", "Background index", "E3")]  # fmt: skip
    found = read(tmp_path, [*ROWS, *extra])
    assert (found.rows, found.ignored, found.reviewers) == (6, 2, 2)
    assert len(events(tmp_path, "ana")) == 5
    with pytest.raises(InputError, match="has no rows that a person made"):
        read(tmp_path, extra, out="new")


def test_a_zone_that_does_not_exist_gets_a_suggestion(tmp_path):
    with pytest.raises(InputError, match="did you mean 'America/New_York'"):
        read(tmp_path, ROWS, Reading(clock=Clock(zone="America/NewYork")))


def test_a_user_id_that_is_no_file_name_is_refused_where_ids_are_kept(tmp_path):
    rows = [(ROWS[0][0], "Dr. Ana", "View", "E1")]
    with pytest.raises(InputError, match=r"line 2, field 'user'.*leave --keep-ids out"):
        read(tmp_path, rows)
    assert read(tmp_path, rows, Reading()).new == 1


def test_the_way_a_note_was_drafted_may_stand_in_a_column(tmp_path):
    header = ("time", "user", "action", "note", "tool")
    reading = Reading(columns=Columns(approach="tool"), keep_ids=True)
    rows = [(*row, "scribe" if row[3] == "E1" else "") for row in ROWS]
    import_log(write(tmp_path / "log.csv", rows, header), tmp_path / "out", reading, Actions())
    found = {(one.reviewer, one.session_id): one for one in tasks(tmp_path)}
    assert found["ana", "E1"].approach == "scribe"
    assert found["ana", "E2"].approach == "ehr"
    assert found["ana", "E2"].previous == "scribe"
    rows[1] = (*rows[1][:4], "other")
    file = write(tmp_path / "log.csv", rows, header)
    with pytest.raises(InputError, match="line 3, field 'tool': this note was drafted another"):
        import_log(file, tmp_path / "new", reading, Actions())


def test_ids_are_kept_in_all_logs_of_a_folder_or_in_none(tmp_path):
    read(tmp_path, ROWS)
    with pytest.raises(InputError, match="was imported with --keep-ids"):
        read(tmp_path, ROWS, Reading())


def test_a_folder_whose_key_was_lost_takes_no_other(tmp_path):
    read(tmp_path, ROWS, Reading())
    (tmp_path / "out" / "import.key").unlink()
    with pytest.raises(InputError, match=r"import\.key: there is no such file"):
        read(tmp_path, ROWS, Reading())
    other = tmp_path / "other.key"
    other.write_text("0123456789abcdef", encoding="utf-8")
    with pytest.raises(InputError, match="was imported with another key"):
        read(tmp_path, ROWS, Reading(), key_file=other)
    assert len(tasks(tmp_path)) == 3


def test_a_folder_of_a_study_takes_no_audit_log(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "plan.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="holds something else"):
        read(tmp_path, ROWS)


@pytest.mark.parametrize(
    ("action", "step"),
    [
        ("OPEN_NOTE", "open"),
        ("Progress Note - Opened", "open"),
        ("Clinical note viewed", "focus"),
        ("Edit clinical note", "edit"),
        ("Pend note", "edit"),
        ("Sign clinical note", "sign"),
        ("SIGNED", "sign"),
        ("Unsign note", "reopen"),
        ("Note addendum created", "reopen"),
        ("Close note", "close"),
        ("Autosave note", "ignore"),
        ("Review of labs", None),
        ("Assign provider", None),
    ],
)
def test_common_wordings_of_actions_are_known(action, step):
    assert Actions().step(action) == step


def test_patterns_of_ones_own_are_asked_first(tmp_path):
    own = tmp_path / "actions.toml"
    own.write_text('sign = ["Accept*"]\nclose = ["sign note"]\n', encoding="utf-8")
    assert Actions(own).step("ACCEPT & lock") == "sign"
    assert Actions(own).step("Sign note") == "close"
    assert Actions(own).step("Note opened") == "open"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('signs = ["x"]', "did you mean 'sign'?"),
        ('sign = "x"', "not a list of patterns"),
        ("sign = [", "not TOML"),
    ],
)
def test_bad_patterns_are_refused(text, says, tmp_path):
    own = tmp_path / "actions.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        Actions(own)
    assert says in str(refused.value)
    assert str(own) in str(refused.value)


def test_a_thousand_rows_lose_none(tmp_path):
    draw = random.Random(1)
    rows = [
        (f"2025-01-{1 + n % 28:02}T{n % 24:02}:{n % 60:02}:00Z", f"u{n % 7}",
         draw.choice(["Open", "Edit", "Sign", "Other"]), f"n{n % 31}")
        for n in range(1000)
    ]  # fmt: skip
    found = read(tmp_path, rows)
    kept = [one for n in range(7) for one in events(tmp_path, f"u{n}")]
    assert found.new == len(kept) == 1000
    assert len({one.event_id for one in kept}) == 1000
    assert {one.task_id for one in kept} == {one.task_id for one in tasks(tmp_path)}
