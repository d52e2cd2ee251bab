"""What every model of a reviewer yields: a typical clinician's minutes for one draft, by part.

A model says what one typical clinician does with one draft; how clinicians differ, what they miss
and what writing from scratch costs are laid over it, the same for every model.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from evalkit.records import FALSE, Case, FactOutcome, Finding, Record

K_S, P_S, CLICK_S, H_S, M_S = 0.28, 1.1, 0.2, 0.4, 1.35
"""Seconds a key (40 wpm typist), a pointing, a click, a hand moved between keyboard and mouse, a
mental step: the keystroke-level model of Card, Moran, Newell 1983."""

READING_WPM = 238.0
"""Silent reading of non-fiction: Brysbaert 2019 (most people 175 to 300)."""

NO_LEDGER = "omissions unknown and not priced: no ledger"


class Parts(Record):
    """Minutes of a typical clinician (the geometric mean of the population), each at least 0.

    `slips` are the wrong-field, wrong-client and wrong-date slips to expect of copying the note,
    None where the model does not say. `reason` says what is not priced, and why; "" if all is.
    """

    read: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    verify: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    edit: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    transfer: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    sign: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    slips: float | None = Field(default=None, ge=0)
    reason: str = ""


class Reviewer(Record):
    """Config is the constructor; `parts` may look at nothing but the case."""

    name: ClassVar[str]

    def parts(self, case: Case) -> Parts:
        raise NotImplementedError


class AtDesk(Reviewer):
    """What a reviewer does beside the text itself: carry the note over, and sign it."""

    transfer_s_per_field: float = Field(default=8.6, ge=0)
    """Copy, switch window, click the field, paste, check: KLM, 34 s for the 4 fields of SOAP."""
    slips_per_field: float = Field(default=0.003, ge=0, le=1)
    """Chance that a pasted field ends up in the wrong field, client or date. No rate is published:
    our assumption, of the order of a nominal error of commission in tables of human reliability
    (Swain and Guttmann 1983, .003)."""

    def pasted(self, case: Case) -> int:
        """Fields that have to be copied by hand: those with text, none in the EHR's own draft."""
        if case.approach.workflow == "in_ehr":
            return 0
        return sum(bool(text.strip()) for text in case.draft.sections.values())

    def transfer_minutes(self, case: Case) -> float:
        return self.transfer_s_per_field * self.pasted(case) / 60

    def expected_slips(self, case: Case) -> float:
        return self.slips_per_field * self.pasted(case)


SIGN_MINUTES = (M_S + P_S + CLICK_S) / 60
"""Decide, point at the button, click."""


def false_findings(case: Case) -> tuple[Finding, ...]:
    """The sentences that the judge holds to be false: those a reviewer should mend."""
    return tuple(one for one in case.findings if one.verdict in FALSE)


def omitted(case: Case) -> tuple[FactOutcome, ...] | None:
    """Facts that the draft leaves out and a reviewer would add: not the minor ones.

    None without a ledger: then nobody knows what is missing.
    """
    if not case.session.has_ledger:
        return None
    return tuple(
        one for one in case.facts if one.outcome == "omitted" and one.fact.criticality != "minor"
    )
