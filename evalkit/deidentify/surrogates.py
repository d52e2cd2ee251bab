"""What is put in the place of an identifier: the same for the same, all through a client."""

from __future__ import annotations

import re
from datetime import date

from evalkit.deidentify import dates
from evalkit.deidentify.identifiers import Kind, Span
from evalkit.deidentify.words import ordered, phrases
from evalkit.sessions.exchanges import table
from evalkit.sessions.rng import Rng

MOST_WEEKS = 52
NOUNS = frozenset(
    "street st avenue ave road rd boulevard blvd lane ln drive court ct place terrace circle"
    " highway hwy parkway pkwy crescent close square hospital clinic center school elementary"
    " high college university academy church parish temple synagogue mosque library shelter"
    " prison jail rehab county township borough heights village mall airport".split()
)


class Surrogates:
    """The surrogates of one client, drawn as they are asked for, and the client's date shift.

    Dates move back by whole weeks, 1 to 52 of them, so that weekdays and intervals stay. What is
    drawn depends on the seed, the client and the words replaced alone, unless two words would get
    the same surrogate: then the second takes the next one.
    """

    def __init__(self, seed: int, client: str) -> None:
        self._key = (seed, client)
        self._given: dict[tuple[str, str], str] = {}
        self.days = -7 * Rng(seed, client, "date shift").between(1, MOST_WEEKS)
        self.used: set[str] = set()
        self._avoided: set[str] = set()

    def avoid(self, names: set[str]) -> None:
        """Give nobody one of these names (in lower case) from now on."""
        self._avoided = names

    def of(self, text: str, span: Span, anchor: date | None) -> str:
        """The surrogate of a span; dates without a year are those nearest to the anchor."""
        words = text[span.start : span.end]
        if span.kind == "date":
            new = self._date(words, text, span, anchor)
        elif span.kind == "name":
            new = _cased(self._name(words, span.part), words)
        else:
            new = self._given_to(span.kind, words)
        self.used.add(new)
        return new

    def _date(self, words: str, text: str, span: Span, anchor: date | None) -> str:
        for one in dates.written(text):
            if one.match.span() == (span.start, span.end):
                return dates.shifted(one, self.days, anchor)
        return "90+" if words[0].isdigit() else "ninety or older"

    def _name(self, words: str, part: str) -> str:
        low = words.lower()
        for known in ("first", "last"):
            if (known, low) in self._given:
                return self._given[known, low]
        pool = ordered("surnames")
        if part == "first":
            pool = tuple(str(each["name"]) for each in table("people")["first_names"])
        new = self._untaken(part, pool, low)
        self._given[part, low] = new
        return new

    def _untaken(self, part: str, pool: tuple[str, ...], low: str) -> str:
        taken = set(self._given.values())
        order = Rng(*self._key, part, low).shuffled(pool)
        free = [each for each in order if each not in taken and each.lower() not in self._avoided]
        return free[0] if free else f"{order[0]}{len(taken)}"

    def _given_to(self, kind: Kind, words: str) -> str:
        key = (kind, re.sub(r"\W", "", words).lower() if kind != "place" else words.lower())
        if key not in self._given:
            self._given[key] = self._made(kind, words, Rng(*self._key, *key))
        return self._given[key]

    def _made(self, kind: Kind, words: str, rng: Rng) -> str:
        if kind in ("phone", "fax"):
            return f"{rng.between(200, 989)}-555-01{rng.between(0, 99):02d}"
        if kind == "email":
            return f"person{rng.between(1000, 9999)}@example.org"
        if kind == "url":
            return f"https://example.org/{rng.between(1000, 9999)}"
        if kind == "ip":
            return f"192.0.2.{rng.between(1, 254)}"
        if kind == "ssn":
            return f"000-{rng.between(10, 99)}-{rng.between(1000, 9999)}"
        if kind == "photo":
            return f"image{rng.between(1000, 9999)}.jpg"
        if kind == "place":
            return self._place(words)
        return _scrambled(words, rng)

    def _place(self, words: str) -> str:
        """An invented town; the noun of a street or a school stays, and a code is scrambled."""
        rng = Rng(*self._key, "place", words.lower())
        if not re.search(r"[A-Za-z]{3}", words):
            return "000" + _scrambled(words[3:], rng) if words.isdigit() else _scrambled(words, rng)
        taken = {each for key, each in self._given.items() if key[0] == "town"}
        pool = phrases("places", "invented")
        town = next((each for each in rng.shuffled(pool) if each not in taken), rng.pick(pool))
        self._given["town", words.lower()] = town
        tail = [each for each in words.split() if each.lower().strip(".,") in NOUNS]
        number = f"{rng.between(1, 999)} " if words[0].isdigit() else ""
        return f"{number}{town}{' ' if tail else ''}{' '.join(tail).rstrip(',')}"


def _scrambled(words: str, rng: Rng) -> str:
    """Other digits and letters in the same places; the words are never given back."""
    while True:
        new = "".join(
            str(rng.between(0, 9))
            if each.isdigit()
            else chr((65 if each.isupper() else 97) + rng.between(0, 25))
            if each.isalpha()
            else each
            for each in words
        )
        if new != words or not re.search(r"\w", words):
            return new


def _cased(name: str, like: str) -> str:
    if like.islower():
        return name.lower()
    return name.upper() if like.isupper() and len(like) > 1 else name
