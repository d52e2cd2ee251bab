"""What may be reached while an experiment runs. Names end in .invalid: they never resolve."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from evalkit.errors import InputError
from evalkit.llm import Call, Client, Message, ModelFailure
from evalkit.models import hosts_of
from evalkit.network import RefusedHost, only
from evalkit.records import Approach, Endpoint, Experiment, SessionsConfig
from evalkit.runner import hosts_named, run
from tests.local_server import LocalServer

ELSEWHERE = "192.0.2.1"
"""An address for documentation (RFC 5737): nothing is there."""


def connect(address: tuple[str, int]) -> None:
    with socket.socket() as one:
        one.settimeout(0.05)
        one.connect(address)


def test_a_name_that_is_not_named_is_refused_before_it_is_looked_up() -> None:
    with only(["api.example.invalid"]), pytest.raises(RefusedHost) as refused:
        socket.create_connection(("other.example.invalid", 443), timeout=1)
    assert refused.value.host == "other.example.invalid"


@pytest.mark.parametrize(
    "name",
    ["API.example.invalid", "api.example.invalid.", "deep.wild.invalid"],
)
def test_a_name_that_is_named_is_looked_up(name: str) -> None:
    with only(["api.example.invalid", "*.wild.invalid"]), pytest.raises(socket.gaierror):
        socket.getaddrinfo(name, 443)


@pytest.mark.parametrize("name", ["wild.invalid", "notwild.invalid", "x.api.example.invalid"])
def test_a_name_that_only_resembles_a_named_one_is_refused(name: str) -> None:
    with only(["api.example.invalid", "*.wild.invalid"]), pytest.raises(RefusedHost):
        socket.getaddrinfo(name, 443)


@pytest.mark.parametrize("name", ["other.invalid", b"other.invalid"])
def test_the_old_ways_of_looking_up_are_refused_too(name: str | bytes) -> None:
    with only([]), pytest.raises(RefusedHost):
        socket.gethostbyname(name)


def test_a_literal_address_is_refused_unless_it_is_named() -> None:
    with only([]), pytest.raises(RefusedHost):
        connect((ELSEWHERE, 9))
    with only([ELSEWHERE]), suppress(TimeoutError, ConnectionError):
        connect((ELSEWHERE, 9))  # goes nowhere, but is tried


def test_a_datagram_is_refused_as_well() -> None:
    with (
        only([]),
        socket.socket(type=socket.SOCK_DGRAM) as one,
        pytest.raises(RefusedHost),
    ):
        one.sendto(b"x", (ELSEWHERE, 53))


def test_this_machine_and_unix_sockets_are_always_reached(tmp_path: Path) -> None:
    with only([]), LocalServer() as server:
        port = int(server.url.rsplit(":", 1)[1].split("/")[0])
        connect(("127.0.0.1", port))
        socket.create_connection(("localhost", port), timeout=1).close()
        with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as one:
            listening.bind(str(tmp_path / "s"))
            listening.listen()
            one.connect(str(tmp_path / "s"))


def test_within_another_both_are_allowed_and_afterwards_each_ends() -> None:
    with only(["a.invalid"]):
        with only(["a.invalid", "b.invalid"]):
            for name in ("a.invalid", "b.invalid"):
                with pytest.raises(socket.gaierror):
                    socket.getaddrinfo(name, 1)
        with pytest.raises(RefusedHost):
            socket.getaddrinfo("b.invalid", 1)
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo("a.invalid", 1)
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("b.invalid", 1)


def test_it_holds_in_other_threads_and_ends_with_an_error() -> None:
    seen: list[BaseException] = []

    def elsewhere() -> None:
        try:
            socket.getaddrinfo("thread.invalid", 1)
        except OSError as error:
            seen.append(error)

    def failing() -> None:
        with only([]):
            thread = threading.Thread(target=elsewhere)
            thread.start()
            thread.join()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    elsewhere()
    assert [type(one) for one in seen] == [RefusedHost, socket.gaierror]


def experiment(
    model: str = "openai/own", hosts: tuple[str, ...] = (), **options: str
) -> Experiment:
    approach = Approach(name="a", drafter="prompted", model=model, options=options)
    return Experiment(
        name="t",
        sessions=SessionsConfig(options={"count": 1}),
        approaches=(approach,),
        endpoint=Endpoint(hosts=hosts, attempts=3),
    )


def test_a_draft_whose_host_is_refused_fails_once_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://moved.invalid/v1")
    done = run(experiment("openai/gpt-4o"))
    assert (done.planned, done.failed) == (1, 1)
    assert done.drafts[0].failure == "openai/gpt-4o: host not named after 1 attempt"


def test_a_moved_address_that_is_named_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://moved.invalid/v1")
    named = experiment("openai/gpt-4o", hosts=("moved.invalid",))
    quick = named.endpoint.model_copy(update={"attempts": 1})
    done = run(named.model_copy(update={"endpoint": quick}))
    assert done.drafts[0].failure == "openai/gpt-4o: connection after 1 attempt"


def test_the_hosts_are_those_of_models_judges_and_the_endpoint() -> None:
    one = experiment("openai/gpt-4o", hosts=("gateway.invalid",))
    judge = {"name": "llm", "model": "anthropic/claude-sonnet-4-5"}
    both = one.model_copy(update={"judges": ("grounding", judge)})
    assert set(hosts_named(both)) == {"gateway.invalid", "api.openai.com", "api.anthropic.com"}
    assert hosts_named(experiment(api_base="http://own.invalid:8000/v1")) == ("own.invalid",)


def test_an_address_out_of_the_environment_is_no_part_of_the_experiment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert hosts_of("groq/llama-3.1-8b-instant", None) == ("api.groq.com",)
    monkeypatch.setenv("GROQ_API_BASE", "https://moved.invalid/v1")
    assert hosts_of("groq/llama-3.1-8b-instant", None) == ()


def test_a_model_whose_host_is_not_known_needs_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "test")
    monkeypatch.setenv("GROQ_API_BASE", "https://moved.invalid/v1")
    with pytest.raises(InputError, match=r"endpoint\.hosts.*is not known; name it"):
        run(experiment("groq/llama-3.1-8b-instant"))


def test_an_address_is_no_host() -> None:
    with pytest.raises(InputError, match=r"endpoint\.hosts.*not a host; write the name alone"):
        hosts_named(experiment("openai/gpt-4o", hosts=("https://gateway.invalid/v1",)))


def test_a_client_outside_any_run_is_not_held() -> None:
    async def ask() -> str:
        async with Client(Endpoint(attempts=1)) as client:
            message = Message(role="user", content="hello")
            call = Call(model="openai/x", messages=(message,), api_base="http://x.invalid/v1")
            try:
                await client.complete(call)
            except ModelFailure as failure:
                return failure.kind
        return ""

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", "test")
        assert asyncio.run(ask()) == "connection"
