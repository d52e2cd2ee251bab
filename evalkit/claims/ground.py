"""Ground the claims of a draft in its session: a finding for each sentence.

Two ways: against a ledger of facts where there is one (`against_ledger`), and against what was said
and written alone (`against_transcript`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from evalkit.claims.against_ledger import Judged as LedgerJudged
from evalkit.claims.against_ledger import Ledger, Sentence
from evalkit.claims.against_ledger_evidence import QUOTE, evidence
from evalkit.claims.against_ledger_scene import Scene
from evalkit.claims.against_transcript import Judged, judged
from evalkit.claims.against_transcript_model import from_file
from evalkit.claims.against_transcript_model import shipped as transcript_model
from evalkit.claims.evidence import WINDOW, Index
from evalkit.claims.extract import Parsed, category, claims, severity
from evalkit.claims.features import Support, Written
from evalkit.claims.likeness import Saying
from evalkit.claims.model import shipped
from evalkit.records import (
    AssertionFinding,
    Category,
    Draft,
    Evidence,
    Finding,
    Record,
    Session,
    Severity,
    Verdict,
    finding_id,
)


class Grounder(Record):
    """Checks each claim against the ledger, where there is one, and all the drafter was given."""

    name: ClassVar[str] = "grounding"
    use_ledger: bool = True
    weights: str | None = None
    """A file that `evalkit calibrate` wrote, for sessions without a ledger; None: what ships."""

    def index(self, session: Session) -> Index | Ledger:
        """What the session offers as evidence, to be reused for each of its drafts."""
        if self.use_ledger and session.has_ledger:
            return Ledger(session)
        return Index(session, ledger=self.use_ledger)

    def ground(self, draft: Draft, session: Session, index: Index | Ledger) -> tuple[Finding, ...]:
        """One finding a sentence, in the draft's order; none for a failed draft."""
        if isinstance(index, Ledger):
            note = claims(draft)
            judged_ones = index.judge(note, shipped())
            return tuple(
                self._known(draft, parsed, one, index.scene)
                for parsed, one in zip(note, judged_ones, strict=True)
            )
        return self._heard(draft, index)

    def _known(self, draft: Draft, parsed: Parsed, found: Sentence, scene: Scene) -> Finding:
        one, parts = found
        about = _category(parsed, one)
        return Finding(
            **draft.cell._asdict(),
            finding_id=finding_id(draft, parsed.claim, one.verdict, self.name),
            claim=parsed.claim,
            verdict=one.verdict,
            p_unsupported=round(one.p, 6),
            category=about,
            severity=_severity(parsed, about),
            evidence=tuple(evidence(Saying(parsed), one, scene)),
            assertions=tuple(
                AssertionFinding(
                    assertion=part, verdict=each.verdict, p_unsupported=round(each.p, 6)
                )
                for part, each in parts
            ),
            reason=_why(one),
        )

    def _heard(self, draft: Draft, index: Index) -> tuple[Finding, ...]:
        model = transcript_model() if self.weights is None else from_file(self.weights)
        parsed = claims(draft)
        return tuple(
            self._finding(draft, claim, index, one)
            for claim, one in zip(parsed, judged(parsed, index, draft, model), strict=True)
        )

    def _finding(self, draft: Draft, parsed: Parsed, index: Index, one: Judged) -> Finding:
        p, verdict, found, written = one
        about = category(parsed)
        return Finding(
            **draft.cell._asdict(),
            finding_id=finding_id(draft, parsed.claim, verdict, self.name),
            claim=parsed.claim,
            verdict=verdict,
            p_unsupported=round(p, 6),
            category=about,
            severity=_severity(parsed, about),
            evidence=tuple(_evidence(parsed, index, found, written)),
            reason=_reason(verdict, found, written),
        )


def _category(parsed: Parsed, one: LedgerJudged) -> Category:
    """What a claim is about; what is said of the wrong person is a matter of attribution."""
    if one.trap is not None:
        return one.trap.category
    about = category(parsed)
    return "attribution" if one.clash == "person" and about == "other" else about


def _severity(parsed: Parsed, about: Category) -> Severity:
    """As grave as its category, or as a concept it names (a legal matter)."""
    grave = any(hit.concept.severity == "major" for hit in parsed.mentions)
    return "major" if grave else severity(about)


def _why(one: LedgerJudged) -> str:
    """What settled it, or figures in words; never the text itself."""
    if one.open is not None:
        return f"{one.verdict}: fact {one.open.fact.fact_id} says that this was left open"
    if one.trap is not None:
        return f"{one.verdict}: says the bait of a trap ({one.trap.kind.replace('_', ' ')})"
    fact = one.compared.fact
    if one.rule:
        return f"{one.verdict}: {one.rule}"
    if fact is None:
        return f"{one.verdict}: nothing in the session is near"
    name = (
        f"fact {fact.entry.fact.fact_id}"
        if fact.entry.fact
        else f"a line of the {fact.entry.source}"
    )
    clash = f", which says otherwise ({one.clash})" if one.clash else ""
    return f"{one.verdict}: {fact.here:.0%} of its words in {name}{clash}"


def _evidence(parsed: Parsed, index: Index, found: Support, written: Written) -> Iterable[Evidence]:
    """The turns of the best window that share words with the claim, and the nearest line."""
    words = {stem for stem, _ in parsed.units}
    named = {concept for _, concept in parsed.units if concept}
    if found.share > 0:
        for turn in index.turns[found.place : found.place + WINDOW]:
            if words & turn.stems or named & turn.concepts:
                yield Evidence(
                    source="transcript",
                    quote=turn.text[:QUOTE],
                    turn=turn.turn,
                    start=0,
                    end=min(QUOTE, len(turn.text)),
                )
    if written.line is not None and written.share >= 0.3:
        text = written.line.text[:QUOTE]
        yield Evidence(source=written.line.source, quote=text, start=0, end=len(text))


def _reason(verdict: Verdict, found: Support, written: Written) -> str:
    """Figures in words; never the text itself."""
    said = f"{found.share:.0%} of its words in the nearest {WINDOW} turns"
    unsaid = f"{len(found.unsaid)} never said"
    if written.line is None:
        return f"{verdict}: {said}, {unsaid}"
    clash = f", which says otherwise ({written.clash})" if written.clash else ""
    return f"{verdict}: {said}, {unsaid}; {written.share:.0%} in the {written.line.source}{clash}"
