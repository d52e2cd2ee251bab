"""One finding with all that is behind it, for a reader."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from evalkit.audit.kept import Kept
from evalkit.audit.material import Material
from evalkit.errors import InputError
from evalkit.experiment import build_drafter
from evalkit.records import Approach, Draft, Evidence, Finding, Record, Session, digest
from evalkit.runner import cell_seed

OPEN, CLOSE = "[[", "]]"
"""Marks around what is quoted."""

AROUND = 200
"""Characters of a note shown before and after the claim."""


class Shown(Record):
    """What is known of one finding, in blocks of lines; `str()` of it is a page of text."""

    finding: Finding
    said: tuple[str, ...]
    evidence: tuple[str, ...]
    origin: tuple[str, ...]
    prompt: tuple[str, ...]
    reproduce: tuple[str, ...]
    missing: tuple[str, ...]

    def __str__(self) -> str:
        blocks = {
            f"finding {self.finding.finding_id}": self.said,
            "evidence, in context": self.evidence,
            "where it comes from": self.origin,
            "prompt": self.prompt,
            "to reproduce it": self.reproduce,
            "not kept by this run": self.missing,
        }
        return "\n\n".join(
            "\n".join([title, *(f"  {line}".rstrip() for line in lines)])
            for title, lines in blocks.items()
            if lines
        )


def show(
    kept: Kept, finding: Finding, *, context: int = 1, sessions: str = "", drafts: str = ""
) -> Shown:
    """A finding with its claim, verdict, evidence in context and origin.

    `context` is the number of turns shown before and after each that is evidence. `sessions` and
    `drafts` name where the texts are if the run did not keep them; what cannot be had is said.
    """
    material = Material(kept, finding, sessions=sessions, drafts=drafts)
    session, draft, missing = None, None, list(kept.missing)
    if kept.experiment is not None or finding.session_id in kept.sessions:
        try:
            session = material.session
        except InputError as error:
            missing.append(str(error))
    if kept.experiment is not None or finding.cell in kept.drafts:
        try:
            draft = material.draft
        except InputError as error:
            missing.append(str(error))
    approach = material.approach if kept.experiment is not None else None
    return Shown(
        finding=finding,
        said=tuple(_said(finding, draft)),
        evidence=tuple(_evidence(finding, session, context)),
        origin=tuple(_origin(kept, finding, approach)),
        prompt=tuple(_prompt(approach)),
        reproduce=tuple(_commands(kept, finding)),
        missing=tuple(dict.fromkeys(missing)),
    )


def marked(text: str, start: int, end: int) -> str:
    """A text with marks around a part of it.

    >>> marked("Takes 50 mg.", 6, 11)
    'Takes [[50 mg]].'
    """
    return text[:start] + OPEN + text[start:end] + CLOSE + text[end:]


def _said(finding: Finding, draft: Draft | None) -> Iterator[str]:
    claim = finding.claim
    section = draft.sections.get(claim.section, "") if draft else ""
    text = claim.text or section[claim.start : claim.end] or "(text not kept)"
    yield f"claim     {_line(text)}"
    place = (
        f"sentence {claim.index + 1} (index {claim.index}), characters {claim.start} to {claim.end}"
    )
    yield f"stands in {claim.section}, {place}"
    yield f"verdict   {finding.verdict} (p unsupported {finding.p_unsupported:.3f})"
    yield f"about     {finding.category}, {finding.severity}"
    if finding.reason:
        yield f"why       {_line(finding.reason)}"
    for one in finding.assertions:
        said = one.assertion
        what = ", ".join((*said.concepts, said.polarity, said.temporality, said.certainty))
        yield f"asserts   {_line(said.text)}"
        yield f"          {one.verdict} (p {one.p_unsupported:.3f}); of {said.subject}: {what}"
    if section:
        start, end = max(0, claim.start - AROUND), claim.end + AROUND
        around = marked(section[start:end], claim.start - start, claim.end - start)
        dots = "..." if start else "", "..." if end < len(section) else ""
        yield f"in the note: {dots[0]}{_line(around)}{dots[1]}"


def _evidence(finding: Finding, session: Session | None, context: int) -> Iterator[str]:
    if not finding.evidence:
        yield "none: nothing in the material comes near"
    turns = [one for one in finding.evidence if one.turn is not None]
    if session is None:
        for one in turns:
            yield f"turn {one.turn}" + (f": {_line(one.quote)}" if one.quote else " (not kept)")
    else:
        yield from _turns(turns, session, context)
    for one in finding.evidence:
        if one.turn is None:
            yield f"{one.source}: {_in_line(one, session)}"


def _turns(evidence: Iterable[Evidence], session: Session, context: int) -> Iterator[str]:
    """The turns that are evidence, marked, amid those around them; gaps are shown."""
    quoted: dict[int, list[Evidence]] = {}
    for one in evidence:
        if one.turn is not None and one.turn < len(session.turns):
            quoted.setdefault(one.turn, []).append(one)
    wanted = sorted(
        place
        for place in range(len(session.turns))
        if any(abs(place - turn) <= context for turn in quoted)
    )
    for before, place in zip([None, *wanted], wanted, strict=False):
        if before is not None and place > before + 1:
            yield "   ..."
        turn = session.turns[place]
        text = _quoted(turn.text, quoted.get(place, []))
        yield f"{'->' if place in quoted else '  '} [{place}] {turn.speaker}: {_line(text)}"


def _quoted(text: str, evidence: list[Evidence]) -> str:
    """A turn with its quotes marked, from the last to the first so that offsets stay true."""
    spans: set[tuple[int, int]] = set()
    for one in evidence:
        start, end = one.start, one.end
        if start is None or end is None:
            start = text.find(one.quote) if one.quote else -1
            end = start + len(one.quote)
        if 0 <= start < end <= len(text):
            spans.add((start, end))
    last = len(text) + 1
    for start, end in sorted(spans, reverse=True):
        if end <= last:
            text, last = marked(text, start, end), start
    return text


def _in_line(one: Evidence, session: Session | None) -> str:
    """A quote in the line of the ledger, jottings, form or chart that it is from."""
    if not one.quote:
        return "(not kept)"
    for line in _lines(one.source, session) if session is not None else ():
        start = one.start if one.start is not None else line.find(one.quote)
        if start >= 0 and line[start : start + len(one.quote)] == one.quote:
            return _line(marked(line, start, start + len(one.quote)))
    return _line(one.quote)


def _lines(source: str, session: Session) -> Iterator[str]:
    if source == "ledger":
        for fact in session.facts:
            yield from (fact.statement, fact.reworded)
    elif source == "jottings":
        yield from session.jottings.splitlines()
    elif source == "form":
        yield from session.form.values()
    elif session.chart is not None:
        chart = session.chart
        yield from (chart.diagnosis, *chart.goals, *chart.medication, *chart.history)
        yield from (*chart.measures, chart.last_note)


def _origin(kept: Kept, finding: Finding, approach: Approach | None) -> Iterator[str]:
    yield f"run        {kept.name}"
    yield f"session    {finding.session_id}, {finding.format} note, replicate {finding.replicate}"
    yield f"judge      {finding.scorer}" + _judge_hash(kept, finding.scorer)
    yield f"approach   {finding.approach}"
    if approach is not None:
        chart = "with" if approach.chart else "without"
        yield f"drafter    {approach.drafter}, from {approach.input}, {chart} the chart"
        yield f"options    {json.dumps(_options(approach), sort_keys=True, ensure_ascii=False)}"
        if approach.model:
            draft = kept.drafts.get(finding.cell)
            version = draft.model_version if draft else None
            yield f"model      {approach.model}, answered as {version or '(not told)'}"
        if kept.experiment is not None:
            seed = cell_seed(kept.experiment, approach, finding.cell)
            sent = f", sent to the model as {seed % 2**31}" if approach.model else ""
            yield f"seed       {kept.experiment.seed}, of this cell {seed}{sent}"
    if kept.provenance is not None:
        origin = kept.provenance
        code = origin.code_hash or "(not kept)"
        yield f"code       evalkit {origin.evalkit}, commit {origin.commit}, hash {code}"
        yield f"python     {origin.python}, " + ", ".join(
            f"{name} {version}" for name, version in origin.packages.items()
        )
        own = kept.hashes.sessions.get(finding.session_id, "(not kept)")
        yield f"data       this session {own}, all sessions {origin.sessions_hash}"


def _options(approach: Approach) -> dict[str, Any]:
    """All options of the drafter, with those left as they are by default."""
    try:
        options: dict[str, Any] = build_drafter(approach).model_dump(mode="json")
    except InputError:  # it reads a file that is not on this machine
        return approach.options
    return options


def _judge_hash(kept: Kept, judge: str) -> str:
    known = kept.provenance.judges.get(judge) if kept.provenance is not None else None
    return f", settings {known}" if known else ""


def _prompt(approach: Approach | None) -> Iterator[str]:
    if approach is None or approach.prompt is None:
        return
    prompt = approach.prompt
    yield f"{prompt.name}, hash {digest(prompt.text)}" + (f", {prompt.file}" if prompt.file else "")
    for line in prompt.text.splitlines():
        yield f"| {line}"


def _commands(kept: Kept, finding: Finding) -> Iterator[str]:
    call = f"evalkit findings reproduce {finding.finding_id} {kept.address}"
    yield f"{call}    # the kept note, judged again, offline"
    yield f"{call} --resample 5    # and drafted again"


def _line(text: str) -> str:
    return " ".join(text.split())
