"""Control: the ledger written out. A scorer that faults it is wrong."""

from __future__ import annotations

from typing import ClassVar

from evalkit.drafters._base import Request, Unavailable, Written
from evalkit.records import Record


class Faithful(Record):
    """Every fact of the ledger, each in its section, and nothing else."""

    name: ClassVar[str] = "faithful"

    async def write(self, request: Request) -> Written:
        if not request.session.has_ledger:
            raise Unavailable("no ledger of facts to write out")
        return Written(sections=request.format.write_out(request.session.facts), planted=())
