"""Judge and score drafts: in this process, or over the processors there are."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

from evalkit.claims.carried import carried
from evalkit.errors import EvalkitError, InputError
from evalkit.experiment import build_judges, build_reviewer, build_scorers
from evalkit.judges._base import Judgement
from evalkit.judging import Judgements, judge_drafts
from evalkit.records import Case, Draft, Experiment, Review, Score, Session
from evalkit.reviewers._modelled import Modelled
from evalkit.scorers._base import Scorer

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""


def silent(stage: str, done: int, total: int) -> None:
    """A progress that shows nothing."""


class Assessed(NamedTuple):
    """What the first judge says of each draft, and what the scorers make of that, in order."""

    judgements: Judgements
    scores: tuple[Score, ...]
    reviews: tuple[Review, ...]


ALONE = 100
"""Up to so many drafts are not worth the start of other processes."""


def processes(drafts: int) -> int:
    """How many processes judge and score so many drafts; 0 for none but this one.

    As many as there are processors, or as the environment variable EVALKIT_PROCESSES says.
    Raises InputError where that is no number.
    """
    asked = os.environ.get("EVALKIT_PROCESSES", "")
    if asked and not (asked.isascii() and asked.isdigit()):
        raise InputError(
            "not a number of processes", field="EVALKIT_PROCESSES", fix="set it to 1, 2, ..."
        )
    several = int(asked) if asked else os.cpu_count() or 1
    return several if several > 1 and drafts > ALONE else 0


def in_processes(
    experiment: Experiment,
    sessions: tuple[Session, ...],
    drafts: tuple[Draft, ...],
    several: int,
    progress: Progress,
) -> Assessed:
    """The first judge and the scorers over parts of the sessions; the same as in one process."""
    from joblib import Parallel, delayed

    numbers: dict[str, list[int]] = {}
    for number, draft in enumerate(drafts):
        if draft.failure is None:
            numbers.setdefault(draft.session_id, []).append(number)
    chosen = [session for session in sessions if session.session_id in numbers]
    size = max(1, min(16, len(chosen) // (4 * several)))
    parts = [chosen[start : start + size] for start in range(0, len(chosen), size)]
    of_part = [[n for one in part for n in numbers[one.session_id]] for part in parts]
    work = (
        delayed(_part)(experiment, tuple(part), tuple(drafts[number] for number in of))
        for part, of in zip(parts, of_part, strict=True)
    )
    total = sum(map(len, of_part))
    judgements: Judgements = {}
    scored_by: dict[int, list[Score]] = {}
    reviews: dict[int, Review | None] = {}
    progress("scores", 0, total)
    for of, found in zip(
        of_part, Parallel(n_jobs=several, return_as="generator")(work), strict=True
    ):
        for number, (judgement, scores, review) in zip(of, found, strict=True):
            judgements[number], scored_by[number] = judgement, scores
            reviews[number] = review
        progress("scores", len(judgements), total)
    order = sorted(judgements)
    kept = (reviews[number] for number in order)
    return Assessed(
        judgements,
        tuple(score for number in order for score in scored_by[number]),
        tuple(review for review in kept if review is not None),
    )


def _part(
    experiment: Experiment, sessions: tuple[Session, ...], drafts: tuple[Draft, ...]
) -> list[tuple[Judgement, list[Score], Review | None]]:
    """What the first judge and the scorers say of each of these drafts, in their order."""
    found = asyncio.run(judge_drafts(build_judges(experiment)[:1], sessions, drafts))[0]
    case_of = _cases(experiment, sessions, drafts, found)
    scorers = build_scorers(experiment)
    return [
        (found[number], [s for scorer in scorers for s in scored(scorer, case)], case.review)
        for number, case in case_of
    ]


def assess(
    experiment: Experiment,
    sessions: tuple[Session, ...],
    drafts: tuple[Draft, ...],
    judgements: Judgements,
    progress: Progress = silent,
) -> Assessed:
    """Score every draft that did not fail on what the first judge says, in the drafts' order."""
    scorers = build_scorers(experiment)
    scores: list[Score] = []
    reviews: list[Review] = []
    for done, (_, case) in enumerate(_cases(experiment, sessions, drafts, judgements), start=1):
        if case.review is not None:
            reviews.append(case.review)
        scores += [score for scorer in scorers for score in scored(scorer, case)]
        progress("scores", done, len(judgements))
    return Assessed(judgements, tuple(scores), tuple(reviews))


def _cases(
    experiment: Experiment,
    sessions: tuple[Session, ...],
    drafts: tuple[Draft, ...],
    judgements: Judgements,
) -> Iterator[tuple[int, Case]]:
    """What the scorers look at, for each draft that was judged, by its number."""
    modelled = Modelled(build_reviewer(experiment), experiment)
    approaches = {one.name: one for one in experiment.approaches}
    known = {session.session_id: session for session in sessions}
    for number in sorted(judgements):
        draft, judged = drafts[number], judgements[number]
        case = Case(
            session=known[draft.session_id],
            approach=approaches[draft.approach],
            draft=draft,
            findings=judged.findings,
            facts=carried(known[draft.session_id], draft),
            unjudged=judged.failure,
        )
        if case.unjudged is None:
            case = dataclasses.replace(case, review=_reviewed(modelled, case))
        yield number, case


def _reviewed(modelled: Modelled, case: Case) -> Review:
    """The modelled review; a reviewer's exception is named by its kind, its text stays out."""
    try:
        return modelled.review(case)
    except EvalkitError:
        raise
    except Exception as error:
        name = modelled.reviewer.name
        raise EvalkitError(f"{type(error).__name__} in reviewer {name!r}") from None


def scored(scorer: Scorer, case: Case) -> Iterator[Score]:
    """A scorer's scores; where the judge failed on the draft, one that reads findings has none.

    A scorer's exception is missing scores that name its kind; its text stays out of the log. What
    the experiment is to blame for (an EvalkitError) is raised.
    """
    why = f"not judged: {case.unjudged}"
    if case.unjudged is None or not scorer.reads_findings:
        try:
            yield from list(scorer.score(case))
            return
        except EvalkitError:
            raise
        except Exception as error:
            why = f"{type(error).__name__} in scorer"
    for measure in scorer.measures:
        yield scorer.of(case, measure.name, None, why)
