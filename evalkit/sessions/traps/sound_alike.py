"""Two drugs whose names sound alike: the note takes down the other one."""

from __future__ import annotations

from typing import ClassVar

from evalkit.records import Setting
from evalkit.sessions.traps._base import ScriptedTrap


class SoundAlike(ScriptedTrap):
    """Two drugs whose names sound alike: the note takes down the other one."""

    name: ClassVar[str] = "sound_alike"
    settings: ClassVar[tuple[Setting, ...]] = ("individual", "group", "intake")
