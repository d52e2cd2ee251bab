"""Sessions are as long as they were asked to be, and their turns have times."""

from __future__ import annotations

from itertools import pairwise
from statistics import mean

import pytest

from evalkit.errors import InputError
from evalkit.records import Session
from evalkit.sessions.generate import generate
from evalkit.sessions.recipe import Recipe
from evalkit.sessions.spec import source


def words(session: Session) -> int:
    return sum(len(turn.text.split()) for turn in session.turns)


@pytest.mark.parametrize("setting", ["individual", "intake", "couple", "group"])
@pytest.mark.parametrize("minutes", [10, 25, 50])
def test_a_session_is_as_long_as_asked(setting: str, minutes: float) -> None:
    made = list(generate(6, 3, Recipe(settings=(setting,), minutes=(minutes, minutes))))
    for session in made:
        assert 0.75 * 169 * minutes <= words(session) <= 1.3 * 169 * minutes + 250, (
            session.session_id
        )
    assert 0.85 <= mean(words(session) for session in made) / (169 * minutes) <= 1.2


def test_the_shortest_sessions_take_five_to_nine_minutes() -> None:
    for session in generate(40, 3, Recipe(minutes=(5, 5))):
        assert 5 * 169 * 0.6 <= words(session) <= 9 * 169


def test_turns_have_times_and_people_speak_169_words_a_minute() -> None:
    rates = []
    for session in generate(12, 8, Recipe(minutes=(10, 20))):
        for turn, following in pairwise(session.turns):
            assert turn.start_s is not None
            assert turn.end_s is not None
            assert following.start_s is not None
            assert turn.start_s < turn.end_s
            assert turn.start_s <= following.start_s
        end = max(turn.end_s or 0 for turn in session.turns)
        rates.append(60 * words(session) / end)
    assert 155 <= mean(rates) <= 183


def test_a_long_session_is_billed_as_one() -> None:
    for session in generate(10, 5, Recipe(settings=("individual",), minutes=(45, 50))):
        assert session.spec.minutes is not None
        assert session.spec.minutes >= 45
        assert session.form["cpt"] in {"90834", "90837"}


def test_a_long_session_does_not_repeat_itself() -> None:
    for session in generate(4, 6, Recipe(settings=("individual",), minutes=(50, 50))):
        statements = [fact.statement for fact in session.facts]
        assert len(statements) == len(set(statements))
        assert len(statements) > 40
        long_turns = [turn.text for turn in session.turns if len(turn.text.split()) > 12]
        assert len(set(long_turns)) >= 0.99 * len(long_turns)


@pytest.mark.parametrize(
    ("choice", "hint"),
    [
        ("minutes=[4,50]", "within 5 to 50"),
        ("minutes=[20,10]", "the lower end first"),
        ("traps_each=[3,1]", "the lower end first"),
        ("visits=0", "greater than or equal to 1"),
        ("minuets=[5,6]", "did you mean 'minutes'"),
        ("settings=['grup']", "did you mean 'group'"),
        ("problems=['ptds']", "did you mean 'ptsd'"),
        ("minutes", "a choice is a name"),
    ],
)
def test_a_bad_choice_is_named_with_its_fix(choice: str, hint: str) -> None:
    with pytest.raises(InputError, match=hint):
        source(choices=[choice]).load()
