"""The study file: TOML in, a checked `Study` out."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator

from evalkit.errors import InputError, did_you_mean
from evalkit.records import Record
from evalkit.review.folder import NAME
from evalkit.store import read_text


class Study(Record):
    """Who reviews which drafts: one study file.

    `run` is the folder of a finished run, relative to the file. `replicate` says which draft of a
    cell is read: the "first" that was drafted, one drawn by the seed ("draw"), or the one of that
    number. `tlx` asks for the NASA-TLX ratings after each note, or after each block of as many
    notes as there are approaches; a rating "per block" is of the block and tells approaches apart
    only through their order. `calibration` of the notes are the same for every reviewer, so that
    agreement can be measured. With `repeat_sessions`, a reviewer may see a session under more
    than one approach where there are fewer sessions than notes.
    """

    name: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    seed: int = Field(default=0, ge=0)
    run: str = Field(min_length=1)
    approaches: tuple[str, ...] = Field(min_length=2, max_length=10)
    reviewers: tuple[str, ...] = Field(min_length=1, max_length=200)
    notes_per_reviewer: int = Field(ge=1, le=500)
    format: str = Field(min_length=1)
    replicate: Literal["first", "draw"] | int = "first"
    tlx: Literal["per note", "per block"] | bool = False
    calibration: int = Field(default=0, ge=0)
    repeat_sessions: bool = False

    @field_validator("reviewers")
    @classmethod
    def _reviewers_name_files(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            check_reviewer(name)
        return names

    @field_validator("approaches", "reviewers")
    @classmethod
    def _none_stands_there_twice(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        folded = [name.casefold() for name in names]
        twice = sorted({name for name in folded if folded.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands there twice")
        return names

    @property
    def tlx_every(self) -> int:
        """After how many notes the ratings are asked for; 0 for never."""
        if self.tlx == "per block":
            return len(self.approaches)
        return 1 if self.tlx else 0


def check_reviewer(name: str) -> None:
    """ValueError unless the name is a short id that can be part of a file's name."""
    if not NAME.fullmatch(name):
        raise ValueError(
            "a reviewer's id has 1 to 64 letters, digits, dashes, underscores and dots, "
            "a letter or digit first"
        )


def load_study(path: str | Path) -> Study:
    """The study of a TOML file; InputError names every bad field."""
    file = Path(path)
    try:
        return Study.model_validate(tomllib.loads(read_text(file)))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not TOML: {error}", file=file) from None
    except ValidationError as error:
        raise _every_field(error, file) from None


def _every_field(error: ValidationError, file: Path) -> InputError:
    """All that is wrong, in one line; the value of a field is not repeated."""
    said: dict[str, str] = {}
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        field = str(item["loc"][0]) if item["loc"] else ""
        if item["type"] == "extra_forbidden":
            what = did_you_mean("field", field, Study.model_fields)
        else:
            message = item["msg"].removeprefix("Value error, ")
            what = f"{field}: {message}" if field else message
        said[field] = f"{said[field]} or {message}" if field in said else what
    only = next(iter(said)) if len(said) == 1 else None
    return InputError(" | ".join(said.values()), file=file, field=only or None)
