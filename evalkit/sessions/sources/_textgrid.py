"""Praat TextGrid files, long or short, read the way Praat reads them.

Praat takes the numbers, the quoted texts and the <flags> that stand free, in order, and passes
over everything else ("xmin =", "intervals [1]:"), which is there for people.
https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from evalkit.errors import InputError
from evalkit.store import read_text

TOKEN = re.compile(
    r'"(?P<text>(?:[^"]|"")*)"'
    r"|(?<!\S)(?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?!\S)"
    r"|(?P<flag><exists>|<absent>)"
    r'|(?P<open>")'
)
UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Interval(NamedTuple):
    """A labelled stretch of a tier, in seconds."""

    start_s: float
    end_s: float
    text: str


def read_textgrid(path: Path) -> dict[str, list[Interval]]:
    """Interval tiers by name, in order; InputError names the line where the file goes wrong."""
    tokens = _Tokens(path, _decoded(path))
    if tokens.text() != "ooTextFile" or tokens.text() != "TextGrid":
        raise tokens.refusal("not a TextGrid file")
    tokens.number(), tokens.number()
    tiers: dict[str, list[Interval]] = {}
    if tokens.flag() != "<exists>":
        return tiers
    for _ in range(int(tokens.number())):
        kind, name = tokens.text(), tokens.text()
        if kind != "IntervalTier":
            raise tokens.refusal("not a tier of intervals")
        tokens.number(), tokens.number()
        tier = tiers.setdefault(name, [])
        for _ in range(int(tokens.number())):
            interval = Interval(tokens.number(), tokens.number(), tokens.text())
            if not 0 <= interval.start_s <= interval.end_s:
                raise tokens.refusal("this interval ends before it starts, or starts before 0")
            tier.append(interval)
    return tiers


def _decoded(path: Path) -> str:
    if not path.is_file() or path.read_bytes()[:2] not in UTF16:
        return read_text(path)
    try:
        return path.read_text(encoding="utf-16")
    except UnicodeDecodeError as error:
        raise InputError(
            f"not UTF-16 (byte {error.start})", file=path, fix="save it as UTF-8"
        ) from None


class _Tokens:
    def __init__(self, path: Path, content: str) -> None:
        self.path, self.content, self.at = path, content, 0
        self.matches: Iterator[re.Match[str]] = TOKEN.finditer(content)

    def text(self) -> str:
        return self._next("text", "a quoted text").replace('""', '"')

    def number(self) -> float:
        return float(self._next("number", "a number"))

    def flag(self) -> str:
        return self._next("flag", "<exists>")

    def refusal(self, what: str) -> InputError:
        line = self.content.count("\n", 0, self.at) + 1
        fix = "save it from Praat again as a text file; a quote in a text is doubled"
        return InputError(what, file=self.path, line=line, fix=fix)

    def _next(self, kind: str, expected: str) -> str:
        match = next(self.matches, None)
        if match is None:
            self.at = len(self.content)
            raise self.refusal(f"the file ends where {expected} belongs")
        self.at = match.start()
        if match.lastgroup != kind:
            raise self.refusal(f"{expected} belongs here")
        return match[kind]
