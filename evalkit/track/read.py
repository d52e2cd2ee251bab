"""What MLflow holds of a run: counted after it was logged, and fetched months later."""

from __future__ import annotations

import json
import logging
import os
import re
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.audit.kept import ALWAYS, DRAFTS, FINDINGS, SESSIONS
from evalkit.errors import EvalkitError
from evalkit.records import Approach, Estimate, Record, Run

if TYPE_CHECKING:
    from mlflow import MlflowClient

KEPT = "run"
"""The folder of a parent run that holds what `audit.kept` reads."""

PARENT_FILES = ("report.html", "figures", "leaderboard.json", "decision.json", "sessions.json")


class Receipt(Record):
    """What MLflow holds after a run was logged, as read back from it."""

    experiment_id: str
    parent_run_id: str
    child_run_ids: tuple[str, ...]
    metrics: int
    drafts: int
    findings: int
    withheld: tuple[str, ...] = ()
    """What was kept out of MLflow for privacy, in words."""


def metrics(estimates: Iterable[Estimate], approach: Approach) -> dict[str, float]:
    """MLflow's metrics of one approach; a measure without a value has only its counts."""
    found: dict[str, float] = {}
    for one in estimates:
        if one.approach != approach.name:
            continue
        ends = {"": one.mean, ".low": one.low, ".high": one.high}
        found |= {one.measure + end: value for end, value in ends.items() if value is not None}
        found |= {f"{one.measure}.n": one.n, f"{one.measure}.n_unscored": one.n_unscored}
    return found


def read_back(run: Run, estimates: Iterable[Estimate], *, uri: str, parent_run_id: str) -> Receipt:
    """Ask MLflow what it holds of a run; EvalkitError says what is missing."""
    from mlflow import MlflowClient

    client, estimates = MlflowClient(tracking_uri=uri), tuple(estimates)
    parent = client.get_run(parent_run_id)
    children = client.search_runs(
        [parent.info.experiment_id],
        f"tags.`mlflow.parentRunId` = '{parent_run_id}'",
        max_results=len(run.experiment.approaches) + 1,
    )
    found = {child.data.tags["approach"]: child for child in children}
    missing: list[str] = []
    held = {"metrics": 0, "drafts": 0, "findings": 0}
    for approach in run.experiment.approaches:
        wanted = {
            "metrics": len(metrics(estimates, approach)),
            "drafts": sum(draft.approach == approach.name for draft in run.drafts),
            "findings": sum(finding.approach == approach.name for finding in run.findings),
        }
        child = found.get(approach.name)
        if child is None:
            missing.append(f"the run of {approach.name!r}")
            continue
        kept = child.data.metrics
        same = sum(kept.get(key) == value for key, value in metrics(estimates, approach).items())
        there = {
            "metrics": same,
            "drafts": _rows_held(client, child.info.run_id, "drafts.json"),
            "findings": _rows_held(client, child.info.run_id, "findings.json"),
        }
        for what, count in there.items():
            held[what] += count
            if count != wanted[what]:
                missing.append(f"{what} of {approach.name!r} ({count} of {wanted[what]})")
    files = {item.path for item in client.list_artifacts(parent_run_id)}
    missing += [name for name in PARENT_FILES if name not in files]
    missing += _kept_missing(client, run, parent_run_id)
    if not parent.inputs.dataset_inputs:
        missing.append("the sessions as a dataset")
    if missing:
        raise EvalkitError("MLflow does not hold all that was logged: " + "; ".join(missing))
    return Receipt(
        experiment_id=parent.info.experiment_id,
        parent_run_id=parent_run_id,
        child_run_ids=tuple(found[one.name].info.run_id for one in run.experiment.approaches),
        **held,
    )


def _kept_missing(client: MlflowClient, run: Run, run_id: str) -> list[str]:
    """What the folder of kept files lacks, in words."""
    names = {Path(item.path).name for item in client.list_artifacts(run_id, KEPT)}
    missing = [f"{KEPT}/{name}" for name in ALWAYS if name not in names]
    wanted = {DRAFTS: len(run.drafts), FINDINGS: len(run.findings), SESSIONS: len(run.sessions)}
    with tempfile.TemporaryDirectory() as folder:
        for name in sorted(names & set(wanted)):
            path = client.download_artifacts(run_id, f"{KEPT}/{name}", folder)
            with Path(path).open(encoding="utf-8", newline="\n") as lines:
                count = sum(1 for _ in lines)
            if count != wanted[name]:
                missing.append(f"lines of {KEPT}/{name} ({count} of {wanted[name]})")
    return missing


def _rows_held(client: MlflowClient, run_id: str, file: str) -> int:
    if file not in {item.path for item in client.list_artifacts(run_id)}:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = client.download_artifacts(run_id, file, folder)
        return len(json.loads(Path(path).read_text(encoding="utf-8"))["data"])


def shown(uri: str) -> str:
    """A tracking URI without the user and password it may hold."""
    return re.sub(r"//[^/@]*@", "//", uri)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep out MLflow's INFO lines, links and bars and pandas' deprecations, not its warnings."""
    chatter = {
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    }
    before = {name: os.environ.get(name) for name in chatter}
    loud = [logging.getLogger(name) for name in ("mlflow", "alembic")]
    levels = [logger.level for logger in loud]
    with warnings.catch_warnings():
        for category in (FutureWarning, DeprecationWarning):
            warnings.simplefilter("ignore", category)
        try:
            os.environ.update(chatter)
            for logger in loud:
                logger.setLevel(logging.WARNING)
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            for logger, level in zip(loud, levels, strict=True):
                logger.setLevel(level)
