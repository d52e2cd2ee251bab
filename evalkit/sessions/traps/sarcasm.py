"""The client says the opposite of what is meant; the note takes it at its word."""

from __future__ import annotations

from typing import ClassVar

from evalkit.sessions.traps._base import ScriptedTrap


class Sarcasm(ScriptedTrap):
    """The client says the opposite of what is meant; the note takes it at its word."""

    name: ClassVar[str] = "sarcasm"
