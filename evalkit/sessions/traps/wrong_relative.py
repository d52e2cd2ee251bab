"""An aunt becomes the mother, an ex-husband the husband, or a "he" a "she"."""

from __future__ import annotations

from typing import ClassVar

from evalkit.sessions.traps._base import ScriptedTrap


class WrongRelative(ScriptedTrap):
    """An aunt becomes the mother, an ex-husband the husband, or a "he" a "she"."""

    name: ClassVar[str] = "wrong_relative"
