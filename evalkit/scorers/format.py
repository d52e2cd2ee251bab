"""Format: is the note the kind of note that was asked for?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from evalkit import formats
from evalkit.records import Case, Measure, Score
from evalkit.scorers._base import Scorer


class FormatScorer(Scorer):
    """1 where every section of the format is filled and the length is that of a note."""

    name: ClassVar[str] = "format"
    reads_findings: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            name="format",
            unit="share of notes",
            better="higher",
            meaning="notes with every section filled, none unknown, and the length of a note",
            proportion=True,
        ),
    )
    max_words: int = Field(default=600, gt=0)
    """Twice the 300 words of the notes in the published audits."""

    def score(self, case: Case) -> Iterator[Score]:
        known = formats.load(case.draft.format).names
        empty = [name for name in known if not case.draft.sections.get(name, "").strip()]
        unknown = sorted(set(case.draft.sections) - set(known))
        wrong = [f"{name} is empty" for name in empty] + [f"{name} is unknown" for name in unknown]
        if case.draft.words > self.max_words:
            wrong.append(f"{case.draft.words} words, more than {self.max_words}")
        yield self.of(case, "format", not wrong, "; ".join(wrong))
