"""A run out of MLflow, months later: its kept files, as `audit.kept` reads them.

Where the store was moved to another machine or folder, its artifacts are looked for beside the
database, since MLflow keeps the path at which they once lay.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from evalkit.audit.kept import FINDINGS, Kept, finding_of
from evalkit.errors import EvalkitError, InputError
from evalkit.records import Finding
from evalkit.store import write_records
from evalkit.track.read import KEPT, quiet, shown

if TYPE_CHECKING:
    from mlflow import MlflowClient

PARENT = "mlflow.parentRunId"


def parent_runs(uri: str) -> list[str]:
    """Ids of evalkit's runs at a tracking URI, one an experiment that was run, latest first."""
    with _client(uri) as client:
        experiments = [one.experiment_id for one in client.search_experiments(max_results=1000)]
        runs = client.search_runs(
            experiments, order_by=["attributes.start_time DESC"], max_results=5000
        )
        return [
            str(run.info.run_id)
            for run in runs
            if PARENT not in run.data.tags
            and "experiment_hash" in run.data.params
            and run.info.status == "FINISHED"
        ]


@contextmanager
def fetched(uri: str, run_id: str = "") -> Iterator[Kept]:
    """The kept files of an MLflow run (of the latest, without an id), there until this ends.

    The id of an approach's run stands for its parent. Raises InputError where there is no such
    store or run. A run logged before evalkit kept its files yields its findings alone.
    """
    if not run_id:
        found = parent_runs(uri)
        if not found:
            raise InputError("no run of evalkit in MLflow", file=shown(uri))
        run_id = found[0]
    with _client(uri) as client, tempfile.TemporaryDirectory() as made:
        run = _run(client, uri, run_id)
        if PARENT in run.data.tags:
            run = _run(client, uri, run.data.tags[PARENT])
        run_id = str(run.info.run_id)
        folder = _artifact(client, uri, run, KEPT, Path(made))
        if folder is None:
            folder = Path(made)
            write_records(folder / FINDINGS, _from_tables(client, uri, run, folder))
        yield Kept(
            folder=folder,
            name=f"MLflow run {run_id}",
            address=f"--tracking-uri {shown(uri)} --run {run_id}",
        )


@contextmanager
def _client(uri: str) -> Iterator[MlflowClient]:
    """A client; MLflow's own errors become one line, and a database is never made by asking."""
    path = uri.removeprefix("sqlite:///")
    if path != uri and not Path(path).is_file():
        raise InputError("there is no such MLflow database", file=path)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    with quiet():
        try:
            yield MlflowClient(tracking_uri=uri)
        except MlflowException as error:
            code = getattr(error, "error_code", "unknown")
            raise EvalkitError(f"MLflow at {shown(uri)} refused: {code}") from None


def _run(client: MlflowClient, uri: str, run_id: str) -> Any:
    from mlflow.exceptions import MlflowException

    try:
        return client.get_run(run_id)
    except MlflowException:
        raise InputError(f"MLflow holds no run {run_id!r}", file=shown(uri)) from None


def _artifact(client: MlflowClient, uri: str, run: Any, name: str, into: Path) -> Path | None:
    """A file or folder that a run holds, as a local path; None if it holds none."""
    place = urlsplit(run.info.artifact_uri)
    if place.scheme in ("", "file"):
        base = _moved(Path(unquote(place.path)), uri)
        return base / name if base is not None and (base / name).exists() else None
    if name not in {item.path for item in client.list_artifacts(run.info.run_id)}:
        return None
    return Path(client.download_artifacts(run.info.run_id, name, str(into)))


def _moved(path: Path, uri: str) -> Path | None:
    """Where a folder of artifacts lies now: where it lay, or in the same place below the database.

    The longest tail of its old path that is found there is taken.
    """
    if path.is_dir():
        return path
    database = Path(uri.removeprefix("sqlite:///"))
    tails = (database.parent.joinpath(*path.parts[first:]) for first in range(1, len(path.parts)))
    return next((tail for tail in tails if tail.name == path.name and tail.is_dir()), None)


def _from_tables(client: MlflowClient, uri: str, parent: Any, into: Path) -> Iterable[Finding]:
    """The findings of an older run, from the table that each approach's run holds."""
    children = client.search_runs(
        [parent.info.experiment_id], f"tags.`{PARENT}` = '{parent.info.run_id}'", max_results=1000
    )
    for child in sorted(children, key=lambda one: one.info.start_time):
        path = _artifact(client, uri, child, "findings.json", into)
        if path is None:
            continue
        table = json.loads(path.read_text(encoding="utf-8"))
        for row in table["data"]:
            yield finding_of(dict(zip(table["columns"], row, strict=True)))
