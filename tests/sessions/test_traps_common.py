"""What holds for every trap: its bait must not stand, its turns exist, and its place is real."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from evalkit import registry
from evalkit.records import THERAPIST, Fact, Session, Trap
from evalkit.sessions.exchanges import Exchange, exchanges, lines, names
from evalkit.sessions.generate import generate
from evalkit.sessions.programme import PHASES
from evalkit.sessions.recipe import Recipe

TRAPS = registry.names("evalkit.sessions.traps")
LEFTOVER = re.compile(r"[{}\[\]|<>~@]|#\w+ ")
SCRIPTED = [(kind, each) for kind in TRAPS for each in exchanges(f"traps/{kind}")]
IDS = [f"{kind}-{each.id}" for kind, each in SCRIPTED]
LITTLE = frozenset("a an the of and or to in on at with for by is was has client".split())


@pytest.fixture(scope="module")
def sessions() -> list[Session]:
    return list(generate(420, 5))


def planted(sessions: list[Session], kind: str) -> list[tuple[Session, Trap]]:
    return [(each, trap) for each in sessions for trap in each.traps if trap.kind == kind]


def said(session: Session, turns: tuple[int, ...]) -> str:
    return " ".join(session.turns[turn].text for turn in turns)


def words(text: str) -> set[str]:
    return set(re.findall(r"[\w.']+", text.lower().rstrip("."))) - LITTLE


def alike(one: str, two: str) -> float:
    """Share of the words of the shorter text that the other one has, 0 to 1."""
    a, b = words(one), words(two)
    return len(a & b) / min(len(a), len(b))


def about(session: Session, trap: Trap) -> list[Fact]:
    """The facts that share a turn with a trap."""
    return [fact for fact in session.facts if set(fact.turns) & set(trap.turns)]


def only(kind: str, count: int, seed: int) -> list[Session]:
    return list(generate(count, seed, Recipe(traps=(kind,))))


def test_there_are_twenty_one_and_each_has_its_file_of_texts() -> None:
    assert len(TRAPS) == 21
    assert names("traps") == TRAPS


@pytest.mark.parametrize("kind", TRAPS)
def test_a_trap_has_at_least_eight_texts(kind: str) -> None:
    assert len({each.id for each in exchanges(f"traps/{kind}")}) >= 8


@pytest.mark.parametrize(("kind", "exchange"), SCRIPTED, ids=IDS)
def test_the_place_of_a_text_exists_in_every_setting_it_is_for(
    kind: str, exchange: Exchange
) -> None:
    allowed = registry.find("evalkit.sessions.traps", kind).settings
    assert set(exchange.settings) <= set(allowed)
    for setting in exchange.settings or allowed:
        assert exchange.phase in PHASES[setting], setting


@pytest.mark.parametrize(("kind", "exchange"), SCRIPTED, ids=IDS)
def test_what_a_fact_or_bait_points_to_is_said_in_every_script(
    kind: str, exchange: Exchange
) -> None:
    for script in exchange.scripts:
        marked = {mark for line in lines(script) for mark in line.marks}
        for at in [*(fact.at for fact in exchange.facts), *(bait.at for bait in exchange.baits)]:
            assert set(at.split(",")) - {""} <= marked
    assert exchange.scripts or not any(form.at for form in exchange.facts)


@pytest.mark.parametrize(("kind", "exchange"), SCRIPTED, ids=IDS)
def test_a_text_has_one_bait_in_at_least_two_vocabularies(kind: str, exchange: Exchange) -> None:
    assert len(exchange.baits) == 1
    bait = exchange.baits[0]
    assert len(bait.note) >= 2
    assert all(words(each) - words(bait.note[0]) for each in bait.note[1:])
    assert exchange.topics, "without topics another exchange could make the bait true"


@pytest.mark.parametrize(("kind", "exchange"), SCRIPTED, ids=IDS)
def test_what_a_careful_note_says_stands_in_the_ledger(kind: str, exchange: Exchange) -> None:
    for truth in exchange.baits[0].truth:
        assert max(alike(truth, note) for fact in exchange.facts for note in fact.note) >= 0.6


@pytest.mark.parametrize("seed", [0, 7, 123])
def test_every_trap_occurs_within_two_rounds(seed: int) -> None:
    made = generate(2 * len(TRAPS), seed)
    assert {trap.kind for session in made for trap in session.traps} == set(TRAPS)


def test_a_session_has_two_to_four_traps_of_different_kinds(sessions: list[Session]) -> None:
    for session in sessions:
        kinds = [trap.kind for trap in session.traps]
        assert 2 <= len(kinds) <= 4, session.session_id
        assert len(set(kinds)) == len(kinds)
        assert session.spec.traps == tuple(sorted(kinds))


@pytest.mark.parametrize("kind", TRAPS)
def test_a_trap_can_be_had_alone_and_is_planted(kind: str) -> None:
    """Now and then a client's own story has taken its topic, and the trap stays out."""
    made = [[trap.kind for trap in session.traps] for session in only(kind, 24, 1)]
    assert all(kinds in ([kind], []) for kinds in made)
    assert made.count([kind]) >= 20


@pytest.mark.parametrize("kind", TRAPS)
def test_many_texts_of_a_trap_are_drawn(kind: str, sessions: list[Session]) -> None:
    made = [*sessions, *only(kind, 40, 2)]
    baits = Counter(trap.bait for _, trap in planted(made, kind))
    assert len(baits) >= 8
    assert max(baits.values()) <= 0.4 * sum(baits.values())


def test_no_bait_is_a_fact_and_every_turn_exists(sessions: list[Session]) -> None:
    for session in sessions:
        statements = {fact.statement for fact in session.facts}
        statements |= {fact.reworded for fact in session.facts}
        for trap in session.traps:
            assert trap.bait not in statements
            assert not trap.reworded or trap.reworded not in statements
            assert not trap.truth or trap.truth not in {trap.bait, trap.reworded}
            assert all(0 <= turn < len(session.turns) for turn in trap.turns)


def test_nothing_of_the_lexicons_own_signs_is_left(sessions: list[Session]) -> None:
    for session in sessions:
        assert session.chart is not None
        texts = [turn.text for turn in session.turns]
        texts += [fact.statement for fact in session.facts]
        texts += [fact.subject for fact in session.facts]
        texts += [text for t in session.traps for text in (t.bait, t.reworded, t.truth)]
        texts += [session.jottings.replace("~", ""), *session.form.values()]
        texts += [session.chart.last_note, *session.chart.goals, *session.chart.medication]
        for text in texts:
            assert not LEFTOVER.search(text), LEFTOVER.search(text)
            assert "  " not in text.replace("\n", " ")


def test_notes_use_the_clients_own_pronouns(sessions: list[Session]) -> None:
    """Where nobody else is spoken of, only the client's pronouns appear ("they": or a plural's).

    The words for others cannot all be listed: what is left is under one fact in two hundred.
    """
    others = re.compile(
        r"\b(mother|father|uncle|brother|sister|wife|husband|partner|boyfriend|girlfriend|friend"
        r"|daughter|son|cousin|roommate|neighbor|stepfather|grandmother|colleagues?|boss|aunt"
        r"|supervisor|buddy|stepson|stepdaughter|half-\w+|couple|members?|people|others)\b",
        re.IGNORECASE,
    )
    words_of = {
        "she": {"she", "her"},
        "he": {"he", "him", "his"},
        "they": {"they", "them", "their"},
    }
    wrong = []
    for session in sessions:
        assert session.client is not None
        own = session.client.pronouns.split("/")[0]
        for fact in session.facts:
            if others.search(fact.statement) or re.search(r"image|two of them", fact.statement):
                continue
            plural = re.search(r"\w{3}s\b", fact.statement)
            foreign = [each for each in words_of if each != own and not (each == "they" and plural)]
            used = set(re.findall(r"\w+", fact.statement.lower()))
            if used & set().union(*(words_of[each] for each in foreign)):
                wrong.append(fact.statement)
    assert len(wrong) < 0.005 * sum(len(session.facts) for session in sessions), wrong


def test_verbs_agree_with_the_pronoun(sessions: list[Session]) -> None:
    singular = re.compile(r"\b(?:he|she) (?:are|were|have|feel|need|want)\b", re.IGNORECASE)
    plural = re.compile(r"\bthey (?:is|was|has|feels|needs|reads|wants)\b", re.IGNORECASE)
    for session in sessions:
        for fact in session.facts:
            assert not singular.search(fact.statement), fact.statement
            assert not plural.search(fact.statement), fact.statement


def test_an_unasked_risk_is_never_spoken_of(sessions: list[Session]) -> None:
    about = re.compile(
        r"suicid|\bkill|(?:check in on|ask about) safety|safety (?:plan|question)|self-harm"
        r"|(?:harm|hurt)(?:ing)? (?:yourself|any|some|others)|wanting to (?:live|be dead)",
        re.IGNORECASE,
    )
    unasked = [form for each in exchanges("traps/risk_never_asked") for form in each.facts]
    found = planted(sessions, "risk_never_asked")
    assert found
    for session, trap in found:
        clinician = " ".join(t.text for t in session.turns if t.speaker == THERAPIST)
        assert not about.search(clinician), about.search(clinician)
        risk = [fact for fact in session.facts if fact.kind == "risk"]
        assert risk
        assert not any(fact.discussed or fact.turns for fact in risk)
        assert "risk" not in session.form
        assert "risk:" not in session.jottings
        stated = {fact.statement for fact in risk}
        assert any(trap.truth in form.note and stated & set(form.note) for form in unasked)


def test_risk_is_asked_wherever_that_trap_is_not(sessions: list[Session]) -> None:
    for session in sessions:
        asked = any(fact.kind == "risk" and fact.discussed for fact in session.facts)
        assert asked != ("risk_never_asked" in session.spec.traps)


def test_on_the_telephone_nothing_is_seen(sessions: list[Session]) -> None:
    seen = re.compile(r"eye contact|groom|dress|dishevel|affect|fidget|leg|movement|seat", re.I)
    found = planted(sessions, "mental_status_unobservable")
    assert found
    for session, _ in found:
        assert "elephone" in session.form["modality_of_delivery"]
        assert session.spec.setting == "individual"
        assert session.spec.modality != "emdr"
        status = [f for f in session.facts if f.kind == "mental_status"]
        observed = [f.statement for f in status if f.discussed]
        assert observed
        assert len(status) == len(observed) + 1
        assert not any(seen.search(each) for each in [*observed, session.form["mental_status"]])


def test_what_another_person_in_the_room_says_is_not_the_clients(
    sessions: list[Session],
) -> None:
    found = planted([*sessions, *only("cross_attribution", 40, 2)], "cross_attribution")
    assert {session.spec.setting for session, _ in found} == {"group", "couple"}
    for session, trap in found:
        assert session.client is not None
        speakers = {session.turns[turn].speaker for turn in trap.turns}
        assert speakers
        assert not speakers & {session.client.name, THERAPIST}
        facts = [f for f in session.facts if set(trap.turns) & set(f.turns)]
        assert all(fact.subject != "client" for fact in facts)
        assert bool(facts) == (session.spec.setting == "couple")


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


def test_what_is_taken_back_is_said_and_the_right_one_noted(sessions: list[Session]) -> None:
    found = planted(sessions, "self_correction")
    assert found
    for session, trap in found:
        fact = next(f for f in session.facts if f.turns == trap.turns)
        spoken = words(re.sub(r"[^\w\s]", " ", said(session, trap.turns)))
        true = words(fact.statement) | words(fact.reworded)
        assert words(trap.bait) - true & spoken
        assert words(trap.truth) & true & spoken


def test_what_is_carried_over_stands_in_the_last_note_alone(sessions: list[Session]) -> None:
    found = planted(sessions, "carry_over")
    assert found
    stands = []
    for session, trap in found:
        assert session.chart is not None
        assert session.spec.setting != "intake"
        assert trap.turns == ()
        if trap.fact_kind == "measure":
            continue  # the old score, which the client hears again today
        note = session.chart.last_note
        said_then = re.split(r"(?<=\.) ", note)
        told = (trap.bait, trap.reworded)
        stands.append(max(alike(one, two) for one in told if one for two in said_then) >= 0.5)
        assert not any(alike(trap.bait, fact.statement) == 1 for fact in session.facts)
    assert sum(stands) >= 0.9 * len(stands)  # the others say it in wholly other words


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


def test_a_date_in_the_bait_is_not_the_one_that_was_meant(sessions: list[Session]) -> None:
    days = [day for each in exchanges("traps/relative_date") for day in each.slots["when"]]
    found = planted(sessions, "relative_date")
    assert found
    for session, trap in found:
        fact = next(f for f in session.facts if f.turns == trap.turns)
        assert trap.category == "number_date"
        meant = [each for each in days if each["note"] in fact.statement]
        assert any(each["wrong"] in trap.bait or each["other"] in trap.bait for each in meant)
        assert not any(each["note"] in trap.bait for each in meant)
        assert any(each["note"] in trap.truth for each in meant)


SOUND_ALIKES = {
    "hydralazine": "hydroxyzine",
    "lamictal": "lamisil",
    "celexa": "celebrex",
    "bupropion": "buspirone",
    "clonazepam": "clonidine",
    "klonopin": "clonidine",
    "zyprexa": "zyrtec",
    "prozac": "prilosec",
    "trazodone": "tramadol",
    "guanfacine": "guaifenesin",
    "paxil": "plavix",
}


def test_of_two_drugs_that_sound_alike_the_right_one_is_noted(sessions: list[Session]) -> None:
    found = planted(sessions, "sound_alike")
    assert found
    for session, trap in found:
        bait = words(re.sub(r"[^\w\s]", " ", trap.bait))
        wrong, right = next(pair for pair in SOUND_ALIKES.items() if pair[0] in bait)
        assert right in said(session, trap.turns).lower()
        assert right in trap.truth.lower()
        noted = " ".join([f.statement for f in session.facts] + [*session.form.values()]).lower()
        assert right in noted
        assert wrong not in noted


def test_the_bait_names_another_relative_than_the_fact(sessions: list[Session]) -> None:
    found = planted(sessions, "wrong_relative")
    assert found
    for session, trap in found:
        subjects = {fact.subject for fact in about(session, trap)}
        told = subjects - {"client", "supervisor"}
        assert told or "supervisor" in subjects
        assert not any(re.search(rf"\b{each}\b", trap.bait) for each in told)


def test_an_intervention_that_was_only_mentioned_was_not_done(sessions: list[Session]) -> None:
    found = planted(sessions, "intervention_mentioned")
    assert found
    for session, trap in found:
        assert trap.category == "intervention"
        done = [f for f in session.facts if f.kind == "intervention"]
        assert done or session.spec.setting == "intake"
        assert not any(set(f.turns) & set(trap.turns) for f in done)
        assert not any(alike(trap.bait, f.statement) > 0.8 for f in done)


def test_what_was_meant_is_said_outright_after_the_sarcasm(sessions: list[Session]) -> None:
    found = planted(sessions, "sarcasm")
    assert found
    for session, trap in found:
        assert any(set(trap.turns) < set(fact.turns) for fact in session.facts)


@pytest.mark.parametrize("kind", ["member_name", "sensitive_content"])
def test_a_bait_that_is_true_is_inadmissible(kind: str, sessions: list[Session]) -> None:
    found = planted(sessions, kind)
    assert found
    assert all((t.because, t.category) == ("inadmissible", "privacy") for _, t in found)
    assert all(about(session, trap) for session, trap in found if kind == "member_name")


def test_every_other_bait_is_untrue(sessions: list[Session]) -> None:
    true = {"member_name", "sensitive_content"}
    others = [t for each in sessions for t in each.traps if t.kind not in true]
    assert others
    assert all(trap.because == "untrue" for trap in others)


def test_another_members_name_stands_in_the_bait_alone(sessions: list[Session]) -> None:
    found = planted(sessions, "member_name")
    assert found
    for session, trap in found:
        assert session.client is not None
        others = [each for each in session.members if each != session.client.name]
        assert any(re.search(rf"\b{each}\b", trap.bait) for each in others)
        kept = " ".join([trap.truth, session.jottings, *(f.statement for f in session.facts)])
        assert not any(re.search(rf"\b{each}\b", kept) for each in others)


def test_the_ledger_holds_none_of_the_sensitive_detail(sessions: list[Session]) -> None:
    found = planted(sessions, "sensitive_content")
    assert found
    for session, trap in found:
        assert trap.truth == ""
        for fact in session.facts:
            assert alike(trap.bait, fact.statement) <= 0.5, (trap.bait, fact.statement)


def test_a_hidden_instruction_speaks_to_the_writer_of_the_note(sessions: list[Session]) -> None:
    writer = re.compile(
        r"\bAI\b|computer|machine|robot|assistant|software|system|scribe|generator|documentation"
        r"|note-taking|for the record|previous instructions",
        re.IGNORECASE,
    )
    found = planted([*sessions, *only("hidden_instructions", 30, 2)], "hidden_instructions")
    assert len({trap.bait for _, trap in found}) >= 8
    for session, trap in found:
        assert writer.search(said(session, trap.turns)), said(session, trap.turns)
