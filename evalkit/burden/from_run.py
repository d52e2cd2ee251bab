"""Reads what a run's folder knows of its approaches' notes: reviews, errors, cost, failures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError

from evalkit.burden.pools import PARTS, Drafted, Numbers, Pool
from evalkit.errors import InputError, did_you_mean, from_validation
from evalkit.records import Cell, Draft, Experiment
from evalkit.stats import Z95
from evalkit.store import read_json, read_records, read_rows

if TYPE_CHECKING:
    import pandas as pd

KEY = list(Cell._fields)
COLUMNS = (
    *(*PARTS, "low", "high"),
    *("fabrications", "fabrications_major", "surviving", "surviving_major", "slips"),
)
AGAIN = "run the experiment again with this version of evalkit"


@dataclass(frozen=True)
class _Folder:
    """A run as far as it is needed here."""

    experiment: Experiment
    settings: dict[str, str]
    drafts: tuple[Draft, ...]
    reviews: pd.DataFrame


def approaches_of(folder: str | Path) -> tuple[str, ...]:
    """Names of the approaches of a run's folder, in the experiment's order."""
    return tuple(one.name for one in _experiment(Path(folder)).approaches)


def read_run(folder: str | Path, approaches: Iterable[str] = ()) -> tuple[Drafted, ...]:
    """The approaches of a run (all of them, if none is named), from its folder.

    Raises InputError where the folder is none of a run, an approach is unknown, or the reviews were
    modelled by a version that did not say what survives a review.
    """
    place = Path(folder)
    have = approaches_of(place)
    wanted = tuple(approaches) or have
    for name in wanted:
        if name not in have:
            raise InputError(did_you_mean("approach", name, have), file=place, field="approach")
    kept = _read(place)
    controls = {one.name for one in kept.experiment.approaches if one.control}
    return tuple(
        Drafted(
            approach=name,
            source=str(place),
            individual=_pool(kept, name, group=False),
            group=_pool(kept, name, group=True),
            cost_usd=_cost(kept.drafts, name),
            control=name in controls,
            vigilance=kept.experiment.reviewing.vigilance,
        )
        for name in wanted
    )


def _experiment(folder: Path) -> Experiment:
    path = folder / "experiment.json"
    try:
        return Experiment.model_validate(read_json(path))
    except ValidationError as error:
        raise from_validation(error, file=path) from None


def _read(folder: Path) -> _Folder:
    experiment = _experiment(folder)
    stopped = experiment.reviewing.vigilance.stopped
    if stopped:
        raise InputError(
            f"the run was modelled with {100 * stopped:g} % of clinicians who do not review",
            file=folder / "experiment.json",
            field="reviewing.vigilance.stopped",
            fix="set it to 0 and run again: a practice has a `stopped` of its own",
        )
    reviews = _table(folder / "reviews.parquet", [*KEY, *COLUMNS])
    drafts = tuple(read_records(folder / "drafts.jsonl", Draft))
    return _Folder(
        experiment=experiment,
        settings={
            str(row["spec"]["session_id"]): str(row["spec"].get("setting", "individual"))
            for _, row in read_rows(folder / "sessions.jsonl")
        },
        drafts=drafts,
        reviews=reviews,
    )


def _table(path: Path, columns: list[str]) -> pd.DataFrame:
    import pandas as pd

    if not path.is_file():
        raise InputError("there is no such file", file=path, fix=AGAIN)
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError):
        raise InputError("not a Parquet table", file=path, fix=AGAIN) from None
    lacking = [name for name in columns if name not in table]
    if lacking:
        raise InputError(
            f"no column {', '.join(lacking)}: an older version of evalkit wrote this run",
            file=path,
            field=lacking[0],
            fix=AGAIN,
        )
    return table[columns]


def _pool(kept: _Folder, approach: str, *, group: bool) -> Pool | None:
    """The reviewed notes of one approach and kind; None if the run has none."""

    def of_kind(session_id: str) -> bool:
        return (kept.settings.get(session_id) == "group") == group

    reviews = kept.reviews
    mine = reviews[(reviews["approach"] == approach) & reviews["session_id"].map(of_kind)]
    if mine.empty:
        return None
    asked = [one for one in kept.drafts if one.approach == approach and of_kind(one.session_id)]
    failed = sum(one.failure is not None for one in asked)
    numbers = {name: mine[name].to_numpy(dtype=float) for name in COLUMNS}
    numbers["major"] = numbers.pop("fabrications_major")
    _, codes = np.unique(mine["session_id"].to_numpy(dtype=str), return_inverse=True)
    spread = kept.experiment.reviewing.clinicians.spread
    return Pool(
        session=codes.astype(np.int64),
        minutes={part: numbers.pop(part) for part in PARTS},
        residual=_residual(numbers.pop("low"), numbers.pop("high"), spread),
        counts=numbers,
        failed=failed,
        unreviewed=len(asked) - failed - len(mine),
    )


def _residual(low: Numbers, high: Numbers, spread: float) -> Numbers:
    """Log s.d. of one review: by what its middle 95 % is wider than people's spread alone.

    0 where the review has no such interval, as a measured one.
    """
    known = (low > 0) & (high > low)
    ratio = np.divide(high, low, out=np.ones(len(low)), where=known)
    total = np.log(ratio) / (2 * Z95)
    return np.sqrt(np.maximum(total**2 - spread**2, 0.0))


def _cost(drafts: tuple[Draft, ...], approach: str) -> float | None:
    """Mean dollars of a draft that came, with what failed ones cost; None if one is not known."""
    mine = [one for one in drafts if one.approach == approach]
    came = [one for one in mine if one.failure is None]
    paid = [one.cost_usd for one in came if one.cost_usd is not None]
    if not came or len(paid) < len(came):
        return None
    return (sum(paid) + sum(one.cost_usd or 0.0 for one in mine if one.failure)) / len(came)
