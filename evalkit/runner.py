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

from evalkit import formats, network
from evalkit.assessing import Assessed, Progress, assess, in_processes, processes, silent
from evalkit.claims.split import sentences
from evalkit.drafters._base import DraftFailure, Request, Unavailable
from evalkit.errors import InputError
from evalkit.experiment import build_drafter, build_judges, load_sessions, measures_of
from evalkit.judging import findings_of, judge_drafts, judged_of, scores_of
from evalkit.llm import Client
from evalkit.models import check_keys, cost_of, hosts_of
from evalkit.provenance import provenance
from evalkit.records import (
    Approach,
    Cell,
    Draft,
    Experiment,
    Run,
    Session,
    Usage,
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
    which model answers are kept, so that the same run again repeats no finished call. Meanwhile
    this process reaches no host over the network but those of `hosts_named`.
    """
    check_models(experiment)
    with network.only(hosts_named(experiment)):
        if sessions is None:
            progress("sessions", 0, 1)
            sessions = load_sessions(experiment)
        progress("sessions", len(sessions), len(sessions))
        cells = list(cells_of(experiment, sessions))
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
        with network.only(hosts_named(experiment, drafting=False)):
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


def check_models(experiment: Experiment) -> None:
    """One clear InputError before anything starts if a model's key is missing, its host is not
    known, or, with a budget, its price is not."""
    called = _models(experiment)
    check_keys(called)
    hosts_named(experiment)
    if experiment.endpoint.budget_usd is None:
        return
    for model, api_base in called:
        token = Usage(prompt_tokens=1, completion_tokens=1)
        if cost_of(model, token, experiment.endpoint, api_base) is None:
            raise InputError(
                f"there is a budget, and the price of model {model!r} is not known",
                field="endpoint.prices",
                fix=f'set it in dollars a million tokens: prices = {{ "{model}" = [1.0, 2.0] }}',
            )


def hosts_named(experiment: Experiment, *, drafting: bool = True) -> tuple[str, ...]:
    """The hosts that an experiment may reach: its models' own, and those of its endpoint.

    Without `drafting`, those of its judges' models.
    Raises InputError for a model whose host is not known where the endpoint names none.
    """
    own = experiment.endpoint.hosts
    wrong = next((host for host in own if "/" in host), None)
    if wrong is not None:
        raise InputError(
            f"{wrong!r} is not a host",
            field="endpoint.hosts",
            fix="write the name alone, such as models.example.org",
        )
    named = dict.fromkeys(own)
    called = _models(experiment) if drafting else _judging(experiment)
    for model, api_base in called:
        hosts = hosts_of(model, api_base)
        if not hosts and not own:
            raise InputError(
                f"the host at which model {model!r} answers is not known",
                field="endpoint.hosts",
                fix='name it: hosts = ["models.example.org"]',
            )
        named |= dict.fromkeys(hosts)
    return tuple(named)


def _models(experiment: Experiment) -> list[tuple[str, str | None]]:
    """(model, api_base) of every model that is called."""
    drafting = [
        (approach.model, approach.options.get("api_base"))
        for approach in experiment.approaches
        if approach.model
    ]
    return drafting + _judging(experiment)


def _judging(experiment: Experiment) -> list[tuple[str, str | None]]:
    return [one for judge in build_judges(experiment) for one in judge.models()]


def cells_of(
    experiment: Experiment, sessions: tuple[Session, ...]
) -> Iterator[tuple[Session, Approach, str, int]]:
    """All cells in their order: (session, approach, format, replicate)."""
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
        request = request_of(experiment, (session, approach, name, replicate), client)
        draft = await draft_cell(drafters[approach.name], request, name)
        done += 1
        progress("drafts", done, len(cells))
        return draft

    progress("drafts", 0, len(cells))
    return list(await asyncio.gather(*(one(*cell) for cell in cells)))


def request_of(
    experiment: Experiment, planned: tuple[Session, Approach, str, int], client: Client
) -> Request:
    """What a drafter is given of one of `cells_of`."""
    session, approach, name, replicate = planned
    cell = Cell(session.session_id, approach.name, name, replicate)
    return Request(
        session=session,
        format=formats.load(name),
        approach=approach,
        replicate=replicate,
        seed=cell_seed(experiment, approach, cell),
        llm=client,
    )


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
