"""What every scorer has: measures that own their unit and direction, and one method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from evalkit.records import Case, Measure, Record, Score


class Scorer(Record):
    """Config is the constructor; `score` yields one Score for each of `measures`, in any order."""

    name: ClassVar[str]
    measures: ClassVar[tuple[Measure, ...]]
    reads_findings: ClassVar[bool] = True
    """False for a scorer that looks at no finding and no review: it scores a draft on which the
    judge failed all the same. Any other then yields None with the judge's reason."""

    def score(self, case: Case) -> Iterator[Score]:
        raise NotImplementedError

    def of(self, case: Case, measure: str, value: float | None, reason: str = "") -> Score:
        """A score of one of this scorer's measures; a value of None needs a reason."""
        unit = next(one.unit for one in self.measures if one.name == measure)
        draft = case.draft
        return Score(
            session_id=draft.session_id,
            approach=draft.approach,
            format=draft.format,
            replicate=draft.replicate,
            scorer=measure,
            value=None if value is None else round(float(value), 6),
            unit=unit,
            reason=reason,
        )
