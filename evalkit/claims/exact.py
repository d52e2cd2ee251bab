"""Cheap exact tests, before any model is asked.

What stands there as a whole sentence is supported, and so is what owns up to a matter that the
session left open; what asserts something of such a matter, and what the ledger or the client's
own answer says otherwise, is contradicted; a drug, a dose, a diagnosis, abuse or a risk that
nobody mentions is unsupported, whatever field it stands in.
"""

from __future__ import annotations

from evalkit.claims.evidence import Index, negated, whole
from evalkit.claims.extract import Parsed
from evalkit.claims.features import DOSE, SAME_TOPIC, Written, drugs
from evalkit.claims.left_open import admits, asserts
from evalkit.claims.lexicon import cues, people
from evalkit.records import MAJOR

PLAINLY = 0.6
"""Share of a claim's words in a fact that says otherwise, above which it is contradicted."""

CONTRADICTED = 0.95
"""p of a contradicted claim (our choice)."""

NEVER_SAID = 0.85
"""p of a claim on something major that nobody mentions; in TN-Eval (dev) 13 of 21 such sentences
are rejected by at least one rater."""


def exact(parsed: Parsed, index: Index, written: Written) -> float | None:
    """p where a rule settles it, None where the model has to be asked.

    >>> from evalkit.claims.extract import parse
    >>> from evalkit.records import Session, SessionSpec, Turn
    >>> said = Turn(speaker="client", text="I slept well. I never wanted to die.")
    >>> index = Index(Session(spec=SessionSpec(session_id="s"), turns=(said,)))
    >>> nothing = Written(0.0, None, "")
    >>> [exact(parse("plan", 0, text, 0, 1), index, nothing) for text in (
    ...     "I slept well.", "N/A", "Takes lithium.", "Wanted to die.")]
    [0.0, 0.0, 0.85, None]
    """
    if not parsed.units:
        return 0.0
    if whole(parsed.claim.text, parsed.tokens) in index.whole_sentences:
        return 0.0
    if admits(parsed, index.left_open):
        return 0.0
    fact = written.line.fact if written.line is not None else None
    stated = fact is not None and written.share >= PLAINLY and not written.clash
    line = written.line if written.share >= SAME_TOPIC else None
    anothers = line is not None and line.about_other
    if not (stated or anothers) and asserts(parsed, index.left_open) is not None:
        return CONTRADICTED
    if fact is not None and written.clash:
        dose = written.clash == "number" and bool(drugs(parsed))
        if written.share >= PLAINLY or dose:
            return CONTRADICTED
    if _answered_otherwise(parsed, index):
        return CONTRADICTED
    return NEVER_SAID if _names_what_nobody_said(parsed, index) else None


def _answered_otherwise(parsed: Parsed, index: Index) -> bool:
    """The client was asked about it outright, and every answer was the opposite."""
    if people(parsed.tokens) or parsed.share(cues().unreal):
        return False
    here = negated(parsed.claim.text, parsed.tokens, parsed.mentions)
    return any(
        index.answers.get(hit.concept.name) == frozenset({hit.concept.name not in here})
        for hit in parsed.mentions
        if hit.concept.category in MAJOR
    )


def _names_what_nobody_said(parsed: Parsed, index: Index) -> bool:
    if drugs(parsed) and not index.numbers_anywhere.issuperset(
        DOSE.findall(parsed.claim.text.lower())
    ):
        return True
    negative = parsed.claim.polarity == "negated"
    return any(
        hit.concept.name not in index.concepts
        and not all(token.stem in index.stems for token in parsed.tokens[hit.start : hit.end])
        for hit in parsed.mentions
        if hit.concept.name != "medication_any"
        and hit.concept.category in (("risk",) if negative else MAJOR)
    )
