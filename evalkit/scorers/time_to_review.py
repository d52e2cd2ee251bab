"""Time to review: minutes from opening the draft to signing it, as the reviewer model says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from evalkit.records import Case, Measure, Score
from evalkit.scorers._base import Scorer


class TimeToReview(Scorer):
    """Sum of the review's parts, and what that saves; the parts are in the reviews table."""

    name: ClassVar[str] = "time_to_review"
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            name="review_minutes",
            unit="minutes",
            better="lower",
            meaning="minutes to read, verify, edit, transfer and sign the draft (modelled)",
        ),
        Measure(
            name="minutes_saved",
            unit="minutes",
            better="higher",
            meaning="minutes of writing from scratch minus reviewing, mean over clinicians "
            "(modelled)",
        ),
        Measure(
            name="review_trap",
            unit="share of clinicians",
            better="lower",
            meaning="clinicians whom the review costs at least as much as writing (modelled)",
        ),
    )

    def score(self, case: Case) -> Iterator[Score]:
        review = case.review
        if review is None:
            for measure in self.measures:
                yield self.of(case, measure.name, None, "no review of this draft")
            return
        parts = ", ".join(
            f"{part} {getattr(review, part):.2f}"
            for part in ("read", "verify", "edit", "transfer", "sign")
        )
        reason = f"{parts}; {review.reason}" if review.reason else parts
        yield self.of(case, "review_minutes", review.minutes, reason)
        known = review.scratch is not None
        why = f"from scratch {review.scratch:g} minutes" if known else "no minutes from scratch"
        yield self.of(case, "minutes_saved", review.saved, why)
        yield self.of(case, "review_trap", review.trap, why)
