"""From notes whose truth is known to the figures of the card. Pure: records in, records out.

Intervals are Wilson's over the things counted. Errors are drawn one by one, so that hardly any
stands in two notes; a true sentence stands in two at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from evalkit.audit.controls import Known, Note, Sentence, TrapTold
from evalkit.records import FALSE
from evalkit.records.validity import Measured, Part
from evalkit.stats import wilson

PUBLISHED = 0.0147
"""Share of hallucinated sentences in LLM notes (CREOLA, Asgari 2025, 12,999 sentences)."""


class Count(NamedTuple):
    """So many of `n` things of `unit`, from these sessions."""

    hits: int
    n: int
    unit: str
    sessions: frozenset[str]


def planted_rows(known: Known) -> list[Measured]:
    """Recall, precision and specificity by wording, severity, category and trap."""
    rows: list[Measured] = []
    for group, own in (("all", None), ("own words", True), ("other words", False)):
        rows += figures(known, group, own)
    return [*rows, *_by_kind(known.sentences)]


def figures(known: Known, group: str, own: bool | None = None) -> list[Measured]:
    """The figures of one group: sentences and notes in own words or not, or all (None)."""
    mine = [one for one in known.sentences if own in (None, one.own)]
    notes = [one for one in known.notes if own in (None, one.own)]
    return [*_overall(mine, group), *_of_notes(notes, group)]


def _overall(found: Sequence[Sentence], group: str) -> Iterator[Measured]:
    false, true = _false(found), _true(found)
    if not false or not true:
        return
    for ending, strict in (("", False), (", strict", True)):
        hits, alarms = _flagged(false, strict), _flagged(true, strict)
        passed = len(true) - len(alarms)
        yield _row("sentence recall" + ending, group, _count(len(hits), false, "planted errors"))
        flagged = [*hits, *alarms]
        yield _row("precision" + ending, group, _count(len(hits), flagged, "flagged sentences"))
        clear = _count(passed, true, "true sentences")
        yield _row("sentence specificity" + ending, group, clear)
        if not strict:
            yield _at_published_rate(len(hits) / len(false), len(alarms) / len(true), group, found)
    yield from _of_claims(false, true, group)


def _at_published_rate(
    recall: float, alarms: float, group: str, found: Sequence[Sentence]
) -> Measured:
    """Precision where errors are as rare as published, from recall and false alarms."""
    right, wrong = PUBLISHED * recall, (1 - PUBLISHED) * alarms
    return Measured(
        part="planted errors",
        what="precision at the published rate",
        group=group,
        value=round(right / (right + wrong), 6) if right + wrong else None,
        n=len(found),
        unit="sentences",
        clusters=len(_sessions(found)),
        note=f"computed for {PUBLISHED:.2%} of sentences false, not counted",
    )


def _of_claims(false: list[Sentence], true: list[Sentence], group: str) -> Iterator[Measured]:
    """A planted sentence counts where it makes one claim: then that is the false one."""
    single = [one for one in false if len(one.checked.claims()) == 1]
    if single:
        hits = sum(one.checked.claims()[0] for one in single)
        yield _row("claim recall", group, _count(hits, single, "planted errors of one claim"))
    claims = [flag for one in true for flag in one.checked.claims()]
    if claims:
        unit = "claims of true sentences"
        count = Count(claims.count(False), len(claims), unit, _sessions(true))
        yield _row("claim specificity", group, count)


def _of_notes(notes: Sequence[Note], group: str) -> Iterator[Measured]:
    for what, false, unit in (
        ("note recall", True, "notes with planted errors"),
        ("note specificity", False, "notes that are true throughout"),
    ):
        mine = [one for one in notes if one.false == false]
        right = sum(one.flagged == false for one in mine)
        if mine:
            sessions = frozenset(one.session_id for one in mine)
            yield _row(what, group, Count(right, len(mine), unit, sessions))


def _by_kind(found: Sequence[Sentence]) -> Iterator[Measured]:
    false, true = _false(found), _true(found)
    lies = [(one, one.checked.planted) for one in false if one.checked.planted is not None]
    for field in ("severity", "category", "trap"):
        kinds = sorted({str(getattr(lie, field)) for _, lie in lies if getattr(lie, field)})
        for kind in kinds:
            mine = [one for one, lie in lies if getattr(lie, field) == kind]
            named = f"{field}: {kind.replace('_', ' ')}"
            for group, part in ((named, mine), (f"{named}, other words", _others(mine))):
                if part:
                    count = _count(len(_flagged(part)), part, "planted errors")
                    yield _row("sentence recall", group, count)
    for category in sorted({each for one in found for each in _called(one)}):
        hits = [one for one in false if category in _called(one)]
        alarms = [one for one in true if category in _called(one)]
        count = _count(len(hits), [*hits, *alarms], "sentences flagged as of this category")
        yield _row("precision", f"category: {category.replace('_', ' ')}", count)


def _called(one: Sentence) -> set[str]:
    """Categories in which its findings flag it."""
    return {each.category for each in one.checked.findings if each.verdict in FALSE}


def trap_rows(told: Sequence[TrapTold]) -> list[Measured]:
    """How well it is seen which trap a note fell into, over all traps and by kind."""
    kinds = sorted({one.outcome.trap.kind for one in told if one.planted})
    rows = []
    for group, kind in (("all", None), *((each.replace("_", " "), each) for each in kinds)):
        mine = [one for one in told if kind in (None, one.outcome.trap.kind)]
        rows += list(_of_traps(mine, group))
    others = [one for one in told if not one.planted or not one.own]
    return [*rows, *_of_traps(others, "other words")]


def _of_traps(told: Sequence[TrapTold], group: str) -> Iterator[Measured]:
    fell = [one for one in told if one.planted]
    not_fell = [one for one in told if not one.planted]
    called = [one for one in told if one.outcome.outcome == "fell"]
    for what, right, of, unit in (
        ("recall", _said_fell(fell), fell, "baits in a note"),
        ("specificity", len(not_fell) - _said_fell(not_fell), not_fell, "traps without"),
        ("precision", sum(one.planted for one in called), called, "notes said to have fallen"),
    ):
        if of:
            sessions = frozenset(one.session_id for one in of)
            yield _row(what, group, Count(right, len(of), unit, sessions), "traps")


def _said_fell(told: Sequence[TrapTold]) -> int:
    return sum(one.outcome.outcome == "fell" for one in told)


def _false(found: Iterable[Sentence]) -> list[Sentence]:
    return [one for one in found if one.checked.planted is not None]


def _true(found: Iterable[Sentence]) -> list[Sentence]:
    return [one for one in found if one.checked.planted is None]


def _others(found: Iterable[Sentence]) -> list[Sentence]:
    return [one for one in found if not one.own]


def _flagged(found: Iterable[Sentence], strict: bool = False) -> list[Sentence]:
    return [one for one in found if one.checked.flagged(strict)]


def _sessions(found: Iterable[Sentence]) -> frozenset[str]:
    return frozenset(one.checked.draft.session_id for one in found)


def _count(hits: int, of: Sequence[Sentence], unit: str) -> Count:
    return Count(hits, len(of), unit, _sessions(of))


def _row(what: str, group: str, count: Count, part: Part = "planted errors") -> Measured:
    low, high = wilson(count.hits, count.n)
    return Measured(
        part=part,
        what=what,
        group=group,
        value=round(count.hits / count.n, 6) if count.n else None,
        low=round(low, 6) if count.n else None,
        high=round(high, 6) if count.n else None,
        n=count.n,
        unit=count.unit,
        clusters=len(count.sessions),
        note="" if count.n else f"no {count.unit}",
    )
