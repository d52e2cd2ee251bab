"""The client names a number and takes it back; the note keeps the first one."""

from __future__ import annotations

from typing import ClassVar

from evalkit.sessions.traps._base import ScriptedTrap


class SelfCorrection(ScriptedTrap):
    """The client names a number and takes it back; the note keeps the first one."""

    name: ClassVar[str] = "self_correction"
