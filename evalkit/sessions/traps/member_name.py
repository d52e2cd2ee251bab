"""True, and names another member of the group, whom a note must not name."""

from __future__ import annotations

from typing import ClassVar

from evalkit.records import Setting
from evalkit.sessions.traps._base import ScriptedTrap


class MemberName(ScriptedTrap):
    """True, and names another member of the group, whom a note must not name."""

    name: ClassVar[str] = "member_name"
    settings: ClassVar[tuple[Setting, ...]] = ("group",)
