"""What a corpus is drawn from: the choices behind a call of `generate`."""

from __future__ import annotations

from pydantic import Field, field_validator

from evalkit.records import Record

LONGEST = 50.0
SHORTEST = 5.0


class Recipe(Record):
    """Choices; None means all there are.

    `minutes` is the range of speech in a session at about 169 words a minute, `traps_each` the
    range of traps planted (fewer where fewer fit). `telephone` is the share of sessions with one
    client that are held by phone (else only the trap that needs one is). With `visits` above 1
    each client comes that many times in a row, from the first session on; otherwise each session
    has a client of its own, somewhere in a course of treatment. The rates are those of speech
    recognition.
    """

    settings: tuple[str, ...] | None = None
    modalities: tuple[str, ...] | None = None
    problems: tuple[str, ...] | None = None
    traps: tuple[str, ...] | None = None
    traps_each: tuple[int, int] = (2, 4)
    minutes: tuple[float, float] = (6, 9)
    telephone: float = Field(default=0.0, ge=0, le=1)
    visits: int = Field(default=1, ge=1, le=12)
    word_error_rate: float = Field(default=0.0, ge=0, le=0.6)
    speaker_swap_rate: float = Field(default=0.0, ge=0, le=0.5)

    @field_validator("minutes")
    @classmethod
    def _speech_has_bounds(cls, value: tuple[float, float]) -> tuple[float, float]:
        if not SHORTEST <= value[0] <= value[1] <= LONGEST:
            raise ValueError(f"a range within {SHORTEST:g} to {LONGEST:g}, the lower end first")
        return value

    @field_validator("traps_each")
    @classmethod
    def _traps_are_counted(cls, value: tuple[int, int]) -> tuple[int, int]:
        if not 0 <= value[0] <= value[1]:
            raise ValueError("a range from 0 up, the lower end first")
        return value
