"""How common words are in progress notes: a table made from synthetic notes, shipped as data.

`benchmarks/wording.py` makes `note_words.json` from notes on generated sessions.
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).with_name("note_words.json")


class NoteWords(NamedTuple):
    """`notes` counted, and the `bits` of each stem: log2 of notes to notes that hold it."""

    notes: int
    bits: dict[str, float]

    def information(self, stem: str) -> float:
        """Bits of a stem: 0 where every note has it; most where no note does.

        >>> NoteWords(8, {"client": 0.0, "sleep": 1.0}).information("choir")
        3.0
        """
        return self.bits.get(stem, math.log2(self.notes))


@cache
def note_words() -> NoteWords:
    """The table in the package."""
    content = json.loads(DATA.read_text(encoding="utf-8"))
    n = content["notes"]
    bits = {stem: math.log2(n / count) for stem, count in content["held_by"].items()}
    return NoteWords(n, bits)
