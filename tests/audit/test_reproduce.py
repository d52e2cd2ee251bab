"""A finding comes out again from what was kept, and whatever has changed is named."""

import json
import shutil

import pytest

from evalkit import provenance
from evalkit.audit.drift import Drifted, drifts
from evalkit.audit.kept import DRAFTS, EXPERIMENT, HASHES, PROVENANCE, SESSIONS, open_folder
from evalkit.audit.material import Material
from evalkit.audit.reproduce import Repeat, reproduce
from evalkit.errors import InputError
from evalkit.records import FALSE, Draft, Session
from tests.audit.kept import (
    LIE,
    answers,
    drafted_by_model,
    edit_records,
    false,
    the_lie,
)
from tests.local_server import LocalServer, status


def edit(path, change):
    """Change a JSON file."""
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


@pytest.mark.parametrize("approach", ["faithful", "fabricating", "extractive"])
def test_the_kept_note_judged_again_gives_the_same_finding(kept, approach):
    findings = [one for one in kept.findings if one.approach == approach]
    for finding in findings[:: len(findings) // 3]:
        result = reproduce(kept, finding)
        assert result.judged.same
        assert result.trouble == ""
        assert result.resampled is None
    assert "the same finding (id, verdict, p " in str(result)


def test_another_verdict_is_named_with_old_and_new_and_is_trouble(kept):
    finding = false(kept)
    changed = finding.model_copy(update={"verdict": "inferred", "p_unsupported": 0.5})
    result = reproduce(kept, changed)
    said = {one.what: (one.old, one.new) for one in result.judged.differences}
    assert said["verdict"] == ("inferred", finding.verdict)
    assert said["p_unsupported"] == ("0.5", str(finding.p_unsupported))
    assert result.trouble == f"finding {finding.finding_id} did not come out again"
    assert "NOT the same finding" in str(result)
    assert finding.claim.text not in str(result)


def test_other_evidence_is_named(kept):
    finding = next(one for one in kept.findings if one.evidence)
    less = reproduce(kept, finding.model_copy(update={"evidence": ()}))
    assert [one.what for one in less.judged.differences] == ["evidence"]
    altered = finding.evidence[0].model_copy(update={"quote": "never said"})
    other = finding.model_copy(update={"evidence": (altered, *finding.evidence[1:])})
    assert [one.old for one in reproduce(kept, other).judged.differences] == ["its quotes"]


def test_a_sentence_that_is_not_there_any_more_is_trouble(kept):
    finding = false(kept)
    moved = finding.claim.model_copy(update={"start": finding.claim.start + 1})
    result = reproduce(kept, finding.model_copy(update={"claim": moved}))
    assert [(one.what, one.new) for one in result.judged.differences] == [("finding", "none")]


def test_a_drafter_without_chance_says_the_same_every_time(kept):
    finding = next(one for one in kept.findings if one.approach == "extractive")
    found = reproduce(kept, finding, Repeat(resample=3)).resampled
    assert (found.asked, found.drafted, found.reproduced) == (3, 3, 3)
    assert (found.low, found.high) == (pytest.approx(3 / (3 + 1.96**2), abs=1e-4), 1.0)
    assert found.likeness == (1.0, 1.0, 1.0)


def test_a_control_that_draws_its_lies_draws_others_under_new_seeds(kept):
    finding = false(kept)
    result = reproduce(kept, finding, Repeat(resample=8))
    found = result.resampled
    assert (found.asked, found.drafted) == (8, 8)
    assert found.reproduced < 8
    assert found.reproduced == sum(value > 0 for value in found.likeness)
    assert f"drafted again: reproduced {found.reproduced} of 8 (95 % interval " in str(result)
    assert reproduce(kept, finding, Repeat(resample=8)) == result


def changed_session(kept):
    def change(one: Session):
        return one.model_copy(update={"jottings": one.jottings + " More."})

    edit_records(kept.folder / SESSIONS, Session, change)


def changed_draft(kept):
    def change(one: Draft):
        sections = {name: text + " And more." for name, text in one.sections.items()}
        return one.model_copy(update={"sections": sections})

    edit_records(kept.folder / DRAFTS, Draft, change)


def changed_versions(kept):
    edit(kept.folder / PROVENANCE, lambda one: one["packages"].update({"rapidfuzz": "1.0"}))


def changed_python(kept):
    edit(kept.folder / PROVENANCE, lambda one: one.update(python="3.9.1"))


def changed_release(kept):
    edit(kept.folder / PROVENANCE, lambda one: one.update(evalkit="0.0.1"))


def changed_code(kept):
    def change(one):
        one["code"]["claims"] = "0" * 12
        one["code_hash"] = "0" * 16

    edit(kept.folder / PROVENANCE, change)


def changed_judge(kept):
    edit(kept.folder / PROVENANCE, lambda one: one.update(judges={"grounding": "0" * 12}))


def changed_options(kept):
    def change(one):
        one["approaches"][1]["options"] = {"hallucinated": 0.9}

    edit(kept.folder / EXPERIMENT, change)


def changed_format(kept):
    def change(one):
        one["soap"]["sections"][0]["title"] = "What was said"

    edit(kept.folder / "formats.json", change)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (changed_session, ["session gen-3-0000"]),
        (changed_draft, ["draft"]),
        (changed_versions, ["package rapidfuzz"]),
        (changed_python, ["python"]),
        (changed_release, ["evalkit"]),
        (changed_code, ["code"]),
        (changed_judge, ["judge grounding"]),
        (changed_options, ["kept experiment", "approach"]),
        (changed_format, ["format soap"]),
    ],
)
def test_whatever_drifted_is_named_and_stops(kept, change, named):
    finding = false(kept)
    assert (finding.session_id, finding.format) == ("gen-3-0000", "soap")
    change(kept)
    again = open_folder(kept.folder)
    with pytest.raises(Drifted) as error:
        reproduce(again, finding)
    assert [one.what for one in error.value.drifts] == named
    for one in error.value.drifts:
        assert one.old != one.new
        assert f"{one.what}: was {one.old}, is {one.new}" in str(error.value)
    assert "--accept-drift" in str(error.value)
    assert finding.claim.text not in str(error.value)
    result = reproduce(again, finding, Repeat(accept_drift=True))
    assert [one.what for one in result.drifts] == named
    assert f"drift accepted: {result.drifts[0]}" in str(result)


def test_changed_code_is_named_by_its_parts(kept):
    changed_code(kept)
    (drift,) = drifts(Material(open_folder(kept.folder), false(kept)))
    assert drift.new.endswith("(changed: claims)")


def test_the_hash_of_the_code_sees_sources_word_lists_and_weights_and_nothing_else(tmp_path):
    package = tmp_path / "package"
    shutil.copytree(provenance.HERE, package, ignore=shutil.ignore_patterns("__pycache__"))
    before = provenance.code_hashes(package)
    (package / "claims" / "__pycache__").mkdir()
    (package / "claims" / "__pycache__" / "text.cpython-311.pyc").write_bytes(b"1")
    (package / "claims" / ".text.py.swp").write_bytes(b"1")
    assert provenance.code_hashes(package) == before
    for place in ("claims/text.py", "claims/lexicon/plan.toml", "claims/weights/ledger.json"):
        path = package / place
        path.write_text(path.read_text() + " ")
        after = provenance.code_hashes(package)
        assert [name for name in after if after[name] != before[name]] == ["claims"]
        before = after


def test_a_finding_of_an_older_run_is_judged_again_and_what_it_lacks_is_said(kept):
    finding = false(kept)
    (kept.folder / HASHES).unlink()

    def change(one):
        for name in ("code", "code_hash", "judges"):
            one.pop(name)

    edit(kept.folder / PROVENANCE, change)
    result = reproduce(open_folder(kept.folder), finding)
    assert result.judged.same
    assert "not kept by this run: the hash of the code" in str(result)
    edit(kept.folder / PROVENANCE, lambda one: one.update(commit="0123456789ab"))
    with pytest.raises(Drifted, match="commit: was 0123456789ab, is "):
        reproduce(open_folder(kept.folder), finding)


def test_a_run_without_its_experiment_says_what_it_lacks(kept):
    finding = false(kept)
    (kept.folder / EXPERIMENT).unlink()
    with pytest.raises(InputError, match="it lacks its experiment"):
        reproduce(open_folder(kept.folder), finding)


# --- models ----------------------------------------------------------------------------------


def test_a_model_that_answers_alike_is_reproduced_k_of_k(tmp_path):
    with LocalServer(always=answers(LIE)) as server:
        kept = drafted_by_model(tmp_path, server.url)
        finding = the_lie(kept)
        assert finding.verdict in FALSE
        asked = len(server.requests)
        offline = reproduce(kept, finding)
        assert len(server.requests) == asked
        assert offline.judged.same
        result = reproduce(kept, finding, Repeat(resample=4))
        assert len(server.requests) == asked + 4
        seeds = [request["seed"] for request in server.requests]
        again = reproduce(kept, finding, Repeat(resample=4))
        assert len(server.requests) == asked + 8  # never from the file of answers
    assert len(set(seeds)) == asked + 4
    assert (result.resampled.reproduced, result.resampled.drafted) == (4, 4)
    assert result.resampled.versions == {"test-model-1": 4}
    assert again == result
    assert "reproduced 4 of 4 (95 % interval 51% to 100%)" in str(result)
    assert LIE not in str(result)


def test_a_model_that_says_it_in_other_words_is_reproduced_and_one_that_does_not_is_not(tmp_path):
    others = (
        answers("Client is taking lithium, 900 mg each day."),
        answers("Client takes lithium 300 mg daily."),
        answers("Client takes sertraline 900 mg daily."),
        answers("Client will keep a log."),
    )
    with LocalServer(answers(LIE), *others) as server:
        kept = drafted_by_model(tmp_path, server.url)
        found = reproduce(kept, the_lie(kept), Repeat(resample=4)).resampled
    assert (found.reproduced, found.drafted) == (1, 4)
    assert sorted(found.likeness)[:3] == [0, 0, 0]


def test_another_answer_is_0_of_k(tmp_path):
    with LocalServer(answers(LIE), always=answers("Client will keep a log.")) as server:
        kept = drafted_by_model(tmp_path, server.url)
        result = reproduce(kept, the_lie(kept), Repeat(resample=3))
    assert (result.resampled.reproduced, result.resampled.drafted) == (0, 3)
    assert result.resampled.low == 0
    assert result.trouble == ""


def test_drafts_that_fail_are_counted_apart(tmp_path):
    replies = (answers(LIE), answers(LIE), status(400), answers(LIE, model=None))
    with LocalServer(*replies, always=answers(LIE)) as server:
        kept = drafted_by_model(tmp_path, server.url)
        result = reproduce(kept, the_lie(kept), Repeat(resample=3, accept_drift=True))
    found = result.resampled
    assert (found.asked, found.drafted, found.reproduced) == (3, 2, 2)
    assert list(found.failures.values()) == [1]
    assert "1 of 3 without a judged draft: openai/test-model: bad request" in str(result)


def test_a_model_that_never_answers_is_trouble(tmp_path):
    with LocalServer(answers(LIE), always=status(500)) as server:
        kept = drafted_by_model(tmp_path, server.url)
        result = reproduce(kept, the_lie(kept), Repeat(resample=2))
    assert result.trouble == "none of 2 new drafts could be judged"


def test_another_model_version_stops_after_one_call_unless_it_is_accepted(tmp_path):
    with LocalServer(answers(LIE), always=answers(LIE, model="test-model-2")) as server:
        kept = drafted_by_model(tmp_path, server.url)
        finding = the_lie(kept)
        with pytest.raises(Drifted, match="model version: was test-model-1, is test-model-2"):
            reproduce(kept, finding, Repeat(resample=5))
        assert len(server.requests) == 2
        result = reproduce(kept, finding, Repeat(resample=5, accept_drift=True))
    assert result.resampled.reproduced == 5
    assert [one.what for one in result.drifts] == ["model version"]
    assert "5 answered as test-model-2" in str(result)


def test_an_edited_prompt_file_is_drift_and_a_missing_one_is_not(tmp_path):
    with LocalServer(always=answers(LIE)) as server:
        kept = drafted_by_model(tmp_path, server.url)
    finding = the_lie(kept)
    (tmp_path / "mine.md").write_text("Write a short note.")
    with pytest.raises(Drifted) as error:
        reproduce(kept, finding)
    (drift,) = error.value.drifts
    assert drift.what == f"prompt mine ({tmp_path / 'mine.md'})"
    (tmp_path / "mine.md").unlink()
    assert reproduce(kept, finding).judged.same


def test_todays_experiment_file_is_held_to_the_runs(tmp_path):
    with LocalServer(always=answers(LIE)) as server:
        kept = drafted_by_model(tmp_path, server.url)
    path = tmp_path / "experiment.toml"
    today = Repeat(experiment=str(path))
    assert reproduce(kept, the_lie(kept), today).judged.same
    text = path.read_text()
    path.write_text(text.replace("openai/test-model", "openai/other").replace("careful", "calm"))
    with pytest.raises(Drifted, match="approach: was careful, is none"):
        reproduce(kept, the_lie(kept), today)
    path.write_text("seed = 5\n" + text.replace("openai/test-model", "openai/other"))
    with pytest.raises(Drifted) as error:
        reproduce(kept, the_lie(kept), today)
    said = {one.what: (one.old, one.new) for one in error.value.drifts}
    assert said == {"model": ("openai/test-model", "openai/other"), "seed": ("0", "5")}


def test_a_missing_key_is_one_line_before_anything_is_sent(tmp_path, monkeypatch):
    with LocalServer(always=answers(LIE)) as server:
        kept = drafted_by_model(tmp_path, server.url)
        monkeypatch.delenv("OPENAI_API_KEY")
        path = kept.folder / EXPERIMENT
        text = path.read_text().replace(server.url, "https://models.example.org/v1")
        path.write_text(text)
        again = open_folder(kept.folder)
        with pytest.raises(InputError, match="OPENAI_API_KEY"):
            reproduce(again, the_lie(again), Repeat(resample=2, accept_drift=True))
