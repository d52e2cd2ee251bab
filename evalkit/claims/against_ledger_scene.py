"""A session with a ledger, made ready once for all the sentences that are compared with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evalkit.claims.against_ledger_lines import Entry, Lines, Match, entries
from evalkit.claims.evidence import WINDOW, plain
from evalkit.claims.features import SYNONYM
from evalkit.claims.lexicon import mentions, people
from evalkit.claims.likeness import GROUP, Pool, Saying, Weight, groups
from evalkit.claims.sides import Sides
from evalkit.claims.text import Token, tokens
from evalkit.records import Session

COVERS = 4
"""True things that one sentence may put together."""

ADDS = 0.08
"""Share of a sentence's words that another true thing must add to belong to its cover."""

TRUE = ("fact", "truth", "written")


class Spoken:
    """The turns of a session with their words, looked up by stem and by concept."""

    def __init__(self, session: Session) -> None:
        self.tokens = [tokens(turn.text) for turn in session.turns]
        self.plain = [plain(each) for each in self.tokens]
        self.pools = [_pool(each) for each in self.tokens]
        self.stems: dict[str, list[int]] = {}
        self.concepts: dict[str, list[int]] = {}
        for place, pool in enumerate(self.pools):
            for stem in pool.stems:
                self.stems.setdefault(stem, []).append(place)
            for concept in pool.concepts:
                self.concepts.setdefault(concept, []).append(place)
        self.people = frozenset[str]().union(*(people(each) for each in self.tokens))

    def window(self, one: Saying, lines: Lines) -> tuple[float, int]:
        """Share of a sentence in the `WINDOW` turns that say most of it, and their first."""
        shares: dict[int, float] = {}
        total = 0.0
        for word, concept in one.units:
            worth = lines.worth(word)
            total += worth
            credit: dict[int, float] = {}
            named = self.concepts.get(concept, ()) if concept is not None else ()
            for turns, share in ((named, SYNONYM), (self.stems.get(word, ()), 1.0)):
                for turn in turns:
                    for start in range(max(0, turn - WINDOW + 1), turn + 1):
                        credit[start] = share
            for start, share in credit.items():
                shares[start] = shares.get(start, 0.0) + worth * share
        if not shares:
            return 0.0, 0
        place = max(shares, key=lambda start: (shares[start], -start))
        return shares[place] / total, place


class Scene:
    """What a session offers for comparison: its entries, its turns, the sides of its traps."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.spoken = Spoken(session)
        self.lines = Lines(entries(session))
        self.sides = Sides(session, self.lines, self.spoken.tokens)
        count = len(session.turns)
        self._pools: dict[int, Pool] = {}
        for entry in self.lines.entries:
            near = (
                self.spoken.pools[at] for at in sorted(around(entry.turns, 1)) if 0 <= at < count
            )
            self._pools[id(entry)] = union(entry.pool, *near)
        true = [entry for entry in self.lines.entries if entry.kind in TRUE]
        self._numbers = {id(each): Numbers(each.numbers) for each in self.lines.entries}
        self.said = union(*self.spoken.pools, *(entry.pool for entry in true))
        self.people = self.spoken.people.union(*(entry.people for entry in true))
        self._truths = {id(side.trap): side for side in self.sides.matters}

    def cover(self, one: Saying, matched: list[Match]) -> tuple[Match, ...]:
        """The true things that together say most of a sentence, the likest first."""
        left = sorted(
            (each for each in matched if each.entry.kind in ("fact", "truth") and each.here),
            key=lambda each: -self._fit(one, each),
        )[:12]
        left += sorted(
            (each for each in matched if each.entry.kind == "written" and each.here),
            key=lambda each: -each.here,
        )[:2]
        worth = [self.lines.worth(word) for word, _ in one.units]
        least = ADDS * sum(worth)
        cover: list[Match] = left[:1]
        said = set(cover[0].said) if cover else set()
        while left and len(cover) < COVERS:
            gains = [(sum(worth[at] for at in each.said - said), each) for each in left]
            gain, best = max(gains, key=lambda pair: (pair[0], pair[1].alike))
            if gain <= least:
                break
            cover.append(best)
            said |= best.said
        return (*cover, *self._with_numbers(one, matched, cover))

    def _with_numbers(
        self, one: Saying, matched: list[Match], cover: list[Match]
    ) -> Iterator[Match]:
        """True things that have a number which the cover lacks, and a word more of the sentence."""
        near = self.numbers(tuple(cover))
        missing = {number for number in one.numbers if number not in near}
        if not missing:
            return
        counts = {at for at, (word, _) in enumerate(one.units) if word in one.numbers}
        for each in sorted(matched, key=lambda each: -each.alike):
            known = self._numbers[id(each.entry)]
            if each.entry.kind not in TRUE or not each.said - counts:
                continue
            if any(number in known for number in missing):
                missing = {number for number in missing if number not in known}
                yield each

    def _fit(self, one: Saying, match: Match) -> float:
        return match.alike + (0.1 if one.numbers & match.entry.numbers else 0.0)

    def pool(self, cover: Iterable[Match]) -> Pool:
        """All that these entries and their turns say."""
        return union(*(self._pools[id(match.entry)] for match in cover))

    def numbers(self, cover: tuple[Match, ...]) -> Numbers:
        """The numbers that stand in a cover or in the turns that show it."""
        return Numbers(frozenset(stem for stem in self.pool(cover).stems if stem[0].isdigit()))

    def leaning(self, one: Saying, bait: Entry) -> tuple[float, float]:
        """Of the words in which a bait and the truth differ, the share that a sentence has."""
        side = self._truths.get(id(bait.trap))
        if side is None:
            return 0.0, 0.0
        truth = Pool.of(side.truths)
        worth = self.lines.worth
        return (
            weighed(_only_in(bait.wordings, truth), one, worth),
            weighed(_only_in(side.truths, bait.pool), one, worth),
        )


class Numbers:
    """Numbers that are known, the same however they are written, and those between two of them."""

    def __init__(self, known: frozenset[str]) -> None:
        self.known = frozenset(form for number in known for form in _forms(number))
        self.whole = [int(each) for each in self.known if each.isdigit() and len(each) <= 3]

    def __contains__(self, number: str) -> bool:
        if not _forms(number).isdisjoint(self.known):
            return True
        return number.isdigit() and any(
            abs(one - other) == int(number) for one in self.whole for other in self.whole
        )


def _forms(number: str) -> frozenset[str]:
    """Ways to write a number: 06 and 6, 15:30 and 3:30, 9:00 and 9.

    >>> sorted(_forms("15:00"))
    ['15', '15:00', '3', '3:00']
    """
    forms = {number}
    if ":" in number:
        hours, _, minutes = number.partition(":")
        hour = int(hours)
        clock = {hour, hour % 12 or 12, hour + 12 if hour < 12 else hour}
        forms |= {f"{each}:{minutes}" for each in clock}
        forms |= {str(each) for each in clock} if minutes == "00" else set()
    elif number.isdigit():
        forms.add(str(int(number)))
    return frozenset(forms)


def union(*pools: Pool) -> Pool:
    """All that the pools say."""
    return Pool(
        frozenset[str]().union(*(pool.stems for pool in pools)),
        frozenset[str]().union(*(pool.concepts for pool in pools)),
        frozenset[int]().union(*(pool.groups for pool in pools)),
    )


def around(places: Iterable[int], reach: int) -> frozenset[int]:
    """The places and those within reach of them."""
    return frozenset(near for place in places for near in range(place - reach, place + reach + 1))


def weighed(units: Iterable[tuple[str, str | None]], pool: Saying | Pool, worth: Weight) -> float:
    """Share of some weighted words that a pool says, in these words or in others; 0 of none."""
    total = got = 0.0
    for word, concept in units:
        each = worth(word)
        total += each
        if word in pool.stems:
            got += each
        elif concept is not None and concept in pool.concepts:
            got += SYNONYM * each
        elif not groups(word).isdisjoint(pool.groups):
            got += GROUP * each
    return got / total if total else 0.0


def _pool(found: list[Token]) -> Pool:
    stems = frozenset(token.stem for token in found)
    return Pool(
        stems,
        frozenset(hit.concept.name for hit in mentions(found)),
        frozenset[int]().union(*(groups(stem) for stem in stems)),
    )


def _only_in(wordings: Iterable[Saying], other: Pool) -> list[tuple[str, str | None]]:
    """Units of some wordings that a pool does not say."""
    return [
        (word, concept)
        for wording in wordings
        for word, concept in wording.units
        if word not in other.stems and (concept is None or concept not in other.concepts)
    ]
