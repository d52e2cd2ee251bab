"""What a session with a ledger says, as entries that a sentence can be compared with.

An entry is a fact, what is true where a trap is set, a line of jottings, form or chart, a line of
the last note (stale), or a bait (false): in each wording that is known, with the turns that show
it. `Lines.match` compares a sentence with all of them at once, through postings, so that its cost
grows with the words that are shared and not with the number of entries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from evalkit.claims.features import SYNONYM
from evalkit.claims.likeness import (
    GROUP,
    Pool,
    Saying,
    groups,
    rarity,
    saying,
    telling_share,
)
from evalkit.claims.split import sentences
from evalkit.records import Fact, Session, Trap

Kind = Literal["fact", "truth", "written", "stale", "bait"]
Source = Literal["ledger", "jottings", "form", "chart"]


@dataclass(frozen=True)
class Entry:
    """One thing that a session says, or a bait, in each wording that is known of it."""

    kind: Kind
    source: Source
    wordings: tuple[Saying, ...]
    turns: tuple[int, ...] = ()
    fact: Fact | None = None
    trap: Trap | None = None

    @cached_property
    def pool(self) -> Pool:
        return Pool.of(self.wordings)

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset[str]().union(*(one.numbers for one in self.wordings))

    @cached_property
    def when(self) -> frozenset[str]:
        return frozenset[str]().union(*(one.when for one in self.wordings))

    @cached_property
    def people(self) -> frozenset[str]:
        return frozenset[str]().union(*(one.people for one in self.wordings))

    @cached_property
    def drugs(self) -> frozenset[str]:
        return frozenset[str]().union(*(one.drugs for one in self.wordings))

    @cached_property
    def turned(self) -> bool:
        """It denies, declines or leaves open, in one wording at least."""
        return any(one.turned for one in self.wordings)

    @cached_property
    def negated(self) -> frozenset[str]:
        return frozenset[str]().union(*(one.negated for one in self.wordings))

    @cached_property
    def tone(self) -> int:
        tones = {one.tone for one in self.wordings} - {0}
        return tones.pop() if len(tones) == 1 else 0


class Match(NamedTuple):
    """How far a sentence and an entry say the same, in the wording that fits best.

    `here` is the share of the sentence's weighted words that the wording says, `there` the share
    of the wording's words that the sentence says. `said` are the places, among the sentence's
    units, of the words that any wording of it says.
    """

    entry: Entry
    here: float
    there: float
    said: frozenset[int] = frozenset()

    @property
    def alike(self) -> float:
        return (self.here + self.there) / 2


class _Wording(NamedTuple):
    entry: int
    total: float


class Lines:
    """The entries of a session, with postings of stems, concepts and synonyms over wordings."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = list(entries)
        flat = [(at, one) for at, each in enumerate(self.entries) for one in each.wordings]
        self.weight = rarity([word for word, _ in one.units] for _, one in flat)
        self._worth: dict[str, float] = {}
        self._wordings: list[_Wording] = []
        # Postings of what a wording says (of any word) and of what it has to say (its units).
        self._stems: dict[str, list[int]] = defaultdict(list)
        self._concepts: dict[str, list[int]] = defaultdict(list)
        self._groups: dict[int, list[int]] = defaultdict(list)
        self._units: list[list[tuple[str, str | None, float]]] = []
        for number, (at, one) in enumerate(flat):
            units = [(word, concept, self.worth(word)) for word, concept in one.units]
            self._wordings.append(_Wording(at, sum(each[2] for each in units)))
            self._units.append(units)
            for key in one.stems:
                self._stems[key].append(number)
            for name in one.concepts:
                self._concepts[name].append(number)
            for group in one.groups:
                self._groups[group].append(number)

    def worth(self, word: str) -> float:
        """Weight of a word: rare ones count more, those of any note little."""
        known = self._worth.get(word)
        if known is None:
            known = self.weight(word) * telling_share(word)
            self._worth[word] = known
        return known

    def match(self, one: Saying) -> list[Match]:
        """One an entry, in their order."""
        here, said, total = self._here(one)
        best: list[Match | None] = [None] * len(self.entries)
        for number, got in here.items():
            at, worth = self._wordings[number]
            back = self._said_of(number, one) / worth if worth else 0.0
            found = Match(self.entries[at], got / total, back, frozenset(said[number]))
            known = best[at]
            if known is not None:
                both = found.said | known.said
                found = (found if found.alike > known.alike else known)._replace(said=both)
            best[at] = found
        return [
            each if each is not None else Match(entry, 0.0, 0.0)
            for each, entry in zip(best, self.entries, strict=True)
        ]

    def _said_of(self, number: int, one: Saying) -> float:
        """Weight of the words of a wording that the sentence says."""
        got = 0.0
        for word, concept, worth in self._units[number]:
            if word in one.stems:
                got += worth
            elif concept is not None and concept in one.concepts:
                got += SYNONYM * worth
            elif not one.groups.isdisjoint(groups(word)):
                got += GROUP * worth
        return got

    def _here(self, one: Saying) -> tuple[dict[int, float], dict[int, list[int]], float]:
        """By wording the weight and the places of the words that it says; the weight of all."""
        here: dict[int, float] = defaultdict(float)
        said: dict[int, list[int]] = defaultdict(list)
        total = 0.0
        for place, (word, concept) in enumerate(one.units):
            worth = self.worth(word)
            total += worth
            credit: dict[int, float] = {}
            for group in groups(word):
                for number in self._groups.get(group, ()):
                    credit[number] = GROUP
            if concept is not None:
                for number in self._concepts.get(concept, ()):
                    credit[number] = SYNONYM
            for number in self._stems.get(word, ()):
                credit[number] = 1.0
            for number, share in credit.items():
                here[number] += worth * share
                said[number].append(place)
        return here, said, total


def entries(session: Session) -> list[Entry]:
    """The entries of a session, facts first, in the ledger's order."""
    found = [
        Entry("fact", "ledger", wordings(fact.statement, fact.reworded), fact.turns, fact=fact)
        for fact in session.discussed
    ]
    stated = {one.parsed.claim.text for entry in found for one in entry.wordings}
    found += [
        Entry("truth", "ledger", wordings(trap.truth), trap.turns, trap=trap)
        for trap in session.traps
        if trap.truth and trap.truth not in stated
    ]
    for trap in session.traps:
        # What must not stand in the note although it is true is no fabrication.
        kind: Kind = "bait" if trap.because == "untrue" else "truth"
        texts = wordings(trap.bait, trap.reworded)
        found.append(Entry(kind, "ledger", texts, trap.turns, trap=trap))
    found += [Entry("written", source, wordings(text)) for source, text in _written(session)]
    note = session.chart.last_note if session.chart is not None else ""
    found += [Entry("stale", "chart", wordings(note[a:b])) for a, b in sentences(note)]
    return [entry for entry in found if entry.wordings]


def wordings(*texts: str) -> tuple[Saying, ...]:
    """Each text that is not empty, as a saying."""
    return tuple(saying(text) for text in texts if text)


def _written(session: Session) -> Iterator[tuple[Source, str]]:
    for line in session.jottings.splitlines():
        if line.strip():
            yield "jottings", line
    for field, value in session.form.items():
        for part in value.split(";"):
            yield "form", f"{field}: {part.strip()}"
    chart = session.chart
    if chart is not None:
        for text in (chart.diagnosis, *chart.goals, *chart.medication, *chart.history):
            if text.strip():
                yield "chart", text
