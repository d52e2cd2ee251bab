"""The client says that something is absent; the note says that it is there."""

from __future__ import annotations

from typing import ClassVar

from evalkit.sessions.traps._base import ScriptedTrap


class NegationFlip(ScriptedTrap):
    """The client says that something is absent; the note says that it is there."""

    name: ClassVar[str] = "negation_flip"
