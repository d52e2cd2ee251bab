"""Corpora as data: a TOML file that names a source and its options.

source = "generate"
count = 240
seed = 20260101
minutes = [5, 20]
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from evalkit import registry
from evalkit.errors import InputError
from evalkit.sessions.sources._base import Source
from evalkit.store import read_text

SOURCES = "evalkit.sessions.sources"


def source(
    spec: Path | None = None,
    count: int | None = None,
    seed: int | None = None,
    choices: Iterable[str] = (),
) -> Source:
    """The source that a spec describes; count, seed and choices ("minutes=[40,50]") come on top.

    A `path` in a spec is taken from the spec's folder. Raises InputError for what cannot be read
    and for an option the source does not have.
    """
    options = _read(spec) if spec is not None else {}
    name = str(options.pop("source", "generate"))
    for key, value in (("count", count), ("seed", seed)):
        if value is not None:
            options[key] = value
    for choice in choices:
        options |= _parsed(choice)
    if spec is not None and "path" in options:
        options["path"] = str(spec.parent / str(options["path"]))
    built: Source = registry.build(SOURCES, {**options, "name": name})
    return built


def _read(spec: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(spec))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not TOML ({error})", file=spec) from None


def _parsed(choice: str) -> dict[str, Any]:
    try:
        return tomllib.loads(choice)
    except tomllib.TOMLDecodeError:
        raise InputError(
            "a choice is a name, '=' and a TOML value",
            field="set",
            fix="""write --set 'minutes=[40,50]' or --set 'settings=["group"]'""",
        ) from None
