"""The server as it is started by the command: who gets an answer, and who does not."""

import http.client
import json
import os
import socket
import stat
import threading
from contextlib import contextmanager

import pytest

from evalkit.errors import InputError
from evalkit.review import server
from evalkit.review.desk import Desk
from evalkit.review.log import read_events
from evalkit.review.making import add_note
from tests import small

NOTE = {"subjective": "Client sleeps badly.", "plan": "Return in one week."}


@contextmanager
def running(desk):
    """Its place; the server runs in a thread and is told to end by what Ctrl+C sets."""
    import uvicorn

    where = server.place(0)
    web = uvicorn.Server(
        uvicorn.Config(server.application(desk, where), log_level="error", lifespan="off")
    )
    thread = threading.Thread(target=web.run, kwargs={"sockets": [where.socket]})
    thread.start()
    try:
        yield where
    finally:
        web.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("review")
    add_note(folder, small.session(), small.draft(**NOTE), "ana")
    return Desk(folder, "ana")


@pytest.fixture(scope="module")
def where(desk):
    with running(desk) as place:
        yield place


def ask(where, path, method="GET", body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", where.port, timeout=10)
    sent = {"Host": f"127.0.0.1:{where.port}", **headers}
    connection.request(method, path, body=body, headers={k: v for k, v in sent.items() if v})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content, answer.headers


def post(where, message, **headers):
    sent = {"Content-Type": "application/json", **headers}
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return ask(where, f"/{where.token}/api", "POST", body, **sent)


def event(desk, number, text="x"):
    return {
        "event_id": f"e{number}", "visit": "v1", "seq": number, "at_ms": 1, "t_ms": number,
        "task_id": desk.tasks[0].task_id, "reviewer": "ana", "kind": "edit",
        "data": {"section": "plan", "start": 0, "end": 0, "text": text, "undo": False},
    }  # fmt: skip


@pytest.mark.parametrize("name", ["", "app.js", "app.css"])
def test_page_and_files_come_with_headers_that_keep_others_out(where, name):
    status, content, headers = ask(where, f"/{where.token}/{name}")
    assert status == 200
    assert content == (server.APP / (name or "index.html")).read_bytes()
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


def test_page_and_events_are_answered(where, desk):
    status, content, headers = post(where, {"type": "page", "number": None})
    assert status == 200
    assert headers["content-security-policy"]
    assert json.loads(content)["page"]["task_id"] == desk.tasks[0].task_id
    sent = [event(desk, 0), event(desk, 1, "\U0001f600")]
    _, content, _ = post(where, {"type": "events", "events": sent})
    assert json.loads(content) == {"type": "saved", "saved": ["e0", "e1"], "refused": []}
    assert [one.event_id for one in read_events(desk.log)][:2] == ["e0", "e1"]


@pytest.mark.parametrize(
    "path",
    ["/", "/wrong/", "/wrong/app.js", "/wrong/api", "//", "/{token}x/", "/x/{token}/", "/é/"],
)
def test_nothing_is_given_without_the_token(where, path):
    path = path.replace("{token}", where.token).replace("é", "%C3%A9")
    for method in ("GET", "POST"):
        status, content, _ = ask(where, path, method, b"{}", **{"Content-Type": "application/json"})
        assert (status, content) == (403, b"")


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "evil.example:{port}", "localhost:1"]
)
def test_a_host_name_that_is_not_this_servers_gets_nothing(where, host):
    host = host.replace("{port}", str(where.port))
    assert ask(where, f"/{where.token}/", Host=host)[:2] == (403, b"")
    assert post(where, {"type": "page"}, Host=host)[:2] == (403, b"")


def test_another_sites_page_cannot_post(where):
    page = {"type": "page", "number": None}
    assert post(where, page, Origin="https://evil.example")[0] == 403
    assert post(where, page, Origin="null")[0] == 403
    assert post(where, page, **{"Content-Type": "text/plain"})[0] == 403
    assert post(where, page, Origin=f"http://127.0.0.1:{where.port}")[0] == 200
    assert post(where, page, Host=f"localhost:{where.port}")[0] == 200


@pytest.mark.parametrize(
    "name",
    ["..%2fserver.py", "%2e%2e/server.py", "../server.py", "x.js", "app.py", "a/b.js", "%00"],
)
def test_only_the_apps_own_files_are_given(where, name):
    status, content, _ = ask(where, f"/{where.token}/{name}")
    assert status in (403, 404)
    assert b"def " not in content


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'"' + b"x" * 50])
def test_what_is_not_json_is_told_in_one_line(where, body):
    status, content, _ = post(where, body)
    assert status == 400
    assert json.loads(content) == {"type": "error", "message": "the request is not JSON"}


def test_a_message_of_no_kind_is_told(where):
    status, content, _ = post(where, {"type": "delete"})
    assert (status, json.loads(content)["type"]) == (200, "error")


def test_a_request_that_is_too_large_is_not_taken_in(where, desk):
    before = len(read_events(desk.log))
    try:
        status, content, _ = post(where, b'{"type": "' + b"x" * server.LARGEST)
    except (BrokenPipeError, ConnectionResetError):
        status, content = 413, b'"at once"'  # the server hung up before all of it was sent
    assert status == 413
    assert b"at once" in content
    assert len(read_events(desk.log)) == before


def test_it_listens_on_loopback_alone(where):
    assert where.socket.getsockname()[0] == "127.0.0.1"
    assert where.address.startswith("http://127.0.0.1:")


def test_every_start_draws_another_token_and_takes_the_same_port(desk):
    tokens = set()
    for _ in range(3):
        place = server.place(0)
        tokens.add(place.token)
        place.socket.close()
    assert len(tokens) == 3
    assert min(map(len, tokens)) >= 32
    port = server.usual_port(desk)
    assert port == server.usual_port(Desk(desk.folder, "ana"))
    assert 20_000 <= port < 40_000


def test_a_port_that_is_taken_is_said_with_the_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="--port"):
            server.place(taken.getsockname()[1])


def test_the_browser_is_sent_by_a_file_that_is_its_owners_alone(tmp_path):
    opened = []
    old = os.umask(0)
    try:
        with server.shown(tmp_path, "http://127.0.0.1:1/token/", opened.append):
            (file,) = tmp_path.iterdir()
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert "url=http://127.0.0.1:1/token/" in file.read_text()
            assert opened == [file.as_uri()]
            assert "token" not in opened[0]
    finally:
        os.umask(old)
    assert list(tmp_path.iterdir()) == []
