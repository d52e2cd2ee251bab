"""Vigilance: false statements that a reviewer mends, and those that reach the signed record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from evalkit.records import Case, Measure, Score
from evalkit.scorers._base import Scorer


class Vigilance(Scorer):
    """Expected numbers a note, as the review model says; a report shows them per 1,000 notes.

    They are small numbers that differ widely from note to note: read their intervals.
    """

    name: ClassVar[str] = "vigilance"
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            name="fabrications_caught",
            unit="expected a note",
            better="higher",
            meaning="false statements that the reviewer is expected to mend (modelled)",
        ),
        Measure(
            name="fabrications_surviving",
            unit="expected a note",
            better="lower",
            meaning="false statements expected to reach the signed record (modelled)",
        ),
        Measure(
            name="surviving_major",
            unit="expected a note",
            better="lower",
            meaning="major ones among those that survive (modelled)",
        ),
        Measure(
            name="transfer_slips",
            unit="expected a note",
            better="lower",
            meaning="wrong-field, wrong-client and wrong-date slips of copying (assumed rate)",
        ),
    )

    def score(self, case: Case) -> Iterator[Score]:
        review = case.review
        if review is None:
            for measure in self.measures:
                yield self.of(case, measure.name, None, "no review of this draft")
            return
        said = "" if review.fabrications is None else f"of {review.fabrications:g} in the draft"
        for name, value in (
            ("fabrications_caught", review.caught),
            ("fabrications_surviving", review.surviving),
            ("surviving_major", review.surviving_major),
        ):
            yield self.of(case, name, value, said or "the review does not say")
        why = f"reviewer {review.reviewer!r} has no slips" if review.slips is None else ""
        yield self.of(case, "transfer_slips", review.slips, why)
