"""The labelled notes on the curated sessions: complete, in their own words, as labelled."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from pydantic import ValidationError

from benchmarks.curated_notes import (
    AGAIN,
    DATA,
    LABELS,
    NOTES,
    LabelledNote,
    Sentence,
    agreement,
    labelled,
    write,
)
from evalkit.claims.split import sentences
from evalkit.deidentify import check
from evalkit.formats import load
from evalkit.imports._labels import read_labels
from evalkit.records import RecordedNote, ReferenceNote, Session
from evalkit.sessions.exchanges import table
from evalkit.store import read_csv, read_records

CATEGORIES = {
    "abuse_history",
    "condition",
    "intervention",
    "medication",
    "risk",
    "mental_status",
    "plan",
    "quote",
    "attribution",
    "number_date",
    "other",
}
MAJOR = {"abuse_history", "condition", "medication", "risk"}
MONTHS = {"april", "may", "june"}


@cache
def sessions() -> dict[str, Session]:
    return {each.session_id: each for each in read_records(DATA / "curated.jsonl", Session)}


@cache
def notes() -> tuple[LabelledNote, ...]:
    return tuple(labelled())


def false() -> list[Sentence]:
    return [one for note in notes() for one in note.sentences if one.false]


def plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def known(session: Session) -> str:
    """What the ledger, the traps and the reference notes say, in plain words."""
    texts = [text for fact in session.facts for text in (fact.statement, fact.reworded)]
    texts += [text for trap in session.traps for text in (trap.bait, trap.reworded, trap.truth)]
    texts += [text for note in session.references for text in note.sections.values()]
    return " | ".join(plain(text) for text in texts)


def test_the_files_follow_from_the_sources_byte_for_byte(tmp_path: Path) -> None:
    write(tmp_path / "notes.jsonl", tmp_path / "labels.csv")
    assert (tmp_path / "notes.jsonl").read_bytes() == NOTES.read_bytes()
    assert (tmp_path / "labels.csv").read_bytes() == LABELS.read_bytes()


@pytest.mark.parametrize("path", [NOTES, LABELS], ids=lambda path: path.name)
def test_a_file_has_the_checksum_that_is_listed(path: Path) -> None:
    lines = (DATA / "SHA256SUMS").read_text().splitlines()
    listed = dict(reversed(line.split()) for line in lines)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == listed[path.name]


def test_every_session_has_a_careful_and_a_careless_note() -> None:
    found = Counter((note.session_id, note.drafter) for note in notes())
    assert found == Counter((each, who) for each in sessions() for who in ("careful", "careless"))


def test_a_plain_splitter_finds_the_labelled_sentences() -> None:
    rows = iter(read_labels(LABELS))
    for note in read_records(NOTES, RecordedNote):
        assert tuple(note.sections) == load(note.format).names
        for section, text in note.sections.items():
            for index, (start, end) in enumerate(sentences(text)):
                row = next(rows)
                assert (row.session_id, row.drafter) == (note.session_id, note.drafter)
                assert (row.section, row.index, row.text) == (section, index, text[start:end])
    assert next(rows, None) is None


def test_a_careful_note_is_true_and_a_careless_one_has_three_to_six_falsehoods() -> None:
    for note in notes():
        wrong = sum(one.false for one in note.sentences)
        assert wrong == 0 if note.drafter == "careful" else 3 <= wrong <= 6, note.session_id
        assert 10 <= len(note.sentences) <= 16, note.session_id


def test_every_category_has_at_least_eight_false_sentences() -> None:
    found = Counter(one.category for one in false())
    assert set(found) == CATEGORIES
    assert min(found.values()) >= 8, found


def test_claims_of_risk_abuse_condition_and_medication_are_major() -> None:
    assert all(one.severity == "major" for one in false() if one.category in MAJOR)


def test_each_careless_note_falls_into_a_trap_of_its_session_and_of_no_other() -> None:
    for note in notes():
        mine = {one.trap for one in note.sentences if one.trap}
        assert mine <= {trap.kind for trap in sessions()[note.session_id].traps}, note.session_id
        assert bool(mine) == (note.drafter == "careless"), note.session_id


def test_no_sentence_stands_in_the_ledger_the_baits_or_the_reference_notes() -> None:
    copied = [
        (note.session_id, note.drafter, one.section)
        for note in notes()
        for one in note.sentences
        if plain(one.text) in known(sessions()[note.session_id])
    ]
    assert copied == []


def test_no_two_sentences_are_the_same() -> None:
    found = Counter(plain(one.text) for note in notes() for one in note.sentences)
    assert max(found.values()) == 1, found.most_common(3)


def test_the_notes_name_nobody_but_the_surrogates_of_their_session() -> None:
    names = {each["name"].lower() for each in table("people")["first_names"]} - MONTHS
    for note in notes():
        session = sessions()[note.session_id]
        sections = note.recorded().sections
        as_reference = (ReferenceNote(format=note.format, sections=sections),)
        assert check(session.model_copy(update={"references": as_reference})) == ()
        assert session.client is not None
        cast = [session.client.name, *session.client.family, *session.members]
        said = set(re.findall(r"[A-Z][a-z]+", " ".join(sections.values())))
        assert {each.lower() for each in said} & names <= set(plain(" ".join(cast)).split())


def test_a_group_note_names_no_other_member() -> None:
    for note in notes():
        session = sessions()[note.session_id]
        if session.spec.setting == "group" and session.client is not None:
            others = set(session.members) - set(session.client.name.split())
            text = " ".join(one.text for one in note.sentences)
            assert not others & set(re.findall(r"\w+", text)), note.session_id


def test_two_thirds_were_labelled_twice_and_the_datasheet_says_how_well() -> None:
    every = {
        (row["session_id"], row["drafter"], row["section"], row["index"])
        for note in notes()
        for row in note.rows()
    }
    rows = [row for _, row in read_csv(AGAIN, ("session_id", "drafter", "section", "index"))]
    again = [(row["session_id"], row["drafter"], row["section"], row["index"]) for row in rows]
    assert len(again) == len(set(again)) == 2 * (len(every) // 3)
    assert set(again) <= every
    count, same, both, kappa = agreement()
    told = f"{same} of {count} had the same label, {both} of {count} were false or true both times"
    datasheet = " ".join((DATA / "DATASHEET.md").read_text().split())
    assert f"{told} (kappa {kappa:.2f})" in datasheet


def test_a_false_sentence_needs_a_category_and_a_true_one_has_none() -> None:
    with pytest.raises(ValidationError):
        Sentence(section="plan", text="A.", label="unsupported")
    with pytest.raises(ValidationError):
        Sentence(section="plan", text="A.", label="supported", category="plan", severity="minor")
