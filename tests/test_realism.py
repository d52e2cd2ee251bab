"""The realism figures, on small corpora whose answers are known, and on AnnoMI where it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from time import perf_counter

import pytest
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

from benchmarks import told_apart, variety
from benchmarks.moves import a_minute, is_reflection, questions
from benchmarks.realism import (
    Figure,
    client_shares,
    compare,
    distinct,
    lengths,
    main,
    reflections_against_labels,
    repetition,
    self_bleu,
    spread,
    table,
    turn_lengths,
)
from benchmarks.spoken import WORDS_A_MINUTE, Conversation, Said, conversations, one_typography
from benchmarks.variety import repeats
from evalkit.errors import InputError
from evalkit.records import Session, SessionSpec, Turn
from evalkit.sessions.sources.annomi import AnnoMI

ANNOMI = "transcript_id,topic,utterance_id,interlocutor,timestamp,utterance_text"


def session(name: str, *texts: str, times: Sequence[float | None] = ()) -> Session:
    """Therapist and client in turn."""
    starts = [*times, *[None] * (len(texts) - len(times))]
    turns = [
        Turn(speaker=("therapist", "client")[at % 2], text=text, start_s=starts[at])
        for at, text in enumerate(texts)
    ]
    return Session(spec=SessionSpec(session_id=name), turns=tuple(turns))


def corpus(*talks: Sequence[str]) -> list[Conversation]:
    return list(conversations(session(str(at), *texts) for at, texts in enumerate(talks)))


def drawn(words: Sequence[str], seed: int, sessions: int = 12, turns: int = 10) -> list[list[str]]:
    """Talks whose turns are 3 to 12 words of a list, in one sentence each."""
    rng = Random(seed)
    return [
        [" ".join(rng.choices(words, k=rng.randint(3, 12))) + "." for _ in range(turns)]
        for _ in range(sessions)
    ]


# --- typography -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I don’t know", "I don't know"),
        ("“Stop,” she said.", '"Stop," she said.'),
        ("[laughs] Fine.", "Fine."),
        ("Fine. (laughing)", "Fine."),
        ("It was [unintelligible 00:01:18] late.", "It was late."),
        ("I thought-- maybe not.", "I thought \u2014 maybe not."),
        ("I thought… maybe not.", "I thought... maybe not."),
        ("I thought... maybe not.", "I thought - maybe not."),
        ("I'm not blo- I'm fine.", "I'm not blo\u2014 I'm fine."),
        ("my-my wife", "my, my wife"),
        ("I--I feel", "I-I feel"),
        ("So, so I went", "So - so I went"),
        ("man-manual work", "man- manual work"),
        ("-and then", "\u2014and then"),
        ("Ok.", "okay.".capitalize()),
        ("Mhm.", "Mm-hmm."),
        ("Umm, all right", "um, alright"),
    ],
)
def test_two_ways_to_transcribe_the_same_speech_come_to_one(one: str, other: str) -> None:
    assert one_typography(one).lower() == one_typography(other).lower()


@pytest.mark.parametrize("kept", ["a well-known twenty-two", "mm-hmm", "Okay. Okay.", "it's his"])
def test_what_is_no_matter_of_typography_stays(kept: str) -> None:
    assert one_typography(kept) == kept


@pytest.mark.parametrize("piece", [".", "-", "a-", "(", "[a", "I, ", " ", "'", "\u2014-", "so "])
def test_the_time_to_normalize_grows_with_the_text_and_no_faster(piece: str) -> None:
    began = perf_counter()
    one_typography(piece * 20_000 + "x")
    assert perf_counter() - began < 2


def test_a_turn_without_a_word_is_no_turn_and_a_session_without_one_no_session() -> None:
    spoken = list(conversations([session("a", "Hello.", "[sighs]", "--"), session("b", "...")]))
    assert [(each.name, [turn.text for turn in each.turns]) for each in spoken] == [
        ("a", ["Hello."])
    ]


# --- turns, talk, moves -----------------------------------------------------------------------


def test_lengths_and_shares_count_words_by_who_says_them() -> None:
    spoken = corpus(["How are you?", "I don't know."], ["Mm-hmm.", "It was a long week."])
    assert lengths(spoken) == [3, 3, 1, 5]
    assert lengths(spoken, therapist=True) == [3, 1]
    assert lengths(spoken, therapist=False) == [3, 5]
    assert client_shares(spoken) == [3 / 6, 5 / 6]


def test_the_members_of_a_group_are_all_clients() -> None:
    talk = session("a", "Who starts?", "Me.")
    third = Turn(speaker="Omar", text="No, let me go.")
    (spoken,) = conversations([talk.model_copy(update={"turns": (*talk.turns, third)})])
    assert client_shares([spoken]) == [5 / 7]


def test_minutes_go_by_the_times_and_else_by_the_words() -> None:
    timed = session("a", "One two.", "Three.", "Four five six.", times=(30.0, 60.0, 90.0))
    (by_clock,), (by_words,) = (
        list(conversations([each])) for each in (timed, session("b", "One two.", "Three."))
    )
    assert by_clock.minutes == pytest.approx(1 + 3 / WORDS_A_MINUTE)
    assert by_words.minutes == pytest.approx(3 / WORDS_A_MINUTE)


def test_the_target_is_the_middle_half_of_the_other_side() -> None:
    real = [1, 2, 3, 4, 5]
    inside, outside = (spread("x", "turns", (ours, real), True)[0] for ours in ([2], [4.5]))
    assert (inside.low, inside.high) == (2, 4)
    assert inside.holds is True
    assert outside.holds is False
    assert [one.holds for one in spread("x", "turns", ([9], real), False)] == [None] * 3


def test_short_and_long_turns_are_shares_of_the_turns_of_a_role() -> None:
    ours = corpus(["Yes.", "word " * 41, "Go on then.", "word " * 40])
    found = {one.name: one for one in turn_lengths(ours, ours)}
    assert found["share of turns of 1 word, therapist"].values == (0.5, 0.5)
    assert found["share of turns of 1 word, client"].values == (0, 0)
    assert found["share of turns of over 40 words, client"].values == (0.5, 0.5)
    assert found["share of turns of over 40 words, all"].of == (4, 4)


@pytest.mark.parametrize(
    ("text", "reflects"),
    [
        ("So you felt alone with it.", True),
        ("Okay. It sounds like a heavy week.", True),
        ("Um, and you're saying it helps.", True),
        ("Part of you wants to stop.", True),
        ("So the mornings are worse for you.", True),
        ("- and you want that back.", True),
        ("So you felt alone with it?", False),
        ("You could try a walk.", False),
        ("You're welcome.", False),
        ("So we meet on Tuesday.", False),
        ("I see.", False),
        ("Also your sister.", False),
    ],
)
def test_a_reflection_is_a_statement_that_gives_back(text: str, reflects: bool) -> None:
    assert is_reflection(Said.of(True, text)) is reflects


def test_questions_are_counted_by_sentence_and_for_the_therapist_alone() -> None:
    assert questions(Said.of(True, 'Why? I ask. "Why now?" And then?')) == 3
    spoken = corpus(["Why? Why now?", "Why not?", "word " * 164])
    assert a_minute(spoken, questions) == [pytest.approx(2 / (169 / WORDS_A_MINUTE))]


def test_the_reflection_rule_is_held_against_the_labels(tmp_path: Path) -> None:
    rows = [
        "1,x,0,therapist,00:00:01,So you miss it.,reflection",
        "1,x,1,client,00:00:02,So you say.,n/a",
        "1,x,2,therapist,00:00:03,It sounds hard.,other",
        "1,x,3,therapist,00:00:04,Lonely.,reflection",
        "1,x,4,therapist,00:00:05,You feel it goes on and on.,reflection",
    ]
    path = tmp_path / "a.csv"
    path.write_text("\n".join([f"{ANNOMI},main_therapist_behaviour", *rows]), encoding="utf-8")
    precision, recall = reflections_against_labels(path)
    assert (precision.values[1], precision.of[1]) == (2 / 3, 3)
    assert (recall.values[1], recall.of[1]) == (2 / 3, 3)


# --- variety ----------------------------------------------------------------------------------


def test_distinct_n_counts_different_n_grams_within_turns() -> None:
    assert variety.distinct(corpus(["a b a b", "a b"]), 6) == [2 / 6, 2 / 4, 2 / 2]


def test_both_sides_give_as_many_words_to_distinct_n() -> None:
    figures = distinct(corpus(["a b c d e f"]), corpus(["a a a a"]))
    assert {one.of for one in figures} == {(4, 4)}
    assert figures[0].values == (1, 0.25)


def test_self_bleu_is_the_bleu_of_the_textbook() -> None:
    talks = [
        ["the week was long and the nights were longer than the days"],
        ["the week was long and i slept less than the week before"],
        ["we were at the lake and the days were long and quiet"],
    ]
    split = [talk[0].split() for talk in talks]
    expected = [
        sentence_bleu(
            split[:at] + split[at + 1 :],
            split[at],
            smoothing_function=SmoothingFunction().method2,
        )
        for at in range(3)
    ]
    assert sorted(variety.self_bleu(corpus(*talks), 3, 12)) == pytest.approx(sorted(expected))


def test_a_corpus_of_one_session_over_and_over_has_a_self_bleu_of_one_and_fails() -> None:
    same = corpus(*[["The week was long and I was tired of it."]] * 3)
    other = corpus(*drawn([f"word{number}" for number in range(400)], 1, sessions=3))
    (figure,) = self_bleu(same, other, size=10)
    assert figure.values[0] == pytest.approx(1)
    assert figure.values[1] is not None
    assert figure.values[1] < 0.2
    assert figure.holds is False
    assert figure.of == (3, 3)


def test_self_bleu_of_too_little_is_missing_and_not_zero() -> None:
    (figure,) = self_bleu(corpus(["Too short."], ["This too."]), corpus(["And this."]))
    assert figure.values == (None, None)
    assert figure.holds is None


def test_a_sentence_counts_once_a_session_whatever_its_case_and_marks() -> None:
    found = repeats(
        corpus(
            ["How was the week?", "Mm-hmm. Yes, I am.", "So - how was the week?"],
            ["How was the week, [laughs]", "mm-hmm. yes, I am."],
            ["HOW WAS THE WEEK! How was the week.", "Nothing else was said."],
        )
    )
    assert (found[0].sentence, found[0].sessions, found[0].share) == ("how was the week", 3, 1)
    assert {one.sentence: one.sessions for one in found[1:]} == {
        "nothing else was said": 1,
        "so how was the week": 1,
    }


def test_a_sentence_of_one_session_is_no_repetition_however_few_sessions_there_are() -> None:
    once, twice = corpus(["We never met."]), corpus(*[["We met here before."]] * 2)
    ours = repetition(repeats(once), [], (1, 1))
    theirs = repetition(repeats(twice), [], (2, 1))
    assert [(one.values[0], one.holds) for one in ours] == [(0, True), (0, True)]
    assert [(one.values[0], one.holds) for one in theirs] == [(1, False), (1, False)]


# --- telling apart ----------------------------------------------------------------------------

NEUTRAL = ["i", "you", "the", "and", "so", "it", "was", "yeah", "of", "not"]


def test_other_function_words_give_a_corpus_away_and_are_named() -> None:
    sample = told_apart.sample(
        corpus(*drawn([*NEUTRAL, "um"], 1)), corpus(*drawn([*NEUTRAL, "behind"], 2))
    )
    assert sample is not None
    assert max(told_apart.by_features(sample).values()) > 0.8
    first, second = told_apart.separating(sample)[:2]
    assert {first.feature, second.feature} == {"um", "behind"}
    by_name = {one.feature: one for one in (first, second)}
    assert by_name["um"].weight > 0 > by_name["behind"].weight
    assert by_name["um"].annomi == by_name["behind"].synthetic == 0
    assert by_name["um"].auc > 0.5 > by_name["behind"].auc


def test_other_topics_alone_give_nothing_away_to_content_neutral_features() -> None:
    sample = told_apart.sample(
        corpus(*drawn([*NEUTRAL, "wine", "work"], 1, sessions=40)),
        corpus(*drawn([*NEUTRAL, "dogs", "door"], 2, sessions=40)),
    )
    assert sample is not None
    assert max(told_apart.by_features(sample).values()) < 0.58
    assert told_apart.by_text(sample) > 0.8


def test_the_shape_of_turns_is_told_apart_from_their_function_words() -> None:
    shouted = [[text.replace(".", "!") for text in talk] for talk in drawn(NEUTRAL, 1)]
    sample = told_apart.sample(corpus(*shouted), corpus(*drawn(NEUTRAL, 2)))
    assert sample is not None
    part = told_apart.by_part(sample)
    assert part["turn shape alone"] > 0.99
    assert part["function words alone"] < 0.65


def test_a_session_is_never_on_both_sides_of_a_fold() -> None:
    """Each session has a habit of its own, which says nothing of the sessions held out."""
    talks = [
        [f"habit{at} {text}" for text in talk]
        for at, talk in enumerate(drawn(NEUTRAL, 3, sessions=40))
    ]
    Random(3).shuffle(talks)
    sample = told_apart.sample(corpus(*talks[:20]), corpus(*talks[20:]))
    assert sample is not None
    assert told_apart.by_text(sample) < 0.65


def test_both_sides_give_as_many_turns_and_no_two_sessions_share_a_group() -> None:
    sample = told_apart.sample(
        corpus(*drawn(NEUTRAL, 1, sessions=6)), corpus(*drawn(NEUTRAL, 2, sessions=9))
    )
    assert sample is not None
    assert sample.of == 60 == sample.synthetic.sum() == (~sample.synthetic).sum()
    ours, theirs = (set(sample.session[side]) for side in (sample.synthetic, ~sample.synthetic))
    assert len(ours) == 6
    assert not ours & theirs


def test_too_few_sessions_to_learn_from_give_no_verdict() -> None:
    few, enough = corpus(*drawn(NEUTRAL, 1, sessions=4)), corpus(*drawn(NEUTRAL, 2))
    assert told_apart.sample(few, enough) is None
    found = [one for one in compare(few, enough).figures if one.name.startswith("AUC")]
    assert [(one.values[0], one.holds) for one in found] == [(None, None)]


# --- all of it --------------------------------------------------------------------------------


def test_the_table_shows_both_sides_their_denominators_and_the_verdict() -> None:
    good = Figure(name="good", values=(0.5, 0.4), of=(7, 9), unit="turns", low=0.3, high=0.6)
    bad = Figure(name="bad", values=(0.5, None), of=(11, 0), unit="sessions", high=0.25)
    lines = [line.split() for line in table([good, bad]).splitlines()]
    assert lines[1:] == [
        ["good", "0.5", "7", "0.4", "9", "turns", "0.3", "to", "0.6", "yes"],
        ["bad", "0.5", "11", "sessions", "<=", "0.25", "NO"],
    ]


def test_a_corpus_without_words_is_refused() -> None:
    with pytest.raises(InputError, match="the corpus has no session with a word"):
        compare([], corpus(["Hello."]))


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """A synthetic corpus and an AnnoMI file of six small sessions each."""
    made = tmp_path / "made.jsonl"
    talks = [session(str(at), *talk) for at, talk in enumerate(drawn(NEUTRAL, 1, sessions=6))]
    made.write_text("\n".join(each.model_dump_json() for each in talks), encoding="utf-8")
    real = tmp_path / "real.csv"
    rows = [
        f"{at},x,{turn},{('therapist', 'client')[turn % 2]},00:00:{turn:02},{text} "
        f"Real words nobody repeats outside.,other"
        for at, talk in enumerate(drawn([*NEUTRAL, "um"], 2, sessions=6))
        for turn, text in enumerate(talk)
    ]
    header = f"{ANNOMI},main_therapist_behaviour"
    real.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return {"corpus": str(made), "annomi": str(real), "write": str(tmp_path / "out.json")}


def test_the_command_prints_the_table_and_writes_what_may_be_passed_on(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    main([f"--{name}={value}" for name, value in files.items()])
    printed = capsys.readouterr().out
    assert "AUC, content-neutral, the higher" in printed
    assert "real words nobody repeats outside" in printed
    written = Path(files["write"]).read_text(encoding="utf-8")
    assert "nobody repeats" not in written
    kept = json.loads(written)
    assert kept["annomi_repeats"][0] == {"sessions": 6, "share": 1.0}
    by_name = {one["name"]: one for one in kept["figures"]}
    assert by_name["client's share of words, median"]["of"] == [6, 6]


@pytest.mark.parametrize("wrong", ["corpus", "annomi"])
def test_a_missing_file_is_named(
    wrong: str, files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    given = files | {wrong: "nowhere.jsonl"}
    with pytest.raises(SystemExit) as stopped:
        main([f"--{name}={value}" for name, value in given.items()])
    assert stopped.value.code == 2
    assert "nowhere.jsonl" in capsys.readouterr().err


def test_annomi_without_its_labels_is_refused_by_column(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    real = Path(files["annomi"])
    real.write_text(f"{ANNOMI}\n1,x,0,client,00:00:01,Private words.\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        main([f"--corpus={files['corpus']}", f"--annomi={real}"])
    error = capsys.readouterr().err
    assert "main_therapist_behaviour" in error
    assert "Private" not in error


def test_repeats_alone_need_no_annomi(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--repeats", "4", "--annomi", "nowhere.csv"])
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.endswith("sentences are in over 2% of 4 sessions")
    assert len(rest) == 30


def test_one_half_of_annomi_cannot_be_told_from_the_other(
    real_data: Callable[[str], Path],
) -> None:
    path = real_data("annomi/AnnoMI-simple.csv")
    real = list(conversations(AnnoMI(path=str(path)).load()))
    found = {one.name: one for one in compare(real[0:40:2], real[1:40:2]).figures}
    higher = found["AUC, content-neutral, the higher"]
    assert higher.values[0] is not None
    assert 0.4 < higher.values[0] < 0.6
    for name in ("words a turn, all, median", "client's share of words, median"):
        assert found[name].holds is True
    precision, recall = reflections_against_labels(path)
    assert (precision.of[1], recall.of[1]) == (760, 1296)
    assert round(precision.values[1] or 0, 2) == 0.68
    assert round(recall.values[1] or 0, 2) == 0.40
