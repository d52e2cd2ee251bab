"""What is measured of a claim against a session: one row of numbers a claim.

Every feature is between 0 and about 3, none knows which session or drafter it looks at, and none
needs the ledger: where there is none, `ledger_elsewhere` and `another_person` are 0.
"""

from __future__ import annotations

import itertools
import math
import re
from typing import NamedTuple

from evalkit.claims.evidence import WINDOW, Index, Passage, negated
from evalkit.claims.extract import Parsed
from evalkit.claims.lexicon import cues, people
from evalkit.records import MAJOR

SYNONYM = 0.7
"""Credit for a word whose concept is there, though the word itself is not."""

SAME_TOPIC = 0.5
"""Share of a claim's words above which a written line is about the same thing."""

DOSE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:mg|mcg|milligram|microgram)")

KINDS = {
    "subjective": "reported", "behavior": "reported", "problem": "reported",
    "participation": "reported", "objective": "observed", "intervention": "observed",
    "group": "observed", "assessment": "assessed", "response": "assessed",
    "evaluation": "assessed", "goal": "assessed", "plan": "planned",
}  # fmt: skip
"""What a field of a note is for, by its name; fields that mix purposes (data, note) have none."""


class Support(NamedTuple):
    """How well a stretch of the session covers a claim: share of its weighted words, and where."""

    share: float
    anywhere: float
    place: int
    unsaid: list[tuple[str, str | None]]


class Written(NamedTuple):
    """The written line nearest to a claim: share of its weighted words covered, and the clash.

    They clash where the line is about the same thing (`SAME_TOPIC`) but says another `number`,
    the opposite (`polarity`), or says it of another `person`; "" where they do not.
    """

    share: float
    line: Passage | None
    clash: str


class Features(NamedTuple):
    """One row. Names say what a higher value means."""

    uncovered: float
    uncovered_anywhere: float
    unsaid_share: float
    unsaid_words: float
    loose_pairs: float
    written_uncovered: float
    number_clash: float
    opposite: float
    another_person: float
    ledger_elsewhere: float
    number_missing: float
    has_number: float
    polarity_clash: float
    negated: float
    hedged: float
    looks_ahead: float
    observes: float
    status_unsaid: float
    status_said: float
    plan_unsaid: float
    intervention_unsaid: float
    major_unsaid: float
    quoted: float
    long: float
    reported: float
    observed: float
    assessed: float
    planned: float


def support(parsed: Parsed, index: Index) -> Support:
    """The window of `WINDOW` turns that covers most of the claim's words."""
    windows: dict[int, float] = {}
    total = anywhere = 0.0
    unsaid = []
    for word, concept in parsed.units:
        by_stem = index.stem_turns.get(word, ())
        by_concept = index.concept_turns.get(concept, ()) if concept else ()
        weight = index.rarity(len(by_stem) or len(by_concept))
        total += weight
        credit: dict[int, float] = {}
        for turns, worth in ((by_concept, SYNONYM), (by_stem, 1.0)):
            for turn in turns:
                for start in range(max(0, turn - WINDOW + 1), turn + 1):
                    credit[start] = worth
        for start, worth in credit.items():
            windows[start] = windows.get(start, 0.0) + weight * worth
        if by_stem or by_concept:
            anywhere += weight * (1.0 if by_stem else SYNONYM)
        else:
            unsaid.append((word, concept))
    if not windows:
        return Support(0.0, 0.0, 0, unsaid)
    place = max(windows, key=lambda start: (windows[start], -start))
    return Support(windows[place] / total, anywhere / total, place, unsaid)


def best_written(parsed: Parsed, index: Index) -> Written:
    """The line of ledger, jottings, form or chart that covers most of the claim's words.

    Where the ledger has a line on the topic it has the last word: the chart may be out of date.
    """
    best = Written(0.0, None, "")
    weights = [(word, concept, index.line_rarity(word)) for word, concept in parsed.units]
    total = sum(weight for _, _, weight in weights)
    for ledger in (True, False):
        for line in index.written:
            if (line.source == "ledger") != ledger:
                continue
            got = sum(
                weight if word in line.stems else SYNONYM * weight
                for word, concept, weight in weights
                if word in line.stems or concept in line.concepts
            )
            share = got / total if got else 0.0
            if share < best.share or not got:
                continue
            clash = _clash(parsed, line) if _same_topic(parsed, line, share) else ""
            if share > best.share or (best.clash and not clash):
                best = Written(share, line, clash)
        if best.line is not None and _same_topic(parsed, best.line, best.share):
            break
    return best


def _same_topic(parsed: Parsed, line: Passage, share: float) -> bool:
    """Half of the words, or the same drug."""
    return share >= SAME_TOPIC or bool(drugs(parsed) & line.concepts)


def drugs(parsed: Parsed) -> frozenset[str]:
    named = {hit.concept.name for hit in parsed.mentions if hit.concept.category == "medication"}
    return frozenset(named - {"medication_any"})


def _clash(parsed: Parsed, line: Passage) -> str:
    """Whether a line on the same topic says another number, the opposite, or of someone else."""
    named = people(parsed.tokens)
    if (line.about_other and not named) or (named and line.people and not named & line.people):
        return "person"
    if drugs(parsed) & line.concepts:
        doses = set(DOSE.findall(line.text.lower()))
        if doses and not doses.issuperset(DOSE.findall(parsed.claim.text.lower())):
            return "number"
    elif line.numbers and not all(_counted(number, line.numbers) for number in parsed.numbers):
        return "number"
    if line.denied:
        open_ = parsed.claim.text.rstrip().endswith("?")
        return "" if open_ or parsed.share(cues().negate | cues().unreal) else "polarity"
    shared = [
        (word, concept)
        for word, concept in parsed.units
        if word in line.stems or concept in line.concepts
    ]
    here = negated(parsed.claim.text, parsed.tokens, parsed.mentions)
    turned = sum(
        (word in here or concept in here) != (word in line.negated or concept in line.negated)
        for word, concept in shared
    )
    return "polarity" if turned >= len(shared) / 2 else ""


def _counted(number: str, known: frozenset[str]) -> bool:
    """The number stands there, or is the difference of two that do ("up 3": 17, then 20)."""
    if number in known:
        return True
    whole = [int(one) for one in known if one.isdigit()]
    return number.isdigit() and any(
        abs(one - other) == int(number) for one in whole for other in whole if one != other
    )


def features(parsed: Parsed, index: Index, found: Support, written: Written) -> Features:
    """The row for one claim."""
    missing = [n for n in parsed.numbers if n not in index.numbers]
    unsaid = {concept for _, concept in found.unsaid if concept}
    window = index.turns[found.place : found.place + WINDOW]
    claimed = {hit.concept.name for hit in parsed.mentions} - unsaid
    negated_there = frozenset[str]().union(*(p.negated for p in window))
    said_there = frozenset[str]().union(*(p.concepts - p.negated for p in window))
    here = negated(parsed.claim.text, parsed.tokens, parsed.mentions)
    clash = (claimed & here & said_there) | (claimed - here) & (negated_there - said_there)
    kinds = {hit.concept.name: hit.concept.category for hit in parsed.mentions}
    status = {name for name, category in kinds.items() if category == "mental_status"}
    kind = KINDS.get(parsed.claim.section, "")
    words = len(parsed.units)
    return Features(
        uncovered=1 - found.share,
        uncovered_anywhere=1 - found.anywhere,
        unsaid_share=len(found.unsaid) / words if words else 0.0,
        unsaid_words=math.log1p(len(found.unsaid)),
        loose_pairs=_loose_pairs(parsed, index),
        written_uncovered=1 - written.share,
        number_clash=written.share * (written.clash == "number"),
        opposite=written.share * (written.clash == "polarity"),
        another_person=written.share * (written.clash == "person"),
        ledger_elsewhere=float(_elsewhere(found, written)),
        number_missing=len(missing) / len(parsed.numbers) if parsed.numbers else 0.0,
        has_number=float(bool(parsed.numbers)),
        polarity_clash=float(bool(clash)),
        negated=float(parsed.claim.polarity == "negated"),
        hedged=float(parsed.share(cues().hedge) > 0),
        looks_ahead=min(2.0, parsed.share(cues().future)) / 2,
        observes=float(parsed.share(cues().observe) > 0),
        status_unsaid=min(2.0, len(status & unsaid)) / 2,
        status_said=float(bool(status - unsaid)),
        plan_unsaid=float(any(kinds[name] == "plan" for name in unsaid if name in kinds)),
        intervention_unsaid=float(any(kinds[n] == "intervention" for n in unsaid if n in kinds)),
        major_unsaid=float(any(kinds[n] in MAJOR for n in unsaid if n in kinds)),
        quoted=float('"' in parsed.claim.text or "\u201c" in parsed.claim.text),
        long=math.log1p(len(parsed.tokens)) / 3,
        reported=float(kind == "reported"),
        observed=float(kind == "observed"),
        assessed=float(kind == "assessed"),
        planned=float(kind == "planned"),
    )


def _elsewhere(found: Support, written: Written) -> bool:
    """The nearest fact of the ledger is shown by other turns than those nearest to the claim."""
    fact = written.line.fact if written.line is not None else None
    if fact is None or not fact.turns:
        return False
    near = range(found.place - 1, found.place + WINDOW + 1)
    return not any(turn in near for turn in fact.turns)


def _loose_pairs(parsed: Parsed, index: Index) -> float:
    """Share of neighbouring content words that never stand within a window of each other."""
    words = {word for word, _ in parsed.units}
    ordered = [t.stem for t in parsed.tokens if t.stem in words]
    pairs = list(itertools.pairwise(ordered))
    if not pairs:
        return 0.0
    loose = 0
    for left, right in pairs:
        near = {
            turn + step
            for turn in index.stem_turns.get(left, ())
            for step in range(1 - WINDOW, WINDOW)
        }
        loose += not any(turn in near for turn in index.stem_turns.get(right, ()))
    return loose / len(pairs)
