"""How much a corpus says in ever the same words: distinct n-grams, self-BLEU, whole sentences."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from benchmarks.spoken import Conversation, Said, words
from evalkit.records import Record
from evalkit.sessions.rng import Rng

SEED = 1
BACKCHANNEL = 3
"""A sentence of at most so many words, fillers aside, is a backchannel and may repeat."""
FILLERS = frozenset("um uh mm-hmm hmm oh yeah okay well so and but right all".split())


class Repeat(Record):
    """A sentence and the sessions that have it, as a number and as a share (0 to 1)."""

    sentence: str
    sessions: int
    share: float


def repeats(corpus: Sequence[Conversation]) -> list[Repeat]:
    """Every sentence of more than `BACKCHANNEL` words, most sessions first.

    Case and marks do not count, and neither does how often one session says it.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    for each in corpus:
        said = {tuple(words(part)) for turn in each.turns for part in turn.sentences}
        seen.update(
            part for part in said if sum(word not in FILLERS for word in part) > BACKCHANNEL
        )
    return [
        Repeat(sentence=" ".join(sentence), sessions=times, share=times / len(corpus))
        for sentence, times in sorted(seen.items(), key=lambda item: (-item[1], item[0]))
    ]


def distinct(corpus: Sequence[Conversation], size: int) -> list[float]:
    """Different n-grams to n-grams, for n = 1, 2, 3, in `size` words of a corpus that has them.

    The words are those of sessions in a seeded order; an n-gram lies within a turn.
    """
    order = Rng(SEED, "distinct").shuffled(corpus)
    sample = _cut([turn for each in order for turn in each.turns], size)
    counts = [_grams(sample, n) for n in (1, 2, 3)]
    return [len(grams) / (grams.total() or 1) for grams in counts]


def self_bleu(corpus: Sequence[Conversation], count: int, size: int) -> list[float]:
    """BLEU-4 (0 to 1) of each of `count` sampled sessions with the others as its references.

    Of each session it takes `size` words in a row, from a turn drawn by seed; shorter sessions
    are left out. Precisions for n = 2 to 4 have one added above and below (Lin and Och 2004);
    there is no brevity penalty, since all are of one length.
    """
    rng = Rng(SEED, "self-bleu")
    chosen = rng.sample([each for each in corpus if each.count >= size], count)
    samples = [_window(each, size, rng) for each in chosen]
    logs = np.zeros(len(samples))
    for n in (1, 2, 3, 4):
        counts = [_grams(sample, n) for sample in samples]
        for at, found in enumerate(_found_in_others(counts)):
            total, added = counts[at].total(), int(n > 1)
            logs[at] += math.log(max(found + added, 1e-9) / max(total + added, 1)) / 4
    return [float(value) for value in np.exp(logs)]


def _found_in_others(counts: Sequence[Counter[tuple[str, ...]]]) -> list[int]:
    """For each text, its n-grams clipped at the most that any one other text has of them."""
    most: dict[tuple[str, ...], tuple[int, int, int]] = {}
    for at, grams in enumerate(counts):
        for gram, times in grams.items():
            first, holder, second = most.get(gram, (0, -1, 0))
            if times > first:
                most[gram] = (times, at, first)
            elif times > second:
                most[gram] = (first, holder, times)
    found = []
    for at, grams in enumerate(counts):
        clipped = 0
        for gram, times in grams.items():
            first, holder, second = most[gram]
            clipped += min(times, second if holder == at else first)
        found.append(clipped)
    return found


def _grams(turns: Iterable[Sequence[str]], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(turn[at : at + n]) for turn in turns for at in range(len(turn) - n + 1))


def _cut(turns: Iterable[Said], size: int) -> list[list[str]]:
    """The first `size` words, by turn."""
    taken: list[list[str]] = []
    for turn in turns:
        if not size:
            break
        taken.append(turn.words[:size])
        size -= len(taken[-1])
    return taken


def _window(session: Conversation, size: int, rng: Rng) -> list[list[str]]:
    left, starts = session.count, 0
    for turn in session.turns:
        if left < size:
            break
        left -= len(turn.words)
        starts += 1
    return _cut(session.turns[rng.between(0, starts - 1) :], size)
