"""Who sits in the room at a visit, and under what circumstances."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from evalkit.records import Fact, Setting
from evalkit.sessions.exchanges import table
from evalkit.sessions.person import Person
from evalkit.sessions.rng import Rng
from evalkit.sessions.wording import Slot

# Minutes a CPT code covers (DOMAIN: 90832 16-37, 90834 38-52, 90837 from 53), as sessions last.
BY_THE_CLOCK: dict[Setting, tuple[tuple[int, ...], ...]] = {
    "individual": ((28, 30, 35), (44, 45, 48, 50), (53, 53, 55, 55, 58, 60)),
    "intake": ((55, 60, 60, 75, 90),),
    "couple": ((45, 50, 50, 53, 60),),
    "group": ((60, 75, 90, 90),),
}
CODES: dict[Setting, str] = {"intake": "90791", "couple": "90847", "group": "90853"}


@dataclass(frozen=True)
class Past:
    """What the last visit left behind. `shown` tells whether it is a session of its own."""

    shown: bool
    thread: dict[str, Slot]
    topics: tuple[str, ...]
    homework: Slot | None
    facts: tuple[tuple[Fact, tuple[str, ...]], ...]
    played: frozenset[str]


@dataclass(frozen=True)
class Brief:
    """What a visit is asked to be; visits count from 1."""

    person: Person
    visit: int
    setting: Setting
    needs: tuple[str, ...] = ()
    minutes: float = 6.0
    traps: tuple[int, int] = (2, 4)
    past: Past | None = None

    def rng(self, what: str, *more: int | str) -> Rng:
        """A stream of draws for one purpose of this visit."""
        asked = self.person.asked
        return Rng(asked.seed, asked.number, "visit", self.visit, what, *more)


@dataclass(frozen=True)
class Cast:
    """A client at a visit. `threads` are what the session turns about, the first one first."""

    brief: Brief
    traits: frozenset[str]
    minutes: int
    threads: tuple[dict[str, Any], ...]
    slots: dict[str, Slot] = field(default_factory=dict)

    @property
    def person(self) -> Person:
        return self.brief.person

    @property
    def setting(self) -> Setting:
        return self.brief.setting

    @property
    def members(self) -> tuple[str, ...]:
        return self.person.members

    @property
    def label(self) -> str:
        """How the client's turns are labelled."""
        return self.person.client.name if self.members else "client"

    def said(self, thread: int) -> dict[str, Slot]:
        """The slots of a thread."""
        chosen = self.threads[thread % len(self.threads)]
        return {key: value for key, value in chosen.items() if isinstance(value, dict)}


def cast(brief: Brief) -> Cast:
    """The circumstances of a visit; the same brief gives the same."""
    who, rng = brief.person, brief.rng("cast")
    point, before = who.course[brief.visit - 1], who.course[max(0, brief.visit - 2)]
    measure = table("measures")[table(f"problems/{who.asked.problem}")["measure"]]
    traits = set(who.traits) | set(brief.needs) | {point.direction, _risk(brief), brief.setting}
    traits |= _homework(brief, rng)
    if "telephone" not in traits:
        traits.add("seen")
        remote = brief.setting in ("individual", "intake") and rng.chance(0.4)
        traits.add("video" if remote else "office")
    minutes = _minutes(brief, rng)
    first = (brief.visit - 1) % len(who.threads)
    slots = dict(who.slots)
    slots |= {
        "measure": {"say": measure["say"], "note": measure["title"]},
        "score": {"say": str(point.score)},
        "prev": {"say": str(before.score)},
        "change": {"say": str(abs(point.score - before.score))},
        "band": {"say": [word for limit, word in measure["bands"] if point.score >= limit][-1]},
        "session_no": {"say": str(brief.visit)},
        "session_prev": {"say": str(brief.visit - 1)},
    }
    slots |= _clock(brief, traits, minutes, rng)
    found = Cast(
        brief=brief,
        traits=frozenset(traits),
        minutes=minutes,
        threads=(*who.threads[first:], *who.threads[:first]),
        slots=slots,
    )
    slots.update(found.said(0))
    if brief.past is not None:
        slots.update({f"last.{key}": slot for key, slot in brief.past.thread.items()})
        since = brief.past.thread.get(f"since_{point.direction}")
        if since is not None:
            slots["last.since"] = since
        if brief.past.homework is not None and "returning" in traits:
            slots["last_hw"] = brief.past.homework
    return found


def _homework(brief: Brief, rng: Rng) -> set[str]:
    """`returning` if homework was set last time and is known; `new` if it may be anything."""
    past = brief.past
    if past is not None and past.homework and (past.shown or rng.chance(0.6)):
        return {"returning"}
    return {"new"} if past is not None and not past.shown else set()


def _risk(brief: Brief) -> str:
    """Passive thoughts come and go with the score; a history stays one."""
    who = brief.person
    if who.risk != "risk_passive":
        return who.risk
    scores = [point.score for point in who.course]
    low = who.course[brief.visit - 1].score < sorted(scores)[len(scores) // 2]
    return "risk_none" if low else "risk_passive"


def _minutes(brief: Brief, rng: Rng) -> int:
    """By the clock: no shorter than what is said takes, of a length that is billed."""
    lengths = [each for band in BY_THE_CLOCK[brief.setting] for each in band]
    if brief.setting == "individual":
        lengths = list(rng.pick(BY_THE_CLOCK["individual"]))
    fit = [each for each in lengths if each >= brief.minutes + 1]
    return rng.pick(fit) if fit else int(brief.minutes) + 4


def _clock(brief: Brief, traits: set[str], minutes: int, rng: Rng) -> dict[str, Slot]:
    own = "90832" if minutes < 38 else "90834" if minutes < 53 else "90837"
    start = brief.person.hour + rng.pick((0, 0, 2, 3, 5, 30, 32, 34))
    course = brief.person.course
    day = course[brief.visit - 1].day
    back = "one week" if rng.chance(0.75) else "two weeks"
    if brief.visit < len(course):
        back = "one week" if (course[brief.visit].day - day).days == 7 else "two weeks"
    place = next(each for each in ("telephone", "video", "office") if each in traits)
    return {
        "minutes": {"say": str(minutes)},
        "cpt": {"say": CODES.get(brief.setting, own)},
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


NEXT = {
    "one week": (
        "same time next week",
        "next week, same time",
        "a week from today",
        "next week, the usual time",
        "this time next week",
        "same day next week",
        "in a week",
    ),
    "two weeks": (
        "two weeks from now",
        "in two weeks, since I'm out next week",
        "two weeks out",
        "the week after next",
        "in two weeks",
        "two weeks from today",
    ),
}
