"""What holds for a run whatever the drafters do."""

import asyncio
import threading
from typing import ClassVar

import pytest

from evalkit.errors import InputError
from evalkit.experiment import load_sessions
from evalkit.records import Approach, Experiment, Record, SessionsConfig
from evalkit.runner import arun, run

HERE = "tests.test_runner"


class Flaky(Record):
    """Fails on every second session, each time in another way."""

    name: ClassVar[str] = "flaky"

    async def write(self, request):
        number = int(request.session.session_id[-1])
        if number % 3 == 0:
            raise RuntimeError(request.session.turns[0].text)
        sections = {"subjective": "Client slept.", "plan": "Return."} if number % 3 == 1 else {}
        from evalkit.drafters._base import Written

        return Written(sections=sections)


def experiment(drafter, count=6, **changes):
    return Experiment(
        name="t",
        sessions=SessionsConfig(options={"count": count}),
        approaches=(Approach(name="a", drafter=drafter),),
        **changes,
    )


def test_failures_are_records_and_everything_planned_is_accounted_for():
    done = run(experiment(f"{HERE}:Flaky"))
    assert done.planned == 6 == done.scored + done.failed + done.excluded
    assert (done.scored, done.failed) == (2, 4)
    reasons = {draft.failure for draft in done.drafts if draft.failure}
    assert reasons == {"RuntimeError in drafter", "empty draft"}
    spoken = [turn.text for session in done.sessions for turn in session.turns]
    assert not any(text in reason for text in spoken for reason in reasons)


def test_the_same_run_twice_is_the_same_run():
    first, again = run(experiment("fabricating")), run(experiment("fabricating"))
    assert first == again


def test_replicates_are_drafted_with_seeds_of_their_own():
    twice = experiment("fabricating", replicates=2)
    options = {"hallucinated": 0.5}
    approach = twice.approaches[0].model_copy(update={"options": options})
    done = run(twice.model_copy(update={"approaches": (approach,)}))
    assert len(done.drafts) == 12
    by_replicate = [[d.sections for d in done.drafts if d.replicate == k] for k in (0, 1)]
    assert by_replicate[0] != by_replicate[1]


def test_run_works_inside_a_running_loop_as_in_a_notebook():
    async def kernel():
        return run(experiment("form_fill", 2)), await arun(experiment("form_fill", 2))

    before = threading.active_count()
    inside, awaited = asyncio.run(kernel())
    assert inside == awaited
    assert threading.active_count() <= before + 1


def test_an_error_inside_a_running_loop_reaches_the_caller():
    async def kernel():
        bad = experiment("form_fill").model_copy(update={"sessions": SessionsConfig(source="no")})
        run(bad)

    with pytest.raises(InputError, match="no source named 'no'"):
        asyncio.run(kernel())


def test_sessions_can_be_handed_over():
    known = load_sessions(experiment("form_fill", 3))
    done = run(experiment("form_fill", 99), known[:2])
    assert done.sessions == known[:2]
    assert done.planned == 2


def test_controls_know_what_they_planted():
    options = {"hallucinated": 0.5, "omitted": 0.3}
    whole = experiment("fabricating", 8)
    approach = whole.approaches[0].model_copy(update={"options": options})
    done = run(whole.model_copy(update={"approaches": (approach,)}))
    sessions = {session.session_id: session for session in done.sessions}
    planted = 0
    for draft in done.drafts:
        facts = {fact.statement for fact in sessions[draft.session_id].facts}
        for one in draft.planted:
            inside = one.text in draft.sections[one.section]
            assert inside == (one.kind == "hallucinated")
            assert (one.text in facts) == (one.kind == "omitted")
            planted += one.kind == "hallucinated"
    assert planted > 20
