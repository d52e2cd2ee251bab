"""What a model is told about a session, and about what is wrong with its answer."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from evalkit.llm import well_formed
from evalkit.realize.answer import Problem, ProblemKind
from evalkit.realize.voiced import must_be_set, must_be_voiced
from evalkit.records import THERAPIST, Chart, Session
from evalkit.sessions.clock import PER_MINUTE
from evalkit.sessions.rng import Rng

HERE = Path(__file__).parent
FIXES: dict[ProblemKind, str] = {
    "malformed": "answer with one JSON object as described",
    "cut off": "the answer was cut off; write shorter turns",
    "unknown speaker": "call speakers exactly as listed",
    "silence": "give every turn a text",
    "length": "write as many words as asked for",
    "not voiced": "name the turns that say it; a third of its words, dose, quote stand there",
    "trap missing": "name the turns that say its material, and let its words be heard there",
    "unlisted": "nothing given to you says this of anybody; take it out",
    "confirmed": "somebody confirms a bait; let it stay unconfirmed",
    "left open": "this is not to be touched; take it out",
}


def instructions() -> str:
    """The system message, from prompts/realize.md."""
    return (HERE / "prompts" / "realize.md").read_text(encoding="utf-8").strip()


def material(session: Session, words: int) -> str:
    """The user message: the session's ledger as JSON, and how many words to write."""
    traps = must_be_set(session)
    voiced = must_be_voiced(session)
    content: dict[str, Any] = {
        "setting": session.spec.setting,
        "delivery": session.form.get("modality_of_delivery", "in person"),
        "method": session.spec.modality or "supportive",
        "speakers": speakers(session),
        "the note is about": _client(session),
        "how the client talks": style(session),
        "length": f"about {words / PER_MINUTE:.0f} minutes, that is {words} words in all",
        "background": _background(session.chart),
        "facts": {fact.fact_id: fact.statement for fact in voiced},
        "known": [fact.statement for fact in session.discussed if fact not in voiced],
        "traps": {
            name: {
                "material": [
                    f"{session.turns[turn].speaker}: {session.turns[turn].text}"
                    for turn in trap.turns
                ],
                "bait": trap.bait,
                "truth": trap.truth,
            }
            for name, trap in traps.items()
        },
        "not to be touched": [fact.statement for fact in session.facts if not fact.discussed],
    }
    return well_formed(json.dumps(content, ensure_ascii=False, indent=1))


def repairs(problems: Iterable[Problem]) -> str:
    """What the model is told about its answer: kinds, ids, turns, and what to do."""
    lines = [
        f"- {problem.kind}: {problem.about}"
        + (f", in turn {problem.turn}" if problem.turn is not None else "")
        + f" ({FIXES[problem.kind]})"
        for problem in problems
    ]
    return "\n".join(
        (
            "This cannot be used yet. Turns count from 0.",
            *lines,
            "Change what is needed, keep the rest, and answer with the whole JSON object again.",
        )
    )


def speakers(session: Session) -> list[str]:
    """The clinician's label, then the others' as the session has them."""
    others = dict.fromkeys((*session.members, *(turn.speaker for turn in session.turns)))
    return [THERAPIST, *(name for name in others if name != THERAPIST)]


def style(session: Session) -> str:
    """How the client talks: the same at each visit."""
    styles = _styles()
    name = Rng(session.spec.client_id or session.session_id, "style").pick(sorted(styles))
    return styles[name]


def _client(session: Session) -> str:
    client = session.client
    if client is None:
        return "the client"
    parts = [client.name, client.pronouns, client.work, *client.family]
    if client.age is not None:
        parts.insert(1, str(client.age))
    return ", ".join(part for part in parts if part)


def _background(chart: Chart | None) -> dict[str, Any]:
    if chart is None:
        return {}
    return {name: value for name, value in chart.model_dump(mode="json").items() if value}


@cache
def _styles() -> dict[str, str]:
    content = tomllib.loads((HERE / "styles.toml").read_text(encoding="utf-8"))
    found: dict[str, str] = content["styles"]
    return found
