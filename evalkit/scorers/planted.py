"""Planted errors: does the fabrication scorer find what a control put in on purpose?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from evalkit.records import FALSE, Case, Measure, Run, Score
from evalkit.scorers._base import Scorer


class PlantedErrors(Scorer):
    """Recall on planted hallucinations; false alarms on the sentences that are true."""

    name: ClassVar[str] = "planted"
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            name="planted_found",
            unit="share of planted errors",
            better="higher",
            meaning="planted hallucinations that were flagged (controls only)",
        ),
        Measure(
            name="false_alarms",
            unit="share of true claims",
            better="lower",
            meaning="true claims of a control that were flagged (controls only)",
        ),
    )

    def score(self, case: Case) -> Iterator[Score]:
        if case.draft.planted is None:
            for measure in self.measures:
                yield self.of(case, measure.name, None, "not a control")
            return
        planted = [one for one in case.draft.planted if one.kind == "hallucinated"]
        texts = {(one.section, one.text) for one in planted}
        hit = {(one.claim.section, one.claim.text): one.verdict in FALSE for one in case.findings}
        if texts:
            found = sum(hit.get(text, False) for text in texts)
            yield self.of(
                case, "planted_found", found / len(texts), f"{found} of {len(texts)} planted"
            )
        else:
            yield self.of(case, "planted_found", None, "nothing was planted in this note")
        true = [flagged for text, flagged in hit.items() if text not in texts]
        if true:
            share = sum(true) / len(true)
            yield self.of(case, "false_alarms", share, f"{sum(true)} of {len(true)} true claims")
        else:
            yield self.of(case, "false_alarms", None, "no true claim in this note")


def counted(run: Run) -> Iterator[str]:
    """One line a control, pooled over its notes: planted errors flagged, true claims flagged."""
    flagged = {
        (one.cell, one.claim.section, one.claim.text): one.verdict in FALSE for one in run.findings
    }
    for approach in run.experiment.approaches:
        planted: set[object] = set()
        drafts = [d for d in run.drafts if d.approach == approach.name and d.planted is not None]
        for draft in drafts:
            planted |= {
                (draft.cell, one.section, one.text)
                for one in draft.planted or ()
                if one.kind == "hallucinated"
            }
        cells = {draft.cell for draft in drafts}
        true = [hit for key, hit in flagged.items() if key[0] in cells and key not in planted]
        found = sum(flagged.get(key, False) for key in planted)  # type: ignore[call-overload]
        if cells:
            caught = f"{found} of {len(planted)} planted errors flagged, " if planted else ""
            yield f"{approach.name}: {caught}{sum(true)} of {len(true)} true claims flagged"
