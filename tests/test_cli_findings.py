"""`evalkit findings` as a user types it, from a run's folder and from MLflow alone."""

import json
import os
import re
import shutil
import subprocess
import sys
import time

import pytest

from evalkit.audit.kept import FINDINGS, keep, open_folder
from evalkit.cli import main
from evalkit.pipeline import evaluate
from evalkit.records import FALSE, Experiment, SessionsConfig
from evalkit.store import write_records
from tests.audit.kept import BASELINES, LIE, answers, outcome_of_model
from tests.local_server import LocalServer

pytestmark = pytest.mark.xdist_group("mlflow")
SMALL = BASELINES.model_copy(update={"replicates": 1, "formats": ("soap",)})


def call(*words):
    """Exit code of a command."""
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    return stop.value.code


@pytest.fixture(scope="module")
def blank(tmp_path_factory):
    """A database with MLflow's tables and nothing in them: making one takes seconds."""
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("blank") / "mlflow.db"
    MlflowClient(tracking_uri=f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture(scope="module")
def outcome(blank, tmp_path_factory):
    """A run in its folder and in MLflow."""
    return _evaluated(SMALL, tmp_path_factory.mktemp("with a space") / "runs", blank)


def _evaluated(experiment: Experiment, out, blank):
    out.mkdir(exist_ok=True)
    if not (out / "mlflow.db").exists():
        shutil.copy(blank, out / "mlflow.db")
    return evaluate(experiment, out=out)


@pytest.fixture
def alone(outcome, tmp_path):
    """MLflow's store on another machine: no folder of the run, and nothing where it once lay."""
    store = tmp_path / "store"
    store.mkdir()
    base = outcome.folder.parent
    shutil.copy(base / "mlflow.db", store)
    shutil.copytree(base / "artifacts", store / "artifacts")
    hidden = base.with_name("hidden")
    base.rename(hidden)
    yield store
    hidden.rename(base)


def false(outcome):
    return next(
        one
        for one in outcome.run.findings
        if one.approach == "fabricating" and one.verdict in FALSE
    )


def test_the_latest_run_is_listed_gravest_first_without_texts(outcome, capsys):
    assert call("findings", "list", "--out", outcome.folder.parent, "--limit", 5) == 0
    said = capsys.readouterr().out
    lines = said.splitlines()
    assert lines[0].split() == [
        "id", "verdict", "category", "severity", "p", "approach", "format", "session", "section",
    ]  # fmt: skip
    assert len(lines) == 7
    assert lines[1].split()[1] in FALSE
    total = len(outcome.run.findings)
    counted = f"5 of {total} findings (--limit 5), {total} in {outcome.folder}: "
    assert lines[-1].startswith(counted)
    told = [int(number) for number in re.findall(r"\d+", lines[-1].removeprefix(counted))]
    assert sum(told) == total
    assert not [one for one in outcome.run.findings if one.claim.text in said]


def test_a_list_is_cut_down_by_what_is_asked_for(outcome, capsys):
    words = ("--approach", "fabricating", "--verdict", "unsupported", "--verdict", "contradicted")
    assert call("findings", "list", outcome.folder, *words, "--limit", 0, "--text") == 0
    said = capsys.readouterr().out
    wanted = [
        one
        for one in outcome.run.findings
        if one.approach == "fabricating" and one.verdict in FALSE
    ]
    assert wanted
    assert f"{len(wanted)} of {len(wanted)} findings, " in said
    for one in wanted:
        assert one.finding_id in said
        assert one.claim.text in said


def test_a_misspelt_filter_ends_with_code_2(outcome, capsys):
    assert call("findings", "list", outcome.folder, "--category", "medicaton") == 2
    assert "did you mean 'medication'?" in capsys.readouterr().err


def test_a_finding_is_shown_by_the_start_of_its_id(outcome, capsys):
    finding = false(outcome)
    assert call("findings", "show", finding.finding_id[:10], "--out", outcome.folder.parent) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"finding {finding.finding_id}\n")
    assert finding.claim.text in said


def test_the_command_that_show_gives_works_as_it_stands(outcome, capsys):
    import shlex

    call("findings", "show", false(outcome).finding_id, outcome.folder)
    line = next(one for one in capsys.readouterr().out.splitlines() if "# the kept note" in one)
    words = shlex.split(line, comments=True)
    assert words[0] == "evalkit"
    assert call(*words[1:]) == 0
    assert "the same finding" in capsys.readouterr().out


def test_an_unknown_id_names_where_it_was_looked_for(outcome, capsys):
    assert call("findings", "show", "zzzz", outcome.folder) == 2
    error = capsys.readouterr().err
    assert f"no finding 'zzzz' in {outcome.folder}" in error
    assert "evalkit findings list" in error


def test_an_id_cut_too_short_lists_those_it_may_be(outcome, capsys):
    ids = [one.finding_id for one in outcome.run.findings]
    start = next(one[0] for one in ids if sum(other[0] == one[0] for other in ids) > 1)
    assert call("findings", "reproduce", start, outcome.folder) == 2
    error = capsys.readouterr().err
    assert f"{sum(one[0] == start for one in ids)} findings of " in error
    assert "give more of the id" in error
    assert not [one for one in outcome.run.findings if one.claim.text in error]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("none",), "there is no such folder"),
        (("--out", "none"), "there is no run here"),
        (("--tracking-uri", "sqlite:///none.db"), "there is no such MLflow database"),
        (("--out", "none", "--run", "x"), "there is no such MLflow database"),
    ],
)
def test_a_place_without_a_run_is_named(words, says, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("findings", "list", *words) == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_mlflow_does_not_hold_is_named(outcome, capsys):
    assert call("findings", "list", "--out", outcome.folder.parent, "--run", "x") == 2
    assert "MLflow holds no run 'x'" in capsys.readouterr().err


def test_a_finding_is_reproduced_from_mlflow_alone(outcome, alone, capsys):
    finding = false(outcome)
    uri = f"sqlite:///{alone / 'mlflow.db'}"
    assert call("findings", "list", "--tracking-uri", uri, "--limit", 0) == 0
    assert finding.finding_id in capsys.readouterr().out
    assert call("findings", "show", finding.finding_id, "--out", alone) == 0
    page = capsys.readouterr().out
    assert f"[[{finding.claim.text}]]" in page
    assert "not kept by this run" not in page
    words = ("findings", "reproduce", finding.finding_id, "--out", alone, "--resample", 2)
    assert call(*words) == 0
    said = capsys.readouterr().out
    assert "the same finding (id, verdict, p " in said
    assert "drafted again: reproduced " in said


def test_the_run_of_an_approach_stands_for_the_whole(outcome, capsys):
    child = outcome.receipt.child_run_ids[0]
    words = ("--out", outcome.folder.parent, "--run", child, "--limit", 1)
    assert call("findings", "list", *words) == 0
    said = capsys.readouterr().out
    assert f"{len(outcome.run.findings)} in MLflow run {outcome.receipt.parent_run_id}" in said


def test_a_finding_of_a_run_that_was_overwritten_is_found_in_mlflow(blank, tmp_path, capsys):
    first = _evaluated(SMALL, tmp_path, blank)
    second = _evaluated(SMALL.model_copy(update={"seed": 4}), tmp_path, blank)
    assert first.folder == second.folder
    finding = false(first)
    assert finding.finding_id not in {one.finding_id for one in second.run.findings}
    assert call("findings", "reproduce", finding.finding_id, "--out", tmp_path) == 0
    assert "the same finding" in capsys.readouterr().out


def test_a_run_that_mlflow_held_before_is_listed_and_says_what_it_lacks(outcome, alone, capsys):
    for folder in alone.rglob("artifacts/run"):
        shutil.rmtree(folder)
    finding = false(outcome)
    assert call("findings", "list", "--out", alone, "--limit", 0) == 0
    listed = capsys.readouterr().out
    assert all(one.finding_id in listed for one in outcome.run.findings)
    assert call("findings", "show", finding.finding_id, "--out", alone) == 0
    page = capsys.readouterr().out
    assert finding.claim.text in page
    assert "its experiment (this run was logged before evalkit kept it)" in page
    assert call("findings", "reproduce", finding.finding_id, "--out", alone) == 2
    assert "holds too little to reproduce a finding" in capsys.readouterr().err


def test_drift_is_loud_and_ends_with_code_1(outcome, tmp_path, capsys):
    keep(outcome.run, tmp_path)
    origin = json.loads((tmp_path / "provenance.json").read_text())
    origin["packages"]["rapidfuzz"] = "1.0"
    (tmp_path / "provenance.json").write_text(json.dumps(origin))
    finding = false(outcome)
    assert call("findings", "reproduce", finding.finding_id, tmp_path) == 1
    said = capsys.readouterr()
    assert "drifted since the run, 1 in all" in said.err
    assert "package rapidfuzz: was 1.0, is " in said.err
    assert call("findings", "reproduce", finding.finding_id, tmp_path, "--accept-drift") == 0
    assert "drift accepted: package rapidfuzz: was 1.0" in capsys.readouterr().out


def test_a_finding_that_does_not_come_out_again_ends_with_code_1(outcome, tmp_path, capsys):
    finding = false(outcome)
    changed = outcome.run.model_copy(
        update={"findings": (finding.model_copy(update={"p_unsupported": 0.123}),)}
    )
    keep(changed, tmp_path)
    assert call("findings", "reproduce", finding.finding_id, tmp_path) == 1
    said = capsys.readouterr()
    assert "p_unsupported: was 0.123" in said.out
    assert "did not come out again" in said.err


def test_a_models_finding_is_drafted_again_from_mlflow_alone(tmp_path, blank, capsys, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    (tmp_path / "runs").mkdir()
    shutil.copy(blank, tmp_path / "runs" / "mlflow.db")
    with LocalServer(always=answers(LIE)) as server:
        outcome = outcome_of_model(tmp_path, server.url, tracking=True)
        shutil.rmtree(outcome.folder)
        (tmp_path / "mine.md").unlink()
        (tmp_path / "experiment.toml").unlink()
        finding = next(one for one in outcome.run.findings if one.claim.text == LIE)
        out = ("--out", tmp_path / "runs")
        assert call("findings", "reproduce", finding.finding_id, *out, "--resample", 3) == 0
        said = capsys.readouterr()
        server.always = answers(LIE, model="test-model-2")
        assert call("findings", "reproduce", finding.finding_id, *out, "--resample", 3) == 1
        drifted = capsys.readouterr()
    assert "reproduced 3 of 3 (95 % interval " in said.out
    assert "model version: was test-model-1, is test-model-2" in drifted.err
    for text in (said.out, said.err, drifted.err):
        assert LIE not in text


def test_of_real_sessions_mlflow_holds_no_text_and_asks_for_their_source(
    tmp_path, blank, capsys, outcome
):
    source = tmp_path / "sessions.jsonl"
    sessions = [
        one.model_copy(update={"spec": one.spec.model_copy(update={"source": "annomi"})})
        for one in outcome.run.sessions
    ]
    write_records(source, sessions)
    config = SessionsConfig(source="jsonl", options={"path": str(source)})
    real = _evaluated(SMALL.model_copy(update={"sessions": config}), tmp_path / "runs", blank)
    shutil.rmtree(real.folder)
    held = b"".join(path.read_bytes() for path in tmp_path.glob("runs/**/*") if path.is_file())
    assert not [one for one in real.run.findings if one.claim.text.encode() in held]
    finding = false(real)
    words = ("findings", "reproduce", finding.finding_id, "--out", tmp_path / "runs")
    assert call(*words) == 2
    assert "give --sessions SOURCE" in capsys.readouterr().err
    assert call(*words, "--sessions", source) == 0
    assert "the same finding" in capsys.readouterr().out
    show = ("findings", "show", finding.finding_id, "--out", tmp_path / "runs")
    assert call(*show) == 0
    assert finding.claim.text not in capsys.readouterr().out
    assert call(*show, "--sessions", source) == 0
    assert f"[[{finding.claim.text}]]" in capsys.readouterr().out


def test_a_list_of_20_769_findings_takes_less_than_3_seconds_of_one_core(outcome, tmp_path):
    keep(outcome.run, tmp_path)
    findings = list(outcome.run.findings)
    many = [
        findings[number % len(findings)].model_copy(update={"finding_id": f"{number:012x}"})
        for number in range(20_769)
    ]
    write_records(tmp_path / FINDINGS, many)
    command = "import resource, sys; from evalkit.cli import main\ntry: main(sys.argv[1:])\n"
    command += "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_utime)"
    started = time.perf_counter()
    words = [sys.executable, "-c", command, "findings", "list", str(tmp_path), "--limit", "0"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=dict(os.environ))
    *lines, seconds = done.stdout.splitlines()
    assert lines[-1].startswith("20769 of 20769 findings")
    assert len(lines) == 20_771
    assert float(seconds) < 3
    assert time.perf_counter() - started < 60
    assert len(open_folder(tmp_path).in_brief()) == 20_769
