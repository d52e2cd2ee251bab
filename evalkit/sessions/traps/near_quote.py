"""A loose remark that invites a crisp quotation nobody spoke."""

from __future__ import annotations

from typing import ClassVar

from evalkit.sessions.traps._base import ScriptedTrap


class NearQuote(ScriptedTrap):
    """A loose remark that invites a crisp quotation nobody spoke."""

    name: ClassVar[str] = "near_quote"
