"""The card: how well a judge does where the truth is known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from evalkit.records._base import Record

Part = Literal["planted errors", "traps", "TN-Eval", "PriMock57", "completeness", "own labels"]


class Measured(Record):
    """One figure of the card.

    `what` was measured in `group` over `n` things of `unit`, which stem from `clusters` sessions;
    `low` and `high` are the ends of its 95 % interval. `value` is None where `note` says why.
    `learned` tells how the judge came by what it knows: "shipped" (nothing of these data) or
    "cross-validated" (refitted on the labels of the other conversations), or whose figure it is.
    """

    part: Part
    what: str
    group: str = "all"
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int
    unit: str
    clusters: int = 0
    learned: str = "shipped"
    note: str = ""


class Corpus(Record):
    """What was measured on: its name, the SHA-256 of its file, and how much there is of it."""

    name: str
    sha256: str
    sessions: int
    notes: int


class Validity(Record):
    """One judge against known truth.

    `weights` is the hash of what it knows (weights and word lists, or prompt and model) and
    `answers` a hash of its verdicts on a few notes, so that a card can be told from a stale one.
    `missing` says which rows are not there, and why.
    """

    judge: str
    settings: dict[str, Any] = Field(default_factory=dict)
    ledger: bool = True
    weights: str
    answers: str = ""
    evalkit: str
    corpora: tuple[Corpus, ...] = ()
    rows: tuple[Measured, ...] = ()
    missing: tuple[str, ...] = ()

    def row(self, part: Part, what: str, group: str = "all") -> Measured | None:
        """The figure of that name, None where it was not measured."""
        return next(self.named(part, what, group), None)

    def named(self, part: Part, what: str, group: str | None = None) -> Iterator[Measured]:
        for row in self.rows:
            if (row.part, row.what) == (part, what) and group in (None, row.group):
                yield row


class Card(Record):
    """The judges that were measured, each with its figures."""

    judges: tuple[Validity, ...] = ()

    def of(self, judge: str, *, ledger: bool) -> Validity | None:
        """The figures of a judge on sessions with a ledger, or without; None if there are none."""
        for one in self.judges:
            if (one.judge, one.ledger) == (judge, ledger):
                return one
        return None
