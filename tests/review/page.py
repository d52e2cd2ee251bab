"""The review server on 127.0.0.1 in a thread, over a review folder of hand-written notes.

with Served(tmp_path) as server:
    ...  # open server.url in a browser; server.text("t1", "plan") is what was saved
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Self

import uvicorn
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from evalkit.records import Chart, Draft, ReviewEvent, ReviewTask, Session, SessionSpec, Turn
from evalkit.review.desk import Desk
from evalkit.review.log import read_events
from evalkit.review.replay import State, replay
from evalkit.review.server import application, place
from evalkit.store import write_records

HOSTILE = "<script>window.owned = true</script><img src=x onerror='window.owned = true'>"
SECTIONS = {
    "subjective": "Client reports low mood 😔 since May. Sleeps five hours. "
    "Denies suicidal ideation.",
    "objective": "Client arrived late.\r\nAffect was flat; PHQ-9 was 14.",
    "assessment": "Moderate depression, improving.",
    "plan": "",
}
SAID = [
    ("therapist", "How did you sleep, and how is your mood?"),
    ("client", f"Five hours a night. {HOSTILE}"),
    ("therapist", "And the medication?"),
    ("client", "I’ve stopped sertraline (50 mg) since May."),
    *[("therapist" if i % 2 else "client", f"Line {i} of a long talk.") for i in range(60)],
    ("client", "Mood is better since I sleep."),
]


def session(name: str) -> Session:
    turns = tuple(
        Turn(speaker=who, text=text, start_s=7.0 * i) for i, (who, text) in enumerate(SAID)
    )
    return Session(
        spec=SessionSpec(session_id=name),
        turns=turns,
        chart=Chart(diagnosis="F32.1", medication=("Sertraline 50 mg daily",)),
        jottings="sl 5h\nstopped sert?",
        form={"date": "2025-05-12"},
    )


class Served:
    """Three notes of reviewer ana: t1 (asks for the workload), t2 and t3."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        names = ("t1", "t2", "t3")
        cells = [
            {"session_id": f"s-{name}", "approach": "careful", "format": "soap"} for name in names
        ]
        write_records(folder / "sessions.jsonl", [session(f"s-{name}") for name in names])
        drafts = [Draft(**cell, approach_id="a", sections=SECTIONS) for cell in cells]
        write_records(folder / "drafts.jsonl", drafts)
        tasks = [
            ReviewTask(**cell, task_id=name, reviewer="ana", position=i, tlx=name == "t1")
            for i, (name, cell) in enumerate(zip(names, cells, strict=True))
        ]
        write_records(folder / "tasks.jsonl", tasks)
        self.desk = Desk(folder, "ana")
        self.down = False
        self._port = 0

    def start(self) -> None:
        """At another address than before, on the same port."""
        where = place(self._port)
        where.socket.listen()
        self.url, self._port = where.address, where.port
        app = application(self.desk, where)

        async def maybe(scope: Scope, receive: Receive, send: Send) -> None:
            dead = self.down and scope["method"] == "POST"
            await (Response(status_code=503) if dead else app)(scope, receive, send)

        config = uvicorn.Config(maybe, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([where.socket],))
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def events(self, task: str = "t1", *kinds: str) -> list[ReviewEvent]:
        """What the log holds of a task, read from the disk."""
        log = read_events(self.folder / "events" / "ana.jsonl")
        return [e for e in log if e.task_id == task and (not kinds or e.kind in kinds)]

    def data(self, task: str, *kinds: str) -> list[dict[str, Any]]:
        return [event.data for event in self.events(task, *kinds)]

    def state(self, task: str = "t1") -> State:
        return replay(SECTIONS, self.events(task))
