"""Dates as people write and say them: found, and written again some days earlier."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = (
    "January February March April May June July August September October November December"
).split()
_MONTH = rf"(?P<month>{'|'.join(MONTHS)}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
_CLEAR = r"(?!march|may)"
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
    " fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first"
    " twenty-second twenty-third twenty-fourth twenty-fifth twenty-sixth twenty-seventh"
    " twenty-eighth twenty-ninth thirtieth thirty-first"
).split()
_CARDINALS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty twenty-one twenty-two twenty-three twenty-four"
    " twenty-five twenty-six twenty-seven twenty-eight twenty-nine thirty thirty-one"
).split()
_SAID = "|".join(sorted(_ORDINALS, key=len, reverse=True)).replace("-", "[- ]")
_DAY = rf"(?P<day>{_SAID}|(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?)(?![\d:%])"
_COUNT = "|".join(sorted(_CARDINALS, key=len, reverse=True)).replace("-", "[- ]")
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_BEFORE = (
    r"(?<=\bin )|(?<=\bsince )|(?<=\blast )|(?<=\bthis )|(?<=\bnext )|(?<=\buntil )|(?<=\bearly )"
    r"|(?<=\blate )|(?<=\bof )|(?<=\bby )|(?<=\bduring )|(?<=\bmid-)|(?<=\bback in )"
    r"|(?<=\bend of )|(?<=\bfor )"
)
_NO_MONTH = r"(?!\s+(?:be|have|need|want|I|you|we|he|she|they|it)\b)"
_ON = (
    r"(?:(?<=\bon )|(?<=\bsince )|(?<=\buntil )|(?<=\bfrom )|(?<=\bdated )|(?<=\bDOB )|(?<=\bof ))"
)
_SLASHED = r"(?P<first>0?[1-9]|[12]\d|3[01])(?P<sep>[/-])(?P<second>0?[1-9]|[12]\d|3[01])"

PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_YEAR}-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])(?!\d)",
        rf"(?<![\d/.-]){_SLASHED}(?P=sep)(?P<year>(?:19|20)\d\d|\d\d)(?![\d/-])",
        rf"(?<![\d/.-]){_ON}{_SLASHED.replace('[/-]', '/')}(?![\d/%])",
        rf"\b{_MONTH},?\s+(?:the\s+)?{_DAY}(?!\s*(?:mg|times|percent|minutes|hours|days|weeks))"
        rf"(?:,?\s+{_YEAR}\b)?",
        rf"\b(?:the\s+)?{_DAY},?\s+(?:of,?\s+)?{_MONTH}(?:,?\s+{_YEAR}\b)?(?!\w)",
        rf"\b(?P<day>{_COUNT})\s+(?:of\s+|{_CLEAR}){_MONTH}(?:,?\s+{_YEAR}\b)?(?!\w)",
        rf"\b{_CLEAR}{_MONTH}\s+(?P<day>{_COUNT})(?![\w-])",
        rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}\b",
        rf"(?:{_BEFORE}){_MONTH}{_NO_MONTH}(?!\w)",
    )
)
"""Most exact first. A month alone needs a word before it that "may" and "march" never follow."""
_SIGN = re.compile(rf"\d[/-]\d|\b(?:{'|'.join(each[:3] for each in MONTHS)})", re.IGNORECASE)


@dataclass(frozen=True)
class Written:
    """A date as it stands in a text; None for what the text leaves open."""

    match: re.Match[str]
    year: int | None
    month: int
    day: int | None

    def on(self, anchor: date | None) -> date | None:
        """The day it means: the one nearest to the anchor where the year is open.

        A month alone is its 15th. None if there is no such day in the calendar.
        """
        years = [self.year] if self.year else _near(anchor)
        days = [made for year in years if (made := _made(year, self.month, self.day or 15))]
        if anchor is None or len(days) < 2:
            return days[0] if days else None
        return min(days, key=lambda each: abs((each - anchor).days))


def written(text: str) -> list[Written]:
    """The dates in a text, in its order; no two overlap."""
    if not _SIGN.search(text):
        return []
    found: list[Written] = []
    for pattern in PATTERNS:
        for match in pattern.finditer(text):
            if all(_apart(match, other.match) for other in found) and (one := _read(match)):
                found.append(one)
    return sorted(found, key=lambda each: each.match.start())


def shifted(one: Written, days: int, anchor: date | None) -> str:
    """The date `days` later, in the same manner; of an impossible one no more than the year."""
    day = one.on(anchor)
    if day is None:
        return one.match["year"] if one.year else "that day"
    moved = day + timedelta(days=days)
    groups = one.match.groupdict()
    parts = [("year", str(moved.year)), ("month", str(moved.month)), ("day", str(moved.day))]
    if "first" in groups:
        month_first = _month_first(one.match)
        parts = [
            ("year", str(moved.year)),
            ("first", str(moved.month if month_first else moved.day)),
            ("second", str(moved.day if month_first else moved.month)),
        ]
    text, start = one.match[0], one.match.start()
    width = 2 if any((groups.get(name) or "").startswith("0") for name, _ in parts) else 1
    width = 2 if (groups.get("month") or "").isdigit() else width
    present = [part for part in parts if groups.get(part[0]) is not None]
    for name, value in sorted(present, key=lambda part: one.match.start(part[0]), reverse=True):
        low, high = one.match.span(name)
        new = _like(groups[name], value.zfill(width), name)
        text = text[: low - start] + new + text[high - start :]
    return text


def _read(match: re.Match[str]) -> Written | None:
    groups = match.groupdict()
    year = groups.get("year")
    full = int(year) + (0 if len(year) == 4 else 2000 if int(year) < 50 else 1900) if year else None
    if "first" in groups:
        pair = int(groups["first"]), int(groups["second"])
        month, day = pair if _month_first(match) else pair[::-1]
        return Written(match, full, month, day) if month <= 12 else None
    name = groups["month"]
    month = int(name) if name.isdigit() else _month(name)
    return Written(match, full, month, _day(groups.get("day")))


def _month_first(match: re.Match[str]) -> bool:
    """As in the US, unless the first number cannot be a month."""
    return int(match["first"]) <= 12


def _month(name: str) -> int:
    return next(n for n, each in enumerate(MONTHS, 1) if each.lower()[:3] == name.lower()[:3])


def _day(said: str | None) -> int | None:
    if said is None:
        return None
    digits = re.match(r"\d+", said)
    if digits:
        return int(digits[0])
    word = said.lower().replace(" ", "-")
    return (_ORDINALS if word in _ORDINALS else _CARDINALS).index(word) + 1


def _like(old: str, value: str, name: str) -> str:
    """A value in the manner of the old one: digits or words, long or short, in its case."""
    if name == "year":
        return value[-len(old) :]
    if name == "month" and not old.isdigit():
        full = MONTHS[int(value) - 1]
        short = old.rstrip(".")
        word = full if short.lower() in map(str.lower, MONTHS) else full[:3] + old[len(short) :]
        return word.lower() if old.islower() else word.upper() if old.isupper() else word
    if old.isdigit():
        return value
    if old[0].isdigit():
        return str(int(value)) + _suffix(int(value))
    word = old.lower().replace(" ", "-")
    said = (_ORDINALS if word in _ORDINALS else _CARDINALS)[int(value) - 1]
    said = said.replace("-", " ") if " " in old else said
    return said.capitalize() if old[0].isupper() else said


def _suffix(day: int) -> str:
    return "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _near(anchor: date | None) -> list[int]:
    """Years to try where none is given; without an anchor a leap year, for February 29."""
    return [anchor.year + each for each in (0, -1, 1)] if anchor is not None else [2024]


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _apart(one: re.Match[str], other: re.Match[str]) -> bool:
    return one.end() <= other.start() or other.end() <= one.start()
