"""What the clinician could look up before the session."""

from __future__ import annotations

from evalkit.records import Chart, Fact, FactKind
from evalkit.sessions.cast import Cast, Past
from evalkit.sessions.exchanges import table
from evalkit.sessions.person import GOALS
from evalkit.sessions.programme import Programme
from evalkit.sessions.rng import Rng
from evalkit.sessions.wording import Speaking, expand

# Kinds of fact that a short note of the last visit holds, in its order, and how many of each.
LAST_NOTE: tuple[tuple[FactKind, int], ...] = (
    ("presenting", 1),
    ("symptom", 2),
    ("measure", 1),
    ("risk", 1),
    ("intervention", 2),
    ("response", 1),
    ("homework", 1),
    ("plan", 1),
)


def chart(who: Cast, plan: Programme) -> Chart:
    """The chart on the day: nothing in it was learned in today's session."""
    rng = who.brief.rng("chart")
    scenes = [*plan.before, *plan.after]
    listed = "{med} {dose} mg {how_taken}" if "medicated" in who.traits else ""
    for scene in scenes:
        listed = scene.exchange.chart_medication or listed

    def words(template: str) -> str:
        return expand(template, Speaking("note", who.slots), rng)

    point = who.person.course[: who.brief.visit - 1]
    title = who.slots["measure"]["note"]
    carried = [scene.exchange.last_note for scene in scenes if scene.exchange.last_note]
    return Chart(
        diagnosis=words("{diagnosis} ({code})"),
        goals=tuple(words(f"Client will {who.slots[goal]['say']}.") for goal in GOALS),
        medication=(words(listed),) if listed else (),
        history=tuple(words(each) for each in rng.sample(table("chart")["history"], 2)),
        measures=tuple(f"{each.day.isoformat()} {title} {each.score}" for each in point),
        last_note=_last_note(who, [words(each) for each in carried], rng),
    )


def _last_note(who: Cast, carried: list[str], rng: Rng) -> str:
    """The note of the last visit, written from its own ledger."""
    past = who.brief.past
    if past is None:
        return ""
    day = who.person.course[who.brief.visit - 2].day.isoformat()
    told = [each for each in _told(past, "returning" in who.traits, rng) if each not in carried]
    return " ".join([f"Session {who.brief.visit - 1} ({day}).", *told[:2], *carried, *told[2:]])


def _told(past: Past, homework: bool, rng: Rng) -> list[str]:
    out: list[str] = []
    for kind, most in LAST_NOTE:
        if kind == "homework" and not (homework or past.shown):
            continue
        of = [fact for fact, _ in past.facts if fact.kind == kind and _lasting(fact)]
        chosen = {fact.fact_id for fact in rng.sample(of, most)}
        out += [fact.reworded or fact.statement for fact in of if fact.fact_id in chosen]
    return out


def _lasting(fact: Fact) -> bool:
    return fact.discussed and not (fact.kind == "homework" and fact.temporality == "past")
