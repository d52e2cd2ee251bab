"""The claims of a note against a transcript alone: a p for each, by exact rules and a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from evalkit.claims.against_transcript_features import nearest, rows
from evalkit.claims.against_transcript_model import TranscriptModel
from evalkit.claims.evidence import Index
from evalkit.claims.exact import CONTRADICTED, NEVER_SAID, exact
from evalkit.claims.extract import Parsed
from evalkit.claims.features import Support, Written
from evalkit.records import Draft, Verdict


class Judged(NamedTuple):
    """What is said of one claim, and the passages nearest to it."""

    p: float
    verdict: Verdict
    found: Support
    written: Written


def judged(
    parsed: Sequence[Parsed], index: Index, draft: Draft, model: TranscriptModel
) -> list[Judged]:
    """One for each claim of a note, in order."""
    near = [nearest(one, index) for one in parsed]
    modelled = model.p(rows(parsed, near, index, draft), parsed)
    found = []
    for one, known, p in zip(parsed, near, modelled, strict=True):
        sure = settled(float(p), exact(one, index, known.written), model.silence)
        clash = bool(known.written.clash) or sure == CONTRADICTED
        found.append(Judged(sure, verdict(sure, clash, model), *known))
    return found


def settled(p: float, rule: float | None, silence: float) -> float:
    """The model's p, or that of an exact rule: proof either way counts, silence sets a floor.

    >>> [settled(p, rule, 0.5) for p, rule in ((0.3, None), (0.3, 0.0), (0.3, 0.85), (0.7, 0.85))]
    [0.3, 0.0, 0.5, 0.7]
    """
    if rule is None:
        return p
    return max(p, silence) if rule == NEVER_SAID else rule


def verdict(p: float, clash: bool, model: TranscriptModel) -> Verdict:
    """In words, by the model's cuts; what clashes with a written line is contradicted."""
    if p >= model.unsupported_from:
        return "contradicted" if clash else "unsupported"
    return "inferred" if p >= model.inferred_from else "supported"
