"""The last note in the chart says something that is not true today; the note copies it."""

from __future__ import annotations

from typing import ClassVar

from evalkit.sessions.traps._base import ScriptedTrap


class CarryOver(ScriptedTrap):
    """The last note in the chart says something that is not true today; the note copies it."""

    name: ClassVar[str] = "carry_over"
