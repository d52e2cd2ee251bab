"""Synthetic sessions that baselines learn from; never those of an experiment."""

from __future__ import annotations

from functools import cache

from evalkit.records import Session
from evalkit.sessions.generate import generate

TRAINING_SEED = 900_001
TRAINING_COUNT = 80


@cache
def training_sessions() -> tuple[Session, ...]:
    """80 sessions from a seed that is kept for training."""
    return tuple(generate(TRAINING_COUNT, TRAINING_SEED))
