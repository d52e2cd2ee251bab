"""Rubrics of complete notes: data files that say what a section should tell, and what shows it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from evalkit import formats
from evalkit.claims.reading import Sentence, read_fact
from evalkit.errors import InputError, did_you_mean, from_validation
from evalkit.records import Category, Fact, FactKind, Record, Session

HERE = Path(__file__).parent / "rubrics"
ITEMS = "items"


class Item(Record):
    """One thing that a note should tell: the question, and what shows that it is answered.

    A sentence answers it where it matches one of the `cues` (case ignored) or `capitals`, or names
    one of the `concepts` or a concept of the `categories`. `kinds` (narrowed by `when`) are the
    facts of a ledger that answer it.
    """

    name: str
    question: str = Field(min_length=1)
    cues: tuple[str, ...] = ()
    capitals: tuple[str, ...] = ()
    concepts: frozenset[str] = frozenset()
    categories: frozenset[Category] = frozenset()
    kinds: frozenset[FactKind] = frozenset()
    when: Literal["", "past", "ahead"] = ""

    @field_validator("cues", "capitals")
    @classmethod
    def _patterns(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            try:
                re.compile(one)
            except re.error as error:
                raise ValueError(f"not a pattern: {error}") from None
        return given

    def answered_by(self, sentence: Sentence) -> bool:
        """Whether one sentence answers the question."""
        any_case, exact = _compiled(self.cues, self.capitals)
        if any(one is not None and one.search(sentence.text) for one in (any_case, exact)):
            return True
        return bool(
            (self.concepts and self.concepts & sentence.concepts)
            or (self.categories and self.categories & sentence.categories)
        )

    def is_told_by(self, fact: Fact) -> bool:
        """Whether a fact of the ledger answers the question."""
        past = fact.temporality == "past"
        return (
            fact.discussed
            and fact.kind in self.kinds
            and (not self.when or past == (self.when == "past"))
        )

    def applies(self, session: Session, section: str, form: formats.Format) -> bool:
        """Whether the session has anything to say on it in this section, as its ledger tells.

        Where the item names kinds of fact, one of them was discussed; where it does not, a fact
        that belongs in the section answers it in words. Without a ledger every item applies.
        """
        if not session.has_ledger:
            return True
        if self.kinds:
            return any(map(self.is_told_by, session.facts))
        return any(
            self.answered_by(read_fact(fact.statement))
            for fact in session.discussed
            if section in form.right_sections(fact)
        )


class Rubric(Record):
    """The items that each section of a format should tell, in order."""

    format: str
    sections: dict[str, tuple[Item, ...]]

    def items(self) -> Iterable[tuple[str, Item]]:
        """(section, item), in the format's order."""
        return ((section, item) for section, each in self.sections.items() for item in each)


@cache
def _compiled(
    cues: tuple[str, ...], capitals: tuple[str, ...]
) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """All patterns of an item as one, with case ignored and with it."""
    return (
        re.compile("|".join(f"(?:{one})" for one in cues), re.IGNORECASE) if cues else None,
        re.compile("|".join(f"(?:{one})" for one in capitals)) if capitals else None,
    )


def names() -> list[str]:
    """Formats with a rubric in the package."""
    return sorted(path.stem for path in HERE.glob("*.toml") if path.stem != ITEMS)


@cache
def load(format: str, path: str = "") -> Rubric:
    """The rubric of a format, from the package or from a TOML file at `path`.

    A file of one's own lists `[sections]`, and may define or replace items in `[items.NAME]`.
    Raises InputError naming file, field and fix.
    """
    file = Path(path) if path else HERE / f"{format}.toml"
    if not path and format not in names():
        raise InputError(did_you_mean("rubric", format, names()), fix="or give a file of your own")
    content, shared = content_of(file), content_of(HERE / f"{ITEMS}.toml")
    tables = {**shared, **content.get("items", {})}
    listed = content.get("sections")
    if not isinstance(listed, dict) or not listed:
        raise InputError(
            "no sections", file=file, field="sections", fix='write [sections], NAME = ["item"]'
        )
    known = formats.load(format).names
    sections = {}
    for section, chosen in listed.items():
        if section not in known:
            what = did_you_mean(f"section of {format!r}", section, known)
            raise InputError(what, file=file, field="sections")
        if not isinstance(chosen, list):
            raise InputError("not a list of items", file=file, field=f"sections.{section}")
        for name in chosen:
            if name not in tables:
                what = did_you_mean("item", str(name), tables)
                raise InputError(what, file=file, field=f"sections.{section}")
        sections[section] = tuple(item(file, name, tables[name]) for name in chosen)
    return Rubric(format=format, sections=sections)


def content_of(file: Path) -> dict[str, Any]:
    """What a TOML file says; InputError where it cannot be read."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read it: {error.strerror}", file=file) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"not a TOML file: {error}", file=file) from None


def item(file: Path, name: str, table: Any) -> Item:
    """An item from its table in a TOML file; InputError names file and field."""
    try:
        return Item(**{**table, "name": name})
    except ValidationError as error:
        found = from_validation(error)
        raise InputError(found.what, file=file, field=f"items.{name}") from None
    except TypeError:
        raise InputError("not a table", file=file, field=f"items.{name}") from None
