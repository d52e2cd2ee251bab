"""Ground the claims of a draft in its session: a finding for each sentence.

Two models: one for sessions with a ledger of facts, one for those with a transcript alone. Both
are learned from synthetic sessions by `benchmarks/grounding.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from evalkit.claims.evidence import WINDOW, Index
from evalkit.claims.exact import CONTRADICTED, exact
from evalkit.claims.extract import Parsed, category, claims, severity
from evalkit.claims.features import (
    Support,
    Written,
    best_written,
    features,
    support,
)
from evalkit.claims.model import Model, shipped
from evalkit.records import Draft, Evidence, Finding, Record, Session, Verdict, finding_id

QUOTE = 300
"""Characters of a passage that a finding quotes."""


class Grounder(Record):
    """Checks each claim against the ledger, where there is one, and all the drafter was given."""

    name: ClassVar[str] = "grounding"
    use_ledger: bool = True

    def index(self, session: Session) -> Index:
        """The session's evidence, to be reused for each of its drafts."""
        return Index(session, ledger=self.use_ledger)

    def ground(self, draft: Draft, session: Session, index: Index) -> tuple[Finding, ...]:
        """One finding a sentence, in the draft's order; none for a failed draft."""
        with_ledger = self.use_ledger and session.has_ledger
        model = shipped("ledger" if with_ledger else "transcript")
        return tuple(self._finding(draft, claim, index, model) for claim in claims(draft))

    def _finding(self, draft: Draft, parsed: Parsed, index: Index, model: Model) -> Finding:
        found, written = support(parsed, index), best_written(parsed, index)
        settled = exact(parsed, index, written)
        p = model.p(features(parsed, index, found, written)) if settled is None else settled
        verdict = _verdict(p, bool(written.clash) or settled == CONTRADICTED, model)
        about = category(parsed)
        return Finding(
            session_id=draft.session_id,
            approach=draft.approach,
            format=draft.format,
            replicate=draft.replicate,
            finding_id=finding_id(draft, parsed.claim, verdict, self.name),
            claim=parsed.claim,
            verdict=verdict,
            p_unsupported=round(p, 6),
            category=about,
            severity=severity(about),
            evidence=tuple(_evidence(parsed, index, found, written)),
            reason=_reason(verdict, found, written),
        )


def _verdict(p: float, clash: bool, model: Model) -> Verdict:
    if p >= model.unsupported_from:
        return "contradicted" if clash else "unsupported"
    return "inferred" if p >= model.inferred_from else "supported"


def _evidence(parsed: Parsed, index: Index, found: Support, written: Written) -> Iterable[Evidence]:
    """The turns of the best window that share words with the claim, and the nearest line."""
    words = {stem for stem, _ in parsed.units}
    named = {concept for _, concept in parsed.units if concept}
    if found.share > 0:
        for turn in index.turns[found.place : found.place + WINDOW]:
            if words & turn.stems or named & turn.concepts:
                yield Evidence(source="transcript", quote=turn.text[:QUOTE], turn=turn.turn)
    if written.line is not None and written.share >= 0.3:
        yield Evidence(source=written.line.source, quote=written.line.text[:QUOTE])


def _reason(verdict: Verdict, found: Support, written: Written) -> str:
    """Figures in words; never the text itself."""
    said = f"{found.share:.0%} of its words in the nearest {WINDOW} turns"
    unsaid = f"{len(found.unsaid)} never said"
    if written.line is None:
        return f"{verdict}: {said}, {unsaid}"
    clash = f", which says otherwise ({written.clash})" if written.clash else ""
    return f"{verdict}: {said}, {unsaid}; {written.share:.0%} in the {written.line.source}{clash}"
