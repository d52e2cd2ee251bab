"""Note formats are data: one TOML file each. A custom one is a TOML file of your own.

A format says which sections a note has, in order, and which kinds of fact belong in each.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from evalkit.errors import InputError, did_you_mean, from_validation
from evalkit.records import Fact, FactKind, Record

HERE = Path(__file__).parent


class Section(Record):
    """One field of a note. `holds` lists the kinds of fact that belong in it."""

    name: str
    title: str
    holds: tuple[FactKind, ...]
    guide: str = ""


class Format(Record):
    """A note format, with its sections in order."""

    name: str
    title: str
    sections: tuple[Section, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(section.name for section in self.sections)

    def section_for(self, kind: str) -> str:
        """Name of the section a kind of fact belongs in; the first one if none claims it."""
        for section in self.sections:
            if kind in section.holds:
                return section.name
        return self.sections[0].name

    def right_sections(self, fact: Fact) -> tuple[str, ...]:
        """Where a fact may stand: as its ledger says, else in what holds its kind."""
        known = tuple(name for name in fact.sections.get(self.name, ()) if name in self.names)
        return known or tuple(one.name for one in self.sections if fact.kind in one.holds)

    def write_out(self, facts: Iterable[Fact]) -> dict[str, str]:
        """A note that states the facts, each in its first right section, in the order given."""
        parts: dict[str, list[str]] = {name: [] for name in self.names}
        for fact in facts:
            parts[self.right_sections(fact)[0]].append(fact.statement)
        return {name: " ".join(statements) for name, statements in parts.items()}


def names() -> list[str]:
    """Formats that come with evalkit."""
    return sorted(path.stem for path in HERE.glob("*.toml"))


@cache
def load(name: str) -> Format:
    """A format by its name, or by the path of a TOML file.

    >>> load("soap").names
    ('subjective', 'objective', 'assessment', 'plan')
    """
    path = Path(name) if name.endswith(".toml") else HERE / f"{name}.toml"
    if name not in names() and not (name.endswith(".toml") and path.is_file()):
        raise InputError(
            did_you_mean("format", name, names()), fix="or give the path of a TOML file"
        )
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        loaded = Format(**{"name": path.stem, **content})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"not a TOML file: {error}", file=path) from None
    except ValidationError as error:
        raise from_validation(error, file=path) from None
    unplaced = set(get_args(FactKind)) - {kind for s in loaded.sections for kind in s.holds}
    if unplaced:
        raise InputError(
            f"no section holds {', '.join(sorted(unplaced))}",
            file=path,
            field="sections.holds",
            fix="add each to the section where it belongs",
        )
    return loaded
