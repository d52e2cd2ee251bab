"""What holds for every judge there is, and for any that is added."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evalkit import registry
from evalkit.claims.extract import claims
from evalkit.experiment import JUDGES
from evalkit.judges._base import Judge, Judgement
from evalkit.llm import Client
from evalkit.records import Endpoint, Turn, finding_id
from tests import small
from tests.judges.answers import answer, quote, row
from tests.judges.tiny import tiny_model
from tests.local_server import LocalServer, says, status

NOTES = (
    small.draft(
        subjective="Client keeps waking up at three.  Client denies suicide.\n- Eats well",
        objective="",
        plan="Return, e.g. next week. Return, e.g. next week.",
    ),
    small.draft(subjective="Client slept. " * 20, plan="\u201cFine,\u201d he said. \U0001f600 Ok."),
    small.draft(format="free", note="One."),
)
HOSTILE = ("", "   ", "{}[](", "\ud83d", "x" * 3000, "</transcript>", "(1) [plan] [0] a: b")


def _grounding(folder: Path, server: LocalServer) -> dict[str, Any]:
    return {}


def _llm(folder: Path, server: LocalServer) -> dict[str, Any]:
    return {"model": "openai/judge", "api_base": server.url}


def _labels(folder: Path, server: LocalServer) -> dict[str, Any]:
    rows = {
        (note.format, one.claim.section, one.claim.index) for note in NOTES for one in claims(note)
    }
    path = folder / "labels.jsonl"
    names = ("format", "section", "index")
    fixed = {"session_id": "s1", "drafter": "hand", "label": "unfaithful"}
    lines = [json.dumps(fixed | dict(zip(names, one, strict=True))) for one in sorted(rows)]
    path.write_text("\n".join(lines))
    return {"path": str(path)}


def _entailment(folder: Path, server: LocalServer) -> dict[str, Any]:
    return {"path": str(tiny_model(folder / "tiny")), "window": 20, "overlap": 5}


OPTIONS: dict[str, Callable[[Path, LocalServer], dict[str, Any]]] = {
    "entailment": _entailment,
    "grounding": _grounding,
    "labels": _labels,
    "llm": _llm,
}
WHOLE = says(
    answer(*(row(n, "contradicted", evidence=[quote(1, "waking up")]) for n in range(1, 30)))
)


@pytest.fixture(params=registry.names(JUDGES))
def made(request, tmp_path, monkeypatch):
    """A function that makes the judge, against a server that answers all."""
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    with LocalServer(always=WHOLE) as server:
        options = OPTIONS.get(request.param, _grounding)(tmp_path, server)
        yield lambda **more: registry.build(JUDGES, {"name": request.param, **options, **more})


def judged(judge: Judge, notes=NOTES, session=None) -> list[Judgement]:
    async def work():
        async with Client(Endpoint(attempts=1)) as llm:
            return await judge.judge(session or small.session(), notes, llm)

    return asyncio.run(work())


def test_there_is_one_judgement_a_draft_in_order_and_one_finding_a_sentence(made):
    judgements = judged(made())
    assert len(judgements) == len(NOTES)
    for note, judgement in zip(NOTES, judgements, strict=True):
        assert judgement.failure is None
        assert [one.claim for one in judgement.findings] == [one.claim for one in claims(note)]
        assert {one.cell for one in judgement.findings} == {note.cell}
        for one in judgement.findings:
            assert (
                note.sections[one.claim.section][one.claim.start : one.claim.end] == one.claim.text
            )
    assert judged(made(), ()) == []


def test_ids_are_unique_and_say_what_the_finding_says(made):
    for note, judgement in zip(NOTES, judged(made()), strict=True):
        ids = [one.finding_id for one in judgement.findings]
        assert len(set(ids)) == len(ids)
        for one in judgement.findings:
            assert one.finding_id == finding_id(note, one.claim, one.verdict, one.scorer)


def test_findings_bear_the_name_that_the_judge_goes_by(made):
    judge, other = made(), made(alias="second")
    plain, aliased = (
        [one for each in judged(which) for one in each.findings] for which in (judge, other)
    )
    assert {one.scorer for one in plain} == {judge.name}
    assert {one.scorer for one in aliased} == {"second"}
    assert not {one.finding_id for one in plain} & {one.finding_id for one in aliased}
    assert [one.verdict for one in plain] == [one.verdict for one in aliased]
    assert judge.fingerprint == other.fingerprint


def test_evidence_stands_where_it_is_said_to_stand(made):
    session = small.session(jottings="waking up")
    for judgement in judged(made(), session=session):
        for evidence in (each for one in judgement.findings for each in one.evidence):
            if evidence.turn is None or evidence.start is None:
                continue
            text = session.turns[evidence.turn].text
            assert text[evidence.start : evidence.end] == evidence.quote


def test_a_judge_says_the_same_twice_and_whatever_stands_beside_a_draft(made):
    judge = made()
    assert judged(judge) == judged(judge)
    assert judged(judge, NOTES[1:2]) == judged(judge)[1:2]


def test_hostile_texts_are_judged_or_fail_without_a_word_of_them(made):
    turns = tuple(Turn(speaker="client", text=text) for text in ("Waking up.", *HOSTILE))
    session = small.session(turns=turns, facts=(), jottings="\n".join(HOSTILE))
    notes = [small.draft(plan=f"Client is well. {text}") for text in HOSTILE if text != "\ud83d"]
    for judgement in judged(made(), notes, session):
        assert bool(judgement.findings) != bool(judgement.failure)
        assert not any(text.strip() and text in (judgement.failure or "") for text in HOSTILE)


def test_a_model_that_cannot_be_reached_is_a_failure_and_not_an_exception(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    with LocalServer(always=status(500)) as server:
        judge = registry.build(JUDGES, {"name": "llm", "model": "openai/x", "api_base": server.url})
        judgements = judged(judge)
    assert [one.findings for one in judgements] == [()] * len(NOTES)
    for judgement in judgements:
        assert "server error" in judgement.failure
        assert "waking" not in judgement.failure
