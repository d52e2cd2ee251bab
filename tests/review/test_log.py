"""The append-only log: nothing is lost, nothing counts twice, and it stays quick."""

import multiprocessing
import os
import signal
import stat
import time

import pytest

from evalkit.errors import InputError
from evalkit.records import ReviewEvent
from evalkit.review.log import EventLog, read_events


def event(number, text="x", writer="a"):
    return ReviewEvent(
        event_id=f"{writer}{number}",
        visit="v1",
        seq=number,
        at_ms=1_700_000_000_000 + number,
        t_ms=number,
        task_id="t1",
        reviewer="ana",
        kind="edit",
        data={"section": "plan", "start": 0, "end": 0, "text": text},
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events" / "ana.jsonl"


def test_what_is_appended_is_read_again_in_order(path):
    events = [event(n, "a\nb\u2028\U0001f600") for n in range(5)]
    EventLog(path).append(events[:2])
    EventLog(path).append(events[2:])
    assert read_events(path) == events


def test_a_log_that_is_not_there_has_no_events(path):
    assert read_events(path) == []


def test_an_event_counts_once_however_often_it_is_sent(path):
    log = EventLog(path)
    log.append([event(0), event(0), event(1)])
    log.append([event(1), event(2)])
    EventLog(path).append([event(0), event(2)])
    assert [one.seq for one in read_events(path)] == [0, 1, 2]
    assert len(path.read_bytes().splitlines()) == 3


def test_an_event_that_stands_there_twice_is_read_once(path):
    EventLog(path).append([event(0), event(1)])
    path.write_bytes(path.read_bytes() * 2)
    assert [one.seq for one in read_events(path)] == [0, 1]


def test_log_and_folder_are_their_owners_alone(path):
    old = os.umask(0)
    try:
        EventLog(path).append([event(0)])
        path.write_bytes(path.read_bytes() + b'{"torn')
        EventLog(path).append([event(1)])
    finally:
        os.umask(old)
    for file in (path, path.with_suffix(".torn")):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("cut", range(1, 400, 7))
def test_a_line_cut_anywhere_is_kept_aside_and_breaks_nothing(path, cut):
    EventLog(path).append([event(0)])
    whole = path.read_bytes()
    EventLog(path).append([event(1, "\U0001f600")])
    line = path.read_bytes()[len(whole) :]
    cut = min(cut, len(line) - 2)
    path.write_bytes(whole + line[:cut])
    assert [one.seq for one in read_events(path)] == [0]
    assert path.read_bytes() == whole + line[:cut]
    EventLog(path).append([event(1, "\U0001f600"), event(2)])
    assert [one.seq for one in read_events(path)] == [0, 1, 2]
    assert path.with_suffix(".torn").read_bytes() == line[:cut] + b"\n"


def test_a_whole_line_without_its_line_feed_is_kept(path):
    EventLog(path).append([event(0), event(1)])
    path.write_bytes(path.read_bytes()[:-1])
    log = EventLog(path)
    with log.writing() as news:
        assert [one.seq for one in news] == [0, 1]
        log.add([event(1), event(2)])
    assert [one.seq for one in read_events(path)] == [0, 1, 2]
    assert not path.with_suffix(".torn").exists()


def test_a_bad_line_within_the_log_is_named_and_never_shown(path):
    EventLog(path).append([event(0), event(1)])
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + b'{"data": "she was hit"}\n' + second)
    with pytest.raises(InputError, match=r"ana\.jsonl, line 2") as bad:
        read_events(path)
    assert "hit" not in str(bad.value)


def test_a_log_learns_what_another_writer_added(path):
    one, other = EventLog(path), EventLog(path)
    one.append([event(0)])
    other.append([event(1)])
    assert [each.seq for each in one.news()] == [1]
    one.append([event(1), event(2)])
    assert [each.seq for each in read_events(path)] == [0, 1, 2]


def write_many(path, writer, count):
    log = EventLog(path)
    for number in range(count):
        log.append([event(number, "y" * 500, writer), event(number, "shared", "both")])


def test_two_processes_that_write_at_once_lose_nothing_and_mix_nothing(path):
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=write_many, args=(path, name, 40)) for name in "ab"]
    for one in writers:
        one.start()
    for one in writers:
        one.join(30)
    ids = [one.event_id for one in read_events(path)]
    wanted = {f"{name}{n}" for name in ("a", "b", "both") for n in range(40)}
    assert len(ids) == len(set(ids)) == 120
    assert set(ids) == wanted


def test_a_writer_that_is_killed_leaves_the_log_readable_and_writable(path):
    context = multiprocessing.get_context("fork")
    writer = context.Process(target=write_many, args=(path, "a", 100_000))
    writer.start()
    deadline = time.monotonic() + 20
    while len(read_events(path)) < 20 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(writer.pid, signal.SIGKILL)
    writer.join(10)
    before = read_events(path)
    assert len(before) >= 20
    EventLog(path).append([event(0, writer="z")])
    assert read_events(path)[: len(before)] == before
    assert read_events(path)[-1].event_id == "z0"


def test_a_full_disk_is_told_and_the_next_append_works(path):
    import resource

    log = EventLog(path)
    log.append([event(0)])
    size = path.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, hard))
    try:
        with pytest.raises(InputError, match="cannot be written"):
            log.append([event(1, "y" * 500)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert [one.seq for one in read_events(path)] == [0]
    log.append([event(1), event(2)])
    assert [one.seq for one in read_events(path)] == [0, 1, 2]


def test_appending_to_a_long_log_reads_nothing_of_it_again(path):
    path.parent.mkdir()
    line = event(0).model_dump_json()
    with path.open("w") as file:
        for number in range(100_000):
            file.write(line.replace('"a0"', f'"a{number}"') + "\n")
    log = EventLog(path)
    log.append([event(1, writer="b")])
    began = time.process_time()
    for number in range(50):
        log.append([event(number, writer="c")])
    assert (time.process_time() - began) / 50 < 0.005
    assert "a99999" in log
    assert "c49" in log
