"""A day is named relative to today ("two weeks ago Tuesday"); the note counts wrongly."""

from __future__ import annotations

from typing import ClassVar

from evalkit.sessions.traps._base import ScriptedTrap


class RelativeDate(ScriptedTrap):
    """A day is named relative to today ("two weeks ago Tuesday"); the note counts wrongly."""

    name: ClassVar[str] = "relative_date"
