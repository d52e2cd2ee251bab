"""What is measured of a note's claims against a transcript: one row of numbers a claim.

The features of `features.py`, with the purpose of the section as the note's format has it; how
far the turns say the claim's words, and who says them; how far its letters match; whether things
are affirmed or denied as the claim has them; and where in the note it stands. All lie between 0
and about 3, and none knows which session or drafter it looks at.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalkit import formats
from evalkit.claims.evidence import WINDOW, Index, negated
from evalkit.claims.extract import Parsed
from evalkit.claims.features import Features, Support, Written, best_written, features, support
from evalkit.claims.heard import Floats, Heard, highest, letters, plain_text
from evalkit.claims.lexicon import cues
from evalkit.claims.likeness import groups, lists
from evalkit.errors import InputError
from evalkit.records import Draft

COMMON = 0.4
"""Weight of a word that stands in most notes, as a share of any other's."""

LOOKED_AT = 4
"""Turns, those whose letters are closest, that are compared with a claim letter by letter."""

PURPOSES = {
    "presenting": "reported", "symptom": "reported", "condition": "reported",
    "abuse_history": "reported", "history": "reported", "medication": "reported",
    "substance": "reported", "risk": "reported", "social": "reported", "quote": "reported",
    "mental_status": "observed", "measure": "observed", "intervention": "observed",
    "service": "observed", "response": "assessed", "assessment": "assessed",
    "progress": "assessed", "homework": "planned", "plan": "planned",
}  # fmt: skip
"""What each kind of fact is for in a note; a section that holds kinds for several has none."""


class Coverage(NamedTuple):
    """Share of the claim's weighted words that is missing, from so many turns or from all.

    `worded` counts only the words themselves, no synonyms; `client` and `therapist` what the one
    says, `late` and `early` the last quarter and the first third; `rarest` the three rarest words.
    """

    missing_1: float = 0.0
    missing_3: float = 0.0
    missing_8: float = 0.0
    missing: float = 0.0
    worded_missing_3: float = 0.0
    worded_missing: float = 0.0
    client_missing_5: float = 0.0
    therapist_missing_5: float = 0.0
    client_missing: float = 0.0
    therapist_missing: float = 0.0
    late_missing: float = 0.0
    late_therapist_missing: float = 0.0
    early_missing: float = 0.0
    rarest_missing: float = 0.0
    unsaid: float = 0.0
    unsaid_weight: float = 0.0


class Place(NamedTuple):
    """Where the best `WINDOW` turns are (0 the start, 1 the end) and what is said around them."""

    place: float = 0.0
    ahead_near: float = 0.0
    question_near: float = 0.0
    denial_near: float = 0.0


class Spelling(NamedTuple):
    """How far the letters match: cosine with a turn and with four, share said, longest match."""

    letters_1: float = 0.0
    letters_4: float = 0.0
    letters_4_share: float = 0.0
    letters_share: float = 0.0
    partial: float = 0.0


class Sense(NamedTuple):
    """Shares of the claim's weighted words that are said its way (affirmed or denied) or the other.

    `undenied` are those it denies and nobody mentions; `denies` how many it denies. `near_same`
    looks at the best turns alone.
    """

    same_way: float = 0.0
    other_way: float = 0.0
    undenied: float = 0.0
    denies: float = 0.0
    near_same: float = 0.0


class Standing(NamedTuple):
    """Where the claim stands in its note, and how far the other claims there are missing."""

    number: float = 0.0
    relative: float = 0.0
    in_section: float = 0.0
    in_note: float = 0.0
    note_missing: float = 0.0
    section_missing: float = 0.0
    worse_than: float = 0.0


PARTS = (Features, Coverage, Place, Sense, Spelling, Standing)
NAMES: tuple[str, ...] = tuple(name for part in PARTS for name in part._fields)
KINDS = ("reported", "observed", "assessed", "planned")


@dataclass(frozen=True)
class _Words:
    """A claim's words against the turns: credit (words, turns), weights, and who is denied."""

    units: list[tuple[str, str | None]]
    credit: Floats
    weight: Floats
    denied: NDArray[np.bool_]

    def missing(self, credit: Floats, size: int) -> tuple[float, int]:
        """Share that the best `size` turns lack, and where these begin."""
        if not credit.shape[1]:
            return 1.0, 0
        got = self.weight @ highest(credit, size)
        place = int(got.argmax())
        return 1 - float(got[place]) / float(self.weight.sum()), place

    def missing_anywhere(self, credit: Floats) -> float:
        return 1 - float(self.weight @ credit.max(axis=1)) / float(self.weight.sum())


class Near(NamedTuple):
    """What is nearest to a claim: turns, and a written line."""

    found: Support
    written: Written


def nearest(parsed: Parsed, index: Index) -> Near:
    return Near(support(parsed, index), best_written(parsed, index))


def rows(
    parsed: Sequence[Parsed], near: Sequence[Near], index: Index, draft: Draft
) -> NDArray[np.float64]:
    """(claims, features) of all claims of a note, in order; columns as in `NAMES`.

    `near` is what `nearest` found for each claim.
    """
    purposes = section_purposes(draft)
    found = [
        _one(claim, known, index, purposes.get(claim.claim.section, ""))
        for claim, known in zip(parsed, near, strict=True)
    ]
    missing = np.array([one[1].missing_3 for one in found])
    standing = _standing(parsed, missing)
    return np.array(
        [
            [value for part in parts for value in part]
            for parts in ((*one, place) for one, place in zip(found, standing, strict=True))
        ]
    ).reshape(len(parsed), len(NAMES))


def section_purposes(draft: Draft) -> Mapping[str, str]:
    """What each section of a note is for, by the kinds of fact that its format puts there.

    >>> note = Draft(session_id="s", approach="a", approach_id="", format="soap")
    >>> section_purposes(note)["plan"]
    'planned'
    """
    try:
        sections = formats.load(draft.format).sections
    except InputError:
        return {}
    found = {one.name: {PURPOSES[kind] for kind in one.holds} for one in sections}
    return {name: kinds.pop() for name, kinds in found.items() if len(kinds) == 1}


Measured = tuple[Features, Coverage, Place, Sense, Spelling]


def _one(parsed: Parsed, near: Near, index: Index, purpose: str) -> Measured:
    plain = features(parsed, index, *near)
    plain = plain._replace(**{kind: float(kind == purpose) for kind in KINDS})
    heard = index.heard
    if not heard.count or not _units(parsed):
        return plain, Coverage(), Place(), Sense(), Spelling()
    words = _words(parsed, heard)
    coverage, place = _coverage(words, heard)
    sense = _sense(words, heard, place)
    return plain, coverage, _place(place, heard), sense, _spelling(parsed, heard)


def _units(parsed: Parsed) -> list[tuple[str, str | None]]:
    """The claim's content words without the "no" that denies them."""
    return [unit for unit in parsed.units if unit[0] not in cues().negate]


def _words(parsed: Parsed, heard: Heard) -> _Words:
    units = _units(parsed)
    credit = heard.credit(units)
    common = lists().common
    worth = [COMMON if word in common else 1.0 for word, _ in units]
    here = negated(parsed.claim.text, parsed.tokens, parsed.mentions)
    denied = [word in here or concept in here for word, concept in units]
    weight = heard.rarity(credit) * np.array(worth, dtype=np.float32)
    return _Words(units, credit, weight, np.array(denied, dtype=bool))


def _coverage(words: _Words, heard: Heard) -> tuple[Coverage, int]:
    credit, weight = words.credit, words.weight
    worded = (credit >= 1).astype(np.float32)
    client, therapist = credit * heard.by_client, credit * ~heard.by_client
    late, early = int(heard.count * 0.75), max(1, int(heard.count * 0.3))
    missing_3, place = words.missing(credit, WINDOW)
    rarest = np.argsort(-weight)[:3]
    near = credit[:, place : place + WINDOW].max(axis=1)
    unsaid = credit.max(axis=1) == 0
    return Coverage(
        missing_1=words.missing(credit, 1)[0],
        missing_3=missing_3,
        missing_8=words.missing(credit, 8)[0],
        missing=words.missing_anywhere(credit),
        worded_missing_3=words.missing(worded, WINDOW)[0],
        worded_missing=words.missing_anywhere(worded),
        client_missing_5=words.missing(client, 5)[0],
        therapist_missing_5=words.missing(therapist, 5)[0],
        client_missing=words.missing_anywhere(client),
        therapist_missing=words.missing_anywhere(therapist),
        late_missing=words.missing(credit[:, late:], 8)[0],
        late_therapist_missing=words.missing(therapist[:, late:], 8)[0],
        early_missing=words.missing(credit[:, :early], 8)[0],
        rarest_missing=1 - float((near * weight)[rarest].sum() / weight[rarest].sum()),
        unsaid=math.log1p(int(unsaid.sum())),
        unsaid_weight=float(weight[unsaid].sum()) / 10,
    ), place


def _place(place: int, heard: Heard) -> Place:
    near, around = slice(place, place + WINDOW), slice(max(0, place - 1), place + WINDOW + 2)
    return Place(
        place=place / heard.count,
        ahead_near=float(heard.ahead[around].any()),
        question_near=float(heard.questions[near].any()),
        denial_near=float(heard.negating[near].any()),
    )


def _spelling(parsed: Parsed, heard: Heard) -> Spelling:
    from rapidfuzz import fuzz

    text, known = plain_text(parsed.claim.text), heard.letters
    counts = letters(text)
    there = np.flatnonzero(counts)
    if not len(there):
        return Spelling()
    mine = np.log1p(counts[there]) * known.weight[there]
    length, total = float(np.sqrt((mine * mine).sum())), float(mine.sum())
    # einsum rather than @, whose threads cost more than so small a product
    turns = np.einsum("i,ij->j", mine, known.turns[there])
    stretches = np.einsum("i,ij->j", mine, known.stretches[there])
    near = np.einsum("i,ij->j", mine, known.near[there])
    closest = np.argsort(-turns, kind="stable")[:LOOKED_AT]
    return Spelling(
        letters_1=float(turns.max()) / length,
        letters_4=float(stretches.max()) / length,
        letters_4_share=float(near.max()) / total,
        letters_share=float(mine[known.said[there]].sum()) / total,
        partial=max(fuzz.partial_ratio(text, heard.pairs[place]) for place in closest) / 100,
    )


def _sense(words: _Words, heard: Heard, place: int) -> Sense:
    same = other = undenied = near = near_same = 0.0
    window = set(range(place - 1, place + WINDOW + 1))
    none: set[int] = set()
    for (word, concept), weight, no in zip(words.units, words.weight, words.denied, strict=True):
        names: list[object] = [word] if concept is None else [word, concept]
        yes_turns = none.union(*(heard.affirmed.get(name, none) for name in names))
        no_turns = none.union(*(heard.denied.get(name, none) for name in names))
        total = len(yes_turns) + len(no_turns)
        if total:
            share = len(no_turns if no else yes_turns) / total
            same += float(weight) * share
            other += float(weight) * (1 - share)
        elif no:
            undenied += float(weight)
        for name in [*names, *groups(word)]:
            said = bool(heard.affirmed.get(name, none) & window)
            turned = bool(heard.denied.get(name, none) & window)
            if said or turned:
                near += float(weight)
                near_same += float(weight) * (said != turned and turned == no)
                break
    total_weight = float(words.weight.sum())
    return Sense(
        same_way=same / total_weight,
        other_way=other / total_weight,
        undenied=undenied / total_weight,
        denies=float(words.denied.mean()),
        near_same=near_same / near if near else 0.0,
    )


def _standing(parsed: Sequence[Parsed], missing: NDArray[np.float64]) -> list[Standing]:
    sections = np.array([one.claim.section for one in parsed])
    found = []
    for place, one in enumerate(parsed):
        others = np.arange(len(parsed)) != place
        beside = others & (sections == one.claim.section)
        count = int(beside.sum()) + 1
        note = float(missing[others].mean()) if others.any() else 0.5
        found.append(
            Standing(
                number=one.claim.index / 10,
                relative=one.claim.index / (count - 1) if count > 1 else 0.5,
                in_section=count / 10,
                in_note=len(parsed) / 20,
                note_missing=note,
                section_missing=float(missing[beside].mean()) if beside.any() else note,
                worse_than=float((missing < missing[place]).mean()),
            )
        )
    return found
