"""A file of sessions in, a file of the same sessions in a model's words out."""

from __future__ import annotations

from pathlib import Path

from evalkit.errors import EvalkitError
from evalkit.llm import Client
from evalkit.realize.realizer import Progress, Realizer, Tally, check_ledgers
from evalkit.records import Endpoint
from evalkit.sessions.sources.jsonl import Jsonl
from evalkit.store import folder_for, write_records

ENDPOINT = Endpoint(timeout_s=600)
"""A session of 50 minutes is some 25,000 tokens: ten minutes an answer, not two."""


async def realize_file(
    sessions: Path, out: Path, realizer: Realizer, progress: Progress | None = None
) -> Tally:
    """Write the accepted sessions to `out`, and what became of each beside it.

    Beside `corpus.jsonl` stand `corpus.outcomes.jsonl` (one line a session: outcome, repairs,
    problems, cost; no text) and `corpus.responses.sqlite`, from which a repeated run takes every
    answer that it has. Raises InputError for bad input before anything is sent, and EvalkitError
    if no session was accepted; `out` is then left as it was.
    """
    planned = list(Jsonl(path=str(sessions)).load())
    check_ledgers(planned, sessions)
    folder_for(out.parent)
    async with Client(ENDPOINT, out.with_suffix(".responses.sqlite")) as client:
        results = await realizer.realize_all(planned, client, progress)
    tally = Tally.of(results)
    bare = (result.model_copy(update={"session": None}) for result in results)
    write_records(out.with_suffix(".outcomes.jsonl"), bare)
    if not tally.accepted:
        raise EvalkitError(f"no session was accepted: {tally}")
    write_records(out, (r.session for r in results if r.session is not None))
    return tally
