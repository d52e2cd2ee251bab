"""Completeness: does the note tell what a note of its format should, where it should?

The rubrics stand in `rubrics/*.toml`, written after the scope of the 23-item SOAP rubric of
TN-Eval; how well the items agree with its raters is in `audit/completeness.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, NamedTuple, Self

from pydantic import model_validator

from evalkit import formats
from evalkit.claims.reading import read
from evalkit.records import Case, Draft, Measure, Score
from evalkit.scorers._base import Scorer
from evalkit.scorers._facts import stands
from evalkit.scorers._rubric import Item, Rubric, content_of, load, names


class Told(NamedTuple):
    """An item of the rubric with the sentences of its section that answer it (their places)."""

    section: str
    item: Item
    by: tuple[str, ...]


class Completeness(Scorer):
    """Share of the rubric's items, of those that apply to the session, that the note tells.

    An item is told where a sentence of its section answers it or a fact of the ledger that does
    stands there. `rubric` is the path of a TOML file to use in place of the package's.
    """

    name: ClassVar[str] = "completeness"
    reads_findings: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            name="completeness",
            unit="share of items",
            better="higher",
            meaning="rubric items that apply to the session and that the note tells",
        ),
    )
    rubric: str = ""

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        if self.rubric:
            content_of(Path(self.rubric))
        return self

    def score(self, case: Case) -> Iterator[Score]:
        if not self.rubric and case.draft.format not in names():
            yield self.of(case, "completeness", None, "no rubric for the format")
            return
        rubric = load(case.draft.format, self.rubric)
        form = formats.load(case.draft.format)
        asked = [
            (section, item)
            for section, item in rubric.items()
            if item.applies(case.session, section, form)
        ]
        if not asked:
            yield self.of(case, "completeness", None, "no item applies to the session")
            return
        sentences = read(case.draft)
        missing = [
            f"{section}.{item.name}"
            for section, item in asked
            if not any(one.section == section and item.answered_by(one) for one in sentences)
            and not _carried(case, item, section)
        ]
        reason = f"missing: {', '.join(missing)}" if missing else ""
        n = len(asked)
        yield self.of(case, "completeness", 1 - len(missing) / n, reason or f"all {n} items")


def told(rubric: Rubric, draft: Draft) -> list[Told]:
    """Each item of a rubric with the places of the sentences that answer it, by words alone."""
    sentences = read(draft)
    return [
        Told(
            section,
            item,
            tuple(
                one.place for one in sentences if one.section == section and item.answered_by(one)
            ),
        )
        for section, item in rubric.items()
    ]


def _carried(case: Case, item: Item, section: str) -> bool:
    """A fact of the ledger that answers the item stands in the section."""
    return any(
        one.outcome == "carried" and item.is_told_by(one.fact) and section in stands(one, case)
        for one in case.facts
    )
