"""The speech channel: the rates asked for are met, and the ledger stays the truth."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from statistics import mean, pvariance

import pytest
from pydantic import ValidationError
from rapidfuzz.distance import Levenshtein

from evalkit.errors import InputError
from evalkit.records import Fact, Session, SessionSpec, Turn
from evalkit.sessions.exchanges import table
from evalkit.sessions.generate import generate
from evalkit.sessions.recipe import Recipe
from evalkit.sessions.rng import Rng
from evalkit.sessions.speech import _WORD, RISK, Hearing, _nearest, through_channel


@pytest.fixture(scope="module")
def sessions() -> list[Session]:
    return list(generate(6, 12, Recipe(minutes=(10, 12))))


def talk(*texts: str, speakers: tuple[str, ...] = ("therapist", "client")) -> Session:
    """A transcript with no ledger, as one that was loaded."""
    turns = tuple(
        Turn(speaker=speakers[at % len(speakers)], text=text) for at, text in enumerate(texts)
    )
    return Session(spec=SessionSpec(session_id="loaded", source="jsonl"), turns=turns)


def words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text) if word[0] != "["]


def edits(spoken: Session, heard: Session) -> list[tuple[str, str, str]]:
    """(what happened, the spoken word or "", the sentence's text) for each wrong word."""
    found = []
    for before, after in zip(spoken.turns, heard.turns, strict=True):
        said = words(before.text)
        for tag, at, _ in Levenshtein.editops(said, words(after.text)).as_list():
            found.append((tag, "" if tag == "insert" else said[at], before.text))
    return found


@pytest.mark.parametrize("rate", [0.02, 0.05, 0.15, 0.25, 0.35, 0.5])
def test_the_word_error_rate_asked_for_is_met_and_measured(
    sessions: list[Session], rate: float
) -> None:
    for number, session in enumerate(sessions):
        spoken = sum(len(words(turn.text)) for turn in session.turns)
        assert spoken >= 1000
        heard = through_channel(session, rate, 0.0, Rng(1, number))
        channel = heard.spec.channel
        assert channel is not None
        assert channel.word_error_rate == rate
        assert channel.words_wrong == pytest.approx(rate, rel=0.1)
        wrong = len(edits(session, heard)) / spoken
        assert wrong == pytest.approx(channel.words_wrong, abs=0.001)
        assert channel.turns_swapped == 0
        assert [turn.speaker for turn in heard.turns] == [turn.speaker for turn in session.turns]


def test_everything_but_the_words_and_the_speakers_stays(sessions: list[Session]) -> None:
    for session in sessions:
        heard = through_channel(session, 0.3, 0.1, Rng(2))
        assert heard.model_copy(update={"turns": session.turns, "spec": session.spec}) == session
        assert [(turn.start_s, turn.end_s) for turn in heard.turns] == [
            (turn.start_s, turn.end_s) for turn in session.turns
        ]
        assert heard.spec.model_copy(update={"channel": None}) == session.spec
        assert Session.model_validate_json(heard.model_dump_json()) == heard


def test_the_same_draws_hear_the_same_and_others_do_not(sessions: list[Session]) -> None:
    first = through_channel(sessions[0], 0.2, 0.1, Rng(3))
    assert first == through_channel(sessions[0], 0.2, 0.1, Rng(3))
    assert first.turns != through_channel(sessions[0], 0.2, 0.1, Rng(4)).turns


def test_a_recipe_with_rates_yields_sessions_that_went_through_the_channel() -> None:
    clean = Recipe(minutes=(6, 8))
    noisy = clean.model_copy(update={"word_error_rate": 0.2, "speaker_swap_rate": 0.1})
    for spoken, heard in zip(generate(3, 5, clean), generate(3, 5, noisy), strict=True):
        assert spoken.spec.channel is None
        assert heard.spec.channel is not None
        assert heard.spec.channel.words_wrong == pytest.approx(0.2, rel=0.1)
        assert heard.spec.channel.turns_swapped == pytest.approx(0.1, abs=1 / len(heard.turns))
        assert heard.facts == spoken.facts
        assert heard.traps == spoken.traps


def test_without_errors_no_word_changes(sessions: list[Session]) -> None:
    heard = through_channel(sessions[0], 0.0, 0.0, Rng(1))
    assert heard.turns == sessions[0].turns
    assert heard.spec.channel is not None
    assert heard.spec.channel.words_wrong == 0


def test_a_turn_that_is_lost_is_inaudible_and_never_empty() -> None:
    spoken = talk(*["Um.", "Yeah.", "The.", "So.", "Uh, like.", "Okay."] * 60)
    heard = through_channel(spoken, 0.9, 0.0, Rng(5))
    assert all(turn.text.strip() for turn in heard.turns)
    assert "[inaudible]" in {turn.text for turn in heard.turns}
    assert len(heard.turns) == len(spoken.turns)


def test_what_was_not_spoken_is_left_alone() -> None:
    spoken = talk("[door slams]", "Mm [laughs] okay then we can start with the week.", "...")
    for seed in range(30):
        heard = through_channel(spoken, 0.4, 0.0, Rng(seed))
        assert heard.turns[0] == spoken.turns[0]
        assert heard.turns[2] == spoken.turns[2]


def test_a_swapped_turn_stays_a_turn_of_its_own(sessions: list[Session]) -> None:
    session = next(each for each in sessions if each.spec.setting == "individual")
    heard = through_channel(session, 0.0, 0.2, Rng(6))
    swapped = [
        at
        for at, (before, after) in enumerate(zip(session.turns, heard.turns, strict=True))
        if before.speaker != after.speaker
    ]
    assert heard.spec.channel is not None
    assert heard.spec.channel.turns_swapped == len(swapped) / len(session.turns)
    assert len(swapped) / len(session.turns) == pytest.approx(0.2, abs=1 / len(session.turns))
    assert [turn.text for turn in heard.turns] == [turn.text for turn in session.turns]
    assert any(heard.turns[at - 1].speaker == heard.turns[at].speaker for at in swapped if at)


def test_the_swap_rate_holds_on_average_where_turns_are_few() -> None:
    spoken = talk("How was it?", "Fine.", "And today?", "The same.")
    shares = []
    for seed in range(400):
        channel = through_channel(spoken, 0.0, 0.1, Rng(seed)).spec.channel
        assert channel is not None
        shares.append(channel.turns_swapped)
    assert mean(shares) == pytest.approx(0.1, abs=0.025)


def test_in_a_group_a_members_words_go_to_another_member() -> None:
    who = ("therapist", "Ana", "Ben", "Cleo")
    spoken = talk(*["I would say it was all right."] * 200, speakers=who)
    heard = through_channel(spoken, 0.0, 0.5, Rng(8))
    given = Counter(
        (before.speaker, after.speaker)
        for before, after in zip(spoken.turns, heard.turns, strict=True)
        if before.speaker != after.speaker
    )
    assert {before for before, _ in given} == set(who)
    assert {after for before, after in given if before == "Ana"} == {"Ben", "Cleo"}
    assert {after for before, after in given if before == "therapist"} == {"Ana", "Ben", "Cleo"}


def test_a_speaker_alone_cannot_be_taken_for_another() -> None:
    spoken = talk("Session two.", "Client was late.", speakers=("therapist",))
    assert through_channel(spoken, 0.0, 1.0, Rng(1)).turns == spoken.turns


def test_sentences_about_risk_are_heard_1_36_times_as_badly() -> None:
    calm = "On the weekend we went along the river and my neighbor told me about a garden there."
    risk = "There was one evening when the thought of killing me was closer than I wanted."
    spoken = talk(*[f"{calm} {calm} {calm} {risk} {calm}"] * 1000)
    heard = through_channel(spoken, 0.25, 0.0, Rng(9))
    of_risk = set(words(risk)) - set(words(calm))
    of_calm = set(words(calm)) - set(words(risk))
    lost = Counter(word for _, word, _ in edits(spoken, heard))
    said = Counter(word for turn in spoken.turns for word in words(turn.text))

    def rate(chosen: set[str]) -> float:
        return sum(lost[word] for word in chosen) / sum(said[word] for word in chosen)

    assert rate(of_risk) / rate(of_calm) == pytest.approx(RISK, abs=0.15)


def test_errors_come_in_bursts() -> None:
    spoken = talk(*["We talked about the garden and the weather for a long while then."] * 1000)
    heard = through_channel(spoken, 0.15, 0.0, Rng(10))
    counts = [
        Levenshtein.distance(words(before.text), words(after.text))
        for before, after in zip(spoken.turns, heard.turns, strict=True)
    ]
    scattered = mean(counts) * (1 - 0.15)
    assert pvariance(counts) > 1.25 * scattered


def test_fillers_and_short_words_are_lost_most_and_few_words_are_put_in(
    sessions: list[Session],
) -> None:
    kinds: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    hearing = Hearing(**table("hearing"))
    of_kind = {word.lower(): "small" for word in hearing.small_words}
    of_kind |= dict.fromkeys(hearing.fillers, "filler")
    for number, session in enumerate(sessions):
        for tag, word, _ in edits(session, through_channel(session, 0.2, 0.0, Rng(number))):
            kinds[tag] += 1
            wrong[of_kind.get(word, "other")] += tag != "insert"
            lost[of_kind.get(word, "other")] += tag == "delete"
    shares = {kind: lost[kind] / wrong[kind] for kind in wrong}
    assert shares["filler"] > shares["small"] > 2 * shares["other"]
    assert kinds["replace"] > kinds["delete"] > 2 * kinds["insert"] > 0


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("fifteen", "fifty"),
        ("30", "13"),
        ("two", "to"),
        ("can", "can't"),
        ("Zoloft", "solo"),
        ("Lexapro", "lex a pro"),
        ("hydroxyzine", "hydralazine"),
        ("bupropion", "buspirone"),
        ("225", "325"),
    ],
)
def test_what_sounds_alike_is_confused(said: str, heard: str) -> None:
    spoken = talk(*[f"Perhaps {said} again"] * 1500)
    texts = {turn.text.lower() for turn in through_channel(spoken, 0.5, 0.0, Rng(11)).turns}
    assert any(f"{heard} again" in text for text in texts)


def test_every_drug_that_clients_take_has_something_it_is_heard_as() -> None:
    heard = {word.lower() for word in Hearing(**table("hearing")).heard_as}
    for drug in table("people")["medication"]:
        assert drug["brand"].lower() in heard
        for word in words(drug["generic"]):
            assert word in heard


def test_a_word_in_no_table_is_heard_as_everyday_words_that_sound_like_it() -> None:
    vocabulary = table("hearing")["vocabulary"].split()
    assert len(vocabulary) >= 2000
    everyday = set(vocabulary)
    assert _nearest("wether")[0] in {"weather", "whether"}
    assert "anger" in _nearest("angker")
    for word in [*vocabulary, "xiomara", "bartholomew", "naïve", "zzyzx", "kierkegaard"]:
        near = _nearest(word.lower())
        assert near, word
        assert word.lower() not in near
        assert everyday.issuperset(" ".join(near).split())


def test_a_word_without_latin_letters_is_lost_and_breaks_nothing() -> None:
    heard = through_channel(talk(*["Да, хорошо, конечно."] * 40), 0.5, 0.0, Rng(12))
    assert heard.spec.channel is not None
    assert heard.spec.channel.words_wrong == pytest.approx(0.5, rel=0.1)


def test_marks_and_capitals_are_put_where_a_lost_word_leaves_them() -> None:
    spoken = talk(*["Um, the-the one. Uh, I said no, like, twice?"] * 400)
    for turn in through_channel(spoken, 0.3, 0.0, Rng(13)).turns:
        assert turn.text[0].isupper() or turn.text == "[inaudible]"
        assert not any(wrong in turn.text for wrong in (",,", ", ,", " ,", "  ", " .", "- ", " -"))
        assert turn.text[-1] in ".?]"


@pytest.mark.parametrize("rates", [(-0.1, 0.0), (1.1, 0.0), (0.0, -0.01), (0.0, float("nan"))])
def test_a_rate_that_is_no_share_is_rejected(rates: tuple[float, float]) -> None:
    with pytest.raises(InputError, match=r"_rate.*from 0 to 1"):
        through_channel(talk("Hello."), *rates, Rng(1))


def test_a_session_goes_through_the_channel_once() -> None:
    heard = through_channel(talk(*["We will start with the week."] * 20), 0.3, 0.0, Rng(1))
    with pytest.raises(InputError, match="as it was spoken"):
        through_channel(heard, 0.1, 0.0, Rng(1))


def test_evidence_still_points_at_the_turn_it_came_from() -> None:
    spoken = talk("And the dose?", "Fifteen milligrams of buspirone, twice a day.").model_copy(
        update={"facts": (Fact(fact_id="f01", kind="medication", statement="x", turns=(1,)),)}
    )
    heard = through_channel(spoken, 0.5, 0.5, Rng(14))
    assert heard.facts == spoken.facts
    assert len(heard.turns) == 2


@pytest.mark.parametrize(
    "broken",
    [
        {"sound_alike": [["two", "Two"]]},
        {"heard_as": {"Zoloft": []}},
        {"heard_as": {"Zoloft": ["zoloft"]}},
        {"heard_as": {"Zoloft": [" "]}},
        {"put_in": []},
        {"homophones": [["two", "to"]]},
    ],
)
def test_a_table_that_makes_no_sense_is_rejected(broken: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Hearing(**{**table("hearing"), **broken})


def test_the_channel_loads_nothing_heavy_before_it_is_used() -> None:
    code = "import sys, evalkit.sessions.speech; print('rapidfuzz' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
