"""What a notebook shows of sessions: a client's visits as a table, a session as a page.

Pages are fragments of HTML with their own style: no script, nothing from the network, and all that
a session holds is escaped. They read without color and on a narrow screen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from evalkit.errors import InputError
from evalkit.records import Fact, Session, Turn, digest
from evalkit.reports.pages import template
from evalkit.sessions.exchanges import table

if TYPE_CHECKING:
    pass

DONE, PARTLY, NOT_DONE, NOT_REVIEWED = "done", "partly", "not done", "not reviewed"

_PARTLY = re.compile(
    r"\b(?:in part|part of|first part|not finished|some of|about half|one third|attempt\w*"
    r"|tried|without full)\b",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"\([^()]*\)")


# --- an episode of care -----------------------------------------------------------------------


def in_order(sessions: Iterable[Session]) -> list[Session]:
    """The sessions of one client by visit.

    Raises InputError where there is none, where they are of several clients, or where one does
    not say which visit it is.
    """
    found = list(sessions)
    if not found:
        raise InputError("there is no session", fix="pass the sessions of one client")
    clients = {session.spec.client_id for session in found}
    if len(clients) > 1:
        raise InputError(
            f"these are sessions of {len(clients)} clients",
            field="spec.client_id",
            fix="pass the sessions of one client",
        )
    for session in found:
        if session.spec.visit is None:
            raise InputError(
                f"session {session.session_id!r} does not say which visit it is",
                field="spec.visit",
            )
    return sorted(found, key=lambda session: session.spec.visit or 0)


def episode_table(sessions: Iterable[Session]) -> pd.DataFrame:
    """One row a visit of one client, in order.

    `score` is that of the questionnaire the chart follows (PHQ-9, GAD-7, PCL-5 or AUDIT), with
    its `band` of severity; `score_from` is "session" where it was given in the visit, "chart"
    where only a later chart has it, and empty where nothing does. `reviewed` is what the ledger
    says of the homework set before: done, partly, not done, not reviewed (it was set, and nobody
    came back to it) or empty. `review` is the ledger's sentence, `homework` what was set for the
    next time. Raises InputError as `in_order` does.
    """
    visits = in_order(sessions)
    title = _followed(visits)
    later = dict(_charted(visits, title))
    rows: list[dict[str, Any]] = []
    for session in visits:
        date = session.form.get("date", "")
        given = _given(session, title)
        score = given if given is not None else later.get(date)
        about = _past_homework(session)
        set_before = bool(rows and rows[-1]["homework"])
        rows.append(
            {
                "visit": session.spec.visit,
                "date": date,
                "setting": session.spec.setting,
                "minutes": session.spec.minutes,
                "measure": title,
                "score": score,
                "band": "" if score is None else band(title, score),
                "score_from": "session"
                if given is not None
                else "chart"
                if score is not None
                else "",
                "reviewed": reviewed(about) or (NOT_REVIEWED if set_before else ""),
                "review": " ".join(fact.statement for fact in about),
                "homework": _set(session),
                "traps": ", ".join(plain(name) for name in session.spec.traps),
            }
        )
    return pd.DataFrame(rows).astype({"visit": "Int64", "score": "Int64"})


def reviewed(facts: Sequence[Fact]) -> str:
    """What became of the homework, by what the ledger says of it; empty if it says nothing.

    Words of a part or of an attempt make it partly done, whatever else was left undone.
    """
    texts = [_IN_BRACKETS.sub("", f"{fact.statement} {fact.reworded}") for fact in facts]
    if any(
        fact.polarity == "affirmed" and _PARTLY.search(text)
        for fact, text in zip(facts, texts, strict=True)
    ):
        return PARTLY
    if any(fact.polarity == "negated" for fact in facts):
        return NOT_DONE
    return DONE if facts else ""


def bands(title: str) -> list[tuple[int, str]]:
    """The bands of severity of a questionnaire: (lowest score, word); empty if unknown.

    Cut-offs stand in `lexicon/measures.toml`.
    """
    about = table("measures").get(title, {})
    return [(int(low), str(word)) for low, word in about.get("bands", ())]


def band(title: str, score: int) -> str:
    """The word for a score; empty where the questionnaire is unknown."""
    return next((word for low, word in reversed(bands(title)) if score >= low), "")


def _followed(visits: Sequence[Session]) -> str:
    """The questionnaire given most often, by forms and charts; empty if there is none."""
    said = [session.form.get("measures", "") for session in visits]
    said += [line for session in visits if session.chart for line in session.chart.measures]
    counts = {title: sum(title in text for text in said) for title in table("measures")}
    best = max(counts, key=lambda title: counts[title])
    return best if counts[best] else ""


def _charted(visits: Sequence[Session], title: str) -> Iterable[tuple[str, int]]:
    for session in visits:
        for line in session.chart.measures if session.chart else ():
            date, _, rest = line.partition(" ")
            if title and rest.startswith(f"{title} ") and rest[len(title) + 1 :].isdigit():
                yield date, int(rest[len(title) + 1 :])


def _given(session: Session, title: str) -> int | None:
    found = re.search(rf"{re.escape(title)} (\d+)", session.form.get("measures", ""))
    return int(found[1]) if title and found else None


def _past_homework(session: Session) -> list[Fact]:
    return [
        fact for fact in session.discussed if fact.kind == "homework" and fact.temporality == "past"
    ]


def _set(session: Session) -> str:
    """What was set, as the form has it or else the ledger; the form may hold what was declined."""
    planned = [
        fact.statement
        for fact in session.discussed
        if fact.kind == "homework" and fact.temporality == "planned" and fact.polarity == "affirmed"
    ]
    return session.form.get("homework", " ".join(planned)) if planned else ""


# --- pages ------------------------------------------------------------------------------------


def session_page(session: Session) -> str:
    """The transcript with its ledger beside it, as a fragment of HTML.

    Turns that show a fact bear its id and lead to it in the ledger, which leads back. Turns of a
    trap are set apart, with the false claim it invites and what is true. Nothing is looked up.
    """
    return _page(session, "ledger")


def inputs_page(session: Session) -> str:
    """The three things a note can be drafted from, side by side, as a fragment of HTML.

    They are the transcript, the clinician's jottings and the structured form.
    """
    return _page(session, "inputs")


def _page(session: Session, view: str) -> str:
    shown = [_shown_turn(session, at, turn) for at, turn in enumerate(session.turns)]
    page = template("session.html.j2").render(
        view=view,
        anchor=f"s{digest(session.session_id, 8)}",
        session=session,
        turns=shown,
        traps=[
            {"number": number, "name": plain(trap.kind), "trap": trap}
            for number, trap in enumerate(session.traps, start=1)
        ],
        facts=[fact for fact in session.facts if fact.discussed],
        left_open=[fact for fact in session.facts if not fact.discussed],
        about=" · ".join(_about(session)),
        plain=plain,
    )
    return page.encode("utf-8", "replace").decode("utf-8")


def _shown_turn(session: Session, at: int, turn: Turn) -> dict[str, Any]:
    numbered = list(enumerate(session.traps, start=1))
    return {
        "at": at,
        "turn": turn,
        "time": ""
        if turn.start_s is None
        else f"{turn.start_s // 60:.0f}:{turn.start_s % 60:02.0f}",
        "facts": [fact.fact_id for fact in session.facts if at in fact.turns],
        "traps": [number for number, trap in numbered if at in trap.turns],
        "ends": [number for number, trap in numbered if trap.turns and at == max(trap.turns)],
    }


def _about(session: Session) -> Iterable[str]:
    spec = session.spec
    yield spec.setting
    if spec.modality:
        yield spec.modality.upper() if spec.modality.islower() else spec.modality
    if spec.visit is not None:
        yield f"visit {spec.visit}"
    if spec.minutes is not None:
        yield f"{spec.minutes:g} minutes by the clock"
    yield f"{len(session.turns)} turns"
    if spec.channel is not None:
        yield f"{100 * spec.channel.words_wrong:.1f} % of words misheard"


def plain(name: str) -> str:
    """A name as a reader would write it: "near_quote" is a near quote."""
    return name.replace("_", " ")
