"""A keystroke-level model of review (Card, Moran, Newell): read, verify, edit, transfer, sign.

The minutes are those of a thorough review, that mends all that the judge holds to be false and
adds all that is known to be missing. How much a real reviewer misses is another matter.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from evalkit.records import Case, Finding
from evalkit.reviewers._base import (
    CLICK_S,
    M_S,
    NO_LEDGER,
    P_S,
    READING_WPM,
    SIGN_MINUTES,
    AtDesk,
    Parts,
)
from evalkit.reviewers._changes import changes, seconds


class Keystroke(AtDesk):
    """Minutes by part for one draft, from its words, its claims and what must be mended."""

    name: ClassVar[str] = "keystroke"
    reading_wpm: float = Field(default=READING_WPM, gt=0)
    """Silent reading of non-fiction: Brysbaert 2019 (most people 175 to 300)."""
    typing_wpm: float = Field(default=52.0, gt=0)
    """Dhakal 2018. Composing at 19 wpm (Karat 1999) would put 33 s on a statement of ten words;
    a sentence left out took 10.2 s to post-edit (PriMock57), which 52 wpm comes nearer to."""
    lookup_words: int = Field(default=60, ge=0)
    """Words of the source read at each look-up: about three turns (our assumption)."""
    retyped: float = Field(default=0.5, ge=0, le=1)
    """Share of a contradicted sentence that is typed anew where nobody knows what should stand
    there, as without a ledger (our assumption)."""

    def parts(self, case: Case) -> Parts:
        """A typical clinician's minutes; without a ledger omissions are unknown, not priced."""
        return Parts(
            read=case.draft.words / self.reading_wpm,
            verify=self._verify_s(case.findings) / 60,
            edit=self._edit_s(case) / 60,
            transfer=self.transfer_minutes(case),
            sign=SIGN_MINUTES,
            slips=self.expected_slips(case),
            reason="" if case.session.has_ledger else NO_LEDGER,
        )

    def _verify_s(self, findings: tuple[Finding, ...]) -> float:
        """Each claim is looked up as often as it is doubtful: decide, point, click, read."""
        lookup = M_S + P_S + CLICK_S + 60 * self.lookup_words / self.reading_wpm
        doubts = (
            sum(one.p_unsupported for one in each.assertions) or each.p_unsupported
            for each in findings
        )
        return lookup * sum(doubts)

    def _edit_s(self, case: Case) -> float:
        word_s = 60 / self.typing_wpm
        total = 0.0
        for change in changes(case):
            total += seconds(change.before, change.after or "", word_s)
            if change.after is None:
                total += self.retyped * len(change.before.split()) * word_s
        return total
