"""Reproduce a finding: judge the kept note again, offline; then draft it again and judge that."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from pydantic import Field

from evalkit.audit.drift import Drift, Drifted, drifts
from evalkit.audit.kept import Kept
from evalkit.audit.material import Material
from evalkit.audit.same_claim import same_claim
from evalkit.judges._base import Judge
from evalkit.llm import Call, Client, Completion, ModelFailure
from evalkit.models import check_keys
from evalkit.records import Draft, Evidence, Finding, Record
from evalkit.runner import Progress, in_own_loop, silent
from evalkit.stats import wilson

P_TOLERANCE = 1e-6
"""`p_unsupported` is kept to six digits."""


class Repeat(Record):
    """How to reproduce: `resample` new drafts; `sessions`, `drafts` where texts were not kept.

    `experiment` is the path of today's experiment file, to be held to the run's. With
    `accept_drift` whatever has changed is said and no bar.
    """

    resample: int = Field(default=0, ge=0, le=1000)
    accept_drift: bool = False
    sessions: str = ""
    drafts: str = ""
    experiment: str = ""


class JudgedAgain(Record):
    """The kept note judged again. `differences` is empty where the same finding came out."""

    differences: tuple[Drift, ...] = ()
    skipped: str = ""
    """Why the note was not judged again; "" where it was."""

    @property
    def same(self) -> bool:
        return not self.differences and not self.skipped


class Resampled(Record):
    """The cell drafted anew `asked` times, of which `drafted` came to be drafts and were judged.

    `reproduced` of those make the claim of the finding again; `likeness` is how like it, 0 where
    they do not. `low` and `high` are Wilson's 95 % interval of `reproduced` of `drafted`.
    """

    asked: int
    drafted: int
    reproduced: int
    low: float
    high: float
    likeness: tuple[float, ...] = ()
    failures: dict[str, int] = Field(default_factory=dict)
    versions: dict[str, int] = Field(default_factory=dict)
    """How many answers each model version gave, by the name that the endpoint gave it."""


class Reproduced(Record):
    """What became of an attempt to reproduce one finding."""

    finding: Finding
    drifts: tuple[Drift, ...]
    missing: tuple[str, ...]
    judged: JudgedAgain
    resampled: Resampled | None = None

    @property
    def trouble(self) -> str:
        """Why it counts as failed: another finding came out, or no draft to judge; else ""."""
        if self.judged.differences:
            return f"finding {self.finding.finding_id} did not come out again"
        if self.resampled is not None and not self.resampled.drafted:
            return f"none of {self.resampled.asked} new drafts could be judged"
        return ""

    def __str__(self) -> str:
        return "\n".join(_lines(self))


async def areproduce(
    kept: Kept, finding: Finding, repeat: Repeat | None = None, progress: Progress = silent
) -> Reproduced:
    """Judge the note of a finding again from what was kept, and draft it again if asked to.

    Raises Drifted where something upstream has changed and that is not accepted, and InputError
    where a text that is needed was not kept or a key is missing.
    """
    repeat = repeat or Repeat()
    material = Material(kept, finding, sessions=repeat.sessions, drafts=repeat.drafts)
    found = drifts(material, repeat.experiment)
    if found and not repeat.accept_drift:
        raise Drifted(found)
    judge = material.judge
    if repeat.resample:
        base = material.approach.options.get("api_base")
        models = [(material.approach.model, base)] if material.approach.model else []
        check_keys([*models, *judge.models()])
    judged = await _judged_again(material, judge)
    resampled = None
    if repeat.resample:
        again = _Again(material, judge, _with_text(material), progress)
        resampled, changed = await again.resample(repeat)
        found += tuple(changed)
    return Reproduced(
        finding=finding, drifts=found, missing=kept.missing, judged=judged, resampled=resampled
    )


def reproduce(
    kept: Kept, finding: Finding, repeat: Repeat | None = None, progress: Progress = silent
) -> Reproduced:
    """`areproduce` for callers without an event loop, and inside a live notebook kernel too."""
    return in_own_loop(areproduce(kept, finding, repeat, progress))


def _with_text(material: Material) -> Finding:
    """The finding with the sentence it is about, which a copy in MLflow may lack."""
    finding = material.finding
    claim = finding.claim
    text = material.draft.sections.get(claim.section, "")[claim.start : claim.end]
    changed = claim.model_copy(update={"text": claim.text or text})
    return finding.model_copy(update={"claim": changed})


class _Kept(Client):
    """A client that only knows the answers that were kept."""

    async def _ask(self, call: Call) -> Completion:
        raise ModelFailure("not found", model=call.model, status=None, attempts=0)


async def _judged_again(material: Material, judge: Judge) -> JudgedAgain:
    asks = [model for model, _ in judge.models()]
    if asks and material.kept.responses is None:
        return JudgedAgain(
            skipped=f"the judge asks {asks[0]}, whose answers are in the run's folder"
        )
    async with _Kept(
        material.experiment.endpoint, material.kept.responses if asks else None
    ) as llm:
        (judgement,) = await judge.judge(material.session, [material.draft], llm)
    if judgement.failure is not None:
        return JudgedAgain(skipped=judgement.failure)
    claim = material.finding.claim
    new = [
        one
        for one in judgement.findings
        if (one.claim.section, one.claim.start) == (claim.section, claim.start)
    ]
    if not new:
        return JudgedAgain(differences=(Drift(what="finding", old="there", new="none"),))
    return JudgedAgain(differences=tuple(_differences(material.finding, new[0])))


def _differences(old: Finding, new: Finding) -> Iterator[Drift]:
    """Where two findings on the same sentence differ, never by their text."""
    for field in ("finding_id", "verdict", "category", "severity"):
        if getattr(old, field) != getattr(new, field):
            yield Drift(what=field, old=getattr(old, field), new=getattr(new, field))
    if abs(old.p_unsupported - new.p_unsupported) > P_TOLERANCE:
        yield Drift(what="p_unsupported", old=f"{old.p_unsupported}", new=f"{new.p_unsupported}")
    places = [[_place(one) for one in finding.evidence] for finding in (old, new)]
    if places[0] != places[1]:
        was, now = ("; ".join(each) or "none" for each in places)
        yield Drift(what="evidence", old=was, new=now)
    elif all(one.quote for one in old.evidence) and old.evidence != new.evidence:
        yield Drift(what="evidence", old="its quotes", new="other quotes")
    verdicts = [[one.verdict for one in finding.assertions] for finding in (old, new)]
    if old.assertions and verdicts[0] != verdicts[1]:
        was, now = (", ".join(each) or "none" for each in verdicts)
        yield Drift(what="assertions", old=was, new=now)


def _place(one: Evidence) -> str:
    """Where evidence stands, as `transcript turn 3, 0 to 20`."""
    turn = f" turn {one.turn}" if one.turn is not None else ""
    span = f", {one.start} to {one.end}" if one.start is not None else ""
    return f"{one.source}{turn}{span}"


class _Attempt(NamedTuple):
    """One new draft and how like the finding's its claim is; None where it has no draft."""

    draft: Draft | None
    likeness: float | None
    failure: str


class _Again:
    """Drafts a cell anew, under replicates that the run did not have, and judges each draft."""

    def __init__(
        self, material: Material, judge: Judge, finding: Finding, progress: Progress
    ) -> None:
        self.material, self.judge, self.finding = material, judge, finding
        self.progress = progress
        self.done = 0

    async def resample(self, repeat: Repeat) -> tuple[Resampled, list[Drift]]:
        """Raises Drifted after the first answer of another model version, if not accepted."""
        asked = repeat.resample
        start = self.material.experiment.replicates
        self.progress("resample", 0, asked)
        async with Client(self.material.experiment.endpoint) as llm:
            first = await self._attempt(start, llm, asked)
            self._check(first, repeat)
            rest = range(start + 1, start + asked)
            attempts = [
                first,
                *await asyncio.gather(*(self._attempt(one, llm, asked) for one in rest)),
            ]
        for one in attempts:
            self._check(one, repeat)
        changed = {drift for one in attempts for drift in self._version_drift(one)}
        return _summary(attempts), sorted(changed, key=str)

    async def _attempt(self, replicate: int, llm: Client, asked: int) -> _Attempt:
        draft = await self.material.write(replicate, llm)
        attempt = await self._of(draft, llm)
        self.done += 1
        self.progress("resample", self.done, asked)
        return attempt

    async def _of(self, draft: Draft | None, llm: Client) -> _Attempt:
        if draft is None:
            return _Attempt(None, None, "the approach has this note once and cannot draft it again")
        if draft.failure is not None:
            return _Attempt(draft, None, draft.failure)
        (judgement,) = await self.judge.judge(self.material.session, [draft], llm)
        if judgement.failure is not None:
            return _Attempt(draft, None, f"judge {self.judge.known_as}: {judgement.failure}")
        alike = (same_claim(self.finding, one) for one in judgement.findings)
        return _Attempt(draft, max(alike, default=0.0), "")

    def _check(self, attempt: _Attempt, repeat: Repeat) -> None:
        changed = list(self._version_drift(attempt))
        if changed and not repeat.accept_drift:
            raise Drifted(changed)

    def _version_drift(self, attempt: _Attempt) -> Iterator[Drift]:
        was = self.material.kept.drafts.get(self.finding.cell)
        old = was.model_version if was is not None else None
        new = attempt.draft.model_version if attempt.draft is not None else None
        if old is not None and new is not None and old != new:
            yield Drift(what="model version", old=old, new=new)


def _summary(attempts: list[_Attempt]) -> Resampled:
    alike = [one.likeness for one in attempts if one.likeness is not None]
    hits = sum(value > 0 for value in alike)
    low, high = wilson(hits, len(alike))
    versions: Counter[str] = Counter(
        one.draft.model_version
        for one in attempts
        if one.draft is not None and one.draft.model_version is not None
    )
    return Resampled(
        asked=len(attempts),
        drafted=len(alike),
        reproduced=hits,
        low=low,
        high=high,
        likeness=tuple(round(value, 4) for value in alike),
        failures=dict(Counter(one.failure for one in attempts if one.failure)),
        versions=dict(versions),
    )


def _lines(result: Reproduced) -> Iterator[str]:
    finding = result.finding
    yield f"finding {finding.finding_id}: {finding.verdict}, {finding.category}, {finding.severity}"
    for drift in result.drifts:
        yield f"  drift accepted: {drift}"
    for gap in result.missing:
        yield f"  not kept by this run: {gap}"
    judged = result.judged
    if judged.skipped:
        yield f"the kept note was not judged again: {judged.skipped}"
    elif judged.same:
        yield (
            f"the kept note, judged again by {finding.scorer}: the same finding "
            f"(id, verdict, p {finding.p_unsupported:g}, evidence)"
        )
    else:
        yield f"the kept note, judged again by {finding.scorer}: NOT the same finding"
        yield from (f"  {one}" for one in judged.differences)
    if result.resampled is not None:
        yield from _resampled_lines(result.resampled)


def _resampled_lines(found: Resampled) -> Iterator[str]:
    if found.drafted:
        yield (
            f"drafted again: reproduced {found.reproduced} of {found.drafted} "
            f"(95 % interval {found.low:.0%} to {found.high:.0%})"
        )
    for reason, count in found.failures.items():
        yield f"  {count} of {found.asked} without a judged draft: {reason}"
    for version, count in found.versions.items():
        yield f"  {count} answered as {version}"
