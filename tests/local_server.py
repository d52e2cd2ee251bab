"""An OpenAI-compatible server on 127.0.0.1 whose answers a test writes down beforehand.

    with LocalServer(status(500), OK) as server:
        ...  # first request: 500, second and all later ones: a note

It speaks real HTTP from a thread of its own; requests, their times and bodies are kept.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class Reply:
    """What the server does with one request."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    content: str | None = None
    finish_reason: str = "stop"
    body: str | None = None
    choices: bool = True
    usage: bool = True
    reset: bool = False
    echo: bool = False
    model: str | None = None


OK = Reply()
MALFORMED_BODY = Reply(body='{"id": "x", "choices": [{"mess')
EMPTY_CHOICES = Reply(choices=False)
RESET = Reply(reset=True)


def status(code: int, **headers: str) -> Reply:
    """An error that echoes the prompt, as some providers do."""
    return Reply(status=code, headers={k.replace("_", "-"): v for k, v in headers.items()})


def slow(delay_s: float) -> Reply:
    return Reply(delay_s=delay_s)


def says(content: str, finish_reason: str = "stop") -> Reply:
    """A well-formed response whose content is given."""
    return Reply(content=content, finish_reason=finish_reason)


def note(request: dict[str, Any]) -> str:
    """A JSON note with the sections that the system message shows in its JSON example."""
    system = request["messages"][0]["content"]
    names = list(dict.fromkeys(re.findall(r'"(\w+)": "', system)))
    return json.dumps({name: f"Client spoke about {name}." for name in names})


class LocalServer:
    """Answers with `replies` one by one, then with `always`."""

    prompt_tokens, completion_tokens = 1000, 200

    def __init__(self, *replies: Reply, always: Reply = OK) -> None:
        self.replies, self.always = list(replies), always
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.times: list[float] = []
        self.peak = self._open = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=1024), self._loop
        ).result(10)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _stop(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                headers = await self._headers(reader)
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.times.append(time.monotonic())
                self.keys.append(headers.get("authorization", ""))
                self.requests.append({"line": line.decode().strip(), **json.loads(body)})
                reply = self.replies.pop(0) if self.replies else self.always
                self._open += 1
                self.peak = max(self.peak, self._open)
                try:
                    await asyncio.sleep(reply.delay_s)
                finally:
                    self._open -= 1
                if reply.reset:
                    linger = struct.pack("ii", 1, 0)
                    sock = writer.get_extra_info("socket")
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    return
                writer.write(self._response(reply, self.requests[-1]))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _headers(self, reader: asyncio.StreamReader) -> dict[str, str]:
        headers = {}
        while (line := (await reader.readline()).decode().strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return headers

    def _response(self, reply: Reply, request: dict[str, Any]) -> bytes:
        body = reply.body
        if body is None:
            answer = self._error(request) if reply.status != 200 else self._answer(reply, request)
            body = json.dumps(answer)
        data = body.encode()
        lines = [
            f"HTTP/1.1 {reply.status} x",
            "content-type: application/json",
            f"content-length: {len(data)}",
            *(f"{name}: {value}" for name, value in reply.headers.items()),
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + data

    def _error(self, request: dict[str, Any]) -> dict[str, Any]:
        said = " ".join(message["content"] for message in request["messages"])
        return {"error": {"message": f"cannot answer: {said}", "type": "x", "code": "x"}}

    def _answer(self, reply: Reply, request: dict[str, Any]) -> dict[str, Any]:
        content = note(request) if reply.content is None else reply.content
        message = {"role": "assistant", "content": content}
        choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
        answer: dict[str, Any] = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": reply.model or request["model"],
            "choices": [choice] if reply.choices else [],
        }
        if reply.usage:
            sent, written = self.prompt_tokens, self.completion_tokens
            answer["usage"] = {
                "prompt_tokens": sent,
                "completion_tokens": written,
                "total_tokens": sent + written,
            }
        return answer
