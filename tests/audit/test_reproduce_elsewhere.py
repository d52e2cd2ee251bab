"""A finding comes out again where sessions or notes were not kept, and with other judges."""

import json

import pytest

from evalkit import provenance
from evalkit.audit.drift import Drifted
from evalkit.audit.kept import DRAFTS, keep, open_folder
from evalkit.audit.reproduce import Repeat, reproduce
from evalkit.errors import InputError
from evalkit.pipeline import evaluate
from evalkit.records import Approach, Draft, Experiment, Prompt, Session, SessionsConfig
from evalkit.runner import run
from evalkit.store import write_records
from tests.audit.kept import (
    BASELINES,
    LIE,
    answers,
    edit_records,
    false,
    outcome_of_model,
    the_lie,
)
from tests.local_server import LocalServer, says


@pytest.fixture
def real(tmp_path):
    """A run on sessions of a file, kept without any text, and that file."""
    source = tmp_path / "sessions.jsonl"
    sessions = [
        one.model_copy(update={"spec": one.spec.model_copy(update={"source": "annomi"})})
        for one in run(BASELINES).sessions
    ]
    write_records(source, sessions)
    config = SessionsConfig(source="jsonl", options={"path": str(source)})
    made = run(BASELINES.model_copy(update={"sessions": config, "replicates": 1}))
    keep(made, tmp_path / "bare", notes=False, quotes=False)
    keep(made, tmp_path / "whole")
    return open_folder(tmp_path / "bare"), source, tmp_path / "whole" / DRAFTS


def test_a_session_that_was_not_kept_is_asked_for_and_held_to_its_hash(real, tmp_path):
    bare, source, _ = real
    finding = false(bare)
    assert finding.claim.text == ""
    elsewhere = tmp_path / "elsewhere.jsonl"
    source.rename(elsewhere)
    with pytest.raises(InputError, match="give --sessions SOURCE"):
        reproduce(bare, finding)
    result = reproduce(bare, finding, Repeat(sessions=str(elsewhere), resample=2))
    assert result.judged.same  # a control writes its note again, and the hash agrees
    assert result.resampled.drafted == 2
    edit_records(
        elsewhere, Session, lambda one: one.model_copy(update={"jottings": "Other jottings."})
    )
    with pytest.raises(Drifted, match=f"session {finding.session_id}: was"):
        reproduce(bare, finding, Repeat(sessions=str(elsewhere)))
    edit_records(
        elsewhere,
        Session,
        lambda one: one.model_copy(
            update={"spec": one.spec.model_copy(update={"session_id": "x" + one.session_id})}
        ),
    )
    with pytest.raises(InputError, match="the source has no session"):
        reproduce(bare, finding, Repeat(sessions=str(elsewhere)))


def test_a_source_that_changed_since_the_run_is_drift(made, tmp_path):
    source = tmp_path / "sessions.jsonl"
    write_records(source, made.sessions)
    config = SessionsConfig(source="jsonl", options={"path": str(source)})
    keep(run(BASELINES.model_copy(update={"sessions": config})), tmp_path / "run")
    kept = open_folder(tmp_path / "run")
    finding = false(kept)
    assert reproduce(kept, finding).judged.same
    write_records(source, [one.model_copy(update={"jottings": "x"}) for one in made.sessions])
    with pytest.raises(Drifted) as error:
        reproduce(kept, finding)
    (drift,) = error.value.drifts
    assert drift.what == f"session {finding.session_id} in its source"
    source.write_text("{")
    with pytest.raises(Drifted, match="is a file with an error"):
        reproduce(kept, finding)
    source.unlink()
    assert reproduce(kept, finding).judged.same


def test_a_models_note_that_was_not_kept_is_asked_for(tmp_path):
    with LocalServer(always=answers(LIE)) as server:
        outcome = outcome_of_model(tmp_path, server.url)
    finding = the_lie(open_folder(outcome.folder))
    keep(outcome.run, tmp_path / "bare", notes=False, quotes=False)
    bare = open_folder(tmp_path / "bare")
    (kept,) = bare.starting(finding.finding_id)
    with pytest.raises(InputError, match="give --drafts FILE"):
        reproduce(bare, kept)
    result = reproduce(bare, kept, Repeat(drafts=str(outcome.folder / DRAFTS)))
    assert result.judged.same  # the session was generated, so that it is generated anew
    assert "not kept by this run: texts of notes (kept out of MLflow)" in str(result)
    edit_records(
        outcome.folder / DRAFTS,
        Draft,
        lambda one: one.model_copy(update={"sections": {"plan": LIE}}),
    )
    with pytest.raises(Drifted, match="draft: was"):
        reproduce(bare, kept, Repeat(drafts=str(outcome.folder / DRAFTS)))
    write_records(outcome.folder / DRAFTS, [])
    with pytest.raises(InputError, match="there is no draft of this cell"):
        reproduce(bare, kept, Repeat(drafts=str(outcome.folder / DRAFTS)))


def test_a_recorded_note_is_judged_again_and_cannot_be_drafted_again(made, tmp_path):
    notes = tmp_path / "notes.jsonl"
    note = {"session_id": "gen-3-0000", "drafter": "v", "format": "soap"}
    notes.write_text(json.dumps({**note, "sections": {"plan": LIE}}))
    options = {"path": str(notes), "author": "v"}
    approach = Approach(name="vendor", drafter="recorded", options=options)
    changes = {"approaches": (approach,), "formats": ("soap",), "replicates": 1}
    keep(run(BASELINES.model_copy(update=changes)), tmp_path / "run")
    kept = open_folder(tmp_path / "run")
    result = reproduce(kept, the_lie(kept), Repeat(resample=2))
    assert result.judged.same
    assert result.trouble == "none of 2 new drafts could be judged"
    assert "2 of 2 without a judged draft: the approach has this note once" in str(result)
    notes.unlink()
    assert reproduce(kept, the_lie(kept)).judged.same


# --- judges ----------------------------------------------------------------------------------


def test_a_finding_is_judged_again_by_the_judge_that_made_it(tmp_path):
    blind = {"name": "grounding", "alias": "blind", "use_ledger": False}
    judges = ("grounding", blind)
    keep(run(BASELINES.model_copy(update={"judges": judges})), tmp_path)
    kept = open_folder(tmp_path)
    for name in ("grounding", "blind"):
        finding = next(one for one in kept.findings if one.scorer == name and one.evidence)
        result = reproduce(kept, finding, Repeat(resample=1))
        assert result.judged.same
        assert f"judged again by {name}: the same finding" in str(result)
    other = finding.model_copy(update={"scorer": "blnd"})
    with pytest.raises(InputError, match="did you mean 'blind'"):
        reproduce(kept, other)


def test_a_model_as_judge_is_asked_again_only_for_new_drafts(tmp_path, made):
    rubric = Prompt(name="mine", text="Judge.", file=str(tmp_path / "rubric.md"))
    (tmp_path / "rubric.md").write_text("Judge.")
    verdict = {"n": 1, "verdict": "unsupported", "p_unsupported": 0.8, "evidence": [], "why": ""}
    notes = tmp_path / "notes.jsonl"
    note = {"session_id": "gen-3-0000", "drafter": "v", "format": "soap"}
    notes.write_text(json.dumps({**note, "sections": {"plan": LIE}}))
    options = {"path": str(notes), "author": "v"}
    with LocalServer(always=says(json.dumps({"sentences": [verdict]}))) as server:
        judge = {"name": "llm", "model": "openai/j", "api_base": server.url}
        changes = {
            "approaches": (Approach(name="vendor", drafter="recorded", options=options),),
            "formats": ("soap",),
            "replicates": 1,
            "judges": ("grounding", {**judge, "prompt": rubric.model_dump()}),
        }
        experiment = BASELINES.model_copy(update=changes)
        outcome = evaluate(experiment, out=tmp_path / "runs", tracking=False)
        asked = len(server.requests)
        kept = open_folder(outcome.folder)
        finding = next(one for one in kept.findings if one.scorer == "llm")
        assert reproduce(kept, finding).judged.same
        assert len(server.requests) == asked
    keep(outcome.run, tmp_path / "elsewhere")
    without = reproduce(open_folder(tmp_path / "elsewhere"), finding)
    assert "openai/j, whose answers are in the run's folder" in without.judged.skipped
    (tmp_path / "rubric.md").write_text("Judge harshly.")
    with pytest.raises(Drifted, match=r"prompt mine \(.*rubric\.md\): was "):
        reproduce(kept, finding)
    grounded = next(one for one in kept.findings if one.scorer == "grounding")
    assert reproduce(kept, grounded).judged.same


def test_where_a_prompt_was_read_is_no_part_of_the_experiments_hash():
    def experiment(file):
        prompt = Prompt(name="p", text="Write.", file=file)
        judge = {"name": "llm", "model": "openai/j", "prompt": prompt.model_dump()}
        approach = Approach(name="a", drafter="prompted", model="openai/x", prompt=prompt)
        return Experiment(name="x", approaches=(approach,), judges=("grounding", judge))

    one, other = experiment("/here/p.md"), experiment("/there/p.md")
    assert provenance.experiment_hash(one) == provenance.experiment_hash(other)
    assert one.approaches[0].approach_id == other.approaches[0].approach_id
