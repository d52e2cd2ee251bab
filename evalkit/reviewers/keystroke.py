"""A keystroke-level model of review (Card, Moran, Newell): read, verify, edit, transfer, sign.

Not in the figures: differences between clinicians, fatigue, and errors that slip through.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from evalkit.records import FALSE, Case, Finding, Record, Review

K_S, P_S, CLICK_S, M_S = 0.28, 1.1, 0.2, 1.35
"""Seconds a key (40 wpm typist), a pointing, a click, a mental step: Card, Moran, Newell."""


class Keystroke(Record):
    """Minutes by part for one draft, from its words, its claims and what must be mended."""

    name: ClassVar[str] = "keystroke"
    reading_wpm: float = Field(default=238.0, gt=0)
    """Silent reading of non-fiction: Brysbaert 2019."""
    typing_wpm: float = Field(default=52.0, gt=0)
    """Dhakal 2018."""
    lookup_words: int = Field(default=60, ge=0)
    """Words of the source read at each look-up: about three turns (our assumption)."""
    transfer_s_per_field: float = Field(default=8.6, ge=0)
    """Copy, switch window, click the field, paste, check: KLM, 34 s for the 4 fields of SOAP."""

    def review(self, case: Case) -> Review:
        """The expected review; without a ledger omissions are unknown and not priced."""
        draft = case.draft
        false = [one for one in case.findings if one.verdict in FALSE]
        missing = [
            one.fact.statement
            for one in case.facts
            if one.outcome == "omitted" and one.fact.criticality != "minor"
        ]
        filled = sum(bool(text.strip()) for text in draft.sections.values())
        transfer = self.transfer_s_per_field * filled
        return Review(
            session_id=draft.session_id,
            approach=draft.approach,
            format=draft.format,
            replicate=draft.replicate,
            reviewer=self.name,
            read=draft.words / self.reading_wpm,
            verify=self._verify_s(case.findings) / 60,
            edit=(sum(map(self._mend_s, false)) + sum(map(self._add_s, missing))) / 60,
            transfer=transfer / 60 if case.approach.workflow == "standalone" else 0.0,
            sign=(M_S + P_S + CLICK_S) / 60,
            reason="" if case.facts else "omissions unknown and not priced: no ledger",
        )

    def _verify_s(self, findings: tuple[Finding, ...]) -> float:
        """A claim is looked up as often as it is doubtful."""
        lookup = M_S + P_S + CLICK_S + 60 * self.lookup_words / self.reading_wpm
        return lookup * sum(one.p_unsupported for one in findings)

    def _mend_s(self, finding: Finding) -> float:
        """Select and delete an unsupported sentence; half of a contradicted one is retyped."""
        select = M_S + 2 * P_S + 2 * CLICK_S + K_S
        if finding.verdict == "unsupported":
            return select
        return select + 60 * 0.5 * len(finding.claim.text.split()) / self.typing_wpm

    def _add_s(self, statement: str) -> float:
        """Place the cursor and type what the draft left out."""
        return M_S + P_S + CLICK_S + 60 * len(statement.split()) / self.typing_wpm
