"""The only door to MLflow. What is logged is read back and counted.

The run's own folder is the source of truth; MLflow holds a copy to look at and compare. Real
transcripts never go there: of sessions that were not generated, the tables carry turn numbers
instead of quotes, neither drafts nor findings carry their text (a note may copy its transcript),
and the report is the one without. To a server that is not on this machine no text goes at all.
With `texts=True` the notes go, the quotes do not.
"""

from __future__ import annotations

import json
import logging
import os
import re
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from evalkit.errors import EvalkitError
from evalkit.records import Approach, Decision, Estimate, Record, Run, digest
from evalkit.reports import figures, html, tables

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PARENT_FILES = ("report.html", "figures", "leaderboard.json", "decision.json", "sessions.json")
PARAM_LENGTH = 6000
"""Longest value of an MLflow parameter, in characters (mlflow.utils.validation, 3.17)."""


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


class Privacy(Record):
    """Which texts may go to MLflow: those of notes, and those that quote a session."""

    notes: bool
    quotes: bool

    @property
    def withheld(self) -> tuple[str, ...]:
        kept = [] if self.quotes else ["quotes of sessions"]
        return (*kept, *([] if self.notes else ["texts of notes"]))


def track(
    run: Run,
    decisions: Iterable[Decision],
    estimates: Iterable[Estimate],
    *,
    uri: str,
    artifacts: Path,
    report_html: str,
    texts: bool = False,
) -> Receipt:
    """Log a run: an experiment, a parent run, a child run an approach; then count what is there.

    `uri` is MLflow's tracking URI, `artifacts` the local folder for a new experiment's files.
    Raises EvalkitError where MLflow refuses, or holds less than was logged.
    """
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    decisions, estimates = tuple(decisions), tuple(estimates)
    privacy = may_log(run, uri, texts)
    page = report_html
    if not (privacy.notes and privacy.quotes):
        page = html.render(run, decisions, estimates, texts=False)
    started: list[str] = []
    with _quiet():
        try:
            if uri.startswith("sqlite:///"):
                Path(uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
            client = MlflowClient(tracking_uri=uri)
            log = _Log(client, _experiment(client, run.experiment.name, artifacts), run, started)
            parent = log.parent(decisions, estimates, page)
            for approach in run.experiment.approaches:
                log.child(approach, parent, decisions, estimates, privacy)
            client.set_terminated(parent)
            receipt = read_back(run, estimates, uri=uri, parent_run_id=parent)
            return receipt.model_copy(update={"withheld": privacy.withheld})
        except MlflowException as error:
            # Some of MLflow's messages repeat the table they could not save.
            code = getattr(error, "error_code", "unknown")
            with suppress(MlflowException):
                for run_id in started:
                    client.set_terminated(run_id, "FAILED")
            raise EvalkitError(f"MLflow at {_shown(uri)} refused: {code}") from None


def may_log(run: Run, uri: str, texts: bool) -> Privacy:
    """What of a run may go to `uri`: everything of generated sessions, if it is on this machine.

    A note may repeat its transcript word for word, so those of real sessions, and any to another
    machine, go only where the caller says `texts=True`; quotes of real sessions never go.
    """
    generated = all(session.spec.source == "generated" for session in run.sessions)
    here = is_local(uri) or texts
    return Privacy(notes=texts or (here and generated), quotes=here and generated)


def is_local(uri: str) -> bool:
    """True where what is logged stays on this machine.

    >>> is_local("sqlite:////data/mlflow.db"), is_local("http://127.0.0.1:5000")
    (True, True)
    >>> is_local("https://mlflow.example.org"), is_local("databricks")
    (False, False)
    """
    parts = urlsplit(uri)
    return parts.scheme == "sqlite" or parts.hostname in LOOPBACK


class _Log:
    """Writes of one run through one client."""

    def __init__(
        self, client: MlflowClient, experiment_id: str, run: Run, started: list[str]
    ) -> None:
        self.client, self.experiment_id, self.run = client, experiment_id, run
        self.started = started
        self.drafts = tables.drafts_table(run)
        self.findings = tables.findings_table(run)

    def parent(
        self, decisions: tuple[Decision, ...], estimates: tuple[Estimate, ...], page: str
    ) -> str:
        run, origin = self.run, self.run.provenance
        params = {
            "seed": run.experiment.seed,
            "sessions": len(run.sessions),
            "formats": ", ".join(run.experiment.formats),
            "replicates": run.experiment.replicates,
            "planned": run.planned,
            "scored": run.scored,
            "failed": run.failed,
            "excluded": run.excluded,
            "experiment_hash": origin.experiment_hash,
            "sessions_hash": origin.sessions_hash,
            "gates": "; ".join(f"{gate.measure} {gate.bound}" for gate in run.experiment.gates),
        }
        tags = {
            "commit": origin.commit,
            "evalkit": origin.evalkit,
            "python": origin.python,
            "mlflow.note.content": run.experiment.description,
        } | {f"version.{name}": version for name, version in origin.packages.items()}
        made = self._start(run.experiment.name, tags, params, {})
        self.client.log_text(made, page, "report.html")
        for figure in figures.draw(run, decisions, estimates):
            self.client.log_text(made, figure.svg, f"figures/{figure.name}.svg")
        board = tables.leaderboard(run, decisions, estimates)
        self.client.log_table(made, board, "leaderboard.json")
        verdicts = [decision.model_dump(mode="json") for decision in decisions]
        self.client.log_dict(made, {"decisions": verdicts}, "decision.json")
        self._dataset(made)
        return made

    def child(
        self,
        approach: Approach,
        parent: str,
        decisions: tuple[Decision, ...],
        estimates: tuple[Estimate, ...],
        privacy: Privacy,
    ) -> None:
        verdicts = [one.verdict for one in decisions if one.approach == approach.name]
        tags = {
            "mlflow.parentRunId": parent,
            "approach": approach.name,
            "verdict": ", ".join(verdicts),
            "control": str(approach.control).lower(),
        }
        made = self._start(approach.name, tags, _params(approach), metrics(estimates, approach))
        if approach.prompt is not None:
            self.client.log_text(made, approach.prompt.text, "prompt.txt")
        drafts, findings = self._rows(approach.name, privacy)
        self.client.log_table(made, drafts, "drafts.json")
        self.client.log_table(made, findings, "findings.json")
        self.client.set_terminated(made)

    def _rows(self, approach: str, privacy: Privacy) -> tuple[pd.DataFrame, pd.DataFrame]:
        drafts = self.drafts[self.drafts["approach"] == approach]
        findings = self.findings[self.findings["approach"] == approach]
        if not privacy.quotes:
            findings = findings.drop(columns=["evidence", "reason"])
        if not privacy.notes:
            drafts = drafts.drop(columns=["text"])
            findings = findings.drop(columns=["text"])
        return drafts.reset_index(drop=True), findings.reset_index(drop=True)

    def _start(
        self, name: str, tags: dict[str, str], params: dict[str, Any], values: dict[str, float]
    ) -> str:
        from mlflow.entities import Metric, Param

        made = self.client.create_run(self.experiment_id, run_name=name, tags=tags)
        self.started.append(made.info.run_id)
        at = made.info.start_time
        self.client.log_batch(
            made.info.run_id,
            metrics=[Metric(key, value, at, 0) for key, value in values.items()],
            params=[Param(key, str(value)[:PARAM_LENGTH]) for key, value in params.items()],
        )
        return str(made.info.run_id)

    def _dataset(self, run_id: str) -> None:
        """The session set as an input: ids, hashes, settings; never what was said."""
        import pandas as pd
        from mlflow.data import from_pandas
        from mlflow.data.code_dataset_source import CodeDatasetSource
        from mlflow.entities import DatasetInput, InputTag

        config = self.run.experiment.sessions
        rows = [
            {
                "session_id": session.session_id,
                "hash": digest(session.model_dump(mode="json")),
                "setting": session.spec.setting,
                "modality": session.spec.modality,
                "source": session.spec.source,
                "traps": " ".join(session.spec.traps),
            }
            for session in self.run.sessions
        ]
        table = pd.DataFrame(rows)
        self.client.log_table(run_id, table, "sessions.json")
        dataset = from_pandas(
            table,
            source=CodeDatasetSource(tags={"sessions": config.source}),
            name=f"{self.run.experiment.name}-sessions",
            digest=self.run.provenance.sessions_hash[:36],
        )._to_mlflow_entity()
        tags = [InputTag("mlflow.data.context", "evaluation")]
        self.client.log_inputs(run_id, datasets=[DatasetInput(dataset, tags)])


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


def _params(approach: Approach) -> dict[str, Any]:
    fields = approach.model_dump(mode="json", exclude={"name", "prompt", "options"})
    fields = {name: value for name, value in fields.items() if value is not None}
    fields["approach_id"] = approach.approach_id
    if approach.prompt is not None:
        fields |= {"prompt": approach.prompt.name, "prompt_hash": digest(approach.prompt.text)}
    for name, value in sorted(approach.options.items()):
        shown = value if isinstance(value, str) else json.dumps(value, default=str)
        fields["options." + re.sub(r"[^\w.\- ]", "_", name)[:200]] = shown
    return fields


def _experiment(client: MlflowClient, name: str, artifacts: Path) -> str:
    found = client.get_experiment_by_name(name)
    if found is None:
        # A server keeps artifacts where it is set up to: a folder of this machine means nothing.
        here = client.tracking_uri.startswith("sqlite:")
        location = (artifacts.resolve() / name).as_uri() if here else None
        return str(client.create_experiment(name, artifact_location=location))
    if found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)
    return str(found.experiment_id)


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


def _rows_held(client: MlflowClient, run_id: str, file: str) -> int:
    if file not in {item.path for item in client.list_artifacts(run_id)}:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = client.download_artifacts(run_id, file, folder)
        return len(json.loads(Path(path).read_text(encoding="utf-8"))["data"])


def _shown(uri: str) -> str:
    """A tracking URI without the user and password it may hold."""
    return re.sub(r"//[^/@]*@", "//", uri)


@contextmanager
def _quiet() -> Iterator[None]:
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
