"""The context of what is said: denied, past, planned or imagined, unsure, or of someone else.

negspacy looks it up, on a blank spaCy pipeline: one component for each file of `lexicon/context/`,
which lists the phrases. What it looks at are the concepts that the lexicon finds, or the last
content word of what names none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from evalkit.claims.grammar import grammar
from evalkit.claims.lexicon import HERE, Relation, cues, mentions, relations
from evalkit.claims.text import Token, is_content, tokens
from evalkit.errors import InputError
from evalkit.records import Certainty, Polarity, Temporality

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

FOLDER = HERE / "context"
KINDS = ("negated", "past", "planned", "hypothetical", "uncertain", "likely", "other")
"""The files of `lexicon/context/`, each a component of the pipeline."""

_TERMS = {
    "before": "preceding_negations",
    "after": "following_negations",
    "not_so": "pseudo_negations",
    "ends": "termination",
}
CLIENT = frozenset({"client", "clients", "patient", "pt", "ct", "cl"})
CLINICIAN = frozenset({"therapist", "clinician", "counselor", "counsellor", "provider", "writer"})
DAYS = frozenset(
    (
        "monday tuesday wednesday thursday friday saturday sunday january february march april may "
        "june july august september october november december"
    ).split()
)
ASIDE_CLAUSE = frozenset(
    {"when", "whenever", "because", "if", "while", "until", "after", "which", "who"}
)
"""What follows one of these is not what the assertion is about."""

REACH = 6
"""Words after a person within which the verb must stand."""

ASIDE = frozenset(
    (
        "change quit cut_down improvement worsening measure communication family_history "
        "medical_history prior_treatment onset parent partner sibling child friend family "
        "extended_family grandparent grandchild"
    ).split()
)
"""Concepts of people and of what is done with a thing, not of what is denied or planned."""

OF_FIRST = frozenset({"negated", "other"})
"""Kinds that must hold for what an assertion is about; the others may hold for its end alone."""

_KEY = "said"
_WORD = re.compile(r"[A-Za-z0-9]+(?:['\u2019.][A-Za-z0-9]+)*|[^\sA-Za-z0-9]")


class Said(NamedTuple):
    """A text of one assertion; its own words are the characters from `start` up to `end`."""

    text: str
    start: int
    end: int


class Context(NamedTuple):
    """How something is said."""

    polarity: Polarity = "affirmed"
    temporality: Temporality = "current"
    certainty: Certainty = "stated"
    subject: str = "client"


def contexts(said: Sequence[Said]) -> list[Context]:
    """The context of each text, in order; one look for all of them.

    >>> contexts([Said("Client denies panic attacks", 0, 27), Said("Return next week", 0, 16)])
    ... # doctest: +NORMALIZE_WHITESPACE
    [Context(polarity='negated', temporality='current', certainty='stated', subject='client'),
     Context(polarity='affirmed', temporality='planned', certainty='stated', subject='client')]
    """
    return list(_contexts(tuple(said)))


@lru_cache(maxsize=8192)
def _contexts(said: tuple[Said, ...]) -> tuple[Context, ...]:
    words = [tokens(one.text) for one in said]
    return tuple(
        _context(one, found, kinds)
        for one, found, kinds in zip(said, words, _kinds(said, words), strict=True)
    )


def _context(one: Said, found: list[Token], kinds: frozenset[str]) -> Context:
    temporality: Temporality = "current"
    if "hypothetical" in kinds:
        temporality = "hypothetical"
    elif "planned" in kinds:
        temporality = "planned"
    elif "past" in kinds:
        temporality = "past"
    certainty: Certainty = "stated"
    if "uncertain" in kinds:
        certainty = "uncertain"
    elif "likely" in kinds:
        certainty = "likely"
    return Context(
        polarity="negated" if "negated" in kinds else "affirmed",
        temporality=temporality,
        certainty=certainty,
        subject=_subject(one, found, "other" in kinds),
    )


def _subject(one: Said, found: list[Token], of_family: bool) -> str:
    """Whom the assertion is about: whoever is the last to be the subject of a verb in it.

    >>> text = "Client reports that her mother drinks daily"
    >>> _subject(Said(text, 0, len(text)), tokens(text), False)
    'mother'
    """
    named = {one.start: one for one in relations(found)}
    if of_family and named:
        return named[min(named)].name
    subject = ""
    for place, token in enumerate(found):
        if subject and token.word.lower() in ASIDE_CLAUSE:
            break
        who = _who(found, place, named.get(place))
        after = named[place].end if place in named else place + 1
        if who and _verb_follows(found, after) and not _hangs_on_another(found, place):
            subject = who
    return subject or "client"


def _who(found: list[Token], place: int, relation: Relation | None) -> str:
    """The person that a word stands for; "" if none, or several at once ("both partners")."""
    word = found[place].word.lower().replace("\u2019", "'")
    if relation is not None:
        before = found[place - 1].word.lower() if place else ""
        several = before in ("both", "each") or word in ("partners", "members", "peers")
        return "" if several else relation.name
    root = word.split("'")[0]
    if root in CLIENT:
        return "client"
    if root in CLINICIAN:
        return "clinician"
    return found[place].word if _is_name(found, place) else ""


def _verb_follows(found: list[Token], place: int) -> bool:
    """A verb stands here, after words like "also"."""
    known = grammar()
    words = [token.word.lower().replace("\u2019", "'") for token in found[place : place + REACH]]
    while words and words[0] in known.leading:
        words.pop(0)
    if not words or known.is_verb(words[0]):
        return bool(words)
    return words[0] in ("from", "in", "at") and any(word in known.auxiliaries for word in words)


def _hangs_on_another(found: list[Token], place: int) -> bool:
    """ "by her father", "with whom client": no subject of a clause."""
    known = grammar()
    while place and found[place - 1].word.lower() in known.articles:
        place -= 1
    before = found[place - 1].word.lower() if place else ""
    return before == "and" or (
        before in known.prepositions and before not in ("as", "than", "like")
    )


def _is_name(found: list[Token], place: int) -> bool:
    """A name that stands for a person: in capitals within a sentence, and no other known word."""
    word = found[place].word
    return (
        place > 0
        and found[place - 1].word[0].islower()
        and not grammar().is_verb(word.lower())
        and found[place + 1 : place + 2] != []
        and found[place + 1].word[0].islower()
        and len(word) > 2
        and word[0].isupper()
        and word[1:].islower()
        and not mentions(found[place : place + 1])
        and word.lower() not in DAYS
    )


def _kinds(said: Sequence[Said], words: Sequence[list[Token]]) -> Iterator[frozenset[str]]:
    """For each text the kinds of context that its first concept stands in."""
    from spacy.tokens import Doc

    nlp = _pipeline()
    split = [list(_WORD.finditer(one.text)) for one in said]
    doc = Doc(
        nlp.vocab,
        words=[_plain(match) for matches in split for match in matches],
        sent_starts=[place == 0 for matches in split for place in range(len(matches))],
    )
    topics, offset = [], 0
    for one, found, matches in zip(said, words, split, strict=True):
        spans = []
        for start, end in _topics(one, found):
            inside = [
                at
                for at, match in enumerate(matches)
                if match.start() < end and match.end() > start
            ]
            if inside:
                spans.append(doc[offset + inside[0] : offset + inside[-1] + 1])
        topics.append(spans)
        offset += len(matches)
    doc.spans[_KEY] = [span for spans in topics for span in spans]
    for _, component in nlp.pipeline:
        doc = component(doc)
    for spans in topics:
        yield frozenset(
            kind
            for kind in KINDS
            if any(span._.get(kind) for span in (spans[:1] if kind in OF_FIRST else spans))
        )


def _topics(one: Said, found: list[Token]) -> list[tuple[int, int]]:
    """What the own words are about, and their last word, as characters.

    They are about the first concept in them, else the first word that says something.
    """
    own = [token for token in found if one.start <= token.start < one.end]
    if not own:
        return []
    hits = [hit for hit in mentions(found) if one.start <= found[hit.start].start < one.end]
    telling = [
        hit for hit in hits if hit.concept.category != "plan" and hit.concept.name not in ASIDE
    ]
    words = [t for t in own if is_content(t) and t.stem not in cues().frame | cues().negate] or own
    first = [(found[hit.start].start, found[hit.end - 1].end) for hit in (telling or hits)[:1]]
    return [*(first or [(words[0].start, words[0].end)]), (words[-1].start, words[-1].end)]


def _plain(match: re.Match[str]) -> str:
    word = match.group().replace("\u2019", "'")
    return word if word.isascii() else word.encode("utf-8", "replace").decode()


class _Words:
    """Splits by letters and signs alone, so that phrases and texts are split alike."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        from spacy.tokens import Doc

        return Doc(self.vocab, words=[_plain(match) for match in _WORD.finditer(text)])

    def pipe(self, texts: Iterable[str]) -> Iterator[Doc]:
        return (self(text) for text in texts)


@cache
def _pipeline() -> Language:
    import negspacy.negation  # noqa: F401  (registers the component)
    import spacy

    nlp = spacy.blank("en")
    nlp.tokenizer = _Words(nlp.vocab)
    for kind in KINDS:
        config = {"neg_termset": _terms(kind), "extension_name": kind, "span_keys": [_KEY]}
        nlp.add_pipe("negex", name=kind, config=config)
    return nlp


def _terms(kind: str) -> dict[str, list[str]]:
    path = FOLDER / f"{kind}.toml"
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    if set(content) != set(_TERMS):
        wrong = sorted(set(content) ^ set(_TERMS))
        raise InputError(f"must have the lists {', '.join(_TERMS)}", file=path, field=wrong[0])
    return {name: content[ours] for ours, name in _TERMS.items()}
