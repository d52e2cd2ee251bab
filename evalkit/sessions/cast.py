"""Who sits in the room and under what circumstances: client, group, clock, chart, scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from evalkit.records import Client, Setting
from evalkit.sessions.exchanges import table
from evalkit.sessions.rng import Rng
from evalkit.sessions.voice import Voice, voices
from evalkit.sessions.wording import PROPER, Slot

PRONOUNS = {
    "she": ("she", "her", "her", "herself"),
    "he": ("he", "him", "his", "himself"),
    "they": ("they", "them", "their", "themself"),
}
# Minutes a CPT code covers (DOMAIN: 90832 16-37, 90834 38-52, 90837 from 53), as sessions last.
INDIVIDUAL_MINUTES = ((28, 30, 35), (44, 45, 48, 50), (53, 53, 55, 55, 58, 60))
GROUP_MINUTES = (60, 75, 90)


@dataclass(frozen=True)
class Brief:
    """What a session is asked to be; `needs` are traits that its traps cannot do without."""

    seed: int
    index: int
    setting: Setting
    modality: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cast:
    """The people of a session and its circumstances; `slots` says them in words."""

    brief: Brief
    client: Client
    members: tuple[str, ...]
    problem: str
    thread: dict[str, Slot]
    thread_topics: tuple[str, ...]
    traits: frozenset[str]
    voice: Voice
    therapist: Voice
    minutes: int
    slots: dict[str, Slot]

    @property
    def label(self) -> str:
        """How the client's turns are labelled."""
        return self.client.name if self.members else "client"


def cast(brief: Brief) -> Cast:
    """Draw the people and circumstances of a session; the same brief gives the same."""
    rng = Rng(brief.seed, brief.index, "cast")
    modality = table(f"modalities/{brief.modality}")
    problem = rng.pick(modality["problems"])
    about = table(f"problems/{problem}")
    people = table("people")
    kind = rng.pick(["she", "she", "he", "he", "they"])
    subject, obj, possessive, reflexive = PRONOUNS[kind]
    name = rng.pick([each["name"] for each in people["first_names"] if kind in each["for"]])
    age = rng.between(22, 67)
    members = _members(name, people, rng) if brief.setting == "group" else ()
    traits = _traits(brief, age, rng)
    slots: dict[str, Slot] = {
        "name": {"say": name, PROPER: ""},
        "they": {"say": subject},
        "them": {"say": obj},
        "their": {"say": possessive},
        "themself": {"say": reflexive},
        **{word: {"say": form} for word, form in _agreement(kind).items()},
        "group_size": {"say": str(len(members))},
        "problem": about["words"],
        "diagnosis": {"say": about["diagnosis"]},
        "code": {"say": about["code"]},
        "modality": {"say": modality["title"]},
        "partner": _relative(rng.pick(people["partners"])),
        "kid": _relative(rng.pick(people["kids"])),
        "sibling": _relative(rng.pick(people["siblings"])),
        "friend": _relative(rng.pick(people["friends"])),
    }
    if "medicated" in traits:
        slots |= _medication(problem, people, rng)
    direction = _scores(about, slots, rng)
    minutes = _clock(brief, traits, slots, rng)
    goals = rng.shuffled(about["goals"])
    slots["goal"], slots["other_goal"] = {"say": goals[0]}, {"say": goals[1]}
    traits |= {direction, problem, brief.setting}
    threads = [
        thread
        for thread in about["thread"]
        if traits >= set(thread.get("needs", ())) and age >= thread.get("from_age", 0)
    ]
    thread = rng.pick(threads)
    said = {key: value for key, value in thread.items() if isinstance(value, dict)}
    return Cast(
        brief=brief,
        client=Client(name=name, age=age, pronouns=f"{subject}/{obj}"),
        members=members,
        problem=problem,
        thread=said,
        thread_topics=tuple(thread.get("topics", ())),
        traits=frozenset(traits),
        voice=rng.pick(voices("client")),
        therapist=rng.pick(voices("therapist")),
        minutes=minutes,
        slots=slots | said,
    )


def _members(name: str, people: dict[str, Any], rng: Rng) -> tuple[str, ...]:
    others = [each["name"] for each in people["first_names"] if each["name"] != name]
    return tuple(rng.shuffled([name, *rng.sample(others, rng.between(3, 5))]))


def _traits(brief: Brief, age: int, rng: Rng) -> set[str]:
    needs = set(brief.needs)
    traits = needs | {
        "partner" if rng.chance(0.55) else "single",
        "child" if age >= 30 and rng.chance(0.55) else "childless",
        "working" if age < 64 and rng.chance(0.85) else "not_working",
    }
    if rng.chance(0.6):
        traits.add("medicated")
    if "medicated" not in traits:
        traits.add("unmedicated")
    if "telephone" not in traits:
        traits.add("seen")
        traits.add("video" if brief.setting == "individual" and rng.chance(0.4) else "office")
    return traits


def _relative(row: dict[str, str]) -> Slot:
    subject, obj, possessive, reflexive = PRONOUNS[row["pronoun"]]
    word = row["word"]
    pronouns = {"they": subject, "them": obj, "their": possessive, "themself": reflexive}
    verbs = _agreement(row["pronoun"])
    return {"say": f"my {word}", "note": word, "bare": word, **pronouns, **verbs}


def _agreement(kind: str) -> dict[str, str]:
    """Verb forms that go with a pronoun: {they} {was}, {they} feel{s}."""
    if kind == "they":
        return {"s": "", "is": "are", "was": "were", "has": "have"}
    return {"s": "s", "is": "is", "was": "was", "has": "has"}


def _medication(problem: str, people: dict[str, Any], rng: Rng) -> dict[str, Slot]:
    row = rng.pick([each for each in people["medication"] if problem in each["for"]])
    at = rng.between(1, len(row["doses"]) - 2)
    doses: Sequence[int] = row["doses"]
    names = {"say": f"[{row['generic']}|{row['brand']}]", "note": row["generic"], PROPER: ""}
    return {
        "med": {**names, "jot": row["generic"], "brand": row["brand"]},
        "dose": {"say": str(doses[at])},
        "dose_up": {"say": str(doses[at + 1])},
        "dose_down": {"say": str(doses[at - 1])},
        "how_taken": {"say": row["say"], "note": row["note"]},
        "prescriber": rng.pick(people["prescribers"]),
    }


def _scores(about: dict[str, Any], slots: dict[str, Slot], rng: Rng) -> str:
    """Fill in a measure's course from intake to today; say whether it went up or down."""
    measure = table("measures")[about["measure"]]
    session = rng.between(3, 12)
    base = rng.between(*measure["intake"])
    step = measure["step"]
    prev = max(measure["least"], base - rng.between(0, step * (session - 2) // 2))
    kind = rng.pick(["better", "better", "better", "same", "worse"])
    change = {"better": -rng.between(2, 4), "same": rng.between(-1, 1), "worse": rng.between(2, 4)}
    score = min(measure["most"], max(measure["least"] - 4, prev + change[kind] * measure["unit"]))
    band = [word for limit, word in measure["bands"] if score >= limit][-1]
    slots |= {
        "measure": {"say": measure["say"], "note": measure["title"]},
        "score": {"say": str(score)},
        "prev": {"say": str(prev)},
        "change": {"say": str(abs(score - prev))},
        "band": {"say": band},
        "session_no": {"say": str(session)},
        "session_prev": {"say": str(session - 1)},
    }
    return kind


def _clock(brief: Brief, traits: set[str], slots: dict[str, Slot], rng: Rng) -> int:
    group = brief.setting == "group"
    minutes = rng.pick(GROUP_MINUTES if group else rng.pick(INDIVIDUAL_MINUTES))
    code = "90853" if group else "90832" if minutes < 38 else "90834" if minutes < 53 else "90837"
    start = 60 * rng.between(8, 17) + rng.pick((0, 0, 2, 3, 5, 30, 32, 34))
    day = date(2025, 1, 6) + timedelta(days=7 * rng.between(0, 47) + rng.between(0, 4))
    place = "telephone" if "telephone" in traits else "video" if "video" in traits else "office"
    back = rng.pick(("one week", "one week", "one week", "two weeks"))
    slots |= {
        "minutes": {"say": str(minutes)},
        "cpt": {"say": code},
        "start": {"say": f"{start // 60:02d}:{start % 60:02d}"},
        "end": {"say": f"{(start + minutes) // 60:02d}:{(start + minutes) % 60:02d}"},
        "date": {"say": day.isoformat()},
        "delivery": table("people")["delivery"][place],
        "next": {
            "say": rng.pick(NEXT[back]),
            "note": back,
            "jot": "1 wk" if "one" in back else "2 wks",
        },
        "weekday": {"say": day.strftime("%A")},
    }
    return minutes


NEXT = {
    "one week": ("same time next week", "next week, same time", "a week from today"),
    "two weeks": ("two weeks from now", "in two weeks, since I'm out next week", "two weeks out"),
}
