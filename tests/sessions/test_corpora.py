"""The released corpora: what the datasheet promises of them is so."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from benchmarks.spoken import conversations
from benchmarks.variety import repeats
from evalkit import formats, registry
from evalkit.deidentify import check
from evalkit.records import Session
from evalkit.sessions.exchanges import names
from evalkit.sessions.spec import source
from evalkit.store import read_records, write_records

FOLDER = Path(__file__).parents[2] / "synthetic_data"
SIZES = {"quickstart": 24, "core": 240, "stress": 120, "longitudinal": 160, "curated": 17}
TRAPS = registry.names("evalkit.sessions.traps")


@cache
def corpus(name: str) -> tuple[Session, ...]:
    return tuple(read_records(FOLDER / f"{name}.jsonl", Session))


@pytest.mark.parametrize("name", SIZES)
def test_a_corpus_is_what_its_spec_makes_byte_for_byte(name: str, tmp_path: Path) -> None:
    made = tmp_path / "made.jsonl"
    assert write_records(made, source(FOLDER / "specs" / f"{name}.toml").load()) == SIZES[name]
    assert made.read_bytes() == (FOLDER / f"{name}.jsonl").read_bytes()


@pytest.mark.parametrize("name", SIZES)
def test_a_corpus_has_the_checksum_that_is_listed(name: str) -> None:
    listed = dict(
        reversed(line.split()) for line in (FOLDER / "SHA256SUMS").read_text().splitlines()
    )
    found = hashlib.sha256((FOLDER / f"{name}.jsonl").read_bytes()).hexdigest()
    assert found == listed[f"{name}.jsonl"]


def test_the_schema_is_that_of_a_session() -> None:
    schema = json.loads((FOLDER / "session.schema.json").read_text())
    assert schema == Session.model_json_schema()


@pytest.mark.parametrize("name", SIZES)
def test_nobody_can_be_identified(name: str) -> None:
    found = [(each.session_id, one.kind) for each in corpus(name) for one in check(each)]
    assert found == []


@pytest.mark.parametrize("name", SIZES)
def test_baits_are_no_facts_and_facts_name_the_sections_they_belong_in(name: str) -> None:
    known = {each: set(formats.load(each).names) for each in formats.names()}
    for session in corpus(name):
        told = {fact.statement for fact in session.facts}
        assert not told & {trap.bait for trap in session.traps if trap.because == "untrue"}
        for fact in session.facts:
            assert set(fact.sections) == set(known)
            assert all(parts and set(parts) <= known[key] for key, parts in fact.sections.items())


def test_core_has_every_setting_modality_problem_and_trap() -> None:
    sessions = corpus("core")
    assert {each.spec.setting for each in sessions} == {"individual", "intake", "couple", "group"}
    assert {each.spec.modality for each in sessions} == set(names("modalities"))
    assert {each.spec.problem for each in sessions} == set(names("problems"))
    assert {trap.kind for each in sessions for trap in each.traps} == set(TRAPS)


def test_no_sentence_stands_in_more_than_a_fortieth_of_core() -> None:
    """In 240 sessions chance alone lifts the worst of 25,000 sentences above a fiftieth, which
    holds in a thousand (test_generate)."""
    worst = repeats(list(conversations(corpus("core"))))[0]
    assert worst.share <= 1 / 40, worst


def test_stress_has_every_trap_at_least_twelve_times() -> None:
    planted = Counter(kind for each in corpus("stress") for kind in each.spec.traps)
    assert set(planted) == set(TRAPS)
    assert min(planted.values()) >= 12, planted


def test_longitudinal_has_twenty_clients_who_come_eight_times() -> None:
    visits: dict[str, list[int | None]] = {}
    for session in corpus("longitudinal"):
        visits.setdefault(session.spec.client_id, []).append(session.spec.visit)
    assert len(visits) == 20
    assert all(each == [1, 2, 3, 4, 5, 6, 7, 8] for each in visits.values())


def test_curated_sessions_are_long_enough_and_have_two_reference_notes() -> None:
    sessions = corpus("curated")
    assert len(sessions) >= 16
    for session in sessions:
        assert 60 <= len(session.turns) <= 120, session.session_id
        assert 15 <= len(session.facts) <= 40
        assert len(session.spec.traps) >= 2
        assert len({note.format for note in session.references}) == 2
        for note in session.references:
            assert set(note.sections) == set(formats.load(note.format).names), note.format
        for fact in session.facts:
            unspoken = {"mental_status", "service", "assessment", "condition", "progress", "plan"}
            assert fact.turns or fact.kind in unspoken or not fact.discussed, fact.fact_id
    assert {trap.kind for session in sessions for trap in session.traps} == set(TRAPS)
