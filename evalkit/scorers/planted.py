"""Planted errors: does the fabrication scorer find what a control put in on purpose?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from evalkit.records import FALSE, Case, Cell, Draft, Finding, Measure, Planted, Run, Score
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
            unit="share of true sentences",
            better="lower",
            meaning="true sentences of a control that were flagged (controls only)",
        ),
    )

    def score(self, case: Case) -> Iterator[Score]:
        if case.draft.planted is None:
            for measure in self.measures:
                yield self.of(case, measure.name, None, "not a control")
            return
        planted = [hit for one, hit in pairs(case.draft, case.findings) if _invented(one)]
        if planted:
            found, n = sum(planted), len(planted)
            yield self.of(case, "planted_found", found / n, f"{found} of {n} planted")
        else:
            yield self.of(case, "planted_found", None, "nothing was planted in this note")
        alarms = [one.verdict in FALSE for one in true_claims(case.draft, case.findings)]
        if alarms:
            share = sum(alarms) / len(alarms)
            yield self.of(
                case, "false_alarms", share, f"{sum(alarms)} of {len(alarms)} true sentences"
            )
        else:
            yield self.of(case, "false_alarms", None, "no true claim in this note")


def pairs(draft: Draft, findings: Iterable[Finding]) -> Iterator[tuple[Planted, bool]]:
    """Each false sentence that was planted in a draft, and whether a finding on it says so.

    The same sentence twice in a section counts once. `findings` are those of one judge on it.
    """
    known = list(findings)
    for one in draft.untrue or ():
        yield one, any(each.verdict in FALSE for each in known if is_on(each, one, draft))


def true_claims(draft: Draft, findings: Iterable[Finding]) -> list[Finding]:
    """The findings on what a control wrote that is true."""
    false = draft.untrue or ()
    return [one for one in findings if not any(is_on(one, lie, draft) for lie in false)]


def counted(run: Run) -> Iterator[str]:
    """One line a control, pooled over its notes: planted errors flagged, true sentences flagged."""
    on, unjudged = _by_cell(run), run.unjudged
    for approach in run.experiment.approaches:
        drafts = [d for d in run.drafts if d.approach == approach.name and d.planted is not None]
        drafts = [draft for draft in drafts if draft.cell not in unjudged]
        if not drafts:
            continue
        hits: list[bool] = []
        alarms: list[bool] = []
        for draft in drafts:
            mine = on.get(draft.cell, ())
            hits += [hit for one, hit in pairs(draft, mine) if _invented(one)]
            alarms += [one.verdict in FALSE for one in true_claims(draft, mine)]
        caught = f"{sum(hits)} of {len(hits)} planted errors flagged, " if hits else ""
        yield f"{approach.name}: {caught}{sum(alarms)} of {len(alarms)} true sentences flagged"


def _by_cell(run: Run) -> dict[Cell, list[Finding]]:
    found: dict[Cell, list[Finding]] = {}
    for one in run.first_findings:
        found.setdefault(one.cell, []).append(one)
    return found


def _invented(one: Planted) -> bool:
    return one.kind == "hallucinated"


def is_on(finding: Finding, lie: Planted, draft: Draft) -> bool:
    """A finding is on a planted sentence if it says the same, or is on a part of it."""
    claim = finding.claim
    if claim.section != lie.section:
        return False
    if claim.text == lie.text:
        return True
    start = draft.sections.get(lie.section, "").find(lie.text)
    return start >= 0 and claim.start < start + len(lie.text) and start < claim.end
