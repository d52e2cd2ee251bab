"""Synthetic sessions as a source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from evalkit.records import Session
from evalkit.sessions.generate import generate
from evalkit.sessions.recipe import Recipe


class GenerateSource(Recipe):
    """`count` sessions from a `seed`, drawn from a recipe; see `Recipe` for the other fields."""

    name: ClassVar[str] = "generate"
    count: int = Field(default=24, ge=1)
    seed: int = 0

    def load(self) -> Iterator[Session]:
        """The sessions, made one at a time; InputError names an unknown choice."""
        recipe = Recipe(**self.model_dump(exclude={"count", "seed"}))
        return generate(self.count, self.seed, recipe)
