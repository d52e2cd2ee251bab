"""A task is talked about and dropped; the note says that it was assigned."""

from __future__ import annotations

from typing import ClassVar

from evalkit.records import Setting
from evalkit.sessions.traps._base import ScriptedTrap


class HomeworkConsidered(ScriptedTrap):
    """A task is talked about and dropped; the note says that it was assigned."""

    name: ClassVar[str] = "homework_considered"
    settings: ClassVar[tuple[Setting, ...]] = ("individual", "group", "couple")
