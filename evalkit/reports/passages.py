"""A note with what was found in it marked in place, at the offsets of the findings.

Long stretches are shortened around the marked sentences, so a note of megabytes stays readable.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from evalkit.records import FALSE, Cell, Draft, Finding, Record, Run

PLAIN, QUOTE, MARKS = 500, 280, 30
"""Characters kept of a stretch or a sentence, of a quote; marked sentences a note."""


class Piece(Record):
    """A stretch of a note; `number` and `verdict` are set where a sentence is marked."""

    text: str
    number: int | None = None
    verdict: str = ""


class Shown(Record):
    """A note with its marked sentences, in the order in which they stand."""

    title: str
    summary: str
    sections: tuple[tuple[str, tuple[Piece, ...]], ...]
    marks: tuple[dict[str, Any], ...]
    left_out: int = 0


def marked(run: Run, key: Cell, shown: dict[str, str]) -> Shown:
    draft = next(draft for draft in run.drafts if draft.cell == key)
    found = [f for f in run.first_findings if f.cell == key and f.verdict != "supported"]
    by_section: dict[str, list[Finding]] = defaultdict(list)
    # Where there are too many to mark, merely inferred ones give way to fabricated ones.
    for finding in sorted(found, key=lambda one: one.verdict not in FALSE)[:MARKS]:
        by_section[finding.claim.section].append(finding)
    marks: list[Finding] = []
    sections = tuple(
        (name, tuple(_pieces(text, by_section[name], marks)))
        for name, text in draft.sections.items()
        if text.strip()
    )
    false = sum(finding.verdict in FALSE for finding in found)
    return Shown(
        title=_title(draft, shown),
        summary=f"fabricated sentences: {false} inference-aware, {len(found)} strict",
        sections=sections,
        marks=tuple(_mark(number, finding) for number, finding in enumerate(marks, start=1)),
        left_out=len(found) - len(marks),
    )


def _title(draft: Draft, shown: dict[str, str]) -> str:
    again = f", replicate {draft.replicate}" if draft.replicate else ""
    return f"{shown[draft.approach]}, session {draft.session_id}, {draft.format.upper()}{again}"


def _pieces(text: str, found: list[Finding], marks: list[Finding]) -> Iterable[Piece]:
    """The section in pieces; marked findings are appended to `marks`, which numbers them."""
    end = 0
    for finding in sorted(found, key=lambda one: one.claim.start):
        claim = finding.claim
        if claim.start < end or not claim.start < claim.end <= len(text):
            continue
        if claim.start > end:
            yield Piece(text=_short(text[end : claim.start], PLAIN))
        marks.append(finding)
        sentence = _short(text[claim.start : claim.end], PLAIN)
        yield Piece(text=sentence, number=len(marks), verdict=finding.verdict)
        end = claim.end
    if end < len(text):
        yield Piece(text=_short(text[end:], PLAIN))


def _mark(number: int, finding: Finding) -> dict[str, Any]:
    return {
        "number": number,
        "verdict": finding.verdict,
        "category": finding.category.replace("_", " "),
        "severity": finding.severity,
        "p": f"{finding.p_unsupported:.2f}",
        "reason": _short(finding.reason.removeprefix(f"{finding.verdict}: "), QUOTE),
        "evidence": [
            {
                "where": e.source if e.turn is None else f"{e.source}, turn {e.turn}",
                "quote": _short(e.quote, QUOTE),
            }
            for e in finding.evidence[:3]
        ],
    }


def _short(text: str, most: int) -> str:
    """The text, or its two ends (`most` characters) with the number left out between them."""
    if len(text) <= 1.25 * most:
        return text
    half = most // 2
    return f"{text[:half]} [… {len(text) - 2 * half} characters …] {text[-half:]}"
