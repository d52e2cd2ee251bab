"""What speaks for and against a sentence, measured against a session with a ledger.

One row of named numbers a sentence, each from about 0 to 1. The sentence is compared with the true
things that together say most of it (its cover), with the nearest bait, and with all that was said.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

from evalkit.claims.against_ledger_lines import Match
from evalkit.claims.against_ledger_scene import Scene, around, weighed
from evalkit.claims.evidence import WINDOW
from evalkit.claims.lexicon import cues
from evalkit.claims.likeness import Saying, groups, telling_share
from evalkit.records import MAJOR, THERAPIST

SEVERAL = 3
"""Words of which more that nobody said say no more."""


NEAR = 0.3
"""Likeness to a fact from which the fact can say otherwise."""

FEW = 6
"""Words in which a sentence may differ from a fact and still be almost the same."""


class Signs(NamedTuple):
    """One row. Names say what a higher value means; "fact" is the nearest true thing."""

    outside_fact: float
    fact_unsaid: float
    outside_turns: float
    outside_cover: float
    outside_written: float
    outside_window: float
    outside_session: float
    words_unsaid: float
    stems_outside_fact: float
    stems_unsaid: float
    stems_unsaid_share: float
    rarest_outside: float
    loose_pairs: float
    number_outside: float
    number_instead: float
    day_outside: float
    day_instead: float
    span_outside: float
    another_person: float
    person_nowhere: float
    turned_from_fact: float
    turned_words: float
    tone_against_fact: float
    almost: float
    denies_instead: float
    drug_outside: float
    bait_likeness: float
    bait_margin: float
    bait_outside_turns: float
    bait_words: float
    truth_words: float
    bait_chance: float
    major_unsaid: float
    status_unsaid: float
    quote_invented: float
    looks_ahead: float
    turned: float
    names_status: float
    names_person: float
    has_number: float
    short: float


class Compared(NamedTuple):
    """A sentence with what it was compared with: the nearest true things, bait and turns."""

    signs: Signs
    cover: tuple[Match, ...]
    bait: Match | None
    place: int
    clash: str
    chances: tuple[float, ...]

    @property
    def fact(self) -> Match | None:
        return self.cover[0] if self.cover else None


def compare(scene: Scene, one: Saying) -> Compared:
    """The signs of one sentence."""
    matched = scene.lines.match(one)
    cover = scene.cover(one, matched)
    bait = max(
        (each for each in matched if each.entry.kind == "bait" and each.here),
        key=lambda each: each.alike,
        default=None,
    )
    chances = scene.sides.chances(one, matched)
    window, place = scene.spoken.window(one, scene.lines)
    found = {
        **_coverage(scene, one, matched, cover, window),
        **_values(scene, one, cover),
        **_against(scene, one, cover),
        **_bait(scene, one, cover, bait),
        "bait_chance": max(chances, default=0.0),
        **_kinds(scene, one),
    }
    signs = Signs(**found)
    return Compared(signs, cover, bait, place, _clash(signs, cover), tuple(chances))


def _best(matched: list[Match], *kinds: str) -> float:
    return max((each.here for each in matched if each.entry.kind in kinds), default=0.0)


def _coverage(
    scene: Scene, one: Saying, matched: list[Match], cover: tuple[Match, ...], window: float
) -> dict[str, float]:
    """How much of the sentence is said nowhere near."""
    worth = scene.lines.worth
    fact = cover[0] if cover else None
    said = frozenset[int]().union(*(match.said for match in cover))
    pool = scene.pool(cover[:1])
    unsaid = [
        word
        for word, concept in one.units
        if word not in scene.said.stems
        and concept not in scene.said.concepts
        and groups(word).isdisjoint(scene.said.groups)
    ]
    total = sum(worth(word) for word, _ in one.units) or 1.0
    told = [word for word, _ in one.units if word not in scene.said.stems and not word[0].isdigit()]
    strange = sum(telling_share(word) for word in told)
    top = sorted(one.units, key=lambda unit: -worth(unit[0]))[:SEVERAL]
    return {
        "outside_fact": 1 - (fact.here if fact else 0.0),
        "fact_unsaid": 1 - (fact.there if fact else 0.0),
        "outside_turns": 1 - weighed(one.units, pool, worth),
        "outside_cover": 1 - sum(worth(one.units[at][0]) for at in said) / total,
        "outside_written": 1 - _best(matched, "written"),
        "outside_window": 1 - window,
        "outside_session": 1 - weighed(one.units, scene.said, worth),
        "words_unsaid": min(SEVERAL, len(unsaid)) / SEVERAL,
        "stems_outside_fact": sum(worth(w) for w, _ in one.units if w not in pool.stems) / total,
        "stems_unsaid": min(SEVERAL, strange) / SEVERAL,
        "stems_unsaid_share": sum(worth(w) for w in told) / total,
        "rarest_outside": 1 - weighed(top, scene.pool(cover), lambda _: 1.0) if top else 0.0,
        "loose_pairs": _loose_pairs(scene, one),
    }


def _values(scene: Scene, one: Saying, cover: tuple[Match, ...]) -> dict[str, float]:
    """Numbers, days, drugs and people that the cover does not have, or has instead."""
    near = scene.numbers(cover)
    outside = frozenset(n for n in one.numbers if n not in near)
    first = cover[0].entry if cover else None
    spare = first is not None and bool(first.numbers - one.numbers)
    days = frozenset[str]().union(*(match.entry.when for match in cover))
    other = one.when - days
    pool = scene.pool(cover)
    count = len(one.numbers) or 1
    return {
        "number_outside": len(outside) / count,
        "number_instead": float(bool(outside) and spare),
        "day_outside": float(bool(other - pool.stems)),
        "day_instead": float(bool(other) and bool(first and first.when - one.when)),
        "span_outside": float(bool(one.spans - pool.stems)),
        "drug_outside": float(bool(one.drugs - pool.concepts)),
        "has_number": float(bool(one.numbers)),
    }


def _against(scene: Scene, one: Saying, cover: tuple[Match, ...]) -> dict[str, float]:
    """Whether the nearest fact says the opposite, or says it of somebody else."""
    first = cover[0].entry if cover else None
    if first is None:
        return dict.fromkeys(
            (
                "another_person",
                "turned_from_fact",
                "turned_words",
                "tone_against_fact",
                "almost",
                "denies_instead",
            ),
            0.0,
        ) | {"person_nowhere": float(bool(one.people))}
    fact = first.fact
    anothers = fact is not None and fact.subject not in ("client", "clinician", THERAPIST)
    people = frozenset[str]().union(*(match.entry.people for match in cover))
    turned = _turned(one, cover)
    return {
        "another_person": float((anothers and not one.people) or _apart(one.people, people)),
        "person_nowhere": float(bool(one.people - scene.people)),
        "turned_from_fact": float(all(one.turned != each.entry.turned for each in cover)),
        "turned_words": turned,
        "tone_against_fact": float(one.tone * first.tone < 0),
        "almost": cover[0].alike * all(_telling_difference(one, each) for each in first.wordings),
        "denies_instead": float(all(one.denies != each.denies for each in first.wordings)),
    }


def _turned(one: Saying, cover: tuple[Match, ...]) -> float:
    """Share of the words said with the nearest fact that only one of the two negates.

    A word that another entry of the cover has as the sentence has it does not count.
    """
    shared = cover[0].said
    against = 0
    for at in shared:
        here = not one.negated.isdisjoint(one.units[at])
        against += all(
            here == entry.negated.isdisjoint(one.units[at])
            for entry in (each.entry for each in cover if at in each.said)
        )
    return against / len(shared) if shared else 0.0


def _telling_difference(one: Saying, other: Saying) -> bool:
    """The few words in which two sentences differ are numbers, days, people, drugs or turns."""
    apart = one.stems ^ other.stems
    return len(apart) <= FEW and bool(apart & (one.pivots | other.pivots))


def _apart(some: frozenset[str], others: frozenset[str]) -> bool:
    return bool(some and others and not some & others)


def _bait(
    scene: Scene, one: Saying, cover: tuple[Match, ...], bait: Match | None
) -> dict[str, float]:
    """How much it says a bait, and how much of that is not what is true instead."""
    if bait is None:
        none = ("bait_likeness", "bait_margin", "bait_outside_turns", "bait_words", "truth_words")
        return dict.fromkeys(none, 0.0)
    bait_words, truth_words = scene.leaning(one, bait.entry)
    like = max((match.alike for match in cover), default=0.0)
    return {
        "bait_likeness": bait.alike,
        "bait_margin": bait.alike - like,
        "bait_outside_turns": 1 - weighed(one.units, scene.pool((bait,)), scene.lines.worth),
        "bait_words": bait_words,
        "truth_words": truth_words,
    }


def _kinds(scene: Scene, one: Saying) -> dict[str, float]:
    """What kind of statement it is, and whether what it names was ever spoken of."""
    kinds = {hit.concept.name: hit.concept.category for hit in one.parsed.mentions}
    unsaid = [kind for name, kind in kinds.items() if name not in scene.said.concepts]
    return {
        "major_unsaid": float(any(kind in MAJOR for kind in unsaid)),
        "status_unsaid": min(2, unsaid.count("mental_status")) / 2,
        "quote_invented": float(scene.sides.invented(one)),
        "looks_ahead": float(bool(one.parsed.share(cues().future))),
        "turned": float(one.turned),
        "names_status": float("mental_status" in kinds.values()),
        "names_person": float(bool(one.people)),
        "short": 1 / max(1, len(one.units)),
    }


def _loose_pairs(scene: Scene, one: Saying) -> float:
    """Share of neighboring content words that never stand near each other."""
    words = {word for word, _ in one.units}
    ordered = [token.stem for token in one.parsed.tokens if token.stem in words]
    at = scene.spoken.stems
    pairs = list(itertools.pairwise(ordered))
    loose = sum(
        around(at.get(left, ()), WINDOW - 1).isdisjoint(at.get(right, ())) for left, right in pairs
    )
    return loose / len(pairs) if pairs else 0.0


def _clash(signs: Signs, cover: tuple[Match, ...]) -> str:
    """In what a fact that is near says otherwise; "" where it does not, or none is near."""
    if not cover or cover[0].alike < NEAR:
        return ""
    if signs.another_person:
        return "person"
    if signs.number_instead or (signs.drug_outside and cover[0].entry.drugs):
        return "number"
    if signs.day_instead:
        return "day"
    turned = signs.turned_from_fact or signs.turned_words >= 0.5 or signs.tone_against_fact
    return "polarity" if turned else ""
