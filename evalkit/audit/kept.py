"""What a run keeps so that a finding can be shown and reproduced months later.

The same files lie in the run's folder and, as far as texts may go there, in its MLflow run.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError

from evalkit import formats
from evalkit.errors import InputError, from_validation
from evalkit.formats import Format
from evalkit.provenance import fingerprint
from evalkit.records import (
    Cell,
    Claim,
    Draft,
    Evidence,
    Experiment,
    Finding,
    Provenance,
    Record,
    Run,
    Session,
)
from evalkit.store import read_json, read_records, read_rows, write_records, write_text

R = TypeVar("R", bound=Record)
FINDINGS, DRAFTS, SESSIONS = "findings.jsonl", "drafts.jsonl", "sessions.jsonl"
EXPERIMENT, PROVENANCE, FORMATS, HASHES = (
    "experiment.json",
    "provenance.json",
    "formats.json",
    "hashes.json",
)
ALWAYS = (FINDINGS, DRAFTS, EXPERIMENT, PROVENANCE, FORMATS, HASHES)
"""Every run keeps these; its sessions only where they may be kept."""

OLDER = "this run was logged before evalkit kept it"


class Hashes(Record):
    """The fingerprint of every session by id and of every draft by its cell, when they were made.

    `withheld` says in words which texts were kept out of a copy.
    """

    sessions: dict[str, str] = Field(default_factory=dict)
    drafts: dict[str, str] = Field(default_factory=dict)
    withheld: tuple[str, ...] = ()


def cell_key(cell: Cell) -> str:
    """A cell as one string.

    >>> cell_key(Cell("s1", "careful", "soap", 0))
    '["s1", "careful", "soap", 0]'
    """
    return json.dumps(list(cell), ensure_ascii=False)


def keep(run: Run, folder: Path, *, notes: bool = True, quotes: bool = True) -> None:
    """Write a run's experiment, origin, hashes, sessions, drafts and findings into `folder`.

    Without `notes` no text of a note is written, without `quotes` none of a session and no
    session. The hashes are always those of the whole.
    """
    withheld = [] if quotes else ["sessions and quotes of them"]
    withheld += [] if notes else ["texts of notes"]
    hashes = Hashes(
        sessions={one.session_id: fingerprint(one) for one in run.sessions},
        drafts={cell_key(one.cell): fingerprint(one) for one in run.drafts},
        withheld=tuple(withheld),
    )
    known = {name: formats.load(name).model_dump(mode="json") for name in run.experiment.formats}
    write_text(folder / EXPERIMENT, run.experiment.model_dump_json(indent=2) + "\n")
    write_text(folder / PROVENANCE, run.provenance.model_dump_json(indent=2) + "\n")
    write_text(folder / FORMATS, json.dumps(known, ensure_ascii=False, indent=2) + "\n")
    write_text(folder / HASHES, hashes.model_dump_json(indent=1) + "\n")
    if quotes:
        write_records(folder / SESSIONS, run.sessions)
    write_records(folder / DRAFTS, (_draft(one, notes, quotes) for one in run.drafts))
    write_records(folder / FINDINGS, (_finding(one, notes, quotes) for one in run.findings))


def _draft(draft: Draft, notes: bool, quotes: bool) -> Draft:
    if notes and quotes:
        return draft
    changes: dict[str, Any] = {"planted": None}
    return draft.model_copy(update=changes if notes else {**changes, "sections": {}})


def _finding(finding: Finding, notes: bool, quotes: bool) -> Finding:
    changes: dict[str, Any] = {}
    if not notes:
        bare = {"text": "", "concepts": ()}
        changes = {"claim": finding.claim.model_copy(update=bare), "assertions": ()}
    if not quotes:
        where = tuple(one.model_copy(update={"quote": ""}) for one in finding.evidence)
        changes |= {"evidence": where, "reason": ""}
    return finding.model_copy(update=changes) if changes else finding


@dataclass(frozen=True)
class Kept:
    """A run as it was kept in `folder`, read when asked for.

    `name` is what a reader calls it, `address` what names it on the command line.
    """

    folder: Path
    name: str
    address: str

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in the run's order; those of an older run from its table."""
        return tuple(self._findings())

    def in_brief(self) -> list[Finding]:
        """All findings without evidence, assertions and reasons: quicker, for a list of them."""
        return list(self._findings(left_out=("evidence", "assertions", "reason")))

    def starting(self, prefix: str) -> list[Finding]:
        """The findings whose id starts so."""
        return list(self._findings(prefix))

    def _findings(self, prefix: str = "", left_out: tuple[str, ...] = ()) -> Iterator[Finding]:
        path = self.folder / FINDINGS
        if not path.is_file():
            found = _from_table(self.folder / "findings.parquet", self.name)
            yield from (one for one in found if one.finding_id.startswith(prefix))
            return
        for line, row in read_rows(path):
            if not str(row.get("finding_id")).startswith(prefix):
                continue
            for name in left_out:
                row.pop(name, None)
            yield _checked(Finding, row, path, line)

    @cached_property
    def drafts(self) -> dict[Cell, Draft]:
        path = self.folder / DRAFTS
        return {one.cell: one for one in read_records(path, Draft)} if path.is_file() else {}

    @cached_property
    def sessions(self) -> dict[str, Session]:
        path = self.folder / SESSIONS
        if not path.is_file():
            return {}
        return {one.session_id: one for one in read_records(path, Session)}

    @cached_property
    def experiment(self) -> Experiment | None:
        return self._one(EXPERIMENT, Experiment)

    @cached_property
    def provenance(self) -> Provenance | None:
        return self._one(PROVENANCE, Provenance)

    @cached_property
    def hashes(self) -> Hashes:
        return self._one(HASHES, Hashes) or Hashes()

    @cached_property
    def formats(self) -> dict[str, Format]:
        path = self.folder / FORMATS
        content = read_json(path) if path.is_file() else {}
        return {name: _checked(Format, value, path) for name, value in content.items()}

    @property
    def responses(self) -> Path | None:
        """The file of model answers, where the run's own folder is at hand."""
        path = self.folder / "responses.sqlite"
        return path if path.is_file() else None

    @property
    def missing(self) -> tuple[str, ...]:
        """What an older run did not keep, or a copy may not hold, in words."""
        gaps = []
        if self.experiment is None:
            gaps.append(f"its experiment ({OLDER})")
        if self.provenance is None:
            gaps.append(f"its versions and hashes ({OLDER})")
        elif not self.provenance.code_hash:
            gaps.append(f"the hash of the code ({OLDER})")
        if not self.hashes.drafts:
            gaps.append(f"hashes of each session and draft ({OLDER})")
        return (*gaps, *(f"{what} (kept out of MLflow)" for what in self.hashes.withheld))

    def _one(self, name: str, kind: type[R]) -> R | None:
        path = self.folder / name
        return _checked(kind, read_json(path), path) if path.is_file() else None


def _checked(kind: type[R], value: Any, path: Path, line: int | None = None) -> R:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise from_validation(error, file=path, line=line) from None


def _from_table(path: Path, run: str) -> Iterator[Finding]:
    """The findings of a run that kept no records of them."""
    if not path.is_file():
        raise InputError("no findings are kept here", file=run)
    import pandas as pd

    for row in pd.read_parquet(path).to_dict("records"):
        yield finding_of({str(name): value for name, value in row.items()})


def open_folder(path: str | Path) -> Kept:
    """The run whose folder `path` is; InputError where no run lies there.

    A folder that was kept for `evalkit score` holds no findings that could be reproduced.
    """
    folder = Path(path)
    if not any((folder / name).is_file() for name in (FINDINGS, "findings.parquet")):
        what = "no run lies in this folder" if folder.is_dir() else "there is no such folder"
        raise InputError(what, file=folder, fix="give the folder of a run, such as runs/quickstart")
    return Kept(folder, str(folder), shlex.quote(str(folder)))


def finding_of(row: dict[str, Any]) -> Finding:
    """A finding from a row of the flat table that runs kept before they kept the records.

    Only turns are known of its evidence, and texts may be missing from a row of MLflow.
    """
    turns = [int(turn) for turn in str(row.get("turns") or "-").split() if turn.isdigit()]
    claim = Claim(
        section=row["section"],
        index=int(row["index"]),
        text=row.get("text") or "",
        start=int(row["start"]),
        end=int(row["end"]),
    )
    return Finding(
        session_id=row["session_id"],
        approach=row["approach"],
        format=row["format"],
        replicate=int(row["replicate"]),
        finding_id=row["finding_id"],
        claim=claim,
        verdict=row["verdict"],
        p_unsupported=float(row["p_unsupported"]),
        category=row["category"],
        severity=row["severity"],
        evidence=tuple(Evidence(source="transcript", quote="", turn=turn) for turn in turns),
        reason=row.get("reason") or "",
        scorer=row.get("scorer") or "grounding",
    )


def run_folders(out: Path) -> Iterable[Path]:
    """Folders of runs under `out`, the latest first."""
    found = [one for one in out.glob("*/") if (one / EXPERIMENT).is_file()]
    return sorted(found, key=lambda one: (one / EXPERIMENT).stat().st_mtime_ns, reverse=True)
