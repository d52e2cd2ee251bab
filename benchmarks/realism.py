"""How far synthetic sessions are from real ones, the 133 transcripts of AnnoMI.

    python -m benchmarks.realism --annomi AnnoMI-simple.csv --corpus sessions.jsonl
    python -m benchmarks.realism --repeats 240       # only what is said in many sessions

Without --corpus it takes `generate(240, 1)`, without --annomi the file in EVALKIT_DATA. Both sides
are read in one typography (see `benchmarks.spoken`). The members of a group count as one client.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from benchmarks import told_apart, variety
from benchmarks.moves import a_minute, is_reflection, questions
from benchmarks.spoken import Conversation, Said, conversations
from benchmarks.told_apart import Separating
from benchmarks.variety import Repeat, repeats
from evalkit.errors import InputError
from evalkit.records import THERAPIST, Record
from evalkit.sessions.generate import generate
from evalkit.sessions.sources import open_source
from evalkit.sessions.sources.annomi import AnnoMI
from evalkit.store import read_csv

SEED, COUNT = 1, 240
WORST = 30
SHARED = 0.02
"""No sentence is to stand in more than this share of sessions."""

Corpus = Sequence[Conversation]
Values = tuple[float | None, float | None]


class Figure(Record):
    """One number on both sides (synthetic, AnnoMI) and how many `unit` each rests on.

    The target, where there is one, is that the synthetic value lies from `low` to `high`. A value
    is None where it has no meaning or there was too little to measure.
    """

    name: str
    values: Values
    of: tuple[int, int]
    unit: str
    low: float | None = None
    high: float | None = None

    @property
    def holds(self) -> bool | None:
        """None where there is no target, or nothing to hold against it."""
        value = self.values[0]
        if value is None or (self.low is None and self.high is None):
            return None
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


class Realism(Record):
    """All that was measured: figures, the weightiest features, the sentences that repeat most."""

    figures: tuple[Figure, ...]
    separating: tuple[Separating, ...]
    repeats: tuple[Repeat, ...]
    annomi_repeats: tuple[Repeat, ...]


# --- turns and talk ---------------------------------------------------------------------------


def lengths(corpus: Corpus, therapist: bool | None = None) -> list[int]:
    """Words of each turn: of all, of the therapist's (True) or of the clients' (False)."""
    return [
        len(turn.words)
        for each in corpus
        for turn in each.turns
        if therapist is None or turn.therapist is therapist
    ]


def client_shares(corpus: Corpus) -> list[float]:
    """Share (0 to 1) of each session's words that clients said."""
    return [
        sum(len(turn.words) for turn in each.turns if not turn.therapist) / each.count
        for each in corpus
    ]


def spread(name: str, unit: str, sides: Sequence[Sequence[float]], aim: bool) -> list[Figure]:
    """Median and quartiles of both sides; `aim` holds the median to AnnoMI's quartiles."""
    points = [
        np.percentile(side, (50, 25, 75)).tolist() if len(side) else [None] * 3 for side in sides
    ]
    made = []
    for at, point in enumerate(("median", "lower quartile", "upper quartile")):
        low, high = points[1][1:] if aim and point == "median" else (None, None)
        made.append(
            Figure(
                name=f"{name}, {point}",
                values=(points[0][at], points[1][at]),
                of=(len(sides[0]), len(sides[1])),
                unit=unit,
                low=low,
                high=high,
            )
        )
    return made


def turn_lengths(synthetic: Corpus, annomi: Corpus) -> list[Figure]:
    """Words a turn, and the shares of one-word and long turns, by who speaks."""
    made = []
    for who, role in (("all", None), ("therapist", True), ("client", False)):
        sides = [lengths(side, role) for side in (synthetic, annomi)]
        made += spread(f"words a turn, {who}", "turns", sides, aim=True)
        for what, low, high in (("1 word", 1, 1), ("over 40 words", 41, np.inf)):
            ours, theirs = (
                sum(low <= count <= high for count in side) / len(side) if side else None
                for side in sides
            )
            of = (len(sides[0]), len(sides[1]))
            name = f"share of turns of {what}, {who}"
            made.append(Figure(name=name, values=(ours, theirs), of=of, unit="turns"))
    return made


# --- questions and reflections ----------------------------------------------------------------


def therapist_moves(synthetic: Corpus, annomi: Corpus) -> list[Figure]:
    """Questions and reflections a minute of each session."""
    made = []
    for name, count in (("questions", questions), ("reflections", is_reflection)):
        sides = [a_minute(side, count) for side in (synthetic, annomi)]
        made += spread(f"{name} a minute", "sessions", sides, aim=False)
    return made


def reflections_against_labels(annomi: Path) -> list[Figure]:
    """Precision and recall of `is_reflection` on the therapist's turns as AnnoMI labels them."""
    columns = ("interlocutor", "utterance_text", "main_therapist_behaviour")
    seen: Counter[tuple[bool, bool]] = Counter()
    for _, cells in read_csv(annomi, columns):
        if cells["interlocutor"].strip().lower() == THERAPIST:
            labelled = cells["main_therapist_behaviour"].strip() == "reflection"
            seen[is_reflection(Said.of(True, cells["utterance_text"])), labelled] += 1
    made = []
    for name, missed in (("precision", (True, False)), ("recall", (False, True))):
        right, of = seen[True, True], seen[True, True] + seen[missed]
        made.append(
            Figure(
                name=f"reflections against AnnoMI's labels, {name}",
                values=(None, right / of if of else None),
                of=(0, of),
                unit="turns",
            )
        )
    return made


# --- variety, and telling apart ---------------------------------------------------------------


def distinct(synthetic: Corpus, annomi: Corpus, most: int = 100_000) -> list[Figure]:
    """Distinct-1, 2 and 3 in as many words of both, `most` or as many as the smaller one has."""
    sides = (synthetic, annomi)
    size = min(most, *(sum(each.count for each in side) for side in sides))
    ours, theirs = (variety.distinct(side, size) for side in sides)
    return [
        Figure(name=f"distinct-{n}", values=pair, of=(size, size), unit="words")
        for n, pair in enumerate(zip(ours, theirs, strict=True), start=1)
    ]


def self_bleu(synthetic: Corpus, annomi: Corpus, size: int = 500, most: int = 80) -> list[Figure]:
    """Mean self-BLEU of as many sessions of both (at most `most`), `size` words of each."""
    sides = (synthetic, annomi)
    count = min(most, *(sum(each.count >= size for each in side) for side in sides))
    ours, theirs = (
        float(np.mean(variety.self_bleu(side, count, size))) if count > 1 else None
        for side in sides
    )
    return [
        Figure(
            name=f"self-BLEU, {size} words a session",
            values=(ours, theirs),
            of=(count, count),
            unit="sessions",
            high=None if theirs is None else theirs + 0.05,
        )
    ]


def repetition(
    ours: Sequence[Repeat], theirs: Sequence[Repeat], of: tuple[int, int]
) -> list[Figure]:
    """The widest spread sentence of both, and how many are over the target; `of` sessions."""
    sides = (ours, theirs)
    widest = tuple(side[0].share if side and side[0].sessions > 1 else 0.0 for side in sides)
    over = tuple(sum(one.sessions > 1 and one.share > SHARED for one in side) for side in sides)
    return [
        Figure(
            name="share of sessions with the widest spread sentence",
            values=widest,
            of=of,
            unit="sessions",
            high=SHARED,
        ),
        Figure(
            name=f"sentences in over {SHARED:.0%} of sessions",
            values=over,
            of=(len(ours), len(theirs)),
            unit="sentences",
            high=0,
        ),
    ]


def classifiers(synthetic: Corpus, annomi: Corpus) -> tuple[list[Figure], list[Separating]]:
    """AUC of telling the turns of both apart (0.5: not at all), and by which features."""
    drawn = told_apart.sample(synthetic, annomi)
    if drawn is None:
        return [Figure(name="AUC", values=(None, None), of=(0, 0), unit="turns", high=0.75)], []
    auc = told_apart.by_features(drawn)
    auc["content-neutral, the higher"] = max(auc.values())
    auc |= told_apart.by_part(drawn)
    auc["full text"] = told_apart.by_text(drawn)
    made = [
        Figure(
            name=f"AUC, {name}",
            values=(value, None),
            of=(drawn.of, drawn.of),
            unit="turns",
            high=0.75 if name.endswith("the higher") else None,
        )
        for name, value in auc.items()
    ]
    return made, told_apart.separating(drawn)


# --- all of it --------------------------------------------------------------------------------


def compare(synthetic: Corpus, annomi: Corpus) -> Realism:
    """Every figure but the check of the reflection rule, which needs AnnoMI's labels.

    Raises InputError where a side has no session with a word in it.
    """
    for side, name in ((synthetic, "the corpus"), (annomi, "AnnoMI")):
        if not side:
            raise InputError(f"{name} has no session with a word in it")
    told, separating = classifiers(synthetic, annomi)
    ours, theirs = repeats(synthetic), repeats(annomi)
    shares = (client_shares(synthetic), client_shares(annomi))
    return Realism(
        figures=(
            *turn_lengths(synthetic, annomi),
            *spread("client's share of words", "sessions", shares, aim=True),
            *therapist_moves(synthetic, annomi),
            *distinct(synthetic, annomi),
            *self_bleu(synthetic, annomi),
            *told,
            *repetition(ours, theirs, (len(synthetic), len(annomi))),
        ),
        separating=tuple(separating),
        repeats=tuple(ours[:WORST]),
        annomi_repeats=tuple(theirs[:WORST]),
    )


def table(figures: Iterable[Figure]) -> str:
    """A line a figure, in columns."""
    rows = [("figure", "synthetic", "of", "AnnoMI", "of", "unit", "target", "holds?")]
    for each in figures:
        of = [str(count) if count else "" for count in each.of]
        ours, theirs = map(_number, each.values)
        holds = {None: "", True: "yes", False: "NO"}[each.holds]
        rows.append((each.name, ours, of[0], theirs, of[1], each.unit, _target(each), holds))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if 1 <= at <= 4 else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")


def _target(each: Figure) -> str:
    if each.low is not None:
        return f"{_number(each.low)} to {_number(each.high)}"
    return "" if each.high is None else f"<= {_number(each.high)}"


def repeats_as_text(found: Iterable[Repeat]) -> str:
    """A line a sentence: share of sessions, sessions, sentence."""
    return "\n".join(f"{one.share:6.1%} {one.sessions:>5}  {one.sentence}" for one in found)


def separating_as_text(found: Sequence[Separating], most: int = 25) -> str:
    """The weightiest features of synthetic turns, then those of AnnoMI's, `most` of each."""
    lines = ["weight  feature                         synthetic    AnnoMI  AUC alone"]
    for sign in (1, -1):
        lines += [
            f"{one.weight:+6.2f}  {one.feature:<30}  {one.synthetic:9.3f} {one.annomi:9.3f}"
            f"  {one.auc:9.3f}"
            for one in [one for one in found if sign * one.weight > 0][:most]
        ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; `arguments` are those of the shell unless given."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--corpus", metavar="FILE.jsonl", help="sessions; else generate(240, 1)")
    parser.add_argument("--annomi", type=Path, metavar="FILE.csv", help="AnnoMI-simple.csv")
    parser.add_argument("--write", type=Path, metavar="FILE.json", help="keep the figures")
    parser.add_argument("--repeats", type=int, metavar="N", help="only repetition, N sessions")
    asked = parser.parse_args(arguments)
    try:
        if asked.repeats is not None:
            _print_repeats(list(conversations(generate(asked.repeats, SEED))))
        else:
            _print_all(asked.corpus, asked.annomi, asked.write)
    except InputError as error:
        parser.error(str(error))


def _print_repeats(corpus: Corpus) -> None:
    found = repeats(corpus)
    over = sum(one.sessions > 1 and one.share > SHARED for one in found)
    print(f"{over} of {len(found)} sentences are in over {SHARED:.0%} of {len(corpus)} sessions")
    print(repeats_as_text(found[:WORST]))


def _print_all(corpus: str | None, annomi: Path | None, write: Path | None) -> None:
    folder = Path(os.environ.get("EVALKIT_DATA", "../shared/data"))
    annomi = annomi or folder / "annomi" / "AnnoMI-simple.csv"
    real = list(conversations(AnnoMI(path=str(annomi)).load()))
    labelled = reflections_against_labels(annomi)
    sessions = open_source(corpus).load() if corpus else generate(COUNT, SEED)
    found = compare(list(conversations(sessions)), real)
    figures = (*found.figures, *labelled)
    found = found.model_copy(update={"figures": figures})
    print(table(found.figures))
    print("\nFeatures that separate (+ speaks for synthetic), words and marks per 100 words:")
    print(separating_as_text(found.separating))
    for name, listed in (("synthetic", found.repeats), ("AnnoMI", found.annomi_repeats)):
        print(f"\nSentences in most sessions, {name}:\n{repeats_as_text(listed)}")
    if write:
        # AnnoMI's sentences are not ours to pass on.
        kept = found.model_dump(exclude={"annomi_repeats": {"__all__": {"sentence"}}})
        write.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
