"""What every drafter is given and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from evalkit.errors import EvalkitError
from evalkit.formats import Format
from evalkit.llm import Client, Completion
from evalkit.records import Approach, Planted, Record, Session, Usage


class Unavailable(EvalkitError):
    """This cell cannot be drafted by this approach (no recorded note, say): it is excluded."""


class DraftFailure(EvalkitError):
    """Drafting was tried and failed; the message says why and never repeats any text.

    `spent` is what it took all the same: an answer that cannot be parsed was still paid for.
    """

    def __init__(self, reason: str, spent: Completion | None = None) -> None:
        super().__init__(reason)
        self.spent = spent


@dataclass(frozen=True)
class Request:
    """One cell to draft. `seed` is the cell's own, derived from the experiment's."""

    session: Session
    format: Format
    approach: Approach
    replicate: int
    seed: int
    llm: Client


class Written(Record):
    """A note as written: text by section name, and what it took."""

    sections: dict[str, str]
    usage: Usage | None = None
    latency_s: float | None = None
    cost_usd: float | None = None
    model_version: str | None = None
    planted: tuple[Planted, ...] | None = None


class Drafter(Protocol):
    """Config is the constructor: an approach's `options` are the fields of the class."""

    async def write(self, request: Request) -> Written:
        """Draft one note; raise Unavailable or DraftFailure when there is none."""
        ...
