"""The recorded drafter: notes from a file, and what is said where there is none."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any, cast

import pytest

from evalkit import formats, registry
from evalkit.drafters import recorded
from evalkit.drafters._base import Request, Unavailable, Written
from evalkit.drafters.recorded import Recorded
from evalkit.errors import InputError
from evalkit.records import Approach, Session, SessionSpec, Turn


def line(session_id: str = "1", drafter: str = "vendor", plan: str = "Walk.") -> str:
    note = {"session_id": session_id, "drafter": drafter, "format": "soap"}
    return json.dumps({**note, "sections": {"plan": plan}}) + "\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "drafts.jsonl"
    file.write_text(line() + line("2", "human", "Rest."), "utf-8")
    return file


def request_for(session_id: str, form: str = "soap", replicate: int = 0) -> Request:
    session = Session(
        spec=SessionSpec(session_id=session_id), turns=(Turn(speaker="client", text="Hi."),)
    )
    approach = Approach(name="a", drafter="recorded")
    nobody = cast(Any, None)
    return Request(session, formats.load(form), approach, replicate, seed=0, llm=nobody)


def written(drafter: Recorded, *args: Any) -> Written:
    return asyncio.run(drafter.write(request_for(*args)))


def test_the_note_of_the_author_is_given_as_it_was_recorded(path: Path) -> None:
    drafter = registry.build(
        "evalkit.drafters", {"name": "recorded", "path": str(path), "author": "vendor"}
    )
    note = written(drafter, "1")
    assert note.sections == {"plan": "Walk."}
    assert (note.usage, note.latency_s, note.cost_usd) == (None, None, None)


@pytest.mark.parametrize(
    "cell", [("2",), ("3",), ("1", "dap"), ("1", "soap", 1)], ids=["other", "none", "dap", "again"]
)
def test_a_cell_without_a_recorded_note_is_unavailable(path: Path, cell: tuple[Any, ...]) -> None:
    with pytest.raises(Unavailable, match="'vendor'"):
        written(Recorded(path=str(path), author="vendor"), *cell)


def test_an_author_who_is_not_in_the_file_is_refused_at_once(path: Path) -> None:
    with pytest.raises(InputError, match=r"did you mean 'vendor'.*have: human, vendor") as caught:
        Recorded(path=str(path), author="vendr")
    assert (caught.value.file, caught.value.field) == (str(path), "author")


def test_a_file_that_is_not_there_or_bad_is_refused_at_once(path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        Recorded(path="nowhere.jsonl", author="vendor")
    path.write_text(line() + "{", "utf-8")
    with pytest.raises(InputError, match="line 2: not JSON"):
        Recorded(path=str(path), author="vendor")


def test_the_file_is_read_once_until_it_changes(path: Path) -> None:
    before = recorded._read.cache_info().misses
    drafter = Recorded(path=str(path), author="vendor")
    for _ in range(3):
        written(drafter, "1")
    assert recorded._read.cache_info().misses == before + 1
    path.write_text(line(plan="Swim."), "utf-8")
    os.utime(path, ns=(1, 1))
    assert written(drafter, "1").sections == {"plan": "Swim."}


def test_a_note_that_is_given_out_can_be_changed_without_harm(path: Path) -> None:
    drafter = Recorded(path=str(path), author="vendor")
    written(drafter, "1").sections["plan"] = "changed"
    assert written(drafter, "1").sections == {"plan": "Walk."}


def test_published_notes_need_no_conversion(tmp_path: Path) -> None:
    file = tmp_path / "notes.json"
    file.write_text(json.dumps([{"id": "1", "human": {"note": {"plan": "Walk."}}}]), "utf-8")
    assert written(Recorded(path=f"tneval:{file}", author="human"), "1").sections["plan"] == "Walk."
