"""What holds for every trap: its bait is false, its turns exist, and its place is real."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from evalkit import registry
from evalkit.records import THERAPIST, Session, Trap
from evalkit.sessions.exchanges import exchanges, names
from evalkit.sessions.generate import generate

TRAPS = registry.names("evalkit.sessions.traps")
LEFTOVER = re.compile(r"[{}\[\]|<>~@#]")


@pytest.fixture(scope="module")
def sessions() -> list[Session]:
    return list(generate(390, 5))


def planted(sessions: list[Session], kind: str) -> list[tuple[Session, Trap]]:
    return [(each, trap) for each in sessions for trap in each.traps if trap.kind == kind]


def said(session: Session, turns: tuple[int, ...]) -> str:
    return " ".join(session.turns[turn].text for turn in turns)


def test_there_are_at_least_ten_and_each_has_its_file_of_texts() -> None:
    assert len(TRAPS) >= 10
    assert names("traps") == TRAPS


@pytest.mark.parametrize("seed", [0, 7, 123])
def test_every_trap_occurs_in_the_demo(seed: int) -> None:
    kinds = {trap.kind for session in generate(24, seed) for trap in session.traps}
    assert kinds == set(TRAPS)


def test_a_session_has_two_to_four_traps_of_different_kinds(sessions: list[Session]) -> None:
    for session in sessions:
        kinds = [trap.kind for trap in session.traps]
        assert 2 <= len(kinds) <= 4, session.session_id
        assert len(set(kinds)) == len(kinds)
        assert session.spec.traps == tuple(sorted(kinds))


@pytest.mark.parametrize("kind", TRAPS)
def test_a_trap_can_be_had_alone_and_is_always_planted(kind: str) -> None:
    for session in generate(12, 1, traps=[kind]):
        assert [trap.kind for trap in session.traps] == [kind]


@pytest.mark.parametrize("kind", TRAPS)
def test_every_text_of_a_trap_can_be_drawn(kind: str, sessions: list[Session]) -> None:
    made = [*sessions, *generate(150, 2, traps=[kind])]
    baits = Counter(trap.bait for _, trap in planted(made, kind))
    variants = exchanges(f"traps/{kind}")
    assert len(baits) >= len(variants)


def test_no_bait_is_a_fact_and_every_turn_exists(sessions: list[Session]) -> None:
    for session in sessions:
        statements = {fact.statement.lower().rstrip(".") for fact in session.facts}
        for trap in session.traps:
            assert trap.bait.lower().rstrip(".") not in statements
            assert all(0 <= turn < len(session.turns) for turn in trap.turns)


def test_nothing_of_the_lexicons_own_signs_is_left(sessions: list[Session]) -> None:
    for session in sessions:
        assert session.chart is not None
        texts = [turn.text for turn in session.turns]
        texts += [fact.statement for fact in session.facts]
        texts += [fact.subject for fact in session.facts]
        texts += [trap.bait for trap in session.traps]
        texts += [session.jottings.replace("~", ""), *session.form.values()]
        texts += [session.chart.last_note, *session.chart.goals, *session.chart.medication]
        for text in texts:
            assert not LEFTOVER.search(text), LEFTOVER.search(text)
            assert "  " not in text.replace("\n", " ")


def test_notes_use_the_clients_own_pronouns(sessions: list[Session]) -> None:
    """Where nobody else is spoken of, only the client's pronouns appear."""
    others = re.compile(
        r"\b(mother|father|uncle|brother|sister|wife|husband|partner|boyfriend|girlfriend|friend"
        r"|daughter|son|cousin|roommate|neighbor|stepfather|grandmother|colleagues?|boss"
        r"|supervisor|members?|people|others|tasks|things|texts|messages|sensations?)\b"
    )
    words = {"she": {"she", "her"}, "he": {"he", "him", "his"}, "they": {"they", "them", "their"}}
    for session in sessions:
        assert session.client is not None
        own = session.client.pronouns.split("/")[0]
        foreign = set().union(*(words[each] for each in words if each != own))
        for fact in session.facts:
            if not others.search(fact.statement):
                assert not foreign & set(re.findall(r"\w+", fact.statement.lower())), fact.statement


def test_verbs_agree_with_the_pronoun(sessions: list[Session]) -> None:
    singular = re.compile(r"\b(?:he|she) (?:are|were|have|feel|need|read|want)\b", re.IGNORECASE)
    plural = re.compile(r"\bthey (?:is|was|has|feels|needs|reads|wants)\b", re.IGNORECASE)
    for session in sessions:
        for fact in session.facts:
            assert not singular.search(fact.statement), fact.statement
            assert not plural.search(fact.statement), fact.statement


def test_an_unasked_risk_is_never_spoken_of(sessions: list[Session]) -> None:
    about = re.compile(
        r"suicid|\bkill|safety|\bharm|hurting (?:yourself|anybody)|wanting to (?:live|be dead)",
        re.I,
    )
    found = planted(sessions, "risk_never_asked")
    assert found
    for session, trap in found:
        clinician = " ".join(t.text for t in session.turns if t.speaker == THERAPIST)
        assert not about.search(clinician), about.search(clinician)
        assert not any(fact.kind == "risk" for fact in session.facts)
        assert "risk" not in session.form
        assert "risk:" not in session.jottings
        assert trap.turns == ()


def test_risk_is_asked_wherever_that_trap_is_not(sessions: list[Session]) -> None:
    for session in sessions:
        asked = any(fact.kind == "risk" for fact in session.facts)
        assert asked != ("risk_never_asked" in session.spec.traps)


def test_on_the_telephone_nothing_is_seen(sessions: list[Session]) -> None:
    seen = re.compile(r"eye contact|groom|dress|dishevel|affect|fidget|leg|movement|seat", re.I)
    found = planted(sessions, "mental_status_unobservable")
    assert found
    for session, _ in found:
        assert "elephone" in session.form["modality_of_delivery"]
        assert session.spec.setting == "individual"
        assert session.spec.modality != "emdr"
        observed = [f.statement for f in session.facts if f.kind == "mental_status"]
        assert observed
        assert not any(seen.search(each) for each in [*observed, session.form["mental_status"]])


def test_what_another_member_says_is_not_the_clients(sessions: list[Session]) -> None:
    found = planted(sessions, "cross_attribution")
    assert found
    for session, trap in found:
        assert session.client is not None
        speakers = {session.turns[turn].speaker for turn in trap.turns}
        assert speakers
        assert not speakers & {session.client.name, THERAPIST}
        assert not any(set(trap.turns) & set(fact.turns) for fact in session.facts)


def test_a_near_quote_was_never_spoken(sessions: list[Session]) -> None:
    found = planted(sessions, "near_quote")
    assert found
    for session, trap in found:
        quote = re.search(r'"(.+?)"', trap.bait)
        assert quote
        spoken = " ".join(turn.text.lower() for turn in session.turns)
        assert quote[1].rstrip(".").lower() not in spoken


def test_the_dose_in_the_bait_is_not_the_clients(sessions: list[Session]) -> None:
    found = planted(sessions, "dose_confusion")
    assert found
    for session, trap in found:
        wrong = re.search(r"([\d.]+) mg", trap.bait)
        true = {
            re.search(r"([\d.]+) mg", f.statement) for f in session.facts if " mg" in f.statement
        }
        assert wrong
        assert true
        assert all(match and match[1] != wrong[1] for match in true)
        assert wrong[1] in said(session, trap.turns)


def test_a_taken_back_number_is_said_and_the_right_one_noted(sessions: list[Session]) -> None:
    found = planted(sessions, "self_correction")
    assert found
    for session, trap in found:
        fact = next(f for f in session.facts if f.turns == trap.turns)
        mine, true = set(trap.bait.rstrip(".").split()), set(fact.statement.rstrip(".").split())
        spoken = said(session, trap.turns).lower()
        number = r"^(two|three|four|five|six|nine|ten|twelve|fourteen)$"
        wrong = {word for word in mine - true if re.match(number, word)}
        assert wrong
        assert all(word in spoken for word in wrong)


def test_what_is_carried_over_stands_in_the_last_note_alone(sessions: list[Session]) -> None:
    found = planted(sessions, "carry_over")
    assert found
    for session, trap in found:
        assert session.chart is not None
        if trap.fact_kind == "measure":
            continue  # the old score, which the client hears again today
        key = trap.bait.split(" ", 2)[2].rstrip(".")
        assert key[-20:] in session.chart.last_note
        assert trap.turns == ()


def test_the_old_score_is_not_todays(sessions: list[Session]) -> None:
    for session, trap in planted(sessions, "carry_over"):
        if trap.fact_kind == "measure":
            old = re.findall(r"\b\d+\b", trap.bait.replace("PHQ-9", "").replace("GAD-7", ""))[-1]
            assert not session.form.get("measures", "").split(" (")[0].endswith(f" {old}")


def test_a_third_party_history_is_in_the_ledger_under_its_subject(
    sessions: list[Session],
) -> None:
    found = planted(sessions, "third_party_history")
    assert found
    for session, trap in found:
        fact = next(f for f in session.facts if f.turns == trap.turns)
        assert fact.subject != "client"


@pytest.mark.parametrize("kind", ["plan_declined", "homework_considered", "negation_flip"])
def test_what_was_declined_or_denied_is_noted_as_such(kind: str, sessions: list[Session]) -> None:
    found = planted(sessions, kind)
    assert found
    for session, trap in found:
        about = [f for f in session.facts if set(trap.turns) & set(f.turns)]
        assert any(fact.polarity == "negated" for fact in about)


def test_a_task_is_set_beside_the_one_that_was_dropped(sessions: list[Session]) -> None:
    for session, _ in planted(sessions, "homework_considered"):
        homework = [fact for fact in session.facts if fact.kind == "homework"]
        assert any(fact.temporality == "planned" for fact in homework)


def test_every_trap_file_holds_one_class_that_bears_its_name() -> None:
    folder = Path(registry.__file__).parent / "sessions" / "traps"
    assert sorted(path.stem for path in folder.glob("[a-z]*.py")) == TRAPS
    for name in TRAPS:
        assert registry.find("evalkit.sessions.traps", name).name == name
