"""What became of each note under review: how much was edited, flagged, caught, and let stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from evalkit.metrics.overlap import word_edits
from evalkit.records import Draft, Flag, Planted, Review, Severity
from evalkit.review.replay import State
from evalkit.study.reviewed import Reviewed
from evalkit.study.timing import Timing, measured


class Fate(NamedTuple):
    """What became of one false sentence that a control had planted.

    It is `standing` where the words of it still follow each other somewhere in the signed note,
    whatever the punctuation; one changed word counts as mended, be the change right or wrong.
    """

    severity: Severity
    flagged: bool
    standing: bool

    @property
    def caught(self) -> bool:
        return self.flagged or not self.standing


@dataclass(frozen=True)
class Outcome:
    """A signed note. What is None is not known: there is no draft, or it is of no control.

    `edited` is the word edit distance between draft and signed note, as a share of the longer of
    the two. `loose` counts flags on nothing but what the reviewer had added. `fates` leave out
    planted sentences that do not stand in the draft. In the `review`, as in a modelled one,
    caught is what was mended: an error that was flagged and left standing survives.
    """

    of: Reviewed
    timing: Timing
    review: Review
    words: int | None = None
    edited: float | None = None
    flags: tuple[Flag, ...] = ()
    loose: int = 0
    fates: tuple[Fate, ...] | None = None


def outcome(one: Reviewed, cutoff_s: float) -> Outcome | None:
    """What became of a task; None unless it stands signed."""
    if one.timing is None or not one.signed:
        return None
    review = measured(one.cell, one.task.reviewer, one.timing, cutoff_s)
    if one.draft is None or one.state is None:
        return Outcome(of=one, timing=one.timing, review=review)
    fates = None if one.draft.planted is None else tuple(_fates(one.draft, one.state))
    if fates is not None:
        standing = [fate for fate in fates if fate.standing]
        counts = {
            "fabrications": float(len(fates)),
            "fabrications_major": float(sum(fate.severity == "major" for fate in fates)),
            "caught": float(len(fates) - len(standing)),
            "surviving": float(len(standing)),
            "surviving_major": float(sum(fate.severity == "major" for fate in standing)),
        }
        review = review.model_copy(update=counts)
    return Outcome(
        of=one,
        timing=one.timing,
        review=review,
        words=one.draft.words,
        edited=_edited(one.draft, one.state),
        flags=one.state.in_draft,
        loose=sum(flag.start == flag.end for flag in one.state.in_draft),
        fates=fates,
    )


def _edited(draft: Draft, state: State) -> float:
    edits = longer = 0
    for section in dict.fromkeys([*draft.sections, *state.texts]):
        before, after = draft.sections.get(section, ""), state.texts.get(section, "")
        edits += word_edits(after, before)
        longer += max(len(before.split()), len(after.split()))
    return edits / longer if longer else 0.0


def _fates(draft: Draft, state: State) -> Iterator[Fate]:
    for one in draft.untrue or ():
        words = _words(one)
        place = words.search(draft.sections.get(one.section, "")) if words else None
        if words is None or place is None:
            continue
        yield Fate(
            severity=one.severity,
            flagged=any(_on(flag, one.section, place.span()) for flag in state.in_draft),
            standing=any(words.search(text) for text in state.texts.values()),
        )


def _words(planted: Planted) -> re.Pattern[str] | None:
    """Its words one after the other, whatever stands between them; None if it has none."""
    words = re.findall(r"\w+", planted.text)
    if not words:
        return None
    return re.compile(r"\b" + r"\W+".join(words) + r"\b", re.IGNORECASE)


def _on(flag: Flag, section: str, place: tuple[int, int]) -> bool:
    """Whether a flag covers half of a passage, or lies for its greater part within it."""
    if flag.section != section:
        return False
    shared = min(place[1], flag.end) - max(place[0], flag.start)
    return shared > 0 and 2 * shared >= min(place[1] - place[0], flag.end - flag.start)
