"""What a therapist's turn does: it asks, or it gives back what was said.

A reflection is recognized by how a sentence begins, with the same rule for every corpus. It finds
four in ten of those that AnnoMI's annotators name, and two in three of those it finds are theirs
(`benchmarks.realism` prints both), so rates compare corpora and are no count of reflections.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from benchmarks.spoken import Conversation, Said

LEADING = (
    r"\W*(?:(?:so|and|but|okay|yeah|right|well|um|uh|mm-hmm|hmm|sure|alright|now|then|because|"
    r"cause|i see)\W+)*"
)
RESTATES = re.compile(
    LEADING + r"(?:(?:it |that |this )?(?:kind of |really |just |also )?(?:sounds?|seems?|feels?)\b"
    r"|(?:what )?i(?:'m| am) (?:hearing|sensing)\b|(?:what )?i hear\b|part of you\b|for you\b"
    r"|on (?:the )?one hand\b|on the other hand\b|you(?:r|'re|'ve|'d)?\b)",
    re.IGNORECASE,
)
ADVISES = re.compile(
    LEADING + r"(?:you (?:can|could|should|might want|need to|may|must|will|know)\b|you'll\b"
    r"|you're (?:welcome|right|gonna)\b)",
    re.IGNORECASE,
)
SO_YOU = re.compile(LEADING + r"(?<=so\W)\W*.*\byou(?:r|'re|'ve|'d)?\b", re.IGNORECASE)


def questions(turn: Said) -> int:
    """Sentences of the turn that end in a question mark."""
    return sum("?" in sentence[-2:] for sentence in turn.sentences)


def is_reflection(turn: Said) -> bool:
    """Whether the turn asks nothing and a sentence in it gives back what was said.

    Such a sentence begins, after fillers, with "it sounds like", "I'm hearing", "part of you" or
    "you" and its short forms, other than to advise ("you could"), or it begins with "so" and has a
    "you" further on. The rule was chosen with AnnoMI's labels in view.
    """
    return "?" not in turn.text and any(
        SO_YOU.match(sentence) or (RESTATES.match(sentence) and not ADVISES.match(sentence))
        for sentence in turn.sentences
    )


def a_minute(corpus: Sequence[Conversation], count: Callable[[Said], int]) -> list[float]:
    """For each session, what the therapist's turns count to, a minute."""
    return [
        sum(count(turn) for turn in each.turns if turn.therapist) / each.minutes
        for each in corpus
        if each.minutes > 0
    ]
