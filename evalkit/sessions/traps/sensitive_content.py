"""True, and not for a progress note: it belongs in psychotherapy notes (45 CFR 164.501)."""

from __future__ import annotations

from typing import ClassVar

from evalkit.records import Setting
from evalkit.sessions.traps._base import ScriptedTrap


class SensitiveContent(ScriptedTrap):
    """True, and not for a progress note: it belongs in psychotherapy notes (45 CFR 164.501)."""

    name: ClassVar[str] = "sensitive_content"
    settings: ClassVar[tuple[Setting, ...]] = ("individual", "couple", "intake")
