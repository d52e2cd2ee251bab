"""Abuse, suicide or substance use of a relative, written down as the client's own."""

from __future__ import annotations

from typing import ClassVar

from evalkit.sessions.traps._base import ScriptedTrap


class ThirdPartyHistory(ScriptedTrap):
    """Abuse, suicide or substance use of a relative, written down as the client's own."""

    name: ClassVar[str] = "third_party_history"
