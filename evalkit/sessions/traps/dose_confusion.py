"""Another dose of the client's drug is mentioned; the note takes it for the current one."""

from __future__ import annotations

from typing import ClassVar

from evalkit.sessions.traps._base import ScriptedTrap


class DoseConfusion(ScriptedTrap):
    """Another dose of the client's drug is mentioned; the note takes it for the current one."""

    name: ClassVar[str] = "dose_confusion"
    needs: ClassVar[tuple[str, ...]] = ("medicated",)
