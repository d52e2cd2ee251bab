"""Experiment + sessions -> run: draft every cell, then judge and score every draft.

Nothing here knows a drafter, a judge or a scorer by name, and nothing is written to disk but the
answers of models, which are kept the moment they arrive.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from evalkit import formats
from evalkit.assessing import Assessed, Progress, assess, in_processes, processes, silent
from evalkit.claims.split import sentences
from evalkit.drafters._base import DraftFailure, Request, Unavailable
from evalkit.errors import InputError
from evalkit.experiment import build_drafter, build_judges, load_sessions, measures_of
from evalkit.judging import findings_of, judge_drafts, judged_of, scores_of
from evalkit.llm import Client
from evalkit.models import check_keys
from evalkit.provenance import provenance
from evalkit.records import (
    Approach,
    Cell,
    Draft,
    Experiment,
    Run,
    Session,
    digest,
)

T = TypeVar("T")
__all__ = ["Progress", "arun", "run", "silent"]


async def arun(
    experiment: Experiment,
    sessions: tuple[Session, ...] | None = None,
    *,
    responses: Path | None = None,
    progress: Progress = silent,
) -> Run:
    """Draft and score all cells.

    `sessions` default to those of the experiment's source. `responses` is the sqlite file in
    which model answers are kept, so that the same run again repeats no finished call.
    """
    check_keys_of(experiment)
    if sessions is None:
        progress("sessions", 0, 1)
        sessions = load_sessions(experiment)
    progress("sessions", len(sessions), len(sessions))
    cells = list(_cells(experiment, sessions))
    async with Client(experiment.endpoint, responses) as client:
        drafts = await _draft_all(experiment, cells, client, progress)
        return await _judged_run(experiment, sessions, drafts, client, progress)


def as_run(
    experiment: Experiment,
    sessions: tuple[Session, ...],
    drafts: Sequence[Draft | None],
    progress: Progress = silent,
) -> Run:
    """Judge and score drafts that are there already; None stands for an excluded cell."""

    async def work() -> Run:
        async with Client(experiment.endpoint) as client:
            return await _judged_run(experiment, sessions, drafts, client, progress)

    return in_own_loop(work())


async def _judged_run(
    experiment: Experiment,
    sessions: tuple[Session, ...],
    planned: Sequence[Draft | None],
    client: Client,
    progress: Progress,
) -> Run:
    drafts = tuple(draft for draft in planned if draft is not None)
    judges = build_judges(experiment)
    several = processes(len(drafts)) if judges[0].local else 0
    found: Assessed | None = None
    if several:
        found = in_processes(experiment, sessions, drafts, several, progress)
    rows = await judge_drafts(
        judges[1:] if found else judges,
        sessions,
        drafts,
        client,
        lambda done, total: progress("verdicts", done, total),
    )
    if found:
        rows = [found.judgements, *rows]
    else:
        found = assess(experiment, sessions, drafts, rows[0], progress)
    marks = {judge.known_as: judge.fingerprint for judge in judges}
    return Run(
        experiment=experiment,
        sessions=sessions,
        drafts=drafts,
        findings=tuple(findings_of(rows)),
        scores=(*found.scores, *scores_of(judges[1:], drafts, rows[1:])),
        reviews=found.reviews,
        measures=measures_of(experiment),
        provenance=provenance(experiment, sessions).model_copy(update={"judges": marks}),
        judges=tuple(marks),
        judged=tuple(judged_of(judges, drafts, rows)),
        planned=len(planned),
        excluded=len(planned) - len(drafts),
    )


def run(
    experiment: Experiment,
    sessions: tuple[Session, ...] | None = None,
    *,
    responses: Path | None = None,
    progress: Progress = silent,
) -> Run:
    """`arun` for callers without an event loop, and inside a live notebook kernel too."""
    return in_own_loop(arun(experiment, sessions, responses=responses, progress=progress))


def in_own_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end; in a thread of its own where a loop is already running."""
    outcome: dict[str, T] = {}

    async def kept() -> None:
        # Not returned: asyncio would write out a whole run to put its signal handler back.
        outcome["value"] = await work

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(kept())
        return outcome["value"]
    errors: list[BaseException] = []

    def target() -> None:
        try:
            asyncio.run(kept())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=target, name="evalkit-run")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return outcome["value"]


def check_keys_of(experiment: Experiment) -> None:
    """One clear InputError before anything starts if a model's key is missing."""
    check_keys(
        (approach.model, approach.options.get("api_base"))
        for approach in experiment.approaches
        if approach.model
    )
    check_keys(called for judge in build_judges(experiment) for called in judge.models())


def _cells(
    experiment: Experiment, sessions: tuple[Session, ...]
) -> Iterator[tuple[Session, Approach, str, int]]:
    for approach in experiment.approaches:
        for session in sessions:
            for name in experiment.formats:
                for replicate in range(experiment.replicates):
                    yield session, approach, name, replicate


async def _draft_all(
    experiment: Experiment,
    cells: list[tuple[Session, Approach, str, int]],
    client: Client,
    progress: Progress,
) -> list[Draft | None]:
    """Drafts in the order of the cells; None where an approach has no note of a session."""
    drafters = {one.name: build_drafter(one) for one in experiment.approaches}
    done = 0

    async def one(session: Session, approach: Approach, name: str, replicate: int) -> Draft | None:
        nonlocal done
        cell = Cell(session.session_id, approach.name, name, replicate)
        request = Request(
            session=session,
            format=formats.load(name),
            approach=approach,
            replicate=replicate,
            seed=cell_seed(experiment, approach, cell),
            llm=client,
        )
        draft = await draft_cell(drafters[approach.name], request, name)
        done += 1
        progress("drafts", done, len(cells))
        return draft

    progress("drafts", 0, len(cells))
    return list(await asyncio.gather(*(one(*cell) for cell in cells)))


def cell_seed(experiment: Experiment, approach: Approach, cell: Cell) -> int:
    """The seed of one cell: it depends on the experiment's and on what the cell is, not on names
    of approaches or on the order of the cells."""
    key = [experiment.seed, cell.session_id, approach.approach_id, cell.format, cell.replicate]
    return int(digest(key), 16)


async def draft_cell(drafter: Any, request: Request, name: str) -> Draft | None:
    """One draft, failed or not; `name` is the format's in the experiment.

    None where the approach has no note of this cell. Raises InputError if the experiment is at
    fault.
    """
    key = {
        "session_id": request.session.session_id,
        "approach": request.approach.name,
        "approach_id": request.approach.approach_id,
        "format": name,
        "replicate": request.replicate,
    }
    try:
        written = await drafter.write(request)
    except Unavailable:
        return None
    except DraftFailure as failure:
        spent = failure.spent
        if spent is None:
            return Draft(**key, failure=str(failure))
        return Draft(
            **key,
            failure=str(failure),
            usage=spent.usage,
            latency_s=spent.latency_s,
            cost_usd=spent.cost_usd,
            model_version=spent.version,
        )
    except InputError:
        raise  # the experiment is at fault, not this draft
    except Exception as error:  # a drafter's bug is one failed draft; its text stays out of the log
        return Draft(**key, failure=f"{type(error).__name__} in drafter")
    if not any(sentences(text) for text in written.sections.values()):
        return Draft(**key, failure="empty draft")
    return Draft(
        **key,
        sections=written.sections,
        usage=written.usage,
        latency_s=written.latency_s,
        cost_usd=written.cost_usd,
        model_version=written.model_version,
        planted=written.planted,
    )
