"""The client says what would happen if; the note says that it happened."""

from __future__ import annotations

from typing import ClassVar

from evalkit.sessions.traps._base import ScriptedTrap


class Hypothetical(ScriptedTrap):
    """The client says what would happen if; the note says that it happened."""

    name: ClassVar[str] = "hypothetical"
