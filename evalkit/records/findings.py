"""What is found in a draft: claims, verdicts with evidence, scores, reviews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from evalkit.records._base import Record, digest
from evalkit.records.drafts import Approach, Draft, Keyed, Severity
from evalkit.records.sessions import (
    Category,
    Certainty,
    Fact,
    Polarity,
    Session,
    Temporality,
    Trap,
)

Verdict = Literal["supported", "inferred", "unsupported", "contradicted"]
Better = Literal["lower", "higher"]

FALSE: tuple[Verdict, ...] = ("unsupported", "contradicted")
"""Verdicts that count as a fabrication, inference-aware."""

STRICT: tuple[Verdict, ...] = (*FALSE, "inferred")
"""Verdicts that count as one strictly."""


class Claim(Record):
    """A sentence of a draft. `start` and `end` are character offsets in its section's text."""

    section: str
    index: int
    text: str
    start: int
    end: int
    concepts: tuple[str, ...] = ()
    polarity: Polarity = "affirmed"


class Assertion(Record):
    """One atomic assertion of a sentence: one thing said of somebody.

    `start` and `end` are character offsets in the section's text. `subject` is "client",
    "clinician" or another person by relation ("mother"); `numbers` are as digits.
    """

    text: str
    start: int
    end: int
    concepts: tuple[str, ...] = ()
    polarity: Polarity = "affirmed"
    temporality: Temporality = "current"
    certainty: Certainty = "stated"
    subject: str = "client"
    numbers: tuple[str, ...] = ()


class AssertionFinding(Record):
    """What grounding says of one assertion of a sentence."""

    assertion: Assertion
    verdict: Verdict
    p_unsupported: float = Field(ge=0, le=1)


class Evidence(Record):
    """Where support (or its contrary) was looked up.

    `turn` is set for transcript evidence; `start` and `end` are the character offsets of the quote
    in that turn's text, or in the line of the ledger, jottings, form or chart.
    """

    source: Literal["ledger", "transcript", "jottings", "form", "chart"]
    quote: str
    turn: int | None = None
    start: int | None = None
    end: int | None = None


class Finding(Keyed):
    """What a judge, named in `scorer`, says of one sentence. `p_unsupported` is in [0, 1].

    `assertions` are the atomic assertions of the sentence with a verdict each, where the judge
    tells them apart; the sentence is as bad as the worst of them.
    """

    finding_id: str
    claim: Claim
    verdict: Verdict
    p_unsupported: float = Field(ge=0, le=1)
    category: Category
    severity: Severity
    evidence: tuple[Evidence, ...] = ()
    assertions: tuple[AssertionFinding, ...] = ()
    reason: str = ""
    scorer: str = "grounding"


def finding_id(draft: Draft, claim: Claim, verdict: Verdict, scorer: str) -> str:
    """A stable id: a hash of what a judge says (verdict) about what (this text in this place)."""
    place = [*draft.cell, draft.approach_id, claim.section, claim.start]
    return digest([scorer, verdict, claim.text, place])


class Measure(Record):
    """A number that a scorer yields, with its unit and direction: there is no second table."""

    name: str
    unit: str
    better: Better
    meaning: str
    proportion: bool = False
    """True where every value is 0 or 1, so that the mean is a share of notes."""


class Score(Keyed):
    """`value` is None if it could not be scored, and then `reason` says why."""

    scorer: str
    value: float | None
    unit: str
    reason: str = ""


class Review(Keyed):
    """Minutes by part that a clinician spends before signing, modelled or measured.

    The parts are those of a typical clinician (the geometric mean of the population; `read`,
    `verify` and `edit` times the share who have not stopped reviewing). `low` and `high` hold the
    middle 95 % of clinicians' minutes, `mean_minutes` is their mean. `scratch` are the mean minutes
    without a draft, `saved` the mean of writing minus reviewing, and `trap` the share of clinicians
    in [0, 1] whom the review costs at least as much as writing. `fabrications`
    (`fabrications_major` among them) are the false statements in the draft, of which `caught` are
    expected to be mended and `surviving` (`surviving_major` among them) to reach the signed record;
    `slips` are expected wrong-field, wrong-client and wrong-date slips of copying. What is not
    known is None.
    """

    reviewer: str
    read: float
    verify: float
    edit: float
    transfer: float
    sign: float
    source: Literal["modelled", "measured"] = "modelled"
    low: float | None = None
    high: float | None = None
    mean_minutes: float | None = None
    scratch: float | None = None
    saved: float | None = None
    trap: float | None = None
    fabrications: float | None = None
    fabrications_major: float | None = None
    caught: float | None = None
    surviving: float | None = None
    surviving_major: float | None = None
    slips: float | None = None
    reason: str = ""

    @property
    def minutes(self) -> float:
        return self.read + self.verify + self.edit + self.transfer + self.sign


class FactOutcome(Record):
    """What became of one ledger fact in a draft. `share` of its words stand in the sentence.

    `sections` name every section that states the fact; `sentence` is the one that states it best.
    """

    fact: Fact
    outcome: Literal["carried", "contradicted", "omitted"]
    sentence: str = ""
    share: float = 0.0
    sections: tuple[str, ...] = ()


class TrapOutcome(Record):
    """What a draft made of one trap of its session.

    It `fell` where a `sentence` says the bait or its like, and `avoided` the trap where one says
    rightly what the matter is. `share` of the weighted words of that bait, or of that truth, stand
    in the sentence. The sentence is "" where the matter is not mentioned.
    """

    trap: Trap
    outcome: Literal["fell", "avoided", "not_mentioned"]
    sentence: str = ""
    share: float = 0.0


@dataclass(frozen=True)
class Case:
    """All that a reviewer or a scorer may look at: one draft with its session and findings.

    `unjudged` says why there are no findings where the judge failed: an empty `findings` then
    means nothing, and a scorer that reads them is not asked.
    """

    session: Session
    approach: Approach
    draft: Draft
    findings: tuple[Finding, ...]
    facts: tuple[FactOutcome, ...]
    review: Review | None = None
    unjudged: str | None = None
