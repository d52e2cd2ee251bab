"""The corrected note: what a thorough reviewer deletes, replaces and adds, and what it costs.

A sentence that nothing supports is deleted. One that is contradicted becomes what the ledger says
instead. What the draft left out is added, one statement at a time, to a section where it belongs.
"""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz.distance import Levenshtein

from evalkit import formats
from evalkit.records import Case, Finding, Record
from evalkit.reviewers._base import CLICK_S, H_S, K_S, M_S, P_S, false_findings, omitted


class Change(Record):
    """One thing to mend: in `section`, `before` becomes `after`; either may be empty.

    `after` is None where a sentence is contradicted and what should stand there is not known.
    """

    section: str
    before: str = ""
    after: str | None = ""


def changes(case: Case) -> Iterator[Change]:
    """All that a thorough reviewer mends, in the order of findings, then of the ledger."""
    said: set[str] = set()
    for finding in false_findings(case):
        claim = finding.claim
        text = "" if finding.verdict == "unsupported" else _rightly(finding, case)
        if text and text in said:
            text = ""
        if text:
            said.add(text)
        yield Change(section=claim.section, before=claim.text, after=text)
    missing = [one.fact for one in omitted(case) or () if one.fact.statement not in said]
    if missing:
        form = formats.load(case.draft.format)
        for fact in missing:
            yield Change(section=form.right_sections(fact)[0], after=fact.statement)


def _rightly(finding: Finding, case: Case) -> str | None:
    """What the ledger says instead of a contradicted sentence; None where that is not known."""
    for one in case.facts:
        if one.outcome == "contradicted" and one.sentence == finding.claim.text:
            return one.fact.statement
    quotes = [each.quote for each in finding.evidence if each.source == "ledger"]
    for fact in case.session.discussed:
        if any(quote and quote in fact.statement for quote in quotes):
            return fact.statement
    return None


PLACE_S = M_S + P_S + CLICK_S
"""Decide on an edit, point at its place, click."""

DELETE_S = P_S + CLICK_S + K_S
"""Drag or shift-click to the end of what goes, and press the delete key."""


def seconds(before: str, after: str, word_s: float) -> float:
    """Time to turn one text into another by hand; `word_s` is the time to type a word.

    Word-level edit operations (rapidfuzz) that touch each other are one edit: a mental operator,
    a pointing and a click; a second pointing, a click and a key where words go; two moves between
    mouse and keyboard and the typing where words come. Words between two edits are typed again
    where that is quicker than a second edit, as people do.

    >>> round(seconds("", "Client denies suicidal ideation.", 60 / 52), 2)
    8.07
    >>> round(seconds("Client has epilepsy.", "", 60 / 52), 2)
    4.23
    """
    old, new = before.split(), after.split()
    total, gone, come, kept = 0.0, 0, 0, 0
    for step in Levenshtein.opcodes(old, new):
        goes, comes = step.src_end - step.src_start, step.dest_end - step.dest_start
        if step.tag == "equal":
            kept = goes
            continue
        if gone or come:
            joined = _edit_s(gone + kept + goes, come + kept + comes, word_s)
            if joined <= _edit_s(gone, come, word_s) + _edit_s(goes, comes, word_s):
                gone, come = gone + kept + goes, come + kept + comes
                kept = 0
                continue
        total += _edit_s(gone, come, word_s)
        gone, come, kept = goes, comes, 0
    return total + _edit_s(gone, come, word_s)


def _edit_s(gone: int, come: int, word_s: float) -> float:
    if not gone and not come:
        return 0.0
    deleting = DELETE_S if gone else 0.0
    typing = 2 * H_S + come * word_s if come else 0.0
    return PLACE_S + deleting + typing
