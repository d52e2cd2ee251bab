"""Exchanges: the pieces a session is made of, read from the TOML files of `lexicon/`.

An exchange is a short stretch of dialogue with what a true note would say of it. A script has one
line a turn: `T:` the therapist, `C:` the client, `P1:` and `P2:` other members of a group. A mark
(`C@a:`) names the line as evidence for the facts that say `at = "a"`. `C!:` is spoken exactly as
written; what stands between tildes in it is the slot {quote} of its facts.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator

from evalkit.errors import InputError, from_validation
from evalkit.records import (
    Category,
    Certainty,
    Criticality,
    FactKind,
    Polarity,
    Reason,
    Record,
    Setting,
    Temporality,
)
from evalkit.sessions.wording import Slot

HERE = Path(__file__).parent / "lexicon"
_LINE = re.compile(r"(?P<who>T|C|P[12])(?P<exact>!?)(?:@(?P<marks>\w+(?:,\w+)*))?: (?P<text>.+)")


class FactForm(Record):
    """How a note, a jotting and the form put one fact. Templates, several wordings each."""

    kind: FactKind
    note: tuple[str, ...] = Field(min_length=1)
    at: str = ""
    jot: tuple[str, ...] = ()
    form: str = ""
    subject: str = "client"
    polarity: Polarity = "affirmed"
    temporality: Temporality = "current"
    certainty: Certainty = "stated"
    criticality: Criticality | None = None
    discussed: bool = True


class BaitForm(Record):
    """The sentence that an exchange invites and that must not stand in the note.

    `truth` is what a careful note says of the matter, empty if it says nothing of it.
    """

    note: tuple[str, ...] = Field(min_length=1)
    truth: tuple[str, ...] = ()
    because: Reason = "untrue"
    category: Category
    kind: FactKind
    at: str = ""


class Line(Record):
    who: str
    exact: bool
    marks: tuple[str, ...]
    text: str


class Exchange(Record):
    """A stretch of dialogue. An empty filter (settings, problems, modalities) lets all through.

    `topics` are what it talks about: no two exchanges of a session share one, so that no fact
    contradicts another and no bait comes true. `needs` are traits of the client or session.
    `last_note` and `chart_medication` are what the chart says when this exchange is played.
    """

    id: str
    phase: str
    settings: tuple[Setting, ...] = ()
    problems: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    slots: dict[str, tuple[Slot, ...]] = Field(default_factory=dict)
    scripts: tuple[str, ...] = ()
    facts: tuple[FactForm, ...] = ()
    baits: tuple[BaitForm, ...] = ()
    last_note: str = ""
    chart_medication: str = ""

    @field_validator("slots", mode="before")
    @classmethod
    def _plain_words_are_slots(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            name: [{"say": each} if isinstance(each, str) else each for each in options]
            for name, options in value.items()
        }

    @field_validator("scripts")
    @classmethod
    def _lines_can_be_read(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for script in value:
            for number, line in enumerate(script.strip().split("\n"), start=1):
                if _LINE.fullmatch(line.strip()) is None:
                    raise ValueError(f"line {number} of a script does not start with T:, C: or P1:")
        return value


@cache
def lines(script: str) -> tuple[Line, ...]:
    """The lines of a script, in order."""
    found = []
    for text in script.strip().split("\n"):
        match = _LINE.fullmatch(text.strip())
        if match is None:
            raise InputError("a line of a script does not start with T:, C: or P1:")
        marks = tuple((match["marks"] or "").split(",")) if match["marks"] else ()
        found.append(
            Line(who=match["who"], exact=bool(match["exact"]), marks=marks, text=match["text"])
        )
    return tuple(found)


@cache
def table(name: str) -> dict[str, Any]:
    """A TOML file of the lexicon, by its path below `lexicon/` without the suffix."""
    path = HERE / f"{name}.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError("there is no such file", file=path) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not TOML ({error})", file=path) from None


@cache
def exchanges(name: str) -> tuple[Exchange, ...]:
    """The exchanges of a file of the lexicon; InputError names the file and the field."""
    try:
        return tuple(Exchange(**each) for each in table(name).get("exchange", ()))
    except ValidationError as error:
        raise from_validation(error, file=HERE / f"{name}.toml") from None


def names(folder: str) -> list[str]:
    """The files of a folder of the lexicon, sorted, without their suffix."""
    return sorted(path.stem for path in (HERE / folder).glob("*.toml"))


@cache
def files() -> tuple[str, ...]:
    """The files at the top of the lexicon that hold exchanges, sorted."""
    found = sorted(path.stem for path in HERE.glob("*.toml"))
    return tuple(name for name in found if "exchange" in table(name))


OF_A_THREAD = re.compile(
    r"\{(?:week|situation|thought|against|balanced|avoid|step|value|exception|body|feeling|image)\}"
)


@cache
def _about_a_thread(id_: str, scripts: tuple[str, ...]) -> bool:
    return any(OF_A_THREAD.search(script) for script in scripts)


def turns_about(exchange: Exchange) -> bool:
    """Whether an exchange speaks of the thread, so that it can be played of another again."""
    return not exchange.topics and _about_a_thread(exchange.id, exchange.scripts)
