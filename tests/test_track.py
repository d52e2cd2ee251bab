"""What MLflow holds is what was logged, and no text goes where it may not."""

import json
import shutil
import warnings
from pathlib import Path

import pytest

from evalkit.errors import EvalkitError
from evalkit.track import Receipt, is_local, may_log, metrics, read_back, track
from tests.samples import (
    TURNS,
    assemble,
    sample_approach,
    sample_decisions,
    sample_estimates,
    sample_run,
)

pytestmark = pytest.mark.xdist_group("mlflow")
PAGE = "<!DOCTYPE html><title>the page</title>"


def log(run, folder, **options) -> Receipt:
    found = sample_estimates(run)
    return track(
        run,
        sample_decisions(run, found),
        found,
        uri=f"sqlite:///{folder / 'mlflow.db'}",
        artifacts=folder / "artifacts",
        report_html=PAGE,
        **options,
    )


def client_of(folder):
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=f"sqlite:///{folder / 'mlflow.db'}")


def artifact(client, run_id, name):
    return Path(client.download_artifacts(run_id, name)).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("with a space") / "runs"


@pytest.fixture(scope="module")
def blank(tmp_path_factory):
    """A database with MLflow's tables and nothing in them: making one takes seconds."""
    folder = tmp_path_factory.mktemp("blank")
    client_of(folder).search_experiments()
    return folder / "mlflow.db"


@pytest.fixture
def runs(blank, tmp_path):
    shutil.copy(blank, tmp_path / "mlflow.db")
    return tmp_path


@pytest.fixture(scope="module")
def run():
    return sample_run()


@pytest.fixture(scope="module")
def receipt(run, place):
    return log(run, place)


def test_the_receipt_counts_what_mlflow_holds(run, receipt):
    found = sample_estimates(run)
    wanted = sum(len(metrics(found, approach)) for approach in run.experiment.approaches)
    assert (receipt.drafts, receipt.findings) == (len(run.drafts), len(run.findings))
    assert receipt.metrics == wanted
    assert len(receipt.child_run_ids) == 4
    assert receipt.withheld == ()


def test_a_child_run_has_the_approach_its_prompt_hash_and_its_estimates(run, receipt, place):
    child = client_of(place).get_run(receipt.child_run_ids[0])
    assert child.data.tags["approach"] == "careful"
    assert child.data.tags["mlflow.parentRunId"] == receipt.parent_run_id
    assert child.data.params["approach_id"] == run.experiment.approaches[0].approach_id
    assert len(child.data.params["prompt_hash"]) == 12
    assert child.data.params["options.temperature"] == "0.0"
    one = next(e for e in sample_estimates(run) if e.measure == "fabrication")
    kept = child.data.metrics
    assert (kept["fabrication"], kept["fabrication.high"]) == (one.mean, one.high)
    assert kept["fabrication.n"] == 12
    assert child.info.status == "FINISHED"


def test_the_parent_run_has_the_report_the_figures_the_decision_and_the_sessions(
    run, receipt, place
):
    client = client_of(place)
    parent = client.get_run(receipt.parent_run_id)
    assert parent.data.tags["commit"] == run.provenance.commit
    assert parent.data.params["sessions_hash"] == run.provenance.sessions_hash
    assert parent.data.params["planned"] == "48"
    assert artifact(client, receipt.parent_run_id, "report.html") == PAGE
    decisions = json.loads(artifact(client, receipt.parent_run_id, "decision.json"))["decisions"]
    assert [d["approach"] for d in decisions] == [a.name for a in run.experiment.approaches]
    figures = {item.path for item in client.list_artifacts(receipt.parent_run_id, "figures")}
    assert figures == {
        f"figures/{name}.svg" for name in ("categories", "fabrication", "minutes", "trade_off")
    }
    dataset = parent.inputs.dataset_inputs[0].dataset
    assert dataset.digest == run.provenance.sessions_hash


def test_the_tables_come_back_with_every_row_and_text(run, receipt, place):
    client = client_of(place)
    rows = []
    for run_id in receipt.child_run_ids:
        table = json.loads(artifact(client, run_id, "drafts.json"))
        rows += [dict(zip(table["columns"], row, strict=True)) for row in table["data"]]
    assert len(rows) == len(run.drafts)
    assert run.drafts[0].sections["plan"] in rows[0]["text"]
    assert sum(row["failure"] == "timed out" for row in rows) == 1


def test_a_second_run_joins_the_same_experiment(run, receipt, place):
    again = log(run, place)
    assert again.experiment_id == receipt.experiment_id
    assert again.parent_run_id != receipt.parent_run_id
    assert again.metrics == receipt.metrics


def test_logging_is_silent(run, tmp_path, capfd):
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        log(sample_run(rates={"careful": 0.0}), tmp_path)
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")
    assert [str(w.message) for w in heard if "pandas" in str(w.category)] == []


def test_what_is_lost_on_the_way_is_named(run, runs):
    made = log(run, runs)
    client, found = client_of(runs), sample_estimates(run)
    place = {"uri": f"sqlite:///{runs / 'mlflow.db'}", "parent_run_id": made.parent_run_id}
    assert read_back(run, found, **place) == made

    gone = next(runs.rglob(f"{made.child_run_ids[1]}/artifacts/findings.json"))
    gone.unlink()
    client.log_metric(made.child_run_ids[2], "fabrication", 0.123)
    client.delete_run(made.child_run_ids[3])
    next(runs.rglob("report.html")).unlink()
    with pytest.raises(EvalkitError) as caught:
        read_back(run, found, **place)
    said = str(caught.value)
    assert "findings of 'extractive' (0 of " in said
    assert "metrics of 'careless' (34 of 35)" in said
    assert "the run of 'fabricating'" in said
    assert "report.html" in said
    assert "drafts" not in said


def test_a_measure_without_a_value_is_counted_and_not_logged_as_zero():
    run = sample_run(source="annomi")
    kept = metrics(sample_estimates(run), run.experiment.approaches[0])
    assert "fidelity" not in kept
    assert (kept["fidelity.n"], kept["fidelity.n_unscored"]) == (0, 12)


def test_no_quote_of_a_real_session_reaches_mlflow(runs):
    made = log(sample_run(source="annomi"), runs, texts=True)
    held = b"".join(path.read_bytes() for path in runs.rglob("*") if path.is_file())
    assert not [turn.text for turn in TURNS if turn.text.encode() in held]
    assert made.withheld == ("quotes of sessions",)
    assert made.drafts == 48


@pytest.mark.parametrize(
    ("uri", "source", "texts", "notes", "quotes"),
    [
        ("sqlite:///x.db", "generated", False, True, True),
        ("sqlite:///x.db", "annomi", False, False, False),
        ("sqlite:///x.db", "annomi", True, True, False),
        ("http://localhost:5000", "generated", False, True, True),
        ("https://mlflow.example.org", "generated", False, False, False),
        ("https://mlflow.example.org", "generated", True, True, True),
        ("https://mlflow.example.org", "annomi", True, True, False),
        ("databricks", "generated", False, False, False),
    ],
)
def test_texts_stay_on_this_machine_unless_they_are_let_go(uri, source, texts, notes, quotes):
    allowed = may_log(sample_run(source=source), uri, texts)
    assert (allowed.notes, allowed.quotes) == (notes, quotes)


@pytest.mark.parametrize("uri", ["http://localhost.example.org", "http://evil.org/127.0.0.1", ""])
def test_an_address_that_only_looks_local_is_not(uri):
    assert not is_local(uri)


def test_a_refusal_is_one_line_without_password_or_note(run):
    found = sample_estimates(run)
    with pytest.raises(EvalkitError) as caught:
        track(
            run,
            sample_decisions(run, found),
            found,
            uri="bogus://me:secret@nowhere/x",
            artifacts=Path("unused"),
            report_html=PAGE,
        )
    said = str(caught.value)
    assert said.startswith("MLflow at bogus://nowhere/x refused")
    assert "secret" not in said
    assert "\n" not in said


def test_odd_names_and_long_options_are_logged(runs):
    run = sample_run(rates={"<b>$odd/név & co</b>": 0.1}, fail=0)
    approach = run.experiment.approaches[0].model_copy(
        update={"options": {"a b$c": "x" * 9000, "nested": {"k": [1, None]}}}
    )
    experiment = run.experiment.model_copy(update={"approaches": (approach,)})
    made = log(run.model_copy(update={"experiment": experiment}), runs)
    child = client_of(runs).get_run(made.child_run_ids[0])
    assert len(child.data.params["options.a b_c"]) == 6000
    assert json.loads(child.data.params["options.nested"]) == {"k": [1, None]}
    assert child.info.run_name == "<b>$odd/név & co</b>"


def test_an_approach_whose_drafts_all_failed_is_logged(runs):
    run = sample_run(rates={"careful": 0.0, "down": 0.1}, fail=12)
    made = log(run, runs)
    assert made.drafts == 24
    assert made.findings == len(run.findings)


def test_an_approach_without_any_draft_is_logged(runs):
    run = sample_run(rates={"careful": 0.0, "absent": 0.1}, fail=0)
    kept = tuple(draft for draft in run.drafts if draft.approach == "careful")
    found = tuple(finding for finding in run.findings if finding.approach == "careful")
    part = assemble(run.sessions, kept, found, ("soap", "dap"), ("careful", "absent"))
    assert sample_approach("absent") in part.experiment.approaches
    assert log(part, runs).drafts == 12
