"""Judging and scoring, in one process and in several."""

import pytest

from evalkit import assessing
from evalkit.assessing import assess, in_processes, processes, scored
from evalkit.errors import EvalkitError, InputError
from evalkit.experiment import build_judges, check, load_sessions
from evalkit.judges._base import Judgement
from evalkit.judging import judge_drafts
from evalkit.records import Approach, Case, Experiment, Measure, SessionsConfig
from evalkit.reviewers._base import Reviewer
from evalkit.runner import in_own_loop, run
from evalkit.scorers._base import Scorer
from tests import small


def test_several_processes_say_what_one_says_in_the_same_order():
    experiment = Experiment(
        name="parts",
        sessions=SessionsConfig(options={"count": 5, "seed": 3}),
        formats=("soap", "dap"),
        approaches=(
            Approach(name="control", drafter="fabricating", control=True),
            Approach(name="copy", drafter="extractive"),
        ),
    )
    sessions = load_sessions(experiment)
    drafts = list(run(experiment, sessions).drafts)
    drafts[3] = drafts[3].model_copy(update={"failure": "time-out", "sections": {}})
    judges = build_judges(experiment)
    (alone,) = in_own_loop(judge_drafts(judges, sessions, tuple(drafts)))
    one = assess(experiment, sessions, tuple(drafts), alone)
    several = in_processes(experiment, sessions, tuple(drafts), 2, assessing.silent)
    assert several == one
    assert len(one.reviews) == 19
    assert 3 not in one.judgements


def test_few_drafts_stay_in_this_process(monkeypatch):
    monkeypatch.setenv("EVALKIT_PROCESSES", "3")
    assert processes(assessing.ALONE) == 0
    assert processes(assessing.ALONE + 1) == 3
    monkeypatch.setenv("EVALKIT_PROCESSES", "1")
    assert processes(5000) == 0


@pytest.mark.parametrize("asked", ["two", "-1", "\u00b2"])
def test_processes_that_are_no_number_are_refused(monkeypatch, asked):
    monkeypatch.setenv("EVALKIT_PROCESSES", asked)
    with pytest.raises(InputError, match="EVALKIT_PROCESSES"):
        processes(5000)


class Broken(Scorer):
    name = "broken"
    measures = (Measure(name="broken", unit="-", better="lower", meaning="never known"),)

    def score(self, case):
        yield self.of(case, "broken", 1.0)
        raise ValueError(case.draft.text)


def test_a_scorers_exception_is_a_missing_score_without_the_notes_text():
    note = small.draft(plan="Return next week.")
    case = Case(session=small.session(), approach=small.APPROACH, draft=note, findings=(), facts=())
    (score,) = scored(Broken(), case)
    assert (score.value, score.reason) == (None, "ValueError in scorer")


class Stumbling(Reviewer):
    name = "stumbling"

    def parts(self, case):
        raise ValueError(case.draft.text)


def test_a_reviewers_exception_is_named_without_the_notes_text():
    experiment = Experiment(
        name="x", approaches=(small.APPROACH,), reviewer="tests.test_assessing:Stumbling"
    )
    note = small.draft(plan="Return next week.")
    with pytest.raises(EvalkitError, match=r"^ValueError in reviewer 'stumbling'$"):
        assess(experiment, (small.session(),), (note,), {0: Judgement()})


def test_a_class_that_is_no_reviewer_is_refused():
    copy = Approach(name="copy", drafter="extractive")
    experiment = Experiment(name="x", approaches=(copy,), reviewer="tests.test_assessing:Broken")
    with pytest.raises(InputError, match="not a class derived"):
        check(experiment)
