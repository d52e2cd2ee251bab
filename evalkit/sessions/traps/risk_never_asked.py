"""Nobody asks about risk in the whole session; the note denies it anyway."""

from __future__ import annotations

from typing import ClassVar

from evalkit.sessions.traps._base import ScriptedTrap


class RiskNeverAsked(ScriptedTrap):
    """Nobody asks about risk in the whole session; the note denies it anyway."""

    name: ClassVar[str] = "risk_never_asked"
