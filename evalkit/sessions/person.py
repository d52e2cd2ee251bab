"""The client behind the sessions: who they are, what they came for, how their course runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from evalkit.records import Client, Setting
from evalkit.sessions.exchanges import table
from evalkit.sessions.rng import Rng
from evalkit.sessions.voice import Voice, voices
from evalkit.sessions.wording import PROPER, Slot, Speaking, expand

PRONOUNS = {
    "she": ("she", "her", "her", "herself"),
    "he": ("he", "him", "his", "himself"),
    "they": ("they", "them", "their", "themself"),
}
RISKS = ("risk_none", "risk_passive", "risk_history")
COURSES = {
    "improving": ("better", "better", "better", "same", "worse"),
    "uneven": ("better", "same", "worse", "better", "worse"),
    "stuck": ("same", "same", "worse", "better", "same"),
}


@dataclass(frozen=True)
class Asked:
    """What a client is asked to be: `needs` are traits that the traps cannot do without."""

    seed: int
    number: int
    setting: Setting
    modality: str
    problem: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Point:
    """One visit in a course: when it was, and what the questionnaire said."""

    day: date
    score: int
    direction: str


@dataclass(frozen=True)
class Person:
    """A client with a chart, the same at every visit; `slots` says it in words."""

    asked: Asked
    client: Client
    members: tuple[str, ...]
    traits: frozenset[str]
    risk: str
    voice: Voice
    therapist: Voice
    threads: tuple[dict[str, Any], ...]
    course: tuple[Point, ...]
    hour: int
    slots: dict[str, Slot]


def person(asked: Asked, visits: int) -> Person:
    """Draw a client with a course of `visits` sessions; the same question gives the same one."""
    rng = Rng(asked.seed, asked.number, "person")
    people = table("people")
    about = table(f"problems/{asked.problem}")
    kind = rng.pick(["she", "she", "he", "he", "they"])
    subject, obj, possessive, reflexive = PRONOUNS[kind]
    name = rng.pick([each["name"] for each in people["first_names"] if kind in each["for"]])
    age = rng.between(*_AGES.get(asked.setting, (19, 74)))
    traits = _traits(asked, age, rng) | {asked.problem}
    members = _members(asked, name, people, rng)
    partner = _partner(asked, members, people, rng)
    work = rng.pick(people["works"]) if "working" in traits else _NO_WORK["retired" in traits]
    slots: dict[str, Slot] = {
        "name": {"say": name, PROPER: ""},
        "they": {"say": subject},
        "them": {"say": obj},
        "their": {"say": possessive},
        "themself": {"say": reflexive},
        "They": {"say": subject.capitalize()},
        "Their": {"say": possessive.capitalize()},
        **{word: {"say": form} for word, form in agreement(kind).items()},
        "age": {"say": str(age)},
        "work": {key: value for key, value in work.items() if key != "kind"},
        "group_size": {"say": str(len(members))},
        "problem": about["words"],
        "diagnosis": {"say": about["diagnosis"]},
        "code": {"say": about["code"]},
        "modality": {"say": table(f"modalities/{asked.modality}")["title"]},
        "partner": partner,
        "kid": relative(rng.pick(people["kids"])),
        "sibling": relative(rng.pick(people["siblings"])),
        "friend": relative(rng.pick(people["friends"])),
    }
    if "medicated" in traits:
        slots |= _medication(asked.problem, people, rng)
    goals = rng.shuffled(about["goals"])
    for key, goal in zip(GOALS, goals, strict=False):
        slots[key] = {"say": goal}
    threads = _threads(about, traits, age, work)
    styles = [v for v in voices("therapist") if not v.modalities or asked.modality in v.modalities]
    risk = rng.pick(("risk_none",) * 7 + ("risk_passive",) * 2 + ("risk_history",))
    return Person(
        asked=asked,
        client=Client(
            name=name,
            age=age,
            pronouns=f"{subject}/{obj}",
            work=work.get("note", work["say"]),
            family=_family(people, slots, traits, rng),
        ),
        members=members,
        traits=frozenset(traits),
        risk=risk,
        voice=rng.pick(voices("client")),
        therapist=rng.pick(styles),
        threads=tuple(rng.shuffled(threads)),
        course=_course(about["measure"], visits, rng),
        hour=60 * rng.between(8, 17),
        slots=slots,
    )


def _threads(about: dict[str, Any], traits: set[str], age: int, work: Slot) -> list[dict[str, Any]]:
    """The life stories of a problem that this client can have."""
    kind = work.get("kind", "")
    return [
        each
        for each in about["thread"]
        if traits >= set(each.get("needs", ()))
        and age >= each.get("from_age", 0)
        and kind in each.get("work_kinds", (kind,))
    ]


GOALS = ("goal", "other_goal", "third_goal")
_AGES: dict[str, tuple[int, int]] = {"couple": (24, 66)}
_NO_WORK: dict[bool, Slot] = {
    True: {"say": "retired", "note": "retired"},
    False: {"say": "between jobs", "note": "not currently employed"},
}


def _traits(asked: Asked, age: int, rng: Rng) -> set[str]:
    traits = {each for each in asked.needs if each not in _OF_A_VISIT}
    traits |= {
        "partner" if rng.chance(0.55) or asked.setting == "couple" else "single",
        "child" if age >= 30 and rng.chance(0.55) else "childless",
        "retired" if age >= 64 else "working" if rng.chance(0.85) else "not_working",
        "medicated" if "medicated" in traits or rng.chance(0.6) else "unmedicated",
    }
    return traits


_OF_A_VISIT = frozenset({"telephone", "video", "office", "seen"})


def _members(asked: Asked, name: str, people: dict[str, Any], rng: Rng) -> tuple[str, ...]:
    others = [each["name"] for each in people["first_names"] if each["name"] != name]
    if asked.setting == "couple":
        return (name, rng.pick(others))
    if asked.setting == "group":
        return tuple(rng.shuffled([name, *rng.sample(others, rng.between(3, 9))]))
    return ()


def _partner(asked: Asked, members: tuple[str, ...], people: dict[str, Any], rng: Rng) -> Slot:
    """A couple's partner has a pronoun that goes with the name."""
    rows = people["partners"]
    if asked.setting == "couple":
        fits = next(each["for"] for each in people["first_names"] if each["name"] == members[1])
        rows = [each for each in rows if each["pronoun"] in fits] or rows[-1:]
    return relative(rng.pick(rows))


def _family(
    people: dict[str, Any], slots: dict[str, Slot], traits: set[str], rng: Rng
) -> tuple[str, ...]:
    """Who the client lives with, as a chart puts it."""
    fit = [each for each in people["families"] if traits >= set(each.get("needs", ()))]
    told = expand(rng.pick(fit)["note"], Speaking("note", slots), rng)
    return tuple(part[:1].lower() + part[1:] for part in told.split("; "))


def _course(measure: str, visits: int, rng: Rng) -> tuple[Point, ...]:
    """Dates a week or two apart, and scores that fall, hover or slip back."""
    about = table("measures")[measure]
    kind = rng.pick(("improving", "improving", "improving", "uneven", "stuck"))
    day = date(2025, 1, 6) + timedelta(days=7 * rng.between(0, 40) + rng.between(0, 4))
    score = rng.between(*about["intake"])
    points = [Point(day, score, "same")]
    while len(points) < visits:
        day += timedelta(days=7 if rng.chance(0.8) else 14)
        way = rng.pick(COURSES[kind])
        change = {"better": -rng.between(1, 3), "same": 0, "worse": rng.between(1, 3)}[way]
        score = min(about["most"], max(about["least"] - 6, score + change * about["unit"]))
        moved = score - points[-1].score
        points.append(Point(day, score, "better" if moved < 0 else "worse" if moved else "same"))
    return tuple(points)


def relative(row: dict[str, str]) -> Slot:
    """A person in the client's life, with pronouns and verb forms as variants."""
    subject, obj, possessive, reflexive = PRONOUNS[row["pronoun"]]
    word = row["word"]
    pronouns = {"they": subject, "them": obj, "their": possessive, "themself": reflexive}
    return {
        "say": f"my {word}",
        "note": word,
        "bare": word,
        **pronouns,
        **agreement(row["pronoun"]),
    }


def agreement(kind: str) -> dict[str, str]:
    """Verb forms that go with a pronoun: {they} {was}, {they} feel{s}."""
    if kind == "they":
        return {"s": "", "is": "are", "was": "were", "has": "have"}
    return {"s": "s", "is": "is", "was": "was", "has": "has"}


def _medication(problem: str, people: dict[str, Any], rng: Rng) -> dict[str, Slot]:
    row = rng.pick([each for each in people["medication"] if problem in each["for"]])
    at = rng.between(1, len(row["doses"]) - 2)
    doses: Sequence[int] = row["doses"]
    brand = row.get("brand", row["generic"])
    names = {"say": f"[{row['generic']}|{brand}]", "note": row["generic"], PROPER: ""}
    return {
        "med": {**names, "jot": row["generic"], "brand": brand},
        "dose": {"say": str(doses[at])},
        "dose_up": {"say": str(doses[at + 1])},
        "dose_down": {"say": str(doses[at - 1])},
        "how_taken": {"say": row["say"], "note": row["note"]},
        "prescriber": rng.pick(people["prescribers"]),
    }
