"""When each turn was spoken: about 169 words a minute, pauses and overlaps included (AnnoMI)."""

from __future__ import annotations

from collections.abc import Iterable

from evalkit.records import Turn
from evalkit.sessions.rng import Rng

PER_MINUTE = 169
_SPOKEN = 186
"""Words a minute while somebody speaks; the pauses make it 169."""


def timed(turns: Iterable[Turn], rng: Rng) -> list[Turn]:
    """The turns with start and end in seconds, to a tenth. A word of listening overlaps."""
    out: list[Turn] = []
    now = last = 0
    for turn in turns:
        words = len(turn.text.split())
        pace = rng.between(80, 120)
        spoken = max(3, words * 600 * 100 // (_SPOKEN * pace))
        if out and words <= 2 and rng.chance(0.4):
            start = max(now - rng.between(2, 8), last)
        else:
            start = now + rng.between(0, 8) + (rng.between(5, 30) if rng.chance(0.05) else 0)
        now, last = max(now, start + spoken), start
        out.append(turn.model_copy(update={"start_s": start / 10, "end_s": (start + spoken) / 10}))
    return out
