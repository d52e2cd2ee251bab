"""Synthetic sessions with a ledger: what is true of each, and the traps planted in it.

    sessions = list(generate(24, seed=7))
    long_ones = generate(10, seed=7, recipe=Recipe(minutes=(40, 50), settings=("individual",)))
    episodes = generate(160, seed=7, recipe=Recipe(visits=8))

A session depends on the seed, the recipe and its own client alone, not on how many there are, and
is the same to the byte on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count as numbers
from itertools import islice

from evalkit.errors import InputError
from evalkit.records import Session, SessionSpec
from evalkit.sessions.cast import Brief, Cast, Past, cast
from evalkit.sessions.chart import chart
from evalkit.sessions.clock import PER_MINUTE, timed
from evalkit.sessions.draw import Choices
from evalkit.sessions.person import person
from evalkit.sessions.programme import programme
from evalkit.sessions.recipe import Recipe
from evalkit.sessions.rng import Rng
from evalkit.sessions.speech import through_channel
from evalkit.sessions.stage import Stage
from evalkit.sessions.traps._base import ScriptedTrap

DEFAULT = Recipe()


def generate(count: int, seed: int = 0, recipe: Recipe = DEFAULT) -> Iterator[Session]:
    """`count` sessions, one after the other, drawn from a recipe.

    Modalities take turns, and so do the traps: with all of them and one session a client, each
    is planted in any run of as many sessions as there are traps that starts at a multiple of it.

    Raises InputError for a negative count, a name that does not exist, or a choice that leaves
    nothing (EMDR in a group).
    """
    if count < 0:
        raise InputError("a count of sessions cannot be negative", field="count")
    choices = Choices.of(recipe)
    return islice(_sessions(choices, seed, recipe), count)


def _sessions(choices: Choices, seed: int, recipe: Recipe) -> Iterator[Session]:
    for number in numbers():
        made = _episode if recipe.visits > 1 else _single
        for place, session in enumerate(made(choices, seed, number, recipe)):
            index = number * recipe.visits + place
            yield _numbered(session, f"gen-{seed}-{index:04d}", f"gen-{seed}-c{number:04d}")


def _single(choices: Choices, seed: int, number: int, recipe: Recipe) -> Iterator[Session]:
    """One session somewhere in a treatment; the visit before is played, but not shown."""
    asked, traps = choices.client(seed, number)
    rng = Rng(seed, number, "visit")
    visit = 1 if asked.setting == "intake" else rng.between(3, 12)
    who = person(asked, visit)
    past = None
    if visit > 1:
        before = Brief(who, visit - 1, asked.setting, minutes=5, traps=(0, 0))
        past = _played(cast(before), [], shown=False)[1]
    brief = Brief(
        who,
        visit,
        asked.setting,
        needs=asked.needs,
        minutes=_minutes(recipe, rng),
        traps=recipe.traps_each,
        past=past,
    )
    yield _spoken(_played(cast(brief), traps)[0], recipe, brief)


def _episode(choices: Choices, seed: int, number: int, recipe: Recipe) -> Iterator[Session]:
    """A client's visits in a row; the first one is the intake, if there are intakes."""
    asked, _ = choices.client(seed, number)
    if asked.setting == "intake":
        asked = replace(asked, setting="individual")
    who = person(asked, recipe.visits)
    rng = Rng(seed, number, "visits")
    past: Past | None = None
    for visit in range(1, recipe.visits + 1):
        first = visit == 1 and asked.setting == "individual" and "intake" in choices.settings
        brief = Brief(
            who,
            visit,
            "intake" if first else asked.setting,
            minutes=_minutes(recipe, rng),
            traps=recipe.traps_each,
            past=past,
        )
        session, past = _played(cast(brief), choices.traps_of(asked, visit))
        yield _spoken(session, recipe, brief)


def _minutes(recipe: Recipe, rng: Rng) -> float:
    low, high = recipe.minutes
    return low + (high - low) * rng.between(0, 1000) / 1000


def _played(who: Cast, traps: list[ScriptedTrap], shown: bool = True) -> tuple[Session, Past]:
    """A visit, and what it leaves behind for the next one."""
    plan = programme(who, traps)
    brief = who.brief
    stage = Stage(who, brief.rng("stage"))
    for scene in plan.before:
        stage.play(scene)
    enough = PER_MINUTE * brief.minutes - AFTERWARDS[who.setting]
    supply = plan.more()
    while stage.words < enough:
        another = next(supply, None)
        if another is None:
            break
        stage.play(another)
    for scene in plan.after:
        stage.play(scene)
    session = Session(
        spec=_spec(who, stage),
        turns=tuple(timed(stage.turns, brief.rng("clock"))),
        client=brief.person.client,
        members=who.members,
        chart=chart(who, plan),
        jottings="\n".join(stage.jottings),
        form=_form(who, stage),
        facts=tuple(stage.facts),
        traps=tuple(stage.traps),
    )
    past = Past(
        shown=shown,
        thread=who.said(0),
        topics=tuple(who.threads[0].get("topics", ())),
        homework=stage.homework,
        facts=tuple(zip(stage.facts, stage.topics, strict=True)),
        played=plan.played,
    )
    return session, past


AFTERWARDS = {"individual": 330, "intake": 330, "couple": 280, "group": 300}
"""Words that what comes after the middle takes, about (mean of 400 sessions)."""


def _spec(who: Cast, stage: Stage) -> SessionSpec:
    asked = who.person.asked
    return SessionSpec(
        session_id="unnumbered",
        seed=asked.seed,
        visit=who.brief.visit,
        setting=who.setting,
        modality=asked.modality,
        problem=asked.problem,
        minutes=who.minutes,
        traps=tuple(sorted({trap.kind for trap in stage.traps})),
    )


def _numbered(session: Session, session_id: str, client_id: str) -> Session:
    spec = session.spec.model_copy(update={"session_id": session_id, "client_id": client_id})
    return session.model_copy(update={"spec": spec})


def _spoken(session: Session, recipe: Recipe, brief: Brief) -> Session:
    if not recipe.word_error_rate and not recipe.speaker_swap_rate:
        return session
    rates = (recipe.word_error_rate, recipe.speaker_swap_rate)
    return through_channel(session, *rates, brief.rng("channel"))


def _form(who: Cast, stage: Stage) -> dict[str, str]:
    """The fields of the record, as the clinician ticked and typed them; empty ones are absent."""
    slots = who.slots
    known = {
        "date": slots["date"]["say"],
        "start_time": slots["start"]["say"],
        "end_time": slots["end"]["say"],
        "cpt": slots["cpt"]["say"],
        "modality_of_delivery": slots["delivery"]["form"],
        "diagnosis": f"{slots['diagnosis']['say']} ({slots['code']['say']})",
    }
    return known | {name: "; ".join(entries) for name, entries in stage.form.items()}
