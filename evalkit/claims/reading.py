"""A note read once for many scorers: its sentences with their words and concepts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

from evalkit.claims.lexicon import Mention, mentions
from evalkit.claims.split import sentences
from evalkit.claims.text import Token, is_content, tokens
from evalkit.records import Category, Draft


@dataclass(frozen=True)
class Sentence:
    """A sentence of a note; `index` counts from 0 within its section, as a claim's does.

    Words and concepts are looked up when they are first asked for.
    """

    section: str
    index: int
    text: str

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        return tuple(tokens(self.text))

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        return tuple(mentions(list(self.tokens)))

    @property
    def place(self) -> str:
        """How a reason names it: "plan 2"; never its text."""
        return f"{self.section} {self.index}"

    @cached_property
    def content(self) -> frozenset[str]:
        """Stems that carry a claim of their own."""
        return frozenset(token.stem for token in self.tokens if is_content(token))

    @cached_property
    def concepts(self) -> frozenset[str]:
        return frozenset(hit.concept.name for hit in self.mentions)

    @cached_property
    def categories(self) -> frozenset[Category]:
        return frozenset(hit.concept.category for hit in self.mentions)


def read(draft: Draft) -> tuple[Sentence, ...]:
    """The sentences of a draft, section by section. The last few notes are kept in memory."""
    return tuple(one for name, text in draft.sections.items() for one in _section(name, text))


@lru_cache(maxsize=64)
def _section(name: str, text: str) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(name, index, text[start:end]) for index, (start, end) in enumerate(sentences(text))
    )


@lru_cache(maxsize=20_000)
def read_fact(statement: str) -> Sentence:
    """A fact of a ledger as a sentence that stands in no section."""
    return Sentence("", 0, statement)
