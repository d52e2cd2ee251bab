"""A run that is killed, or refused by a busy server: nothing finished is done twice.

Runs happen in processes of their own, forked from one that has imported everything.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import SimpleNamespace

import pytest

from evalkit.llm import Call, Client, Completion, Message
from evalkit.pipeline import evaluate
from evalkit.records import Endpoint
from tests.local_server import LocalServer, Reply, slow

FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(
    [
        *("tests.test_limits_end_to_end", "evalkit.reports.html", "evalkit.reports.figures"),
        *("litellm", "openai.resources.chat", "spacy", "matplotlib.figure", "PIL.Image"),
    ]
)
SESSIONS = 4
EXPERIMENT = """
name = "killed"
judges = ["grounding", {{ name = "llm", model = "openai/judge", api_base = "{base}" }}]
[sessions]
options = {{ count = 4 }}
[[approaches]]
name = "careful"
drafter = "prompted"
model = "openai/test-model"
prompt = "careful"
options = {{ api_base = "{base}" }}
[endpoint]
concurrency = 2
prices = {{ "openai/test-model" = [1.0, 2.0] }}
[[gates]]
measure = "fabrication"
max = 0.2
"""
ANSWERS = (
    *("drafts.jsonl", "sessions.jsonl", "findings.jsonl", "judged.jsonl", "estimates.jsonl"),
    *("scores.parquet", "reviews.parquet", "leaderboard.parquet"),
    *("decision.json", "report.html", "provenance.json"),
)


def whole_run(path: Path, out: Path) -> None:
    """In a process of its own, where the clock of latencies stands still: two runs on a real one
    always differ."""
    from evalkit import llm

    os.environ["OPENAI_API_KEY"] = "test"
    llm.time = SimpleNamespace(perf_counter=lambda: 0.0)  # type: ignore[assignment]
    evaluate(path, out=out, tracking=False)


def started(path: Path, out: Path) -> ForkServerProcess:
    process = FORK.Process(target=whole_run, args=(path, out), daemon=True)
    process.start()
    return process


def finished(path: Path, out: Path) -> dict[str, bytes]:
    process = started(path, out)
    process.join(60)
    assert process.exitcode == 0
    folder = out / "killed"
    return {name: (folder / name).read_bytes() for name in ANSWERS}


def killed_when(reached: Callable[[], bool], path: Path, out: Path) -> None:
    process = started(path, out)
    until = time.monotonic() + 60
    while not reached():
        assert process.is_alive(), "the run ended before it could be killed"
        assert time.monotonic() < until
        time.sleep(0.002)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)
    assert process.exitcode == -signal.SIGKILL


def kept(out: Path) -> int:
    with closing(sqlite3.connect(out / "killed" / "responses.sqlite")) as db:
        return int(db.execute("select count(*) from responses").fetchone()[0])


def test_a_run_killed_at_any_point_ends_as_one_that_was_not(tmp_path: Path) -> None:
    with LocalServer(always=slow(0.03)) as server:
        path = tmp_path / "experiment.toml"
        path.write_text(EXPERIMENT.format(base=server.url))
        undisturbed = finished(path, tmp_path / "undisturbed")
        calls = len(server.requests)
        assert calls == 3 * SESSIONS  # a draft, and a verdict asked for twice
        out = tmp_path / "runs"
        points: list[Callable[[], bool]] = [
            lambda: len(server.requests) >= calls + 3,
            lambda: kept(out) == SESSIONS + 3,
            lambda: (out / "killed" / "drafts.jsonl").exists(),
        ]
        repeated = 0
        for reached in points:
            before = kept(out) if (out / "killed").exists() else 0
            asked = len(server.requests)
            killed_when(reached, path, out)
            repeated += len(server.requests) - asked - (kept(out) - before)
        assert kept(out) == calls
        assert repeated <= 2 * len(points), "at most those under way are lost, at each kill"
        asked = len(server.requests)
        again = finished(path, out)
        assert len(server.requests) == asked, "every call had been finished"
    assert [name for name in ANSWERS if again[name] != undisturbed[name]] == []
    assert json.loads(again["decision.json"])


class Busy(LocalServer):
    """Refuses what comes while more than `most` requests are open."""

    most, refused = 4, 0

    def _response(self, reply: Reply, request: dict[str, object]) -> bytes:
        if reply.status == 429:
            self.refused += 1
        return super()._response(reply, request)

    @property
    def always(self) -> Reply:
        over = self._open >= self.most
        return Reply(status=429, headers={"retry-after": "0.05"}) if over else slow(0.03)

    @always.setter
    def always(self, _: Reply) -> None:
        """What is answered depends on how many wait."""


def refusals(monkeypatch: pytest.MonkeyPatch, *, adapts: bool) -> int:
    """429s that 40 calls meet at a server that takes 4 at once, when 24 are allowed."""
    from evalkit.pacing import Pace

    if not adapts:
        monkeypatch.setattr(Pace, "too_fast", lambda *_: None)

    async def together(url: str) -> list[Completion]:
        endpoint = Endpoint(concurrency=24, attempts=20, max_wait_s=0.05)
        async with Client(endpoint) as client:
            message = Message(role="user", content="hello")
            calls = [
                Call(model="openai/x", messages=(message,), api_base=url, replicate=number)
                for number in range(40)
            ]
            return list(await asyncio.gather(*(client.complete(one) for one in calls)))

    with Busy() as server:
        assert len(asyncio.run(together(server.url))) == 40
    return server.refused


def test_a_busy_server_refuses_far_fewer_calls_than_without_adapting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    with_it = refusals(monkeypatch, adapts=True)
    without = refusals(monkeypatch, adapts=False)
    first = 24 - Busy.most  # the first calls go together, and nobody knows better yet
    assert with_it - first < (without - first) / 2, (with_it, without)
