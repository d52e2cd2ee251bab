"""A run into MLflow: an experiment, a parent run, a child run an approach."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.audit.kept import keep
from evalkit.errors import EvalkitError
from evalkit.records import Approach, Decision, Estimate, Run, digest
from evalkit.track.privacy import Privacy, may_log
from evalkit.track.read import KEPT, Receipt, metrics, quiet, read_back, shown

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient

PARAM_LENGTH = 6000
"""Longest value of an MLflow parameter, in characters (mlflow.utils.validation, 3.17)."""


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

    from evalkit.reports import html

    decisions, estimates = tuple(decisions), tuple(estimates)
    privacy = may_log(run, uri, texts)
    page = report_html
    if not (privacy.notes and privacy.quotes):
        page = html.render(run, decisions, estimates, texts=False)
    started: list[str] = []
    with quiet():
        try:
            if uri.startswith("sqlite:///"):
                Path(uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
            client = MlflowClient(tracking_uri=uri)
            log = _Log(client, _experiment(client, run.experiment.name, artifacts), run, started)
            parent = log.parent(decisions, estimates, page)
            log.keep(parent, privacy)
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
            raise EvalkitError(f"MLflow at {shown(uri)} refused: {code}") from None


class _Log:
    """Writes of one run through one client."""

    def __init__(
        self, client: MlflowClient, experiment_id: str, run: Run, started: list[str]
    ) -> None:
        self.client, self.experiment_id, self.run = client, experiment_id, run
        self.started = started
        from evalkit.reports import tables

        self.drafts = tables.drafts_table(run)
        self.findings = tables.findings_table(run)

    def parent(
        self, decisions: tuple[Decision, ...], estimates: tuple[Estimate, ...], page: str
    ) -> str:
        from evalkit.reports import figures, tables

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
            "code_hash": origin.code_hash,
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

    def keep(self, parent: str, privacy: Privacy) -> None:
        """All that reproducing a finding takes, as far as texts may go there."""
        with tempfile.TemporaryDirectory() as folder:
            keep(self.run, Path(folder), notes=privacy.notes, quotes=privacy.quotes)
            self.client.log_artifacts(parent, folder, KEPT)

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
