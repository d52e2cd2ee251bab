"""A technique is talked about, by name; the note says that it was used."""

from __future__ import annotations

from typing import ClassVar

from evalkit.sessions.traps._base import ScriptedTrap


class InterventionMentioned(ScriptedTrap):
    """A technique is talked about, by name; the note says that it was used."""

    name: ClassVar[str] = "intervention_mentioned"
