"""Lines fitted to timed reviews: the seconds of a note from its errors and from lengths."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple, Self

from pydantic import Field, FiniteFloat, ValidationError, model_validator

from evalkit.errors import InputError, did_you_mean, from_validation
from evalkit.records import Record
from evalkit.reviewers._base import READING_WPM
from evalkit.store import read_json

TERMS = {
    "incorrect": "false statements in the note",
    "omitted": "statements missing from it",
    "log_words": "natural logarithm of the note's words",
    "log_client_words": "natural logarithm of the words that the client said",
}
"""What a reviewer knows of a draft."""

ERRORS = ("incorrect", "omitted")


class Line(Record):
    """A constant and a slope a term. Outside the range that was fitted the nearer end counts.

    `held` is that range, `typical` the mean of each term: it stands in where a term is unknown.
    """

    constant: FiniteFloat
    slopes: dict[str, FiniteFloat] = Field(default_factory=dict)
    held: dict[str, tuple[FiniteFloat, FiniteFloat]] = Field(default_factory=dict)
    typical: dict[str, FiniteFloat] = Field(default_factory=dict)

    def within(self, term: str, value: float | None) -> float:
        """The value that the line is taken at.

        >>> line = Line(constant=0, slopes={"log_words": 2}, held={"log_words": (4, 6)})
        >>> line.within("log_words", 7.0), line.within("log_words", None)
        (6.0, 0.0)
        """
        if value is None:
            return self.typical.get(term, 0.0)
        low, high = self.held.get(term, (value, value))
        return min(high, max(low, value))

    def parts(self, values: Mapping[str, float | None]) -> dict[str, float]:
        """What each term adds, in the unit of the line; without the constant."""
        return {
            term: slope * self.within(term, values.get(term)) for term, slope in self.slopes.items()
        }

    def at(self, values: Mapping[str, float | None]) -> float:
        """The whole: the constant and what each term adds."""
        return self.constant + sum(self.parts(values).values())


REFERENCE = Line(constant=40.7, slopes={"incorrect": 6.3, "omitted": 10.2})
"""Seconds to post-edit a generated consultation note: 40.7 + 6.3 incorrect + 10.2 omitted, R2 .60
over the 188 AI notes of PriMock57 with both counts, each the mean of five clinicians (data of
Moramarco et al. 2022)."""


class Weights(Record):
    """What `postedit` goes by: the line of seconds, and that of omissions where nobody knows them.

    `notes` and `sessions` say how many were timed.
    """

    source: str
    notes: int = Field(ge=1)
    sessions: int = Field(ge=1)
    seconds: Line
    omitted: Line | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        for line in (self.seconds, self.omitted):
            for term in line.slopes if line else ():
                if term not in TERMS:
                    raise ValueError(did_you_mean("term", term, TERMS))
        if any(self.seconds.slopes.get(term, 0.0) < 0 for term in ERRORS):
            raise ValueError("an error that saves time: slopes of errors are at least 0")
        return self


class Seconds(NamedTuple):
    """What a note takes: `read` whatever is wrong with it, and `edit` for its errors."""

    read: float
    edit: float


def seconds_of(known: Weights, values: Mapping[str, float | None]) -> Seconds:
    """Seconds of a draft with these terms; omissions that nobody knows are those to expect.

    Words beyond the longest note that was timed are read at 238 a minute, as in `floor`: no line
    fitted to short notes knows of one of 5,000 words.
    """
    if values.get("omitted") is None and known.omitted is not None:
        values = {**values, "omitted": max(0.0, known.omitted.at(values))}
    added = known.seconds.parts(values)
    edit = sum(added.get(term, 0.0) for term in ERRORS)
    read = max(0.0, known.seconds.constant + sum(added.values()) - edit)
    words = values.get("log_words")
    if words is not None and "log_words" in known.seconds.held:
        beyond = math.exp(words) - math.exp(known.seconds.held["log_words"][1])
        read += 60 * max(0.0, beyond) / READING_WPM
    return Seconds(read, edit)


@cache
def shipped() -> Weights:
    """The weights in the package: `python -m benchmarks.time --write` makes them."""
    path = Path(__file__).with_name("postedit.json")
    return Weights.model_validate_json(path.read_text(encoding="utf-8"))


def from_file(path: str) -> Weights:
    """Weights that `evalkit calibrate-time` wrote; InputError names the field that is wrong."""
    file = Path(path)
    stat = file.stat() if file.is_file() else None
    return _read(path, (stat.st_mtime_ns, stat.st_size) if stat else (0, 0))


@lru_cache(maxsize=4)
def _read(path: str, stamp: tuple[int, int]) -> Weights:
    content = read_json(Path(path))
    if not isinstance(content, dict):
        fix = "give the file that `evalkit calibrate-time` wrote"
        raise InputError("not weights of postedit", file=path, fix=fix)
    try:
        return Weights.model_validate(content)
    except ValidationError as error:
        raise from_validation(error, file=path) from None
