"""Overlap with a reference note: ROUGE and word edits. Habitual, and no measure of truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from evalkit import formats
from evalkit.metrics.overlap import rouge_l, rouge_n, word_edits, words
from evalkit.records import Case, Measure, Score
from evalkit.scorers._base import Scorer


class Overlap(Scorer):
    """ROUGE-1, -2, -L (F1) and word edits a reference word, against the session's reference.

    The reference is the source's note in the same format, else the ledger written out.
    """

    name: ClassVar[str] = "overlap"
    reads_findings: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(name="rouge1", unit="F1", better="higher", meaning="shared words"),
        Measure(name="rouge2", unit="F1", better="higher", meaning="shared word pairs"),
        Measure(name="rougeL", unit="F1", better="higher", meaning="longest common subsequence"),
        Measure(
            name="word_edit_distance",
            unit="edits a reference word",
            better="lower",
            meaning="words inserted, deleted or replaced to reach the reference note",
        ),
    )

    def score(self, case: Case) -> Iterator[Score]:
        reference = _reference(case)
        if not reference.strip():
            for measure in self.measures:
                yield self.of(case, measure.name, None, "no reference note and no ledger")
            return
        if reference.split() == case.draft.text.split():
            for measure in self.measures:
                yield self.of(case, measure.name, None, "the note is the reference itself")
            return
        left, right = words(reference), words(case.draft.text)
        yield self.of(case, "rouge1", rouge_n(left, right, 1).f1)
        yield self.of(case, "rouge2", rouge_n(left, right, 2).f1)
        yield self.of(case, "rougeL", rouge_l(left, right).f1)
        edits = word_edits(reference, case.draft.text)
        share = edits / len(reference.split())
        yield self.of(case, "word_edit_distance", share, f"{edits} edits")


def _reference(case: Case) -> str:
    for note in case.session.references:
        if note.format == case.draft.format:
            return "\n".join(note.sections.values())
    written = formats.load(case.draft.format).write_out(case.session.discussed)
    return "\n".join(text for text in written.values() if text)
