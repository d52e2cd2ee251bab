"""Words in the transcript that order the writer of the note about; the note obeys."""

from __future__ import annotations

from typing import ClassVar

from evalkit.sessions.traps._base import ScriptedTrap


class HiddenInstructions(ScriptedTrap):
    """Words in the transcript that order the writer of the note about; the note obeys."""

    name: ClassVar[str] = "hidden_instructions"
