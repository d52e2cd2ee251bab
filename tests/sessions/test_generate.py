"""Synthetic sessions: the same bytes everywhere, true ledgers, and talk that varies."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tracemalloc
from collections import Counter
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import get_args

import pytest

from benchmarks.spoken import conversations
from benchmarks.variety import repeats
from evalkit import registry
from evalkit.errors import InputError
from evalkit.records import THERAPIST, FactKind, Session, Setting
from evalkit.sessions.belongs import TAGS
from evalkit.sessions.exchanges import Exchange, exchanges, names, table
from evalkit.sessions.generate import generate
from evalkit.sessions.recipe import Recipe
from evalkit.sessions.rng import Rng
from evalkit.sessions.wording import Speaking, expand, lowered, tidy
from evalkit.store import read_records, write_records

RELEASED = Path(__file__).parents[2] / "synthetic_data" / "quickstart.jsonl"
MINUTES = {"90832": (16, 37), "90834": (38, 52), "90837": (53, 90)}


@pytest.fixture(scope="module")
def sessions() -> list[Session]:
    return list(generate(300, 3))


def jsonl(made: list[Session]) -> bytes:
    rows = (json.dumps(each.model_dump(mode="json"), ensure_ascii=False) for each in made)
    return "".join(row + "\n" for row in rows).encode()


def words(session: Session) -> int:
    return sum(len(turn.text.split()) for turn in session.turns)


def test_the_demo_sessions_are_the_same_to_the_byte_on_every_machine() -> None:
    released = RELEASED.read_bytes()
    assert jsonl(list(generate(24, 7))) == released


def test_a_new_process_with_another_hash_seed_makes_the_same_sessions() -> None:
    code = (
        "import sys, hashlib; from evalkit.sessions.generate import generate;"
        "h = hashlib.sha256();"
        "[h.update(s.model_dump_json().encode()) for s in generate(6, 7)];"
        "print(h.hexdigest(), *sorted({'pandas', 'numpy', 'mlflow', 'litellm'} & set(sys.modules)))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    here = hashlib.sha256()
    for session in generate(6, 7):
        here.update(session.model_dump_json().encode())
    assert seen == {here.hexdigest()}  # and no heavy package was imported


def test_a_session_does_not_depend_on_how_many_are_made() -> None:
    assert list(generate(5, 11)) == list(generate(12, 11))[:5]


def test_another_seed_gives_other_sessions() -> None:
    assert not {s.transcript() for s in generate(8, 1)} & {s.transcript() for s in generate(8, 2)}


def test_the_demo_has_all_settings_and_at_least_five_modalities() -> None:
    made = list(generate(24, 7))
    assert {session.spec.setting for session in made} == set(get_args(Setting))
    assert len({session.spec.modality for session in made}) >= 5
    assert len({session.session_id for session in made}) == 24


def test_sessions_survive_the_way_to_disk_and_back(tmp_path: Path) -> None:
    made = list(generate(6, 5))
    write_records(tmp_path / "sessions.jsonl", made)
    assert (tmp_path / "sessions.jsonl").read_bytes() == jsonl(made)
    assert list(read_records(tmp_path / "sessions.jsonl", Session)) == made


def test_nobody_takes_two_turns_in_a_row_and_nobody_is_silent(sessions: list[Session]) -> None:
    for session in sessions:
        speakers = [turn.speaker for turn in session.turns]
        assert all(one != two for one, two in pairwise(speakers))
        assert all(turn.text.strip() for turn in session.turns)


def test_those_who_speak_are_those_who_are_there(sessions: list[Session]) -> None:
    sizes = set()
    for session in sessions:
        assert session.client is not None
        speakers = {turn.speaker for turn in session.turns}
        if session.spec.setting in ("group", "couple"):
            assert session.client.name in session.members
            assert speakers <= {*session.members, THERAPIST}
            assert session.spec.modality != "emdr"
            assert len(session.members) == len(set(session.members))
        else:
            assert session.members == ()
            assert speakers == {"client", THERAPIST}
        if session.spec.setting == "group":
            sizes.add(len(session.members))
        if session.spec.setting == "couple":
            assert speakers == {*session.members, THERAPIST}
            assert len(session.members) == 2
    assert min(sizes) == 4
    assert max(sizes) == 10


def test_no_fact_names_another_member_of_the_group(sessions: list[Session]) -> None:
    for session in sessions:
        for member in session.members:
            ledger = " ".join(fact.statement for fact in session.facts) + session.jottings
            assert not re.search(rf"\b{member}\b", ledger)


def test_the_cpt_code_agrees_with_the_clock(sessions: list[Session]) -> None:
    for session in sessions:
        hours = [session.form[field].split(":") for field in ("start_time", "end_time")]
        start, end = (60 * int(hour) + int(minute) for hour, minute in hours)
        assert end - start == session.spec.minutes
        code = session.form["cpt"]
        fixed = {"group": "90853", "intake": "90791", "couple": "90847"}
        if session.spec.setting in fixed:
            assert code == fixed[session.spec.setting]
            assert end - start >= 26
        else:
            low, high = MINUTES[code]
            assert low <= end - start <= high


def test_the_ledger_has_the_facts_a_note_needs(sessions: list[Session]) -> None:
    for session in sessions:
        kinds = Counter(fact.kind for fact in session.facts)
        needed = {"service", "assessment", "presenting", "plan", "mental_status"}
        if session.spec.setting != "intake":
            needed |= {"intervention", "homework"}
        assert needed <= set(kinds), (session.session_id, needed - set(kinds))
        assert kinds["risk"] or "risk_never_asked" in session.spec.traps
        assert 15 <= len(session.facts) <= 60
        statements = [fact.statement for fact in session.facts]
        assert len(set(statements)) == len(statements)


def test_what_the_client_says_is_evidence_and_what_the_clinician_sees_is_not(
    sessions: list[Session],
) -> None:
    for session in sessions:
        for fact in session.facts:
            if fact.kind == "mental_status" or not fact.discussed:
                assert fact.turns == ()
            elif fact.kind not in {"assessment", "service"}:
                assert fact.turns, (session.session_id, fact.fact_id)
        assert session.form.get("mental_status") or session.spec.setting == "couple"


def test_risk_abuse_diagnosis_and_medication_are_critical(sessions: list[Session]) -> None:
    for session in sessions:
        for fact in session.facts:
            if fact.kind in {"risk", "abuse_history", "medication"}:
                assert fact.criticality == "critical"
            if session.form["diagnosis"].split(" (")[0].lower() in fact.statement.lower():
                assert fact.criticality == "critical"


def test_numbers_of_measures_are_said_in_the_session(sessions: list[Session]) -> None:
    for session in sessions:
        for fact in session.facts:
            if fact.kind == "measure" and "previous" in fact.statement:
                said = " ".join(session.turns[turn].text for turn in fact.turns)
                scores = re.findall(
                    r"\b\d+\b", fact.statement.replace("PHQ-9", "").replace("-", "")
                )
                assert scores
                assert all(score in said for score in scores if len(score) > 1), fact.statement


def test_a_fact_says_it_in_other_words_than_the_client(sessions: list[Session]) -> None:
    shares = []
    for session in sessions:
        for fact in session.facts:
            if fact.kind in {"symptom", "presenting", "social"} and fact.turns:
                said = set(re.findall(r"\w+", " ".join(session.turns[t].text for t in fact.turns)))
                noted = re.findall(r"\w+", fact.statement)
                shares.append(sum(word in said for word in noted) / len(noted))
    assert median(shares) < 0.35


def test_a_quote_in_the_ledger_was_spoken_to_the_letter(sessions: list[Session]) -> None:
    quotes = [(session, f) for session in sessions for f in session.facts if f.kind == "quote"]
    assert quotes
    for session, fact in quotes:
        quote = re.search(r'"(.+?)\.?"', fact.statement)
        assert quote
        assert quote[1] in " ".join(session.turns[turn].text for turn in fact.turns)


def test_over_many_sessions_every_kind_of_fact_occurs(sessions: list[Session]) -> None:
    assert {fact.kind for session in sessions for fact in session.facts} == set(get_args(FactKind))


def test_jottings_are_thin_and_each_starts_with_a_tag(sessions: list[Session]) -> None:
    tags = set(TAGS.values())
    jotted = [len(session.jottings.split("\n")) / len(session.facts) for session in sessions]
    assert 0.5 <= median(jotted) <= 0.75
    for session in sessions:
        lines = session.jottings.split("\n")
        assert all(line.split(": ", 1)[0] in tags for line in lines)
        assert median(len(line.split()) for line in lines) <= 8


def test_the_chart_tells_of_last_time_and_not_of_today(sessions: list[Session]) -> None:
    for session in sessions:
        assert session.chart is not None
        assert session.chart.diagnosis == session.form["diagnosis"]
        assert 2 <= len(session.chart.goals) <= 3
        assert bool(session.chart.last_note) == (session.spec.setting != "intake")
        if session.chart.last_note:
            assert len(session.chart.last_note.split()) >= 15


def test_of_a_thousand_sessions_no_sentence_stands_in_more_than_a_fiftieth() -> None:
    made = generate(1000, 5150, Recipe(minutes=(5, 16)))
    worst = repeats(list(conversations(made)))[0]
    assert worst.share <= 0.02, worst


def test_making_sessions_holds_one_client_at_a_time() -> None:
    tracemalloc.start()
    try:
        peaks = []
        for count in (40, 120):
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            for _ in generate(count, 5):
                pass
            peaks.append(tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] + 5_000_000


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"settings": ("grup",)}, "did you mean 'group'"),
        ({"modalities": ("cbtt",)}, "did you mean 'cbt'"),
        ({"traps": ("negation",)}, "negation_flip"),
        ({"modalities": ()}, "no modality is left"),
        ({"settings": ("group",), "modalities": ("emdr",)}, "no modality asked for"),
        ({"settings": ("couple",), "problems": ("ptsd",)}, "no modality asked for"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused_before_anything_is_made(
    options: dict[str, tuple[str, ...]], hint: str
) -> None:
    with pytest.raises(InputError, match=re.escape(hint)):
        generate(1, recipe=Recipe.model_validate(options))


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(InputError, match="negative"):
        generate(-1)


def test_only_what_was_asked_for_is_made() -> None:
    made = list(generate(20, 2, Recipe(settings=("individual",), modalities=("emdr",), traps=())))
    assert {session.spec.modality for session in made} == {"emdr"}
    assert not any(session.traps or session.spec.traps for session in made)
    assert not any("elephone" in session.form["modality_of_delivery"] for session in made)


def test_the_generator_is_a_source_like_any_other() -> None:
    source = registry.build(
        "evalkit.sessions.sources",
        {"name": "generate", "count": 3, "seed": 9, "modalities": ["act", "mi"]},
    )
    assert list(source.load()) == list(generate(3, 9, Recipe(modalities=("act", "mi"))))


def test_every_problem_has_a_story_that_anyone_can_have() -> None:
    for problem in names("problems"):
        threads = table(f"problems/{problem}")["thread"]
        assert any(not each.get("needs") and not each.get("from_age") for each in threads), problem
        fields = {"week", "situation", "thought", "against", "balanced", "avoid", "step", "value"}
        for each in threads:
            assert {*fields, "exception", "body", "feeling"} <= set(each), each["id"]


def test_every_modality_has_work_homework_and_a_review() -> None:
    assert len(names("modalities")) >= 5
    for modality in names("modalities"):
        phases = Counter(each.phase for each in exchanges(f"modalities/{modality}"))
        assert phases["work"] >= 2, modality
        assert phases["homework"] >= 2, modality
        assert phases["review"] >= 1, modality


def test_no_two_exchanges_of_the_lexicon_share_an_id() -> None:
    files = ["opening", "symptoms", "background", "connective", "closing", "frame", "group"]
    files += [f"{folder}/{name}" for folder in ("modalities", "traps") for name in names(folder)]
    twice = Counter(each.id for file in files for each in exchanges(file))
    assert [ident for ident, count in twice.items() if count > 1] == []


def test_a_line_without_a_speaker_is_refused_by_number() -> None:
    with pytest.raises(ValueError, match="line 2"):
        Exchange(id="x", phase="symptom", scripts=("T: How are you?\nFine.",))


@pytest.mark.parametrize("template", ["[a|b", "a]", "<a", "{slot", "{nowhere}", "{name.else}"])
def test_a_broken_template_is_refused(template: str) -> None:
    with pytest.raises(InputError):
        expand(template, Speaking("say", {"name": {"say": "Dana"}}), Rng(1))


def test_linked_choices_take_the_same_place() -> None:
    for seed in range(20):
        how = Speaking("say", {})
        rng = Rng(seed)
        one, two = expand("[#k a|b|c]", how, rng), expand("[#k a|b|c]", how, rng)
        assert one == two


def test_the_therapist_turns_the_clients_words_around() -> None:
    slots = {"step": {"say": "call my sister when I'm home", "note": "call {their} sister"}}
    asked = expand("Would you {step}?", Speaking("ask", slots), Rng(1))
    assert asked == "Would you call your sister when you're home?"


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("a  hour , or so", "A hour, or so"),
        ("a anxious week..", "An anxious week."),
        ("up at 3 a.m. again. it hurts", "Up at 3 a.m. again. It hurts"),
        ("well ,, yes ?", "Well, yes?"),
        ("up at 3 a.m., as ever, at 4 a.m..", "Up at 3 a.m., as ever, at 4 a.m."),
    ],
)
def test_wordings_are_tidied(text: str, tidied: str) -> None:
    assert tidy(text) == tidied


def test_a_name_keeps_its_capital_behind_an_opener() -> None:
    assert lowered("Thursday was bad") == "Thursday was bad"
    assert lowered("It's bad") == "it's bad"
    assert lowered("I'd rather not") == "I'd rather not"


def test_draws_are_even_and_within_bounds() -> None:
    rng = Rng(4, "dice")
    rolls = Counter(rng.between(1, 6) for _ in range(6000))
    assert set(rolls) == {1, 2, 3, 4, 5, 6}
    assert all(850 < count < 1150 for count in rolls.values())
    assert sorted(rng.shuffled(range(10))) == list(range(10))
    assert len(set(rng.sample(range(10), 4))) == 4
