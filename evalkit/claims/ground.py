"""Ground the claims of a draft in its session: a finding for each sentence.

Two sets of weights: one for sessions with a ledger of facts, one for those with a transcript
alone. Both are learned from synthetic sessions by `benchmarks/grounding.py`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evalkit.claims.evidence import WINDOW, Index
from evalkit.claims.extract import Parsed, category, claims, severity
from evalkit.claims.features import (
    Features,
    Support,
    Written,
    best_written,
    features,
    support,
    verbatim,
)
from evalkit.errors import EvalkitError
from evalkit.records import Draft, Evidence, Finding, Record, Session, Verdict, digest

WEIGHTS = Path(__file__).with_name("weights.json")
QUOTE = 300
"""Characters of a passage that a finding quotes."""


class Weights(Record):
    """A logistic model over `Features`, and the two cuts that turn its p into a verdict."""

    features: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    coef: tuple[float, ...]
    intercept: float
    inferred_from: float = Field(ge=0, le=1)
    unsupported_from: float = Field(ge=0, le=1)

    def p(self, row: NDArray[np.float64]) -> float:
        """Probability that a claim with these features is unsupported."""
        z = self.intercept + float(
            np.dot(self.coef, (row - np.array(self.mean)) / np.array(self.scale))
        )
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


@cache
def shipped() -> dict[str, Weights]:
    """The weights in the package: for sessions with a `ledger`, and with a `transcript` alone."""
    content: dict[str, Any] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    weights = {name: Weights(**fields) for name, fields in content.items()}
    for name, one in weights.items():
        if one.features != Features._fields:
            raise EvalkitError(
                f"weights.json ({name}) was learned with other features; "
                "run: python -m benchmarks.grounding --write"
            )
    return weights


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
        weights = shipped()["ledger" if with_ledger else "transcript"]
        return tuple(self._finding(draft, claim, index, weights) for claim in claims(draft))

    def _finding(self, draft: Draft, parsed: Parsed, index: Index, weights: Weights) -> Finding:
        found, written = support(parsed, index), best_written(parsed, index)
        if not parsed.units or verbatim(parsed, index) is not None:
            p = 0.0  # "N/A" claims nothing; what stands there word for word needs no model
        else:
            p = weights.p(np.array(features(parsed, index, found, written)))
        verdict = _verdict(p, written.clash, weights)
        about = category(parsed)
        return Finding(
            session_id=draft.session_id,
            approach=draft.approach,
            format=draft.format,
            replicate=draft.replicate,
            finding_id=digest([draft.session_id, parsed.claim.section, parsed.claim.text, verdict]),
            claim=parsed.claim,
            verdict=verdict,
            p_unsupported=round(p, 6),
            category=about,
            severity=severity(about),
            evidence=tuple(_evidence(parsed, index, found, written)),
            reason=_reason(verdict, found, written),
        )


def _verdict(p: float, clash: bool, weights: Weights) -> Verdict:
    if p >= weights.unsupported_from:
        return "contradicted" if clash else "unsupported"
    return "inferred" if p >= weights.inferred_from else "supported"


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
    clash = ", which says otherwise" if written.clash else ""
    return f"{verdict}: {said}, {unsaid}; {written.share:.0%} in the {written.line.source}{clash}"
