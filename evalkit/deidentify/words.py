"""The lists of names and places, read once."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def words(file: str, name: str) -> frozenset[str]:
    """A list of single words, in lower case."""
    return frozenset(_table(file)[name].lower().split())


@cache
def phrases(file: str, name: str) -> tuple[str, ...]:
    """A list of phrases with commas between, longest first, as they are written."""
    found = (" ".join(each.split()) for each in _table(file)[name].split(","))
    return tuple(sorted({each for each in found if each}, key=lambda each: (-len(each), each)))


@cache
def ordered(name: str) -> tuple[str, ...]:
    """A list of names as they are written, in the file's order."""
    return tuple(_table("names")[name].split())


@cache
def _table(file: str) -> dict[str, str]:
    return tomllib.loads(files(__package__).joinpath(f"{file}.toml").read_text("utf-8"))
