"""Synthetic sessions as a source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from evalkit.records import Record, Session
from evalkit.sessions.generate import generate


class GenerateSource(Record):
    """`count` sessions from a `seed`; None means all settings, modalities or traps."""

    name: ClassVar[str] = "generate"
    count: int = Field(default=24, ge=1)
    seed: int = 0
    settings: tuple[str, ...] | None = None
    modalities: tuple[str, ...] | None = None
    traps: tuple[str, ...] | None = None

    def load(self) -> Iterator[Session]:
        """The sessions, made one at a time; InputError names an unknown choice."""
        return generate(
            self.count,
            self.seed,
            settings=self.settings,
            modalities=self.modalities,
            traps=self.traps,
        )
