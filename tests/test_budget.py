"""What an experiment may spend: it stops cleanly, and goes on with more."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from evalkit.budget import Budget
from evalkit.cli import main
from evalkit.errors import InputError
from evalkit.experiment import load_experiment
from evalkit.runner import run
from tests.local_server import LocalServer, slow, status

PRICES = 'prices = { "openai/test-model" = [100.0, 50.0] }'
EXPERIMENT = """
name = "spent"
{judges}
[sessions]
options = {{ count = 6 }}
[[approaches]]
name = "careful"
drafter = "prompted"
model = "openai/test-model"
prompt = "careful"
options = {{ api_base = "{base}", max_tokens = 800 }}
[[approaches]]
name = "form"
drafter = "form_fill"
input = "jottings"
[endpoint]
concurrency = 4
attempts = 1
{prices}
"""
A_CALL = (1000 * 100 + 200 * 50) / 1e6
"""Dollars, of the tokens that the server reports."""


def written(tmp_path: Path, server: LocalServer, prices: str = PRICES, judges: str = "") -> Path:
    path = tmp_path / "experiment.toml"
    path.write_text(EXPERIMENT.format(base=server.url, prices=prices, judges=judges))
    return path


def call(path: Path, *more: str) -> int:
    words = ["run", str(path), "--out", str(path.parent / "runs"), "--no-tracking", *more]
    with pytest.raises(SystemExit) as stop:
        main(words)
    return int(stop.value.code or 0)


def failures(folder: Path) -> list[str]:
    lines = (folder / "drafts.jsonl").read_text().splitlines()
    return [one["failure"] for one in map(json.loads, lines) if one["failure"]]


def test_a_share_that_is_not_left_is_not_promised() -> None:
    budget = Budget(1.0)
    assert budget.promise(0.6)
    assert not budget.promise(0.6)
    assert budget.promised
    budget.settle(0.6, 0.1)
    assert not budget.promised
    assert budget.promise(0.6)
    budget.settle(0.6, None)
    assert budget.spent == pytest.approx(0.7)
    budget.kept(0.2)
    budget.kept(None)
    assert not budget.promise(0.11)


def test_a_run_stops_cleanly_at_its_budget_and_goes_on_with_a_larger_one(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with LocalServer(always=slow(0.05)) as server:
        path = written(tmp_path, server)
        folder = tmp_path / "runs" / "spent"
        assert call(path, "--budget", "0.6") == 0
        asked = len(server.requests)
        assert asked * A_CALL <= 0.6
        assert 2 <= asked < 6, "it stops where a call more might be too many, not before"
        out, err = capfd.readouterr()
        assert f"12 planned = {6 + asked} scored + {6 - asked} failed + 0 excluded" in out
        assert set(failures(folder)) == {"openai/test-model: over budget after 0 attempts"}
        assert "Traceback" not in out + err
        assert call(path, "--budget", "0.6") == 0
        assert len(server.requests) == asked, "what was spent before counts"
        assert call(path, "--budget", "5") == 0
        assert len(server.requests) == 6
        assert failures(folder) == []


def test_a_failure_that_was_not_paid_for_leaves_the_budget(tmp_path: Path) -> None:
    with LocalServer(status(400), status(400)) as server:
        assert call(written(tmp_path, server), "--budget", "0.75") == 0
    found = failures(tmp_path / "runs" / "spent")
    assert sum("bad request" in one for one in found) == 2
    assert len(server.requests) == 6


def test_a_model_without_a_price_cannot_be_held_to_a_budget(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with LocalServer() as server:
        assert call(written(tmp_path, server, prices=""), "--budget", "1") == 2
    assert "price of model 'openai/test-model' is not known" in capfd.readouterr().err
    assert server.requests == []
    assert not (tmp_path / "runs").exists()


def test_a_judge_without_a_price_cannot_be_held_to_one_either(tmp_path: Path) -> None:
    with LocalServer() as server:
        base = f'api_base = "{server.url}"'
        judges = f'judges = ["grounding", {{ name = "llm", model = "openai/judge", {base} }}]'
        path = written(tmp_path, server, PRICES + "\nbudget_usd = 1", judges)
        with pytest.raises(InputError, match=r"endpoint\.prices.*openai/judge"):
            run(load_experiment(path))


@pytest.mark.parametrize("amount", ["0", "-1", "nan", "inf"])
def test_a_budget_is_a_number_of_dollars(amount: str, tmp_path: Path) -> None:
    with LocalServer() as server:
        assert call(written(tmp_path, server), "--budget", amount) == 2


# --- a part of an experiment -----------------------------------------------------------------


def test_a_part_leaves_the_whole_runs_files_alone_and_shares_its_answers(tmp_path: Path) -> None:
    with LocalServer() as server:
        path = written(tmp_path, server)
        folder = tmp_path / "runs" / "spent"
        assert call(path, "--limit", "2", "--only", "careful") == 0
        assert len(server.requests) == 2
        assert not (folder / "drafts.jsonl").exists()
        assert call(path) == 0
        assert len(server.requests) == 6, "the first two are kept"
        whole = {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}
        assert call(path, "--limit", "3", "--only", "form", "--only", "careful") == 0
        assert call(path, "--limit", "1", "--replicates", "2") == 0
        assert len(server.requests) == 7
    lines = (folder / "part" / "drafts.jsonl").read_text().splitlines()
    assert [json.loads(line)["replicate"] for line in lines] == [0, 1, 0, 1]
    for name, before in whole.items():
        if not name.startswith("responses.sqlite"):
            assert (folder / name).read_bytes() == before


def test_an_approach_that_is_not_there_is_named_with_the_nearest(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with LocalServer() as server:
        assert call(written(tmp_path, server), "--only", "carefull") == 2
    assert "no approach named 'carefull'; did you mean 'careful'?" in capfd.readouterr().err


def test_a_dry_run_calls_and_writes_nothing_and_knows_what_is_kept(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    limit = '\nlimits = { "openai/test-model" = { requests_per_minute = 2 } }'
    with LocalServer() as server:
        path = written(tmp_path, server, PRICES + limit)
        assert call(path, "--dry-run") == 0
        out = capfd.readouterr().out
        assert not (tmp_path / "runs").exists()
        assert "6 calls to make, at most $" in out
        assert "at least 2.5 min" in out
        row = next(line for line in out.splitlines() if line.startswith("careful")).split()
        assert row[1:4] == ["6", "0", "6"]
        sent, most, dollars = (float(cell.replace(",", "")) for cell in row[4:])
        assert most == 6 * 800
        assert dollars == pytest.approx((sent * 100 + most * 50) / 1e6, abs=0.006)
        call(written(tmp_path, server), "--limit", "4")
        asked = len(server.requests)
        before = sorted(tmp_path.rglob("*"))
        capfd.readouterr()
        assert call(path, "--dry-run") == 0
        assert sorted(tmp_path.rglob("*")) == before
        assert len(server.requests) == asked == 4
        row = next(
            line for line in capfd.readouterr().out.splitlines() if line.startswith("careful")
        )
        assert row.split()[1:4] == ["6", "4", "2"]


def test_a_dry_run_sees_answers_that_a_killed_run_left_in_the_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with LocalServer() as server:
        path = written(tmp_path, server)
        call(path, "--limit", "4")
        kept = tmp_path / "runs" / "spent" / "responses.sqlite"
        one = sqlite3.connect(kept, isolation_level=None)
        one.execute("update responses set body = body")  # open, so it stays in the log
        capfd.readouterr()
        assert call(path, "--dry-run") == 0
        one.close()
    row = next(line for line in capfd.readouterr().out.splitlines() if line.startswith("careful"))
    assert row.split()[1:4] == ["6", "4", "2"]


def test_a_dry_run_says_where_a_price_is_not_known_and_counts_judges(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with LocalServer() as server:
        base = f'api_base = "{server.url}"'
        judges = f'judges = ["grounding", {{ name = "llm", model = "openai/judge", {base} }}]'
        assert call(written(tmp_path, server, "", judges), "--dry-run") == 0
    out = capfd.readouterr().out
    assert "price not known: set endpoint.prices" in out
    row = next(line for line in out.splitlines() if line.startswith("llm")).split()
    assert row[1:4] == ["12", "0", "12"]
    assert "notes of 500 words" in out
    assert server.requests == []
