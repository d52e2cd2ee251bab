"""A real model run from the command line to the decision, against a server on this machine."""

import json

import pandas as pd
import pytest

from evalkit.cli import main
from tests.local_server import MALFORMED_BODY, OK, LocalServer, says, slow, status

EXPERIMENT = """
name = "models"
formats = ["soap", "birp"]
[sessions]
options = {{ count = 4 }}
[[approaches]]
name = "careful"
drafter = "prompted"
model = "openai/test-model"
prompt = "careful"
chart = true
options = {{ api_base = "{base}" }}
[endpoint]
concurrency = 1
timeout_s = 2
attempts = 3
max_wait_s = 2
prices = {{ "openai/test-model" = [1.0, 2.0] }}
[[gates]]
measure = "fabrication"
max = 0.2
"""


def call(tmp_path, server):
    path = tmp_path / "experiment.toml"
    path.write_text(EXPERIMENT.format(base=server.url))
    with pytest.raises(SystemExit) as stop:
        main(["run", str(path), "--out", str(tmp_path / "runs")])
    return stop.value.code


def drafts(tmp_path):
    lines = (tmp_path / "runs" / "models" / "drafts.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "test")


def test_every_way_a_server_can_answer_ends_in_a_draft_or_a_counted_failure(tmp_path, capfd):
    replies = (
        OK,
        status(429, Retry_After="1"),
        OK,
        status(500),
        OK,
        slow(4),
        OK,
        MALFORMED_BODY,
        OK,
        says('{"subjective": "Client slept', "length"),
        says("I cannot write this note."),
        status(400),
    )
    with LocalServer(*replies) as server:
        assert call(tmp_path, server) == 0
        asked = len(server.requests)
        out, err = capfd.readouterr()
        found = drafts(tmp_path)
        assert call(tmp_path, server) == 0
        again = len(server.requests) - asked
    assert "8 planned = 5 scored + 3 failed + 0 excluded" in out
    reasons = [draft["failure"] for draft in found if draft["failure"]]
    assert len(reasons) == 3
    assert any("cut off" in reason for reason in reasons)
    assert asked == len(replies)
    paid = [draft["cost_usd"] for draft in found if draft["cost_usd"]]
    assert len(paid) == 7  # a truncated and an unparseable answer were paid for too
    spoken = (tmp_path / "runs" / "models" / "sessions.jsonl").read_text().splitlines()
    for session in map(json.loads, spoken):
        for turn in session["turns"]:
            if len(turn["text"]) > 40:
                assert turn["text"] not in err
                assert turn["text"] not in out
    assert again == 8 - 7  # answers once received, good or bad, are not asked for again


def test_the_same_run_again_asks_nothing_and_gives_the_same_tables(tmp_path):
    with LocalServer() as server:
        assert call(tmp_path, server) == 0
        folder = tmp_path / "runs" / "models"
        names = ("drafts.jsonl", "findings.parquet", "scores.parquet", "decision.json")
        first = {name: (folder / name).read_bytes() for name in names}
        before = len(server.requests)
        assert before == 8
        assert call(tmp_path, server) == 0
        assert len(server.requests) == before
        assert {name: (folder / name).read_bytes() for name in names} == first
    assert pd.read_parquet(folder / "scores.parquet")["value"].notna().any()
