"""What the app shows of one task, as JSON. Nothing in it tells which approach wrote the draft."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from evalkit.formats import Format
from evalkit.records import Category, Draft, Session, Severity
from evalkit.review.replay import State

CATEGORIES = {
    "abuse_history": "Abuse history",
    "condition": "Condition or diagnosis",
    "intervention": "Intervention",
    "medication": "Medication or dose",
    "risk": "Risk",
    "mental_status": "Mental status",
    "plan": "Plan or homework",
    "quote": "Quotation",
    "attribution": "Who said or did it",
    "number_date": "Number or date",
    "privacy": "Private or another person's",
    "other": "Something else",
}


def note_of(known: Format, draft: Draft, state: State) -> dict[str, Any]:
    """The draft in its format's fields, as it was and as it stands, with the flags on it."""
    return {
        "format": {"name": known.name, "title": known.title},
        "sections": [
            {
                "name": section.name,
                "title": section.title,
                "draft": draft.sections.get(section.name, ""),
                "text": state.texts.get(section.name, ""),
            }
            for section in known.sections
        ],
        "flags": [flag.model_dump(mode="json") for flag in state.flags],
        "signed": state.signed,
    }


def session_of(session: Session) -> dict[str, Any]:
    """Transcript, chart, jottings and form."""
    return {
        "transcript": [
            {"turn": index, "speaker": turn.speaker, "text": turn.text, "start_s": turn.start_s}
            for index, turn in enumerate(session.turns)
        ],
        "chart": _chart(session),
        "jottings": session.jottings,
        "form": {_title(name): text for name, text in session.form.items() if text},
    }


def choices() -> dict[str, Any]:
    """What a flag can say."""
    return {
        "categories": [{"name": one, "title": CATEGORIES[one]} for one in get_args(Category)],
        "severities": list(get_args(Severity)),
    }


def _chart(session: Session) -> dict[str, str]:
    """The filled fields of the chart by their label, each as lines of text."""
    client, chart = session.client, session.chart
    fields: dict[str, str] = {}
    if client is not None:
        age = "" if client.age is None else str(client.age)
        fields["Client"] = ", ".join(one for one in (client.name, age, client.pronouns) if one)
        fields["Work"] = client.work
        fields["Family"] = _lines(client.family)
    fields["Members"] = _lines(session.members)
    if chart is not None:
        fields["Diagnosis"] = chart.diagnosis
        fields["Goals"] = _lines(chart.goals)
        fields["Medication"] = _lines(chart.medication)
        fields["History"] = _lines(chart.history)
        fields["Measures"] = _lines(chart.measures)
        fields["Last note"] = chart.last_note
    return {label: text for label, text in fields.items() if text}


def _lines(items: Iterable[str]) -> str:
    return "\n".join(items)


def _title(name: str) -> str:
    title = name.replace("_", " ").strip()
    return title.upper() if title in ("cpt",) else title[:1].upper() + title[1:]
