"""The door to litellm, against a real HTTP server on this machine."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import InputError
from evalkit.llm import Call, Client, Completion, Message, ModelFailure
from evalkit.models import check_keys
from evalkit.records import Endpoint, Usage
from evalkit.responses import ResponseStore
from tests.local_server import (
    EMPTY_CHOICES,
    MALFORMED_BODY,
    OK,
    RESET,
    LocalServer,
    Reply,
    says,
    slow,
    status,
)

MODEL = "openai/test-model"
CANARY = "zebrafinch-4417"
QUICK = Endpoint(timeout_s=5.0, attempts=3, max_wait_s=0.05)
"""Waits of at most 0.05 s, so that a retry does not hold a test up."""


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "test")


def call(server: LocalServer, **changes: Any) -> Call:
    messages = (
        Message(role="system", content='Answer as {"note": "..."}'),
        Message(role="user", content=f"therapist: {CANARY}"),
    )
    return Call(**{"model": MODEL, "messages": messages, "api_base": server.url, **changes})


def ask(
    server: LocalServer,
    *calls: Call,
    endpoint: Endpoint = QUICK,
    responses: Path | None = None,
) -> list[Completion | BaseException]:
    """All the calls at once through one client; what failed stands in its place."""

    async def together() -> list[Completion | BaseException]:
        async with Client(endpoint, responses) as client:
            asked = [client.complete(one) for one in calls or (call(server),)]
            return await asyncio.gather(*asked, return_exceptions=True)

    return asyncio.run(together())


def failure(server: LocalServer, **options: Any) -> ModelFailure:
    answer = ask(server, **options)[0]
    assert isinstance(answer, ModelFailure)
    return answer


def completion(server: LocalServer, **options: Any) -> Completion:
    answer = ask(server, **options)[0]
    assert isinstance(answer, Completion)
    return answer


# --- answers ---------------------------------------------------------------------------------


def test_an_answer_comes_with_its_text_tokens_and_latency() -> None:
    with LocalServer(Reply(delay_s=0.2)) as server:
        answer = completion(server)
    assert answer.text == '{"note": "Client spoke about note."}'
    assert answer.usage == Usage(prompt_tokens=1000, completion_tokens=200)
    assert answer.finish_reason == "stop"
    assert 0.2 <= answer.latency_s < 5


def test_what_a_call_names_is_what_is_sent() -> None:
    with LocalServer() as server:
        ask(server, call(server, temperature=0.3, max_tokens=77, seed=5, json_mode=True))
    sent = server.requests[0]
    assert sent["line"].startswith("POST /v1/chat/completions")
    assert (sent["model"], sent["temperature"], sent["max_tokens"]) == ("test-model", 0.3, 77)
    assert sent["seed"] == 5
    assert sent["response_format"] == {"type": "json_object"}
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    assert server.keys == ["Bearer test"]


def test_a_cut_off_answer_is_an_answer_that_says_so() -> None:
    with LocalServer(says('{"note": "Client sp', "length")) as server:
        assert completion(server).finish_reason == "length"


def test_latency_leaves_out_the_wait_before_a_retry() -> None:
    with LocalServer(status(429, retry_after="1")) as server:
        answer = completion(server, endpoint=Endpoint(max_wait_s=5))
    assert answer.latency_s < 1


def test_one_client_works_in_one_event_loop_after_another() -> None:
    with LocalServer() as server:
        client = Client(QUICK)
        for replicate in range(3):
            asyncio.run(client.complete(call(server, replicate=replicate)))
        asyncio.run(client.close())
    assert client.calls == len(server.requests) == 3


# --- retries ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [status(429), status(500), status(502), status(503), status(408), MALFORMED_BODY, RESET],
    ids=["429", "500", "502", "503", "408", "malformed", "reset"],
)
def test_what_may_pass_is_tried_again_once(reply: Reply) -> None:
    with LocalServer(reply, OK) as server:
        assert completion(server).text
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (status(400), "bad request", 400),
        (status(401), "authentication", 401),
        (status(403), "authentication", 403),
        (status(404), "not found", 404),
        (status(422), "bad request", 422),
        (EMPTY_CHOICES, "empty", 200),
        (says("  \n"), "empty", 200),
        (says("", "content_filter"), "refused", 200),
        (says("", "length"), "truncated", 200),
    ],
)
def test_what_would_fail_again_is_asked_once(reply: Reply, kind: str, code: int) -> None:
    with LocalServer(always=reply) as server:
        error = failure(server)
    assert len(server.requests) == 1
    assert (error.kind, error.status, error.attempts) == (kind, code, 1)


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_a_server_that_always_fails_is_asked_as_often_as_allowed(attempts: int) -> None:
    with LocalServer(always=status(500)) as server:
        error = failure(server, endpoint=QUICK.model_copy(update={"attempts": attempts}))
    assert len(server.requests) == attempts == error.attempts
    assert (error.kind, error.status) == ("server error", 500)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [(MALFORMED_BODY, "malformed response"), (RESET, "connection"), (slow(9), "time-out")],
    ids=["malformed", "reset", "slow"],
)
def test_a_failure_without_a_status_does_not_make_one_up(reply: Reply, kind: str) -> None:
    with LocalServer(always=reply) as server:
        error = failure(server, endpoint=QUICK.model_copy(update={"timeout_s": 0.3, "attempts": 2}))
    assert (error.kind, error.status, error.attempts) == (kind, None, 2)


def test_a_server_that_is_not_there_is_a_failed_connection() -> None:
    with LocalServer() as server:
        gone = call(server)
    answer = ask(server, gone)[0]
    assert isinstance(answer, ModelFailure)
    assert (answer.kind, answer.attempts) == ("connection", 3)


def test_a_time_out_is_tried_again() -> None:
    with LocalServer(slow(30), OK) as server:
        start = time.monotonic()
        assert completion(server, endpoint=QUICK.model_copy(update={"timeout_s": 0.5})).text
    assert len(server.requests) == 2
    assert time.monotonic() - start < 20


def test_a_server_is_left_alone_for_as_long_as_it_asks() -> None:
    with LocalServer(status(429, retry_after="2"), OK) as server:
        completion(server, endpoint=Endpoint(max_wait_s=10))
    first, second = server.times
    assert 2.0 <= second - first < 6


def test_a_server_may_name_the_time_to_come_back() -> None:
    with LocalServer(always=OK) as server:
        again = format_datetime(datetime.now(UTC) + timedelta(seconds=4), usegmt=True)
        server.replies.append(status(503, retry_after=again))
        completion(server, endpoint=Endpoint(max_wait_s=10))
    first, second = server.times
    assert 1.6 <= second - first < 8


def test_a_wait_is_never_longer_than_the_experiment_allows() -> None:
    with LocalServer(status(429, retry_after="3600"), OK) as server:
        completion(server, endpoint=Endpoint(max_wait_s=0.5))
    first, second = server.times
    assert 0.5 <= second - first < 3


# --- concurrency -----------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 4])
def test_no_more_calls_are_under_way_than_allowed(concurrency: int) -> None:
    with LocalServer(always=slow(0.1)) as server:
        calls = [call(server, replicate=number) for number in range(12)]
        endpoint = Endpoint(concurrency=concurrency)
        answers = ask(server, *calls, endpoint=endpoint)
    assert all(isinstance(answer, Completion) for answer in answers)
    assert server.peak == concurrency
    assert len(server.requests) == 12


# --- responses kept --------------------------------------------------------------------------


def test_the_same_command_again_asks_nothing(tmp_path: Path) -> None:
    with LocalServer() as server:
        calls = [call(server, replicate=number) for number in range(5)]
        before = ask(server, *calls, responses=tmp_path / "responses.sqlite")
        assert len(server.requests) == 5
    with LocalServer() as untouched:

        async def again() -> tuple[list[Completion], Client]:
            async with Client(QUICK, tmp_path / "responses.sqlite") as client:
                return [await client.complete(one) for one in calls], client

        after, client = asyncio.run(again())
    assert after == before
    assert (client.calls, client.reused, len(untouched.requests)) == (0, 5, 0)


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "responses.sqlite"

    async def interrupted(calls: list[Call]) -> None:
        client = Client(Endpoint(concurrency=1), path)
        task = asyncio.gather(*(client.complete(one) for one in calls))
        while client.calls < 3:
            await asyncio.sleep(0.01)
        task.cancel()

    with LocalServer(OK, OK, OK, slow(60)) as server:
        calls = [call(server, replicate=number) for number in range(6)]
        asyncio.run(interrupted(calls))
        server.replies.clear()
        asked = len(server.requests)
        assert all(isinstance(one, Completion) for one in ask(server, *calls, responses=path))
        assert len(server.requests) - asked == 3


def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "responses.sqlite"
    with LocalServer(status(400), OK) as server:
        failure(server, responses=path)
        assert completion(server, responses=path).text
    assert len(server.requests) == 2


def test_the_same_call_twice_at_once_is_made_once(tmp_path: Path) -> None:
    with LocalServer(always=slow(0.1)) as server:
        first, second = ask(server, call(server), call(server), responses=tmp_path / "r.sqlite")
    assert first == second
    assert len(server.requests) == 1


def test_a_response_that_cannot_be_read_is_asked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "responses.sqlite"
    with LocalServer() as server:
        store = ResponseStore(path)
        store.put(call(server).key, b'{"of another": "version"}')
        store.close()
        answers = [completion(server, responses=path) for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(server.requests) == 1


def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(CANARY * 100)
    with pytest.raises(InputError, match=r"notes\.txt: cannot be used as a store") as caught:
        Client(QUICK, path)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"model": "openai/other"},
        {"messages": (Message(role="user", content="another"),)},
        {"temperature": 0.5},
        {"max_tokens": 9},
        {"seed": 1},
        {"json_mode": True},
        {"api_base": "http://127.0.0.1:9/v1"},
        {"replicate": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_changes_the_call_changes_its_key(change: dict[str, Any]) -> None:
    plain = Call(model=MODEL, messages=(Message(role="user", content="hello"),))
    assert plain.key == plain.model_copy().key
    assert plain.key != plain.model_copy(update=change).key


# --- cost ------------------------------------------------------------------------------------


def test_cost_comes_from_the_prices_of_the_experiment() -> None:
    with LocalServer() as server:
        answer = completion(server, endpoint=Endpoint(prices={MODEL: (3.0, 15.0)}))
    assert answer.cost_usd == pytest.approx(1000 * 3e-6 + 200 * 15e-6)


def test_cost_comes_from_the_list_prices_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalServer() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        answer = ask(server, call(server, model="openai/gpt-4o", api_base=None))[0]
    assert isinstance(answer, Completion)
    assert answer.cost_usd == pytest.approx(1000 * 2.5e-6 + 200 * 10e-6)


@pytest.mark.parametrize("model", [MODEL, "openai/gpt-4o"])
def test_a_server_of_ones_own_has_no_list_price(model: str) -> None:
    with LocalServer() as server:
        answer = ask(server, call(server, model=model))[0]
    assert isinstance(answer, Completion)
    assert answer.cost_usd is None


def test_tokens_that_were_not_reported_cost_nothing_known() -> None:
    with LocalServer(Reply(usage=False)) as server:
        answer = completion(server, endpoint=Endpoint(prices={MODEL: (3.0, 15.0)}))
    assert answer.usage is None
    assert answer.cost_usd is None


# --- nothing of a prompt gets out ------------------------------------------------------------


@pytest.fixture
def loud() -> Iterator[None]:
    """Every logger at its most talkative, written to stderr."""
    root = logging.getLogger()
    handler, level = logging.StreamHandler(sys.__stderr__), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize(
    "reply",
    [OK, status(400), status(401), status(429), status(500), MALFORMED_BODY, EMPTY_CHOICES, RESET],
    ids=["ok", "400", "401", "429", "500", "malformed", "empty", "reset"],
)
@pytest.mark.usefixtures("loud")
def test_no_text_of_a_prompt_reaches_the_terminal_a_log_or_an_error(
    reply: Reply, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with LocalServer(always=reply) as server:
        answer = ask(server)[0]
        assert CANARY in str(server.requests[0])
    shown = capfd.readouterr()
    assert CANARY not in shown.out + shown.err + caplog.text
    assert "Give Feedback" not in shown.out + shown.err
    if isinstance(answer, ModelFailure):
        assert answer.__cause__ is None
        assert answer.__context__ is None
        assert CANARY not in "".join(traceback.format_exception(answer)) + repr(vars(answer))


SCRIPT = """
import asyncio, logging, sys
logging.basicConfig(level=logging.DEBUG)
from evalkit.llm import Call, Client, Message, ModelFailure
from evalkit.records import Endpoint

async def main():
    async with Client(Endpoint(attempts=2, max_wait_s=0.01)) as client:
        for number in range(3):
            message = Message(role="user", content=sys.stdin.readline())
            call = Call(model="openai/test-model", messages=(message,), api_base=sys.argv[1])
            try:
                await client.complete(call)
            except ModelFailure as error:
                print(error)

asyncio.run(main())
"""


def test_debugging_switches_in_the_environment_let_nothing_out() -> None:
    with LocalServer(OK, status(400), always=status(500)) as server:
        loud = {"LITELLM_LOG": "DEBUG", "OPENAI_LOG": "debug", "PYTHONASYNCIODEBUG": "1"}
        ran = subprocess.run(
            [sys.executable, "-c", SCRIPT, server.url],
            input=f"{CANARY}\n" * 3,
            env={**os.environ, **loud},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert ran.returncode == 0, "the script itself failed"
    assert ran.stdout.splitlines() == [
        "openai/test-model: bad request (status 400) after 1 attempt",
        "openai/test-model: server error (status 500) after 2 attempts",
    ]
    assert CANARY not in ran.stderr
    assert "never awaited" not in ran.stderr
    assert "Unclosed" not in ran.stderr


# --- before anything starts ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "variable"),
    [("openai/gpt-4o", "OPENAI_API_KEY"), ("anthropic/claude-sonnet-4-5", "ANTHROPIC_API_KEY")],
)
def test_a_missing_key_is_one_line_with_its_variable(
    model: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(variable, raising=False)
    with pytest.raises(InputError) as caught:
        check_keys(["ollama/llama3.1", model])
    assert model in str(caught.value)
    assert variable in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_key_that_is_set_is_enough() -> None:
    check_keys(["openai/gpt-4o"])


def test_a_server_on_this_machine_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    check_keys(["ollama/llama3.1", (MODEL, "http://127.0.0.1:8000/v1")])
    check_keys([(MODEL, "http://localhost:8000/v1"), (MODEL, "http://[::1]:8000/v1")])
    with pytest.raises(InputError, match="OPENAI_API_KEY"):
        check_keys([(MODEL, "https://models.example.org/v1")])
    with LocalServer() as server:
        assert completion(server).text


def test_an_unknown_provider_is_named_with_the_nearest(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(InputError, match="no provider named 'opena'; did you mean 'openai'"):
        check_keys(["opena/gpt-4o"])
    shown = capfd.readouterr()
    assert shown.out + shown.err == ""


def test_litellm_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, evalkit.llm, evalkit.drafters.prompted; print('litellm' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ran.stdout.strip() == "False"
