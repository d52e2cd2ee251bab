"""Voice: how far a draft is from the way the clinician writes.

Of 8 distances tried on TN-Eval (dev), this was the best of those that look at wording, chosen on
the same notes: a note is nearer to five earlier ones of its own author than the note of another
author on the same conversation in 99 of 112 comparisons for the two models, but in 16 of 56 for the
therapists. Over all three, sentence length alone does better (.744 of 168 against .685), so read
the measures together (`python -m benchmarks.wording` prints the first figures).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field, model_validator

from evalkit.claims.split import sentences
from evalkit.errors import InputError
from evalkit.records import Case, Measure, Score, Session
from evalkit.scorers._base import Scorer

_ABBREVIATION = re.compile(
    r"\b(?:[A-Z]{2,5}s?|pt|ct|cl|hx|tx|dx|sx|rx|appt|w/o?|b/c|re|f/u|wk|wks|mo|yr|yrs|approx|int|"
    r"resp|prog|hw)\b(?!\w)|\bw/"
)
GRAM = 4


class Voice(Scorer):
    """Distance of the draft to the clinician's earlier notes: wording, sentences, shorthand.

    Earlier notes are the last note in the chart and the texts in the folder `notes` (*.txt, *.md),
    or, where `references` is set, the clinician's own note on the session. With fewer than
    `min_words` words of them, or of the draft, the distance is not measured.
    """

    name: ClassVar[str] = "voice"
    reads_findings: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            name="voice_distance",
            unit="distance from 0 to 1",
            better="lower",
            meaning="how little the draft shares with the clinician's earlier notes in runs of 4 "
            "characters (0: all, 1: nothing)",
        ),
        Measure(
            name="voice_sentence_length",
            unit="words a sentence",
            better="lower",
            meaning="how much longer or shorter the draft's sentences are than the clinician's",
        ),
        Measure(
            name="voice_abbreviations",
            unit="a hundred words",
            better="lower",
            meaning="how many more or fewer abbreviations than the clinician uses",
        ),
    )
    notes: str = ""
    references: bool = True
    min_words: int = Field(default=60, gt=0)

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        if self.notes:
            _folder(self.notes)
        return self

    def score(self, case: Case) -> Iterator[Score]:
        known, text = self.earlier(case.session), case.draft.text
        why = ""
        if not known.strip():
            why = "no earlier note of the clinician"
        elif known.split() == text.split():
            why = "the note is the clinician's own"
        elif min(len(known.split()), len(text.split())) < self.min_words:
            why = f"fewer than {self.min_words} words in the earlier notes or in the draft"
        if why:
            for measure in self.measures:
                yield self.of(case, measure.name, None, why)
            return
        n = len(known.split())
        said = f"against {n} words of earlier notes"
        yield self.of(case, "voice_distance", distance(text, known), said)
        for name, per in (
            ("voice_sentence_length", sentence_length),
            ("voice_abbreviations", abbreviations),
        ):
            ours, theirs = per(text), per(known)
            yield self.of(case, name, abs(ours - theirs), f"{ours:.1f} against {theirs:.1f}")

    def earlier(self, session: Session) -> str:
        """What the clinician wrote, as far as it is known."""
        parts = [_folder(self.notes)] if self.notes else []
        if session.chart is not None:
            parts.append(session.chart.last_note)
        if self.references:
            parts += ["\n".join(note.sections.values()) for note in session.references]
        return "\n".join(part for part in parts if part.strip())


def distance(one: str, other: str) -> float:
    """1 less the cosine of the square roots of counts of 4 characters in a row, in small letters.

    Square roots, so that a name said ten times does not outweigh the manner. 0 for a text with
    itself, 1 where nothing is shared or a text is empty.

    >>> round(distance("Client was seen.", "Client  was seen."), 6), distance("abcd", "wxyz")
    (0.0, 1.0)
    """
    left, right = _grams(one), _grams(other)
    shared = sum(math.sqrt(n * right[gram]) for gram, n in left.items() if gram in right)
    total = math.sqrt(left.total() * right.total())
    return max(0.0, 1 - shared / total) if total else 1.0


@lru_cache(maxsize=64)
def _grams(text: str) -> Counter[str]:
    plain = " ".join(text.lower().split())
    return Counter(plain[at : at + GRAM] for at in range(len(plain) - GRAM + 1))


@lru_cache(maxsize=64)
def sentence_length(text: str) -> float:
    """Mean words a sentence."""
    found = sentences(text)
    return sum(len(text[start:end].split()) for start, end in found) / len(found) if found else 0.0


def abbreviations(text: str) -> float:
    """Abbreviations a hundred words.

    >>> abbreviations("Pt denies SI/HI; appt f/u in 1 wk, per PCP.")
    60.0
    """
    words = len(text.split())
    return 100 * len(_ABBREVIATION.findall(text)) / words if words else 0.0


@lru_cache(maxsize=8)
def _folder(path: str) -> str:
    """The texts of a folder, in the order of their names."""
    folder = Path(path)
    files = sorted(file for file in folder.glob("*") if file.suffix in (".txt", ".md"))
    if not files:
        raise InputError("no .txt or .md note in it", file=folder, field="notes")
    try:
        return "\n".join(file.read_text(encoding="utf-8") for file in files)
    except UnicodeDecodeError:
        raise InputError("a note in it is not UTF-8", file=folder, field="notes") from None
