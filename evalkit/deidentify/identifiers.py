"""The 18 classes of the Safe Harbor list, and where one was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import Field

from evalkit.records import Record

Kind = Literal[
    "name",
    "place",
    "date",
    "phone",
    "fax",
    "email",
    "ssn",
    "record",
    "plan",
    "account",
    "license",
    "vehicle",
    "device",
    "url",
    "ip",
    "biometric",
    "photo",
    "code",
]
"""45 CFR 164.514(b)(2)(i) (A) to (R), in its order.

`place` is any geography smaller than a state (and a ZIP code), `date` any element of a date but
the year, and an age above 89; `record` is a medical record number, `plan` a health plan number,
`license` a certificate or license number, `code` any other unique number or name.
"""

KINDS: tuple[Kind, ...] = get_args(Kind)


class Identifier(Record):
    """An identifier found in a session: `start` and `end` are offsets in the text at `place`.

    `place` reads like "turns.12.text" or "chart.last_note". The words themselves are not kept,
    so that findings can be logged and counted.
    """

    kind: Kind
    place: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


@dataclass(frozen=True)
class Span:
    """A stretch of a text; `part` is "first" or "last" of a name, "calendar" of a written date."""

    kind: Kind
    start: int
    end: int
    part: str = ""


def apart(spans: list[Span]) -> list[Span]:
    """The spans that are left when the longer of two that overlap wins, in the text's order.

    Of equally long ones the first wins.
    """
    kept: list[Span] = []
    for span in sorted(spans, key=lambda each: each.start - each.end):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda each: each.start)
