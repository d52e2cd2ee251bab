"""Control: the ledger written out. A scorer that faults it is wrong."""

from __future__ import annotations

from typing import ClassVar

from evalkit.drafters._base import Request, Unavailable, Written
from evalkit.records import Record


class Faithful(Record):
    """Every fact of the ledger that was discussed, each in its section, and nothing else.

    With `reworded`, in other words than the ledger's, where they are known: what a scorer then
    flags are its false alarms on honest paraphrase.
    """

    name: ClassVar[str] = "faithful"
    reworded: bool = False

    async def write(self, request: Request) -> Written:
        if not request.session.has_ledger:
            raise Unavailable("no ledger of facts to write out")
        facts = request.session.discussed
        if self.reworded:
            facts = tuple(
                fact.model_copy(update={"statement": fact.reworded or fact.statement})
                for fact in facts
            )
        return Written(sections=request.format.write_out(facts), planted=())
