"""Find findings: by what they are about, gravest first, or by their id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import get_args

from evalkit.errors import InputError, did_you_mean
from evalkit.records import FALSE, Category, Finding, Record, Severity, Verdict


class Wanted(Record):
    """Which findings are wanted; an empty field lets all pass."""

    approach: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    verdict: tuple[str, ...] = ()
    session: tuple[str, ...] = ()
    judge: tuple[str, ...] = ()


COLUMNS = (
    *("id", "verdict", "category", "severity", "p"),
    *("approach", "format", "session", "section"),
)
"""Columns of a list of findings."""


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """False before inferred before supported, major before minor, then by `p_unsupported`."""

    def gravity(one: Finding) -> tuple[int, bool, float]:
        rank = 0 if one.verdict in FALSE else 1 if one.verdict == "inferred" else 2
        return rank, one.severity != "major", -one.p_unsupported

    return sorted(findings, key=gravity)


def select(findings: Sequence[Finding], wanted: Wanted) -> list[Finding]:
    """The findings that are wanted, gravest first.

    Raises InputError, with the nearest choice, for a value that no finding can have.
    """
    fixed = {
        "category": get_args(Category),
        "severity": get_args(Severity),
        "verdict": get_args(Verdict),
    }
    fields = {
        "approach": "approach",
        "category": "category",
        "severity": "severity",
        "verdict": "verdict",
        "session": "session_id",
        "judge": "scorer",
    }
    kept = list(findings)
    for name, field in fields.items():
        choices = frozenset(getattr(wanted, name))
        if not choices:
            continue
        have = fixed.get(name) or sorted({getattr(one, field) for one in findings})
        for choice in choices.difference(have):
            raise InputError(did_you_mean(name, choice, have), field=name)
        kept = [one for one in kept if getattr(one, field) in choices]
    return gravest_first(kept)


def find(findings: Iterable[Finding], prefix: str, where: str) -> Finding | None:
    """The finding whose id starts with `prefix`; None if there is none.

    Raises InputError if several do, with their ids and never their text.
    """
    found = {one.finding_id: one for one in findings if one.finding_id.startswith(prefix.lower())}
    if len(found) > 1 and prefix not in found:
        shown = ", ".join(sorted(found)[:5]) + (", ..." if len(found) > 5 else "")
        raise InputError(
            f"{len(found)} findings of {where} start with {prefix!r}: {shown}",
            field="id",
            fix="give more of the id",
        )
    return found.get(prefix) or next(iter(found.values()), None)


def row(finding: Finding) -> tuple[str, ...]:
    """A finding in the columns of a list, without any text."""
    return (
        finding.finding_id,
        finding.verdict,
        finding.category,
        finding.severity,
        f"{finding.p_unsupported:.2f}",
        finding.approach,
        finding.format,
        finding.session_id,
        finding.claim.section,
    )


def listed(findings: Sequence[Finding], *, texts: bool = False) -> str:
    """The findings as lines in columns, a heading first; with `texts`, each sentence below it."""
    rows = [row(one) for one in findings]
    widths = [max(map(len, cells)) for cells in zip(COLUMNS, *rows, strict=True)]

    def line(cells: tuple[str, ...]) -> str:
        pairs = zip(cells, widths, strict=True)
        return "  ".join(cell.ljust(width) for cell, width in pairs).rstrip()

    lines = [line(COLUMNS)]
    for one, cells in zip(findings, rows, strict=True):
        lines.append(line(cells))
        if texts:
            lines.append("    " + " ".join(one.claim.text.split()))
    return "\n".join(lines)
