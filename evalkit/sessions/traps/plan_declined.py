"""A plan is offered and declined; the note says that it was made."""

from __future__ import annotations

from typing import ClassVar

from evalkit.sessions.traps._base import ScriptedTrap


class PlanDeclined(ScriptedTrap):
    """A plan is offered and declined; the note says that it was made."""

    name: ClassVar[str] = "plan_declined"
