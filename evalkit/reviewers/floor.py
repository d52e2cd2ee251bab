"""The floor: reading the draft once, and nothing else. Nobody who reads it can take less."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from evalkit.records import Case
from evalkit.reviewers._base import READING_WPM, Parts, Reviewer


class Floor(Reviewer):
    """Words by reading speed. Beside it a reviewer's minutes show what is not mere reading."""

    name: ClassVar[str] = "floor"
    reading_wpm: float = Field(default=READING_WPM, gt=0)
    """Silent reading of non-fiction: Brysbaert 2019 (most people 175 to 300)."""

    def parts(self, case: Case) -> Parts:
        return Parts(
            read=case.draft.words / self.reading_wpm,
            reason="reading alone: nothing is looked up, mended, copied or signed",
        )
