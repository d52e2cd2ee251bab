"""Nothing was found in n notes: what that shows, and how many notes it takes."""

from __future__ import annotations

import math

from evalkit.records import Record
from evalkit.stats import Z95, wilson

MISSED = 0.05
"""Chance to see none although the share is as high as that."""


class Seen(Record):
    """Notes in which to find none before a share of at most `share` is shown.

    `hit` notes hold at least one fault with a chance of 95 % where the share is `share`:
    1 - (1 - share)^n. `three` is the rule of three, 3 / share; `wilson` takes the upper end of
    Wilson's 95 % interval, which is stricter (two-sided). All three are of independent notes.
    """

    share: float
    hit: int
    three: int
    wilson: int


def none_seen(share: float) -> Seen:
    """How many independent notes, for a share above 0 and below 1.

    >>> [none_seen(share).hit for share in (0.115, 0.05, 0.02)]
    [25, 59, 149]
    >>> none_seen(0.05).three, none_seen(0.05).wilson
    (60, 73)
    """
    hit = math.ceil(math.log(MISSED) / math.log1p(-share) - 1e-9)
    strict = math.ceil(Z95**2 * (1 - share) / share - 1e-9)
    return Seen(share=share, hit=hit, three=math.ceil(3 / share - 1e-9), wilson=strict)


def design_effect(notes: int, icc: float) -> float:
    """How many notes of one session count as one independent note: 1 + (notes - 1) icc."""
    return 1 + (notes - 1) * icc


def sessions_with(independent: int, notes: int, icc: float) -> int:
    """Sessions of `notes` notes each that are worth so many independent notes.

    >>> sessions_with(59, 1, 0.2), sessions_with(59, 3, 0.2)
    (59, 28)
    """
    return math.ceil(independent * design_effect(notes, icc) / notes - 1e-9)


def highest(sessions: int, notes: int, icc: float) -> tuple[float, float]:
    """The highest share that finding none leaves open: at 95 % one-sided, and Wilson's upper end.

    >>> [round(share, 3) for share in highest(24, 1, 0.2)]
    [0.117, 0.138]
    """
    worth = sessions * notes / design_effect(notes, icc)
    return 1 - MISSED ** (1 / worth), wilson(0, worth)[1]
