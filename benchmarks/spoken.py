"""Transcripts of any origin in one typography, as sentences and words.

Transcribers differ in how they write the same sound. Curly quotes become straight; tags in any
brackets ("[laughs]", "[unintelligible 00:01:18]") go; dashes, doubled hyphens, trailing dots and
words broken off ("blo- I'm") all become one mark, " - "; what is said twice over ("in-in", "So,
so") stands without a mark between; a few spellings are made one ("ok", "mhm", "umm", "all right").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from pydantic import Field

from evalkit.records import THERAPIST, Record, Session

WORDS_A_MINUTE = 169
"""Speech in AnnoMI, all speakers together; a session without times is taken to run at it."""

TAG = re.compile(
    r"\[[^\[\]]{0,60}\]|\([a-z ]{0,40}\)|<[a-z /]{0,40}>|\*[a-z ]{0,40}\*", re.IGNORECASE
)
STRAIGHT = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "\u2011": "-", "\u2013": "\u2014"}
)
DOTS = re.compile(r"\.{2,}|…")
TWICE = re.compile(r"\b([\w']+)(?: ?[-,\u2014])+ ?(?=\1\b(?!-))", re.IGNORECASE)
CUT = re.compile(r"\b([a-z]+)-(?=\1[a-z])", re.IGNORECASE)
BREAK = re.compile(r" ?(?:-{2,}|\u2014|-(?=[ .,?!\"]|$)|(?<![\w-])-(?=\w))[ \u2014-]*")
SPELLING = [
    (re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), word)
    for pattern, word in {
        r"m+-?hm+|mm hmm": "mm-hmm",
        r"uh huh": "uh-huh",
        r"ok": "okay",
        r"all right": "alright",
        r"um+|uhm": "um",
        r"uh+": "uh",
        r"hm+": "hmm",
        r"yea|yah": "yeah",
    }.items()
]
SENTENCE = re.compile(r"(?<=[.?!])[\"']?\s+")
WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


def one_typography(text: str) -> str:
    """The text as any transcriber would have written it.

    >>> one_typography("I-I didn’t-- [chuckles] well, um… Mhm. -and then, then ok.")
    "I I didn't - well, um - mm-hmm. - and then then okay."
    """
    text = DOTS.sub("\u2014", TAG.sub(" ", text.translate(STRAIGHT)))
    text = TWICE.sub(r"\1 ", " ".join(text.split()))
    text = BREAK.sub(" - ", CUT.sub(r"\1 - ", text))
    for pattern, word in SPELLING:
        text = pattern.sub(word, text)
    return " ".join(text.split())


def words(text: str) -> list[str]:
    """Lower-case words of a normalized text; "don't" and "mm-hmm" are one word each."""
    return WORD.findall(text.lower())


class Said(Record):
    """A turn with at least one word, in one typography. Times are seconds, where known."""

    therapist: bool
    text: str
    start_s: float | None = None
    end_s: float | None = None

    @classmethod
    def of(cls, therapist: bool, text: str) -> Said:
        """A turn as a transcriber wrote it, without times."""
        return cls(therapist=therapist, text=one_typography(text))

    @cached_property
    def words(self) -> list[str]:
        return words(self.text)

    @cached_property
    def sentences(self) -> list[str]:
        return [part for part in SENTENCE.split(self.text) if WORD.search(part)]


class Conversation(Record):
    """A session as it sounds: its turns in order, and nothing that was written about it."""

    name: str
    turns: tuple[Said, ...] = Field(min_length=1)

    @cached_property
    def count(self) -> int:
        """Words in the conversation."""
        return sum(len(turn.words) for turn in self.turns)

    @property
    def minutes(self) -> float:
        """By the times of the first turn and the last, or by the words where either has none.

        A last turn that says only when it began is taken to run at `WORDS_A_MINUTE`.
        """
        first, last = self.turns[0].start_s, self.turns[-1]
        if first is None or last.start_s is None:
            return self.count / WORDS_A_MINUTE
        end = last.end_s or last.start_s + 60 * len(last.words) / WORDS_A_MINUTE
        return (end - first) / 60


def conversations(sessions: Iterable[Session]) -> Iterator[Conversation]:
    """Each session that has words; everybody but the therapist is a client."""
    for session in sessions:
        turns = tuple(
            Said(
                therapist=turn.speaker == THERAPIST,
                text=text,
                start_s=turn.start_s,
                end_s=turn.end_s,
            )
            for turn in session.turns
            if WORD.search(text := one_typography(turn.text))
        )
        if turns:
            yield Conversation(name=session.session_id, turns=turns)
