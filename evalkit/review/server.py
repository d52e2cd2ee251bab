"""The review app for people who do not use notebooks: one page, on this machine alone.

The server listens on 127.0.0.1. Its address holds a token drawn anew at every start, and every
request has to give it, so that neither other users of the machine nor web pages open in the same
browser get an answer. Nothing is logged of a request.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.errors import InputError
from evalkit.records import digest
from evalkit.review.desk import Desk

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

APP = Path(__file__).parent / "app"
HOST = "127.0.0.1"
LARGEST = 8_000_000
"""Bytes that a request may have: more than 10,000 events of a review."""

TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Place:
    """A socket that is bound already, and the token of the address."""

    socket: socket.socket
    token: str

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}/{self.token}/"


def usual_port(desk: Desk) -> int:
    """The port of this reviewer's desk, 20000 to 39999: the same at every start.

    A browser keeps what it could not send under the address, port included.
    """
    return 20_000 + int(digest([desk.folder_id, desk.reviewer]), 16) % 20_000


def place(port: int) -> Place:
    """Bind a port of this machine's loopback (0: any that is free), with a new token."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError as error:
        bound.close()
        raise InputError(
            f"{port} cannot be had ({error.strerror})",
            field="port",
            fix="is this review open in another terminal? if not, give another with --port",
        ) from None
    bound.listen()  # a browser that asks before `serve` waits for its answer
    return Place(bound, secrets.token_urlsafe(24))


def serve(desk: Desk, where: Place) -> None:
    """Serve until Ctrl+C."""
    import uvicorn

    config = uvicorn.Config(
        application(desk, where),
        access_log=False,
        log_level="error",
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=2,
    )
    try:
        uvicorn.Server(config).run(sockets=[where.socket])
    except KeyboardInterrupt:
        return


@contextmanager
def shown(folder: Path, address: str, show: Callable[[str], object]) -> Iterator[None]:
    """Open the address in a browser by a file that sends it there.

    Other users of the machine can read the arguments of every command, so the token is not among
    them; the file is its owner's alone, and goes away again.
    """
    path = folder / "open-review.html"
    path.unlink(missing_ok=True)
    page = f'<!doctype html><meta http-equiv="refresh" content="0; url={address}">\n'
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(page)
    try:
        show(path.resolve().as_uri())
        yield
    finally:
        path.unlink(missing_ok=True)


def application(desk: Desk, where: Place) -> ASGIApp:
    """The web application: the page, its files, and `POST api`, all below the token."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import FileResponse, JSONResponse, Response
    from starlette.routing import Route

    async def files(request: Request) -> Response:
        path = APP / (request.path_params.get("name") or "index.html")
        if path.suffix not in TYPES or not path.is_file():
            return Response(status_code=404, headers=HEADERS)
        return FileResponse(path, media_type=TYPES[path.suffix], headers=HEADERS)

    async def api(request: Request) -> Response:
        status, answer = await _answered(desk, request)
        return JSONResponse(answer, status, headers=HEADERS)

    below = f"/{where.token}/"
    pages = Starlette(
        routes=[
            Route(below, files),
            Route(f"{below}api", api, methods=["POST"]),
            Route(f"{below}{{name}}", files),
        ]
    )

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        allowed = scope["type"] == "http" and _allowed(Request(scope), where)
        answer = pages if allowed else Response(status_code=403, headers=HEADERS)
        await answer(scope, receive, send)

    return guarded


async def _answered(desk: Desk, request: Request) -> tuple[int, dict[str, Any]]:
    """Status and answer to one message."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return 413, {"type": "error", "message": f"more than {LARGEST:,} bytes at once"}
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return 400, {"type": "error", "message": "the request is not JSON"}
    return 200, desk.answer(message)


def _allowed(request: Request, where: Place) -> bool:
    """Whether the request names this server, gives its token, and comes from its own page."""
    hosts = {f"{name}:{where.port}" for name in (HOST, "localhost")}
    if request.headers.get("host") not in hosts:
        return False  # a name that another site has made point here
    token = request.url.path.split("/")[1]
    if not secrets.compare_digest(token.encode(), where.token.encode()):
        return False
    if request.method != "POST":
        return True
    origin = request.headers.get("origin")
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    ours = origin is None or origin in {f"http://{host}" for host in hosts}
    return ours and kind == "application/json"
