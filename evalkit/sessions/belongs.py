"""Where a fact belongs: in a jotting, in the form, in the sections of each format."""

from __future__ import annotations

from functools import cache

from evalkit import formats
from evalkit.records import Criticality, FactKind, Temporality

TAGS: dict[FactKind, str] = {
    "presenting": "sx",
    "symptom": "sx",
    "condition": "med hx",
    "abuse_history": "hx",
    "history": "hx",
    "medication": "med",
    "substance": "sub",
    "risk": "risk",
    "social": "soc",
    "quote": "quote",
    "mental_status": "mse",
    "measure": "ms",
    "intervention": "int",
    "response": "resp",
    "assessment": "dx",
    "progress": "prog",
    "homework": "hw",
    "plan": "plan",
    "service": "svc",
}
"""The tag that starts a jotting of each kind of fact."""

FIELDS: dict[FactKind, str] = {
    "intervention": "interventions",
    "mental_status": "mental_status",
    "risk": "risk",
    "measure": "measures",
    "medication": "medication",
    "homework": "homework",
    "plan": "plan",
}
"""The field of the form that a kind of fact stands in."""

CRITICAL = frozenset({"risk", "abuse_history", "medication", "condition", "assessment"})
MINOR = frozenset({"social", "service", "quote"})


def criticality(kind: FactKind) -> Criticality:
    """How much it matters that a note carries a fact of this kind, if nothing else is said."""
    return "critical" if kind in CRITICAL else "minor" if kind in MINOR else "important"


@cache
def _sections(kind: FactKind, past: bool) -> tuple[tuple[str, tuple[str, ...]], ...]:
    wanted = {"presenting", "progress"} if kind == "homework" and past else {kind}
    found = []
    for name in formats.names():
        form = formats.load(name)
        held = tuple(each.name for each in form.sections if wanted & set(each.holds))
        found.append((name, held or (form.section_for(kind),)))
    return tuple(found)


def sections(kind: FactKind, temporality: Temporality) -> dict[str, tuple[str, ...]]:
    """The sections of each format where a fact may stand; homework already done is a report.

    >>> sections("homework", "planned")["soap"], sections("homework", "past")["soap"]
    (('plan',), ('subjective', 'assessment'))
    """
    return dict(_sections(kind, temporality == "past"))
