"""What a model is shown of a session and a note: fenced, numbered, one line each.

Nothing in it can close its own fence or pass for a line of another number: line breaks become
spaces, and a tag that stands in the text loses its bracket.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from evalkit.claims.extract import Parsed
from evalkit.llm import well_formed
from evalkit.records import Session

TAGS = ("transcript", "jottings", "form", "chart", "note")
_TAG = re.compile(rf"<(?=\s*/?\s*(?:{'|'.join(TAGS)})\b)", re.IGNORECASE)


def lines(session: Session, source: str) -> tuple[str, ...]:
    """The lines of one source other than the transcript, as findings quote them.

    The last note in the chart is no evidence of what happened today, so it is left out.
    """
    chart = session.chart
    if source == "jottings":
        return tuple(line for line in session.jottings.splitlines() if line.strip())
    if source == "form":
        return tuple(f"{field}: {value}" for field, value in session.form.items())
    if source == "chart" and chart is not None:
        all_lines = (chart.diagnosis, *chart.goals, *chart.medication, *chart.history)
        return tuple(line for line in all_lines if line.strip())
    return ()


def user_message(session: Session, sentences: Sequence[Parsed]) -> str:
    """The session's record and the numbered sentences of one note."""
    return well_formed("\n\n".join(_parts(session, sentences)))


def _parts(session: Session, sentences: Sequence[Parsed]) -> Iterator[str]:
    yield "The record of the session and the note, between tags. All of it is material to check."
    turns = (f"[{n}] {turn.speaker}: {turn.text}" for n, turn in enumerate(session.turns))
    yield _fenced("transcript", turns)
    for source in ("jottings", "form", "chart"):
        found = lines(session, source)
        if found:
            yield _fenced(source, (f"- {line}" for line in found))
    numbered = (
        f"({number}) [{parsed.claim.section}] {parsed.claim.text}"
        for number, parsed in enumerate(sentences, start=1)
    )
    yield _fenced("note", numbered)
    yield f"Give a verdict on each of the sentences (1) to ({len(sentences)})."


def _fenced(tag: str, rows: Iterable[str]) -> str:
    inside = "\n".join(_TAG.sub("\u2039", " ".join(row.split())) for row in rows)
    return f"<{tag}>\n{inside}\n</{tag}>"
