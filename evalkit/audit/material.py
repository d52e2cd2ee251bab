"""The session and the draft that a finding is about: as they were kept, or from elsewhere.

A copy of a run in MLflow may lack texts. A generated session is generated anew; any other comes
from a source that the caller names. What comes from elsewhere is held to the kept hash.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, cast

from evalkit import formats, registry
from evalkit.audit.kept import Kept, cell_key
from evalkit.drafters._base import Request
from evalkit.errors import EvalkitError, InputError, did_you_mean
from evalkit.experiment import JUDGES, build_drafter, build_source
from evalkit.formats import Format
from evalkit.judges._base import Judge
from evalkit.llm import Client
from evalkit.provenance import fingerprint
from evalkit.records import Approach, Cell, Draft, Experiment, Finding, Session
from evalkit.runner import cell_seed, draft_cell, in_own_loop
from evalkit.sessions.sources import open_source
from evalkit.store import read_records

ELSEWHERE = "give --sessions SOURCE (a .jsonl, .csv, .vtt, annomi:FILE or primock57:FOLDER)"


class Material:
    """All that one finding rests on. `sessions` is a source and `drafts` a JSONL of drafts, each
    read only where the run did not keep its own."""

    def __init__(
        self, kept: Kept, finding: Finding, *, sessions: str = "", drafts: str = ""
    ) -> None:
        self.kept, self.finding = kept, finding
        self._sessions, self._drafts = sessions, drafts

    @cached_property
    def experiment(self) -> Experiment:
        """The run's experiment; InputError where an older run did not keep it."""
        if self.kept.experiment is None:
            raise InputError(
                f"{self.kept.name} holds too little to reproduce a finding: it lacks "
                + ", ".join(self.kept.missing),
                fix="run the experiment again; what older runs hold can still be shown",
            )
        return self.kept.experiment

    @cached_property
    def approach(self) -> Approach:
        for one in self.experiment.approaches:
            if one.name == self.finding.approach:
                return one
        raise EvalkitError(f"the run's experiment has no approach {self.finding.approach!r}")

    @cached_property
    def session(self) -> Session:
        """The session; InputError says what to give where it was not kept."""
        wanted = self.finding.session_id
        kept = self.kept.sessions.get(wanted)
        if kept is not None:
            return kept
        config = self.experiment.sessions
        if self._sessions:
            therapist = str(config.options.get("therapist", ""))
            source = open_source(self._sessions, therapist)
        elif config.source == "generate":
            source = build_source(self.experiment)
        else:
            raise InputError(
                f"{self.kept.name} holds no session {wanted!r}: real sessions stay out of MLflow",
                field="sessions",
                fix=ELSEWHERE,
            )
        for session in source.load():
            if session.session_id == wanted:
                return session
        raise InputError(
            f"the source has no session {wanted!r}", field="sessions", fix="name the run's own"
        )

    @cached_property
    def judge(self) -> Judge:
        """The judge that made the finding, built anew; the run's other judges are left alone.

        Raises InputError where the experiment has none of that name, or a file of it is gone.
        """
        name = self.finding.scorer
        known: dict[str, str | dict[str, Any]] = {}
        for config in self.experiment.judges:
            options = {"name": config} if isinstance(config, str) else config
            known[str(options.get("alias") or options["name"])] = config
        if name not in known:
            raise InputError(did_you_mean("judge", name, known), field="judges")
        return cast(Judge, registry.build(JUDGES, known[name]))

    @cached_property
    def format(self) -> Format:
        name = self.finding.format
        return self.kept.formats[name] if name in self.kept.formats else formats.load(name)

    @cached_property
    def draft(self) -> Draft:
        """The draft with its text.

        Where the text was kept out of MLflow, it comes from `drafts`, or a drafter that calls no
        model writes it again. InputError says what to give where neither will do.
        """
        cell = self.finding.cell
        kept = self.kept.drafts.get(cell)
        if kept is not None and kept.sections:
            return kept
        if self._drafts:
            for one in read_records(Path(self._drafts), Draft):
                if one.cell == cell:
                    return one
            raise InputError("there is no draft of this cell", file=self._drafts, field="drafts")
        if self.approach.model is None:
            again = in_own_loop(self._written(cell))
            if again is not None and not again.failure and self._is_kept(again):
                return again
        raise InputError(
            f"{self.kept.name} holds no text of this note: it was kept out of MLflow",
            field="drafts",
            fix="give --drafts FILE, the drafts.jsonl of the run's own folder",
        )

    def _is_kept(self, draft: Draft) -> bool:
        return self.kept.hashes.drafts.get(cell_key(draft.cell)) == fingerprint(draft)

    async def _written(self, cell: Cell) -> Draft | None:
        async with Client(self.experiment.endpoint) as client:
            return await self.write(cell.replicate, client)

    async def write(self, replicate: int, client: Client) -> Draft | None:
        """Draft the finding's cell under a replicate; None if the approach has no such note."""
        cell = self.finding.cell._replace(replicate=replicate)
        request = Request(
            session=self.session,
            format=self.format,
            approach=self.approach,
            replicate=replicate,
            seed=cell_seed(self.experiment, self.approach, cell),
            llm=client,
        )
        return await draft_cell(build_drafter(self.approach), request, cell.format)
