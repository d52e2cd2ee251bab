"""The whole line: sessions, drafts, scores, decision, MLflow, report, and the run's folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit import network
from evalkit.accuracy import read
from evalkit.audit.kept import DRAFTS, SESSIONS, keep
from evalkit.decision import decide, estimates
from evalkit.errors import InputError, did_you_mean
from evalkit.experiment import load_experiment
from evalkit.records import Decision, Estimate, Experiment, Record, Run
from evalkit.runner import Progress, arun, check_models, hosts_named, in_own_loop, silent
from evalkit.store import folder_for, write_records, write_table, write_text
from evalkit.track import Receipt, track

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.records.validity import Card
    from evalkit.reports.figures import Drawn


class Place(Record):
    """Where a run is kept: its files in `folder`, answers of models in `responses`, MLflow's
    database in `base`."""

    base: Path
    folder: Path
    responses: Path


def place_of(experiment: Experiment, out: str | Path, *, part: bool = False) -> Place:
    """`out`/<name>, or for a narrowed experiment `out`/<name>/part, which shares the answers."""
    base = Path(out).resolve()
    whole = base / experiment.name
    folder = whole / "part" if part else whole
    return Place(base=base, folder=folder, responses=whole / "responses.sqlite")


def narrowed(
    experiment: Experiment,
    *,
    limit: int | None = None,
    only: Sequence[str] = (),
    replicates: int | None = None,
) -> Experiment:
    """The experiment on its first `limit` sessions, with `only` these approaches.

    What is left is drafted as in the whole experiment, call by call. Raises InputError for an
    approach that is not there.
    """
    have = [approach.name for approach in experiment.approaches]
    for name in only:
        if name not in have:
            raise InputError(did_you_mean("approach", name, have), field="--only")
    cut = experiment.sessions.limit
    sizes = [size for size in (limit, cut) if size is not None]
    return experiment.model_copy(
        update={
            "sessions": experiment.sessions.model_copy(update={"limit": min(sizes, default=None)}),
            "approaches": tuple(
                one for one in experiment.approaches if not only or one.name in only
            ),
            "replicates": replicates or experiment.replicates,
        }
    )


class Outcome(Record):
    """What one experiment came to, and where it lies."""

    run: Run
    estimates: tuple[Estimate, ...]
    decisions: tuple[Decision, ...]
    folder: Path
    receipt: Receipt | None = None

    @property
    def report(self) -> Path:
        return self.folder / "report.html"

    def leaderboard(self) -> pd.DataFrame:
        """One row an approach: verdict, deciding gate, rates with their intervals."""
        from evalkit.reports.tables import leaderboard

        return leaderboard(self.run, self.decisions, self.estimates)

    def summary(self) -> pd.DataFrame:
        """The leaderboard for a reader: `29% [15, 49]` in each cell, controls with a star."""
        from evalkit.reports.tables import summary

        return summary(self.run, self.estimates)

    def verdicts(self) -> pd.DataFrame:
        """Verdict and deciding gate of each approach."""
        from evalkit.reports.tables import verdicts

        return verdicts(self.run, self.decisions)

    def figures(self) -> dict[str, Drawn]:
        """The report's figures by name: SVG text, with a caption and words for who cannot see."""
        from evalkit.reports.figures import draw

        return {one.name: one for one in draw(self.run, self.decisions, self.estimates)}


async def aevaluate(
    experiment: Experiment | str | Path,
    *,
    out: str | Path | Place = "runs",
    tracking: bool = True,
    card: str | Path | None = None,
    progress: Progress = silent,
) -> Outcome:
    """Run an experiment from end to end and keep everything under `out`/<experiment name>.

    Meanwhile this process reaches no host over the network but those that the experiment names.
    `card` is a `validity.json` of `evalkit validate`, for judges that evalkit's own does not know.
    Model answers are kept in `responses.sqlite` there the moment they arrive. With `tracking`,
    the run is logged to MLflow in `out`/mlflow.db, read back and counted.
    """
    if not isinstance(experiment, Experiment):
        experiment = load_experiment(experiment)
    check_models(experiment)
    known = read(card) if card is not None else None
    place = out if isinstance(out, Place) else place_of(experiment, out)
    with network.only(hosts_named(experiment)):
        return await _evaluated(experiment, place, tracking, known, progress)


async def _evaluated(
    experiment: Experiment,
    place: Place,
    tracking: bool,
    known: Card | None,
    progress: Progress,
) -> Outcome:
    from evalkit.reports.html import render

    folder_for(place.base)
    folder = folder_for(place.folder)
    run = await arun(experiment, responses=place.responses, progress=progress)
    write_records(folder / SESSIONS, run.sessions)
    write_records(folder / DRAFTS, run.drafts)
    found = estimates(run)
    decisions = decide(run, found, known)
    progress("report", 0, 1)
    html = render(run, decisions, found, card=known)
    save(run, found, decisions, html, folder)
    progress("report", 1, 1)
    receipt = None
    if tracking:
        progress("tracking", 0, 1)
        receipt = track(
            run,
            decisions,
            found,
            uri=f"sqlite:///{place.base / 'mlflow.db'}",
            artifacts=place.base / "artifacts",
            report_html=html,
            texts=experiment.log_texts,
        )
        progress("tracking", 1, 1)
    return Outcome(run=run, estimates=found, decisions=decisions, folder=folder, receipt=receipt)


def evaluate(
    experiment: Experiment | str | Path,
    *,
    out: str | Path | Place = "runs",
    tracking: bool = True,
    card: str | Path | None = None,
    progress: Progress = silent,
) -> Outcome:
    """`aevaluate` for callers without an event loop, and inside a live notebook kernel too."""
    work = aevaluate(experiment, out=out, tracking=tracking, card=card, progress=progress)
    return in_own_loop(work)


def save(
    run: Run,
    found: tuple[Estimate, ...],
    decisions: tuple[Decision, ...],
    html: str,
    folder: Path,
) -> None:
    """Write the run's folder; each file is whole or not there."""
    from evalkit.reports import tables

    keep(run, folder)
    write_records(folder / "judged.jsonl", run.judged)
    write_records(folder / "estimates.jsonl", found)
    write_table(folder / "findings.parquet", tables.findings_table(run))
    write_table(folder / "scores.parquet", tables.scores_table(run))
    write_table(folder / "reviews.parquet", tables.reviews_table(run))
    write_table(folder / "leaderboard.parquet", tables.leaderboard(run, decisions, found))
    write_text(
        folder / "decision.json",
        json.dumps([one.model_dump(mode="json") for one in decisions], indent=2) + "\n",
    )
    write_text(folder / "report.html", html)
