"""Refit the grounding without a ledger on labelled claims, cross-validated by conversation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalkit.claims.against_transcript import settled
from evalkit.claims.against_transcript_features import NAMES
from evalkit.claims.against_transcript_model import (
    EXTRA,
    Forest,
    Learned,
    TranscriptModel,
    Words,
    bent,
    shipped,
)
from evalkit.claims.learning import Shape, curve, grow, weigh_words

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHAPE = Shape(trees=150, leaf=6)
SHARE = 0.5
"""Weight of the forest learned from labels beside the one that ships; .3 and .7 do as well."""

FOLDS, REPEATS = 7, 3
INNER = 5
"""Folds that the words' p is crossed over before the second forest sees it."""


class Labelled(NamedTuple):
    """Labelled claims: features, stems, the share of raters who reject each, how many raters
    there were, conversation, and p where a rule settles it."""

    rows: Floats
    stems: list[list[str]]
    rejected: Floats
    raters: Ints
    conversation: Ints
    rule: list[float | None]

    def only(self, places: Ints) -> Labelled:
        return Labelled(
            self.rows[places],
            [self.stems[place] for place in places],
            self.rejected[places],
            self.raters[places],
            self.conversation[places],
            [self.rule[place] for place in places],
        )


class Settings(NamedTuple):
    """What turns the blended p into the final one and a verdict, as `TranscriptModel` has it."""

    curve: tuple[float, float]
    silence: float
    inferred_from: float
    unsupported_from: float


class CrossValidated(NamedTuple):
    """p of each claim by models that never saw its conversation, and whether it is flagged, with
    the curve and the cuts learned from p of the other conversations (by models that saw this one,
    a slight leak that no area under a curve within a fold feels); one row a repeat.

    `raw` is the first repeat's p before curve and rules.
    """

    p: Floats
    flagged: NDArray[np.bool_]
    raw: Floats


class Fitted(NamedTuple):
    words: Words
    second: Forest


def fit(known: Labelled, first: Floats) -> Fitted:
    """The words' weights and the second forest; `first` is the shipped forest's p."""
    crossed = np.zeros(len(first))
    for out in _folds(known.conversation, INNER, np.random.default_rng(0)):
        inside = np.flatnonzero(~out)
        words = _words(known.only(inside))
        crossed[out] = [words.p(known.stems[place]) for place in np.flatnonzero(out)]
    places, false = _by_rater(known)
    seen = np.column_stack([known.rows, first, crossed])[places]
    return Fitted(_words(known), grow(seen, false, (*NAMES, *EXTRA), SHAPE))


def apply(fitted: Fitted, known: Labelled, first: Floats) -> Floats:
    """The blended p, not yet bent by a curve."""
    by_words = [fitted.words.p(stems) for stems in known.stems]
    second = fitted.second.p(np.column_stack([known.rows, first, by_words]))
    return (1 - SHARE) * first + SHARE * second


def cross_validate(known: Labelled, first: Floats) -> CrossValidated:
    """`REPEATS` times over `FOLDS` folds of conversations.

    The curve and the cuts for a fold come from the p of the other folds, each by models that did
    not see the claim they are learned from.
    """
    everything, flagged, crossed = [], [], []
    for repeat in range(REPEATS):
        folds = list(_folds(known.conversation, FOLDS, np.random.default_rng(repeat)))
        raw = np.zeros(len(first))
        for out in folds:
            inside, outside = np.flatnonzero(~out), np.flatnonzero(out)
            fitted = fit(known.only(inside), first[inside])
            raw[out] = apply(fitted, known.only(outside), first[outside])
        p, above = np.zeros(len(first)), np.zeros(len(first), dtype=bool)
        for out in folds:
            inside = np.flatnonzero(~out)
            found = _settings(known.only(inside), raw[inside])
            p[out] = _finished(raw[out], known.only(np.flatnonzero(out)), found)
            above[out] = p[out] >= found.unsupported_from
        everything.append(p)
        flagged.append(above)
        crossed.append(raw)
    return CrossValidated(np.array(everything), np.array(flagged), crossed[0])


def refit(known: Labelled, learned: Learned, crossed: CrossValidated) -> TranscriptModel:
    """The model to keep, from all labels; curve and cuts from cross-validated p."""
    base = shipped()
    first = base.forest.p(known.rows)
    whole = fit(known, first)
    return TranscriptModel(
        forest=base.forest,
        words=whole.words,
        second=whole.second,
        share=SHARE,
        learned=learned,
        **_settings(known, crossed.raw)._asdict(),
    )


def by_shipped(known: Labelled) -> tuple[Floats, NDArray[np.bool_]]:
    """p and flag of each claim by the weights in the package."""
    model = shipped()
    found = Settings(model.curve, model.silence, model.inferred_from, model.unsupported_from)
    p = _finished(model.forest.p(known.rows), known, found)
    return p, p >= model.unsupported_from


def _settings(known: Labelled, raw: Floats) -> Settings:
    """The curve, and the cuts at which as many claims are unsupported as the raters reject on
    average, and as many unsupported or inferred as at least one of them rejects.

    Silence on something major counts as the raters' average, and never as support.
    """
    places, false = _by_rater(known)
    average = float(known.rejected.mean())
    found = Settings(curve(raw[places], false), average, 0.0, 0.0)
    p = _finished(raw, known, found)
    mean = float(np.quantile(p, 1 - average))
    anyone = float(np.quantile(p, 1 - (known.rejected > 0).mean()))
    if int(known.raters.max()) == 1:
        anyone = 0.7 * mean
    inferred = round(min(anyone, mean), 4)
    return Settings(found.curve, max(round(average, 4), inferred), inferred, round(mean, 4))


def _finished(raw: Floats, known: Labelled, found: Settings) -> Floats:
    p = bent(raw, found.curve)
    return np.array(
        [settled(float(one), rule, found.silence) for one, rule in zip(p, known.rule, strict=True)]
    )


def _words(known: Labelled) -> Words:
    places, false = _by_rater(known)
    return weigh_words([known.stems[place] for place in places], false)


def _by_rater(known: Labelled) -> tuple[Ints, NDArray[np.bool_]]:
    """A row a rater and claim: the claim's number, and whether this rater rejects it."""
    rejecting = np.rint(known.rejected * known.raters).astype(int)
    places = np.repeat(np.arange(len(known.raters)), known.raters)
    false = np.concatenate(
        [np.arange(n) < k for n, k in zip(known.raters, rejecting, strict=True)]
    ).astype(bool)
    return places, false


def _folds(conversation: Ints, count: int, rng: np.random.Generator) -> Iterator[NDArray[np.bool_]]:
    """Which claims are left out, fold by fold; all of a conversation at once."""
    names: Sequence[int] = rng.permutation(np.unique(conversation)).tolist()
    for fold in range(min(count, len(names))):
        yield np.isin(conversation, names[fold::count])
