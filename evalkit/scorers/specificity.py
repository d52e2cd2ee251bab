"""Specificity: how much of a note could stand in anybody's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field, model_validator

from evalkit.claims.lexicon import people
from evalkit.claims.reading import Sentence, read
from evalkit.claims.text import is_content, tokens
from evalkit.errors import InputError
from evalkit.records import Case, Measure, Score
from evalkit.scorers._base import Scorer
from evalkit.scorers._rubric import content_of
from evalkit.scorers._words import note_words

DATA = Path(__file__).with_name("boilerplate.toml")
ANYBODY = frozenset("client patient pt therapist clinician counselor provider session".split())
"""Stems that every note has, and that make no sentence more or less like another."""

_QUOTED = re.compile(r'["\u201c][^"\u201d]{3,}["\u201d]')


class Specificity(Scorer):
    """Share of sentences that say something of this client, boilerplate, and words a fact.

    A sentence is generic if it says little more than one of the phrases of `boilerplate.toml`
    (at least `alike` of the content words of both are shared), or if it holds no number,
    quotation or name and its content words carry less than `bits` of information: the sum of
    log2(notes / notes that hold the word) over synthetic notes, where words like "strategy" or
    "progress" (`vague`) count for nothing. `phrases` is the path of a TOML file of one's own.
    """

    name: ClassVar[str] = "specificity"
    reads_findings: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            name="generic_sentences",
            unit="share of sentences",
            better="lower",
            meaning="sentences that would fit any client: boilerplate, or no detail of any kind",
        ),
        Measure(
            name="information",
            unit="bits a sentence",
            better="higher",
            meaning="how rare the content words of a sentence are in progress notes",
        ),
        Measure(
            name="words_a_fact",
            unit="words",
            better="lower",
            meaning="words of the note to each fact of the ledger that it carries",
        ),
    )
    bits: float = Field(default=12.0, ge=0)
    alike: float = Field(default=0.6, gt=0, le=1)
    phrases: str = ""

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        _listed(self.phrases, "phrases")
        return self

    def score(self, case: Case) -> Iterator[Score]:
        sentences = read(case.draft)
        if sentences:
            generic = [one for one in sentences if self.is_generic(one, case)]
            said = "generic: " + ", ".join(one.place for one in generic) if generic else ""
            share = len(generic) / len(sentences)
            yield self.of(case, "generic_sentences", share, said or f"{len(sentences)} sentences")
            total = sum(information(one, self.phrases) for one in sentences)
            yield self.of(case, "information", total / len(sentences))
        else:
            yield self.of(case, "generic_sentences", None, "no sentence")
            yield self.of(case, "information", None, "no sentence")
        carried = sum(one.outcome == "carried" for one in case.facts)
        if carried:
            words = case.draft.words
            why = f"{words} words, {carried} facts"
            yield self.of(case, "words_a_fact", words / carried, why)
        else:
            why = "no fact of the ledger is carried" if case.facts else "no ledger of facts"
            yield self.of(case, "words_a_fact", None, why)

    def is_generic(self, sentence: Sentence, case: Case) -> bool:
        """Whether a sentence would fit any client."""
        if any(token.is_number for token in sentence.tokens) or _QUOTED.search(sentence.text):
            return False
        if people(list(sentence.tokens)) or _named(sentence, case):
            return False
        return information(sentence, self.phrases) < self.bits or _boilerplate(
            sentence.content - ANYBODY, self.phrases, self.alike
        )


def information(sentence: Sentence, path: str = "") -> float:
    """Bits of a sentence: the sum over its distinct content words, vague ones left out."""
    words = note_words()
    return sum(words.information(stem) for stem in sentence.content - _vague(path))


def _named(sentence: Sentence, case: Case) -> bool:
    """It names somebody: the client or a member of the group."""
    client = case.session.client
    names = {*case.session.members, *(client.name.split() if client else ())}
    return any(token.word.removesuffix("'s") in names for token in sentence.tokens)


def _boilerplate(stems: frozenset[str], path: str, alike: float) -> bool:
    """Whether the stems are mostly those of a phrase; one of quite another length cannot be."""
    least, most = alike * len(stems), len(stems) / alike
    return any(
        least <= len(phrase) <= most and len(stems & phrase) >= alike * len(stems | phrase)
        for phrase in _phrases(path)
        if phrase
    )


@cache
def _phrases(path: str) -> tuple[frozenset[str], ...]:
    """The content stems of each phrase of the list."""
    return tuple(
        frozenset(token.stem for token in tokens(one) if is_content(token)) - ANYBODY
        for one in _listed(path, "phrases")
    )


@cache
def _vague(path: str) -> frozenset[str]:
    """The stems of the words that say nothing; of a list of one's own, or else of the package's."""
    return ANYBODY | {token.stem for word in _listed(path, "vague") for token in tokens(word)}


def _listed(path: str, field: str) -> list[str]:
    """A list of texts in the file; one's own may leave `vague` to the package's."""
    file = Path(path) if path else DATA
    listed = content_of(file).get(field)
    if listed is None and path and field == "vague":
        return _listed("", field)
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        fix = f'write {field} = ["..."]'
        raise InputError(f"no list of {field}", file=file, field=field, fix=fix)
    return listed
