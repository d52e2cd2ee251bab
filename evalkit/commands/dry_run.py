"""What a run would take: each call is made out as in the run, and none is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from evalkit import formats
from evalkit.drafters._base import Request
from evalkit.experiment import build_drafter, build_judges, load_sessions
from evalkit.judges._base import Judge
from evalkit.llm import Call, Client, Completion, ModelFailure
from evalkit.models import cost_of
from evalkit.pacing import shortest_s
from evalkit.records import Draft, Experiment, Limit
from evalkit.responses import ResponseStore
from evalkit.runner import cells_of, draft_cell, request_of

WORDS = 500
"""Length of a note that is still to be drafted, as judges are expected to read it (our
assumption)."""
SENTENCE = (
    "The client spoke at some length about the last week and about how the plan for it went. "
)
"""Stands for what is not drafted yet: 17 words."""


@dataclass
class Expected:
    """What one approach's drafts, or one judge's verdicts, would take.

    `sent` and `written` are tokens, those written at most; `dollars` is None where a price is not
    known. `models` has requests and tokens by model.
    """

    name: str
    drafts: int = 0
    calls: int = 0
    kept: int = 0
    sent: int = 0
    written: int = 0
    dollars: float | None = 0.0
    models: dict[str, tuple[int, int]] = field(default_factory=dict)


class Rehearsal(Client):
    """A client that gives the answers that are kept, and counts the calls that it would make."""

    def __init__(self, experiment: Experiment, kept: ResponseStore | None) -> None:
        super().__init__(experiment.endpoint)
        self.kept = kept
        self.counted: set[str] = set()
        self.into = Expected("")

    async def complete(self, call: Call) -> Completion:
        stored = self.kept.get(call.key) if self.kept is not None else None
        if stored is not None:
            try:
                completion = Completion.model_validate_json(stored)
            except ValidationError:
                pass
            else:
                self.into.kept += 1
                return completion
        if call.key not in self.counted:
            self.counted.add(call.key)
            self._count(call)
        raise ModelFailure("over budget", model=call.model, status=None, attempts=0)

    def _count(self, call: Call) -> None:
        into, tokens = self.into, call.expected
        into.calls += 1
        into.sent += tokens.prompt_tokens
        into.written += tokens.completion_tokens
        requests, before = into.models.get(call.model, (0, 0))
        both = tokens.prompt_tokens + tokens.completion_tokens
        into.models[call.model] = (requests + 1, before + both)
        cost = cost_of(call.model, tokens, self.endpoint, call.api_base)
        into.dollars = None if cost is None or into.dollars is None else into.dollars + cost


def expected(experiment: Experiment, responses: Path) -> list[Expected]:
    """One of each approach, then one of each judge that calls a model.

    A drafter without a model is worked through only where a judge would read its notes.
    """
    kept = ResponseStore.reading(responses)
    try:
        return asyncio.run(_expected(experiment, Rehearsal(experiment, kept)))
    finally:
        if kept is not None:
            kept.close()


async def _expected(experiment: Experiment, client: Rehearsal) -> list[Expected]:
    judges = [(one, Expected(one.known_as)) for one in build_judges(experiment) if one.models()]
    approaches = {one.name: Expected(one.name) for one in experiment.approaches}
    drafters = {one.name: build_drafter(one) for one in experiment.approaches}
    for cell in cells_of(experiment, load_sessions(experiment)):
        approach, name = cell[1], cell[2]
        request = request_of(experiment, cell, client)
        client.into = approaches[approach.name]
        client.into.drafts += 1
        if approach.model or judges:
            draft = await draft_cell(drafters[approach.name], request, name)
            if draft is not None:
                await _judged(judges, request, draft, client)
    return [*approaches.values(), *(row for _, row in judges)]


async def _judged(
    judges: Sequence[tuple[Judge, Expected]], request: Request, draft: Draft, client: Rehearsal
) -> None:
    """The judges' calls about one draft, or about a stand-in while it is still to be made."""
    if draft.failure is not None:
        text = SENTENCE * (WORDS // len(SENTENCE.split()))
        section = formats.load(draft.format).names[0]
        key = f"{request.approach.name} {request.seed}. "  # no two stand-ins are the same call
        draft = draft.model_copy(update={"failure": None, "sections": {section: key + text}})
    for judge, row in judges:
        client.into = row
        row.drafts += 1
        await judge.judge(request.session, [draft], client)


def table(experiment: Experiment, rows: Sequence[Expected]) -> str:
    """The rows aligned, with their sum and the shortest time that the limits allow."""
    heads = ("", "drafts", "kept", "to call", "tokens sent", "written at most", "dollars at most")
    cells = [heads, *(_cells(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
    calls = sum(row.calls for row in rows)
    known = [row.dollars for row in rows if row.dollars is not None]
    total = f"{calls} calls to make"
    if calls:
        total += f", at most ${sum(known):.2f}" + ("" if len(known) == len(rows) else " and more")
        total += f"; {_time(experiment, rows)}"
    if experiment.endpoint.budget_usd is not None:
        total += f"; budget ${experiment.endpoint.budget_usd:.2f}"
    about = f"a judge's calls are counted on notes of {WORDS} words where there is no draft yet"
    judged = [about] if len(rows) > len(experiment.approaches) else []
    return "\n".join([*lines, total, *judged, "nothing was called or written"])


def _cells(row: Expected) -> tuple[str, ...]:
    price = "price not known: set endpoint.prices" if row.dollars is None else f"{row.dollars:.2f}"
    counts = (row.drafts, row.kept, row.calls, row.sent, row.written)
    return (row.name, *(f"{count:,}" for count in counts), price)


def _time(experiment: Experiment, rows: Sequence[Expected]) -> str:
    """Models are called side by side: the slowest decides."""
    slowest: float | None = None
    for model in {model for row in rows for model in row.models}:
        pairs = [row.models.get(model, (0, 0)) for row in rows]
        limit = experiment.endpoint.limits.get(model, Limit())
        seconds = shortest_s(limit, sum(a for a, _ in pairs), sum(b for _, b in pairs))
        if seconds is not None:
            slowest = max(seconds, slowest or 0.0)
    if slowest is None:
        return "no limit a minute is set"
    return f"at least {slowest / 60:.1f} min at the endpoint's limits"
