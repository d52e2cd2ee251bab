"""What is found in a draft: claims, verdicts with evidence, scores, reviews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from evalkit.records._base import Record
from evalkit.records.drafts import Approach, Draft, Keyed, Severity
from evalkit.records.sessions import Category, Fact, Polarity, Session, Trap

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


class Evidence(Record):
    """Where support (or its contrary) was looked up. `turn` is set for transcript evidence."""

    source: Literal["ledger", "transcript", "jottings", "form", "chart"]
    quote: str
    turn: int | None = None


class Finding(Keyed):
    """What grounding says of one claim. `p_unsupported` is in [0, 1]."""

    finding_id: str
    claim: Claim
    verdict: Verdict
    p_unsupported: float = Field(ge=0, le=1)
    category: Category
    severity: Severity
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""
    scorer: str = "grounding"


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
    """Minutes by part that a clinician spends before signing, modelled or measured."""

    reviewer: str
    read: float
    verify: float
    edit: float
    transfer: float
    sign: float
    source: Literal["modelled", "measured"] = "modelled"
    reason: str = ""

    @property
    def minutes(self) -> float:
        return self.read + self.verify + self.edit + self.transfer + self.sign


class FactOutcome(Record):
    """What became of one ledger fact in a draft. `share` of its words stand in the sentence."""

    fact: Fact
    outcome: Literal["carried", "contradicted", "omitted"]
    sentence: str = ""
    share: float = 0.0


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
    """All that a reviewer or a scorer may look at: one draft with its session and findings."""

    session: Session
    approach: Approach
    draft: Draft
    findings: tuple[Finding, ...]
    facts: tuple[FactOutcome, ...]
    review: Review | None = None
