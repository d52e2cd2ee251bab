"""Experiment + sessions -> run: draft every cell, then score every draft.

Nothing here knows a drafter or a scorer by name, and nothing is written to disk but the answers
of models, which are kept the moment they arrive.
"""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

from evalkit import formats, registry
from evalkit.claims.carried import carried
from evalkit.claims.ground import Grounder
from evalkit.claims.split import sentences
from evalkit.drafters._base import DraftFailure, Request, Unavailable
from evalkit.errors import InputError
from evalkit.experiment import REVIEWERS, build_drafter, build_scorers, load_sessions
from evalkit.llm import Client, check_keys
from evalkit.provenance import provenance
from evalkit.records import (
    Approach,
    Case,
    Draft,
    Experiment,
    Finding,
    Review,
    Run,
    Score,
    Session,
    digest,
)

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""
T = TypeVar("T")


def silent(stage: str, done: int, total: int) -> None:
    """A progress that shows nothing."""


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
    drafts = await _draft_all(experiment, cells, responses, progress)
    kept = tuple(draft for draft in drafts if draft is not None)
    return as_run(experiment, sessions, kept, len(cells), progress)


def as_run(
    experiment: Experiment,
    sessions: tuple[Session, ...],
    drafts: tuple[Draft, ...],
    planned: int,
    progress: Progress = silent,
) -> Run:
    """Score the drafts and put all together; cells without a draft are excluded ones."""
    findings, scores, reviews = score_drafts(experiment, sessions, drafts, progress)
    return Run(
        experiment=experiment,
        sessions=sessions,
        drafts=drafts,
        findings=findings,
        scores=scores,
        reviews=reviews,
        measures=tuple(m for scorer in build_scorers(experiment) for m in scorer.measures),
        provenance=provenance(experiment, sessions),
        planned=planned,
        excluded=planned - len(drafts),
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
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    outcome: dict[str, Any] = {}

    def target() -> None:
        try:
            outcome["value"] = asyncio.run(work)
        except BaseException as error:
            outcome["error"] = error

    thread = threading.Thread(target=target, name="evalkit-run")
    thread.start()
    thread.join()
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]


def check_keys_of(experiment: Experiment) -> None:
    """One clear InputError before anything starts if a model's key is missing."""
    check_keys(
        (approach.model, approach.options.get("api_base"))
        for approach in experiment.approaches
        if approach.model
    )


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
    responses: Path | None,
    progress: Progress,
) -> list[Draft | None]:
    """Drafts in the order of the cells; None where an approach has no note of a session."""
    drafters = {one.name: build_drafter(one) for one in experiment.approaches}
    done = 0

    async def one(session: Session, approach: Approach, name: str, replicate: int) -> Draft | None:
        nonlocal done
        key = [experiment.seed, session.session_id, approach.approach_id, name, replicate]
        request = Request(
            session=session,
            format=formats.load(name),
            approach=approach,
            replicate=replicate,
            seed=int(digest(key), 16),
            llm=client,
        )
        draft = await _draft(drafters[approach.name], request, name)
        done += 1
        progress("drafts", done, len(cells))
        return draft

    progress("drafts", 0, len(cells))
    async with Client(experiment.endpoint, responses) as client:
        return list(await asyncio.gather(*(one(*cell) for cell in cells)))


async def _draft(drafter: Any, request: Request, name: str) -> Draft | None:
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
        planted=written.planted,
    )


def score_drafts(
    experiment: Experiment,
    sessions: tuple[Session, ...],
    drafts: tuple[Draft, ...],
    progress: Progress = silent,
) -> tuple[tuple[Finding, ...], tuple[Score, ...], tuple[Review, ...]]:
    """Ground and score every draft that did not fail, in the drafts' order."""
    scorers = build_scorers(experiment)
    reviewer = registry.build(REVIEWERS, experiment.reviewer)
    approaches = {one.name: one for one in experiment.approaches}
    grounder = Grounder()
    by_session: dict[str, list[int]] = {}
    for number, draft in enumerate(drafts):
        if draft.failure is None:
            by_session.setdefault(draft.session_id, []).append(number)
    total, done = sum(map(len, by_session.values())), 0
    results: dict[int, tuple[tuple[Finding, ...], list[Score], Review]] = {}
    for session in sessions:
        index = None
        for number in by_session.get(session.session_id, ()):
            index = index or grounder.index(session)
            case = Case(
                session=session,
                approach=approaches[drafts[number].approach],
                draft=drafts[number],
                findings=grounder.ground(drafts[number], session, index),
                facts=carried(session, drafts[number]),
            )
            review: Review = reviewer.review(case)
            case = dataclasses.replace(case, review=review)
            results[number] = (
                case.findings,
                [score for scorer in scorers for score in scorer.score(case)],
                review,
            )
            done += 1
            progress("scores", done, total)
    ordered = [results[number] for number in sorted(results)]
    return (
        tuple(finding for findings, _, _ in ordered for finding in findings),
        tuple(score for _, scores, _ in ordered for score in scores),
        tuple(review for _, _, review in ordered),
    )
