"""Time to review: minutes from opening the draft to signing it, as the reviewer model says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from evalkit.records import Case, Measure, Score
from evalkit.scorers._base import Scorer


class TimeToReview(Scorer):
    """Sum of the review's parts; the parts themselves are in the reviews table."""

    name: ClassVar[str] = "time_to_review"
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            name="review_minutes",
            unit="minutes",
            better="lower",
            meaning="minutes to read, verify, edit, transfer and sign the draft (modelled)",
        ),
    )

    def score(self, case: Case) -> Iterator[Score]:
        review = case.review
        if review is None:
            yield self.of(case, "review_minutes", None, "no reviewer in the experiment")
            return
        parts = ", ".join(
            f"{part} {getattr(review, part):.2f}"
            for part in ("read", "verify", "edit", "transfer", "sign")
        )
        reason = f"{parts}; {review.reason}" if review.reason else parts
        yield self.of(case, "review_minutes", review.minutes, reason)
