"""A model's answer as turns: JSON in, lines with the facts and traps they claim out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Literal

from evalkit.llm import well_formed
from evalkit.records import Record

ProblemKind = Literal[
    "malformed",
    "cut off",
    "unknown speaker",
    "silence",
    "length",
    "not voiced",
    "trap missing",
    "unlisted",
    "confirmed",
    "left open",
]


class Problem(Record):
    """What is wrong with an answer. `about` is an id, a concept or a figure, never a text."""

    kind: ProblemKind
    about: str
    turn: int | None = None


class Line(Record):
    """One turn as the model wrote it, with the ids of what it says it voices."""

    speaker: str
    text: str
    facts: tuple[str, ...] = ()
    traps: tuple[str, ...] = ()


class Malformed(Exception):
    """An answer that is not what was asked for; it names the place and repeats no text."""


def read(answer: str, speakers: Iterable[str]) -> tuple[Line, ...]:
    """The turns of an answer: `{"turns": [...]}` or the list alone, bare or amid prose.

    A speaker is known in whatever case it is written; keys that were not asked for are dropped.
    Raises Malformed.

    >>> read('{"turns": [{"speaker": "Client", "text": "Hi.", "facts": ["f01"]}]}', ["client"])
    (Line(speaker='client', text='Hi.', facts=('f01',), traps=()),)
    """
    known = {name.casefold(): name for name in speakers}
    items = _turns(answer)
    if not items:
        raise Malformed("there are no turns")
    return tuple(_line(number, item, known) for number, item in enumerate(items))


def _turns(answer: str) -> list[Any]:
    starts = [place for place in (answer.find("{"), answer.find("[")) if place >= 0]
    if not starts:
        raise Malformed("the answer holds no JSON")
    problem = "the answer is JSON nested too deeply"
    found: Any = None
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(answer, min(starts))
    except json.JSONDecodeError as error:
        problem = f"not valid JSON ({error.msg} at character {error.pos})"
    except RecursionError:
        pass
    else:
        turns = found.get("turns") if isinstance(found, dict) else found
        if isinstance(turns, list):
            return turns
        problem = "the JSON has no list of turns"
    raise Malformed(problem)


def _line(number: int, item: Any, known: dict[str, str]) -> Line:
    if not isinstance(item, dict):
        raise Malformed(f"turn {number} is not an object")
    for key in ("speaker", "text"):
        if not isinstance(item.get(key), str):
            raise Malformed(f"turn {number} has no {key!r}")
    speaker = well_formed(item["speaker"]).strip()
    return Line(
        speaker=known.get(speaker.casefold(), speaker),
        text=well_formed(" ".join(item["text"].split())),
        facts=_ids(number, item, "facts"),
        traps=_ids(number, item, "traps"),
    )


def _ids(number: int, item: dict[str, Any], key: str) -> tuple[str, ...]:
    value = item.get(key) or []
    ids = [value] if isinstance(value, str) else value
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise Malformed(f"turn {number} has {key!r} that are not a list of ids")
    return tuple(dict.fromkeys(one.strip().lower() for one in ids))
