"""Have every judge of an experiment look at every draft.

Judges come one after the other, so that one that computes never keeps another's calls waiting; a
judge sees all sessions at once, so that one that calls a model has many calls under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

from evalkit.errors import EvalkitError
from evalkit.judges._base import Judge, Judgement
from evalkit.llm import Client
from evalkit.records import Draft, Finding, Judged, Score, Session

Judgements = dict[int, Judgement]
"""By the number of the draft; one that failed has none."""


async def judge_drafts(
    judges: Sequence[Judge],
    sessions: Sequence[Session],
    drafts: Sequence[Draft],
    llm: Client | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Judgements]:
    """For each judge its judgement of each draft that did not fail; `progress(done, total)`.

    A judge's exception is a failed judgement of the drafts it was given; what the experiment is
    to blame for (an EvalkitError) is raised.
    """
    by_session: dict[str, list[int]] = {}
    for number, draft in enumerate(drafts):
        if draft.failure is None:
            by_session.setdefault(draft.session_id, []).append(number)
    total, done = len(judges) * sum(map(len, by_session.values())), 0

    async def one(judge: Judge, session: Session) -> list[tuple[int, Judgement]]:
        nonlocal done
        numbers = by_session[session.session_id]
        found = await _judge(judge, session, [drafts[number] for number in numbers], llm)
        done += len(numbers)
        progress(done, total)
        return list(zip(numbers, found, strict=True))

    rows = []
    for judge in judges:
        chosen = [session for session in sessions if session.session_id in by_session]
        found = await asyncio.gather(*(one(judge, session) for session in chosen))
        rows.append(dict(pair for pairs in found for pair in pairs))
    return rows


async def _judge(
    judge: Judge, session: Session, drafts: list[Draft], llm: Client | None
) -> list[Judgement]:
    try:
        found = await judge.judge(session, drafts, llm)
    except EvalkitError:
        raise
    except Exception as error:  # a judge's bug is a failed judgement; its text stays out of the log
        return [Judgement(failure=f"{type(error).__name__} in judge")] * len(drafts)
    if len(found) != len(drafts):
        what = f"judge {judge.known_as!r} gave {len(found)} judgements of {len(drafts)} drafts"
        raise EvalkitError(what)
    return found


def findings_of(rows: Sequence[Judgements]) -> Iterator[Finding]:
    """All findings: by judge, and then in the drafts' order."""
    for row in rows:
        for number in sorted(row):
            yield from row[number].findings


def judged_of(
    judges: Sequence[Judge], drafts: Sequence[Draft], rows: Sequence[Judgements]
) -> Iterator[Judged]:
    """What became of each draft before each judge, in the same order."""
    for judge, row in zip(judges, rows, strict=True):
        for number in sorted(row):
            one = row[number]
            yield Judged(
                **drafts[number].cell._asdict(),
                judge=judge.known_as,
                findings=len(one.findings),
                failure=one.failure,
                usage=one.usage,
                cost_usd=one.cost_usd,
                dropped=one.dropped,
                unlabelled=one.unlabelled,
                model_version=one.model_version,
            )


def scores_of(
    judges: Sequence[Judge], drafts: Sequence[Draft], rows: Sequence[Judgements]
) -> Iterator[Score]:
    """What each judge's findings come to, for those that are not the first."""
    for judge, row in zip(judges, rows, strict=True):
        for number in sorted(row):
            yield from judge.scores(drafts[number], row[number])
