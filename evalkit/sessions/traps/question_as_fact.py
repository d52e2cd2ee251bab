"""The clinician asks, the client does not confirm; the note has it as a fact."""

from __future__ import annotations

from typing import ClassVar

from evalkit.sessions.traps._base import ScriptedTrap


class QuestionAsFact(ScriptedTrap):
    """The clinician asks, the client does not confirm; the note has it as a fact."""

    name: ClassVar[str] = "question_as_fact"
