"""A telephone session: nothing can be seen, yet the note describes looks."""

from __future__ import annotations

from typing import ClassVar

from evalkit.records import Setting
from evalkit.sessions.traps._base import ScriptedTrap


class MentalStatusUnobservable(ScriptedTrap):
    """A telephone session: nothing can be seen, yet the note describes looks."""

    name: ClassVar[str] = "mental_status_unobservable"
    settings: ClassVar[tuple[Setting, ...]] = ("individual",)
    needs: ClassVar[tuple[str, ...]] = ("telephone",)
