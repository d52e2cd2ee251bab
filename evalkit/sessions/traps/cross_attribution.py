"""Another member of the group, or the partner, says it; the note says that the client did."""

from __future__ import annotations

from typing import ClassVar

from evalkit.records import Setting
from evalkit.sessions.traps._base import ScriptedTrap


class CrossAttribution(ScriptedTrap):
    """Another member of the group, or the partner, says it; the note says that the client did."""

    name: ClassVar[str] = "cross_attribution"
    settings: ClassVar[tuple[Setting, ...]] = ("group", "couple")
