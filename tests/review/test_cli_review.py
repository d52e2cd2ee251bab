"""`evalkit review` as a user types it."""

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from evalkit.cli import main
from evalkit.review.making import add_note
from tests import small
from tests.review.test_desk import NOTE, run_folder

WAIT_S = 40


@pytest.fixture
def run(tmp_path):
    return run_folder(tmp_path / "run")


def start(*words):
    code = "import sys; from evalkit.cli import main; main(sys.argv[1:])"
    return subprocess.Popen(
        [sys.executable, "-c", code, "review", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def told(process):
    """What the command prints up to the address, and the address."""
    seen, deadline = b"", time.monotonic() + WAIT_S
    while b"Ctrl+C" not in seen and time.monotonic() < deadline:
        if select.select([process.stdout], [], [], 0.2)[0]:
            seen += os.read(process.stdout.fileno(), 4096)
    return seen.decode(), re.search(r"http://127\.0\.0\.1:\d+/\S+/", seen.decode()).group()


def post(address, message):
    request = urllib.request.Request(
        f"{address}api", json.dumps(message).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
        return json.load(answer)


def test_a_review_in_the_browser_from_the_address_to_ctrl_c(run):
    process = start(run, "--reviewer", "ana", "--limit", "2", "--port", "0", "--no-browser")
    try:
        shown, address = told(process)
        assert shown.startswith("ana: 0 of 2 notes signed")
        page = post(address, {"type": "page", "number": None})["page"]
        event = {
            "event_id": "e1", "visit": "v", "seq": 0, "at_ms": 1, "t_ms": 0, "kind": "sign",
            "task_id": page["task_id"], "reviewer": "ana", "data": {},
        }  # fmt: skip
        assert post(address, {"type": "events", "events": [event]})["saved"] == ["e1"]
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=WAIT_S)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert errors == b""
    log = run / "review" / "events" / "ana.jsonl"
    assert rest.decode().strip() == f"1 of 2 notes signed; events: {log}"
    assert len(log.read_text().splitlines()) == 1


def refused(capsys, *words):
    with pytest.raises(SystemExit) as stop:
        main(["review", *map(str, words)])
    assert stop.value.code == 2
    return capsys.readouterr().err


def test_bad_input_is_one_line(run, tmp_path, capsys):
    ana = ("--reviewer", "ana", "--no-browser")
    for words, why in (
        ((tmp_path / "nowhere", *ana), "there is no such folder"),
        ((tmp_path, *ana), "neither a review nor a run"),
        ((run, "--reviewer", "a b", "--no-browser"), "field 'reviewer'"),
        ((run, *ana, "--approach", "hasti"), "did you mean 'hasty'"),
    ):
        said = refused(capsys, *words)
        assert why in said
        assert said.count("\n") == 1


def test_a_folder_planned_for_others_names_them(tmp_path, capsys):
    add_note(tmp_path, small.session(), small.draft(**NOTE), "ben")
    said = refused(capsys, tmp_path, "--reviewer", "bem", "--no-browser")
    assert "did you mean 'ben'" in said


def test_no_other_machine_can_be_let_in(run, capsys):
    said = refused(capsys, run, "--reviewer", "ana", "--host", "0.0.0.0")
    assert "No such option" in said
