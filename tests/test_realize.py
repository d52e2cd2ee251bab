"""Ledger in, dialogue out, against an OpenAI-compatible server on this machine."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from evalkit.cli import main
from evalkit.errors import InputError
from evalkit.llm import Client
from evalkit.realize.answer import Line, Malformed, read
from evalkit.realize.brief import material, speakers
from evalkit.realize.check import check, shape
from evalkit.realize.realizer import Realized, Realizer, Tally
from evalkit.realize.unlisted import unlisted
from evalkit.realize.voiced import heard, must_be_set, must_be_voiced, rarity, voiced
from evalkit.records import (
    Chart,
    Endpoint,
    Fact,
    Session,
    SessionSpec,
    Trap,
    Turn,
)
from evalkit.sessions.generate import generate
from evalkit.store import read_records, write_records
from tests.local_server import LocalServer, Reply, says, status

MODEL = "openai/test-model"
TURNS = (
    ("therapist", "Hello. How has the sleep been?", (), ()),
    ("client", "Bad. I wake at four and I can't sleep after that.", ("f01",), ()),
    ("therapist", "And the sertraline, is it still 50?", ("f02",), ()),
    ("client", "Yes, the sertraline, fifty milligrams, every morning.", ("f02",), ()),
    ("client", "My dad was a drinker when I was small.", (), ("t01",)),
    ("therapist", "That sounds hard. Let's keep a sleep log until next week.", ("f03",), ()),
    ("client", "All right, a log of my sleep.", ("f03",), ()),
    ("therapist", "See you next week.", (), ()),
)


def lines(*, without: str = "", then: tuple[str, str] | None = None) -> tuple[Line, ...]:
    """The dialogue above, perhaps without the turns of one fact, perhaps with one turn more."""
    kept = [
        Line(speaker=speaker, text=text, facts=facts, traps=traps)
        for speaker, text, facts, traps in TURNS
        if without not in facts
    ]
    return (*kept, *([Line(speaker=then[0], text=then[1])] if then else []))


def answer(script: tuple[Line, ...] | None = None) -> Reply:
    turns = [line.model_dump(mode="json") for line in script or lines()]
    return says(json.dumps({"turns": turns}))


def session(name: str = "s1", *open_: Fact) -> Session:
    return Session(
        spec=SessionSpec(session_id=name, modality="cbt"),
        turns=tuple(Turn(speaker=speaker, text=text) for speaker, text, _, _ in TURNS),
        chart=Chart(diagnosis="Insomnia disorder (F51.01)"),
        form={"modality_of_delivery": "Telephone"},
        facts=(
            Fact(fact_id="f01", kind="symptom", statement="Client wakes at four.", turns=(1,)),
            Fact(
                fact_id="f02",
                kind="medication",
                statement="Client takes sertraline 50 mg every morning.",
                turns=(2, 3),
            ),
            Fact(
                fact_id="f03",
                kind="homework",
                statement="Client will keep a sleep log.",
                temporality="planned",
                turns=(5, 6),
            ),
            Fact(fact_id="f04", kind="service", statement="Seen for 50 minutes; CPT 90834."),
            *open_,
        ),
        traps=(
            Trap(
                kind="third_party_history",
                bait="Client drinks heavily.",
                truth="Client's father drank.",
                category="condition",
                fact_kind="substance",
                turns=(4,),
            ),
        ),
    )


NEVER_ASKED = Fact(
    fact_id="f05", kind="risk", statement="Suicide risk was not asked about.", discussed=False
)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "test")


def realize(
    server: LocalServer, *sessions: Session, repairs: int = 2, responses: Path | None = None
) -> tuple[Realized, ...]:
    """One call at a time, so that the answers are given in the order of the sessions."""
    endpoint = Endpoint(concurrency=1, timeout_s=5, attempts=1, max_wait_s=0.05)
    realizer = Realizer(model=MODEL, api_base=server.url, repairs=repairs)

    async def work() -> tuple[Realized, ...]:
        async with Client(endpoint, responses) as client:
            return await realizer.realize_all(sessions, client)

    return asyncio.run(work())


def kinds(script: tuple[Line, ...], of: Session | None = None) -> list[tuple[str, str]]:
    case = of or session()
    words = sum(len(turn.text.split()) for turn in case.turns)
    return [(problem.kind, problem.about) for problem in check(case, script, words)]


def test_a_dialogue_that_voices_all_is_accepted_as_it_came() -> None:
    with LocalServer(answer()) as server:
        (result,) = realize(server, session())
    assert (result.outcome, result.repairs, result.problems) == ("accepted", 0, ())
    made = result.session
    assert made is not None
    assert (made.session_id, made.spec.source) == ("s1-realized", "realized")
    assert [turn.text for turn in made.turns] == [text for _, text, _, _ in TURNS]
    assert {fact.fact_id: fact.turns for fact in made.facts} == {
        "f01": (1,), "f02": (2, 3), "f03": (5, 6), "f04": (),
    }  # fmt: skip
    assert made.traps[0].turns == (4,)
    assert all(turn.start_s is not None for turn in made.turns)
    assert len(server.requests) == 1


def test_the_model_is_told_what_to_voice_what_to_leave_and_the_length() -> None:
    told = json.loads(material(session("s1", NEVER_ASKED), 1690))
    assert list(told["facts"]) == ["f01", "f02", "f03"]
    assert told["known"] == ["Seen for 50 minutes; CPT 90834."]
    assert told["not to be touched"] == ["Suicide risk was not asked about."]
    assert told["traps"]["t01"]["material"] == ["client: My dad was a drinker when I was small."]
    assert "10 minutes, that is 1690 words" in told["length"]
    assert told["speakers"] == ["therapist", "client"]


def test_a_forgotten_fact_is_asked_for_by_its_id_and_then_voiced() -> None:
    with LocalServer(answer(lines(without="f01")), answer()) as server:
        (result,) = realize(server, session())
    assert (result.outcome, result.repairs) == ("accepted", 1)
    first, second = server.requests
    assert [message["role"] for message in second["messages"]] == [
        "system", "user", "assistant", "user",
    ]  # fmt: skip
    assert second["messages"][:2] == first["messages"]
    assert "not voiced: f01" in second["messages"][3]["content"]


def test_a_model_that_clings_to_a_drug_of_its_own_is_rejected_with_the_reason() -> None:
    bad = answer(lines(then=("client", "I take lithium too.")))
    with LocalServer(always=bad) as server:
        (result,) = realize(server, session())
    assert (result.outcome, result.repairs, result.session) == ("rejected", 2, None)
    assert [(p.kind, p.about, p.turn) for p in result.problems] == [("unlisted", "lithium", 8)]
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("content", "about"),
    [
        ("I would rather not.", "no JSON"),
        ('{"turns": [{"speaker": "client", "te', "not valid JSON"),
        ('{"dialogue": []}', "no list of turns"),
        ('{"turns": []}', "no turns"),
        ('{"turns": ["Hello."]}', "turn 0 is not an object"),
        ('{"turns": [{"speaker": "client"}]}', "turn 0 has no 'text'"),
        ('{"turns": [{"speaker": "client", "text": "Hi.", "facts": 7}]}', "not a list of ids"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_an_answer_that_is_not_what_was_asked_for_is_sent_back_and_rejected(
    content: str, about: str
) -> None:
    with LocalServer(always=says(content)) as server:
        (result,) = realize(server, session(), repairs=1)
    assert (result.outcome, result.reasons) == ("rejected", ("malformed",))
    assert about in result.problems[0].about
    assert len(server.requests) == 2


def test_an_answer_that_was_cut_off_is_no_session() -> None:
    cut = says(json.dumps({"turns": []}), finish_reason="length")
    with LocalServer(always=cut) as server:
        (result,) = realize(server, session(), repairs=0)
    assert (result.outcome, result.reasons) == ("rejected", ("cut off",))


def test_every_session_is_accepted_rejected_or_failed() -> None:
    clinging = answer(lines(then=("client", "I take lithium too.")))
    replies = (answer(), answer(lines(without="f03")), clinging, status(401), answer(), clinging)
    with LocalServer(*replies, always=status(500)) as server:
        results = realize(server, *map(session, ("a", "b", "c", "d")), repairs=1)
    assert [r.outcome for r in results] == ["accepted", "accepted", "rejected", "failed"]
    tally = Tally.of(results)
    assert tally == Tally(
        planned=4,
        accepted=2,
        repaired=1,
        rejected=1,
        failed=1,
        reasons={"authentication": 1, "unlisted": 1},
    )
    assert str(tally) == (
        "4 planned = 2 accepted (1 after repair) + 1 rejected + 1 failed; "
        "authentication 1, unlisted 1"
    )


def test_a_second_run_asks_for_no_answer_that_there_is(tmp_path: Path) -> None:
    store = tmp_path / "responses.sqlite"
    with LocalServer(answer(lines(without="f01")), status(401), answer()) as server:
        (killed,) = realize(server, session(), responses=store)
        (resumed,) = realize(server, session(), responses=store)
        (again,) = realize(server, session(), responses=store)
        assert len(server.requests) == 3
    assert (killed.outcome, killed.failure) == ("failed", "authentication")
    assert (resumed.outcome, resumed.repairs) == ("accepted", 1)
    assert again == resumed


def test_a_model_that_repeats_itself_is_asked_each_time_even_with_stored_answers(
    tmp_path: Path,
) -> None:
    bad = answer(lines(without="f01"))
    with LocalServer(always=bad) as server:
        realize(server, session(), responses=tmp_path / "responses.sqlite")
        assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (("client", "I drink six beers a day."), ("unlisted", "the number 6")),
        (("client", "I was molested as a child."), ("unlisted", "sexual_abuse")),
        (("client", "I think I'm bipolar."), ("unlisted", "bipolar")),
        (("client", "Some days I want to die."), ("unlisted", "suicidal_ideation")),
        (("Client's mother", "Hello."), ("unknown speaker", "a speaker not listed")),
    ],
)
def test_what_the_ledger_does_not_know_is_found(
    said: tuple[str, str], problem: tuple[str, str]
) -> None:
    assert kinds(lines()) == []
    assert problem in kinds(lines(then=said))


@pytest.mark.parametrize(
    "said",
    [
        ("client", "I don't take lithium."),
        ("client", "Should I take lithium?"),
        ("therapist", "There are drugs such as lithium."),
        ("client", "It hits me that we get cut off at ten."),
    ],
)
def test_what_nobody_affirms_is_let_be(said: tuple[str, str]) -> None:
    assert kinds(lines(then=said)) == []


def asked(question: str, reply: str) -> tuple[Line, ...]:
    more = (Line(speaker="therapist", text=question), Line(speaker="client", text=reply))
    return (*lines(), *more)


def test_a_yes_to_a_question_affirms_it_and_a_bait_is_not_to_be_confirmed() -> None:
    words = "Do you drink alcohol yourself?"
    drinker = session().traps[0].model_copy(update={"bait": "Client drinks alcohol."})
    case = session().model_copy(update={"traps": (drinker,)})
    assert kinds(asked(words, "Yes, a bit."), case) == [("confirmed", "alcohol")]
    assert kinds(asked(words, "No, never."), case) == []
    assert ("unlisted", "lithium") in kinds(asked("Still on lithium?", "Yes, still."))


def test_a_denial_that_the_ledger_does_not_know_is_unlisted() -> None:
    question = "Any thoughts of suicide?"
    assert ("unlisted", "suicidal_ideation") in kinds(asked(question, "No, none."))
    denied = Fact(
        fact_id="f06",
        kind="risk",
        statement="Client denied suicidal ideation.",
        polarity="negated",
        turns=(0,),
    )
    claimed = [line.model_copy(update={"facts": ("f06",)}) for line in asked(question, "No, none.")]
    script = (*lines(), *claimed[-2:])
    assert kinds(script, session("s1", denied)) == []
    yes = (*script[:-1], script[-1].model_copy(update={"text": "Yes, every day."}))
    assert ("unlisted", "suicidal_ideation") in kinds(yes, session("s1", denied))


def test_what_was_left_open_stays_open() -> None:
    case = session("s1", NEVER_ASKED)
    assert kinds(lines(), case) == []
    for question in ("Any thoughts of suicide?", "Is there a gun in the house?"):
        assert ("left open", "f05") in kinds(lines(then=("therapist", question)), case)


def test_a_dose_and_a_quotation_have_to_be_exact() -> None:
    wrong = tuple(
        line.model_copy(
            update={"text": line.text.replace("50", "75").replace("fifty", "seventy-five")}
        )
        for line in lines()
    )
    assert ("not voiced", "f02") in kinds(wrong)
    quote = Fact(fact_id="q", kind="quote", statement='Client said, "It rains in one room."')
    assert voiced(quote, "Well, it rains in one room, you know.", lambda word: 1.0)
    assert not voiced(quote, "It's raining in just one room.", lambda word: 1.0)


def test_a_fact_or_trap_is_voiced_where_it_is_claimed_or_not_at_all() -> None:
    moved = [line.model_copy(update={"facts": (), "traps": ()}) for line in lines()]
    assert {about for kind, about in kinds(tuple(moved))} == {"f01", "f02", "f03", "t01"}
    moved[4] = moved[4].model_copy(update={"facts": ("f01",)})
    moved[7] = moved[7].model_copy(update={"traps": ("t01",)})
    assert {about for kind, about in kinds(tuple(moved))} == {"f01", "f02", "f03", "t01"}


def test_shape_counts_words_and_silences() -> None:
    short = lines()[:2]
    assert [p.kind for p in shape(session(), short, 100)] == ["length"]
    silent = Line(speaker="client", text="...")
    assert [p.kind for p in shape(session(), (*lines(), silent), 60)] == []
    both = (*lines(), silent, silent)
    assert [(p.kind, p.turn) for p in shape(session(), both, 60)] == [("silence", 9)]


def test_a_speaker_is_known_in_any_case_and_a_list_will_do() -> None:
    told = 'Sure: ```json\n[{"speaker": "THERAPIST", "text": "Hi\\nthere.", "mood": 3}]\n```'
    assert read(told, speakers(session())) == (Line(speaker="therapist", text="Hi there."),)
    with pytest.raises(Malformed):
        read("{", ["client"])


def test_a_session_without_a_ledger_is_named_before_anything_is_sent() -> None:
    bare = session("bare").model_copy(update={"facts": (), "traps": ()})
    with LocalServer() as server:
        with pytest.raises(InputError, match="'bare' has no ledger"):
            realize(server, session(), bare)
        assert not server.requests


@pytest.fixture(scope="module")
def generated() -> tuple[Session, ...]:
    return tuple(generate(30, 4242))


def test_most_facts_are_seen_in_their_own_turns_and_few_in_those_of_another_session(
    generated: tuple[Session, ...],
) -> None:
    own = others = total = 0
    for place, one in enumerate(generated):
        texts = [turn.text for turn in one.turns]
        foreign = [turn.text for turn in generated[place - 1].turns]
        for fact in must_be_voiced(one):
            total += 1
            own += voiced(fact, heard(texts, fact.turns), rarity(one))
            elsewhere = [turn % len(foreign) for turn in fact.turns]
            others += voiced(fact, heard(foreign, elsewhere), rarity(one))
    assert own / total >= 0.65
    assert others / total <= 0.15


def test_sessions_of_the_generator_hold_little_that_their_ledger_does_not_know(
    generated: tuple[Session, ...],
) -> None:
    def script(one: Session) -> list[Line]:
        return [Line(speaker=turn.speaker, text=turn.text) for turn in one.turns]

    own = sum(any(unlisted(one, script(one))) for one in generated)
    assert own <= 0.2 * len(generated)


def plainly_told(one: Session) -> tuple[Line, ...]:
    """A dialogue that a dull model might give: each fact read out, each trap's material said."""
    client = next(name for name in speakers(one) if name != "therapist")
    told = [
        Line(speaker=speaker, text=text, facts=facts)
        for fact in must_be_voiced(one)
        for speaker, text, facts in (
            ("therapist", "Go on.", ()),
            (client, fact.statement, (fact.fact_id,)),
        )
    ]
    told += [
        Line(speaker=one.turns[turn].speaker, text=one.turns[turn].text, traps=(name,))
        for name, trap in must_be_set(one).items()
        for turn in trap.turns
    ]
    return tuple(told)


def test_what_the_check_asks_for_can_be_given(generated: tuple[Session, ...]) -> None:
    passed = 0
    for one in generated:
        told = plainly_told(one)
        passed += not check(one, told, sum(len(line.text.split()) for line in told))
    assert passed >= 0.8 * len(generated)


def run(*words: object) -> object:
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    return stop.value.code


@pytest.fixture
def files(tmp_path: Path) -> Path:
    write_records(tmp_path / "in.jsonl", [session("a"), session("b")])
    return tmp_path


def test_the_command_writes_sessions_outcomes_and_counts(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = files / "out.jsonl"
    with LocalServer(always=answer()) as server:
        words = ("realize", files / "in.jsonl", "--model", MODEL, "--out", out)
        assert run(*words, "--api-base", server.url) == 0
        assert run(*words, "--api-base", server.url) == 0
        assert len(server.requests) == 2
    assert "2 planned = 2 accepted (0 after repair) + 0 rejected + 0 failed" in (
        capsys.readouterr().out
    )
    assert [one.session_id for one in read_records(out, Session)] == ["a-realized", "b-realized"]
    outcomes = list(read_records(files / "out.outcomes.jsonl", Realized))
    assert [one.outcome for one in outcomes] == ["accepted", "accepted"]
    assert "sertraline" not in (files / "out.outcomes.jsonl").read_text()


def test_no_session_accepted_is_exit_code_1_and_leaves_the_file(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = files / "out.jsonl"
    out.write_text("kept")
    with LocalServer(always=says("No.")) as server:
        words = ("realize", files / "in.jsonl", "--model", MODEL, "--out", out)
        assert run(*words, "--api-base", server.url, "--repairs", 0) == 1
    assert "2 planned = 0 accepted" in capsys.readouterr().err
    assert out.read_text() == "kept"


@pytest.mark.parametrize(
    ("model", "said"),
    [("anthropic/claude-sonnet-4-5", "ANTHROPIC_API_KEY"), ("opnai/gpt", "did you mean 'openai'")],
)
def test_a_missing_key_or_an_unknown_provider_is_one_line_and_code_2(
    files: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    model: str,
    said: str,
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    words = ("realize", files / "in.jsonl", "--model", model, "--out", files / "out.jsonl")
    assert run(*words) == 2
    error = [line for line in capsys.readouterr().err.splitlines() if line.startswith("evalkit:")]
    assert len(error) == 1
    assert said in error[0]
    assert not (files / "out.jsonl").exists()
