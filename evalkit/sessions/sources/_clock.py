"""Times of a transcript, as seconds from its start."""

from __future__ import annotations

import math
import re

CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)")


def seconds(text: str) -> float | None:
    """Seconds from `12.5`, `01:02.5` or `00:01:02.5`; None where nothing is given.

    Raises ValueError if it is none of these.

    >>> seconds("00:01:02.5"), seconds("")
    (62.5, None)
    """
    text = text.strip()
    if not text:
        return None
    clock = CLOCK.fullmatch(text)
    if clock is None:
        value = float(text)
        if not math.isfinite(value) or value < 0:
            raise ValueError("not a time")
        return value
    hours, minutes, rest = int(clock[1] or 0), int(clock[2]), float(clock[3])
    if rest >= 60 or (clock[1] and minutes >= 60):
        raise ValueError("not a time")
    return hours * 3600 + minutes * 60 + rest
