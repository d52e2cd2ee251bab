"""Identifiers that have a shape: presidio's recognizers, and patterns with words that tell.

Presidio's recognizers are called one by one, without its engine and without a language model:
they work on characters, and what a word nearby adds is in patterns.toml.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    CryptoRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    MedicalLicenseRecognizer,
    PhoneRecognizer,
    UrlRecognizer,
    UsMbiRecognizer,
    UsSsnRecognizer,
)

from evalkit.deidentify.identifiers import Kind, Span

SURE = 0.4
"""The least score of presidio's that counts; a bare run of nine digits as an SSN has 0.05."""
REGIONS = ("US", "GB")
MANY_DIGITS = re.compile(r"(?:\d\W{0,2}){7}")
NEEDS = {
    "digit": re.compile(r"\d"),
    "digits": re.compile(r"(?:\d\W{0,2}){7}"),
    "sign": re.compile(r"[@:_]|\w\.\w"),
    "at": re.compile(r"@"),
    "domain": re.compile(r"://|\bwww\.|\w\.(?:com|org|net|edu|gov|io|info|uk|us)\b", re.IGNORECASE),
    "dots": re.compile(r"\d\.\d|:[0-9a-f]{0,4}:", re.IGNORECASE),
    "long": re.compile(r"\w{26}"),
    "mixed": re.compile(r"\d[A-Z]\w\d"),
    "dot": re.compile(r" dot ", re.IGNORECASE),
    "capitals": re.compile(r"[A-Z][\w.'’]+ (?:of )?[A-Z]"),
    "old": re.compile(r"9\d|1[01]\d|ninety|hundred", re.IGNORECASE),
}
"""What a text must hold for a pattern or a recognizer to be worth its time."""
_ANY = re.compile(
    r"[\d@:_]|\w\.\w|\w{26}|(?i: dot |ninety|hundred)|[A-Z][\w.'’]+ (?:of )?[A-Z]",
)
"""At least one of these is in a text that holds any of the others."""
NOBODY = re.compile(
    r".*(?:\b|@)example\.(?:com|org|net)(?:/\S*)?|192\.0\.2\.\d+|2001:db8:.*|.*\b555-01\d\d",
    re.IGNORECASE | re.DOTALL,
)
"""Addresses and numbers set aside for examples (RFC 2606, 5737, 3849; 555-0100 to 555-0199)."""
DIGITS = {
    **dict(
        zip("zero one two three four five six seven eight nine".split(), range(10), strict=True)
    ),
    "oh": 0,
}
SPOKEN = re.compile(rf"\b(?:(?:{'|'.join(DIGITS)})\b[\s,.-]*){{7,}}", re.IGNORECASE)


class _Email(EmailRecognizer):
    """Presidio's own asks the network for a list of domain suffixes; any suffix is taken here."""

    def validate_result(self, pattern_text: str) -> None:
        return None


def shaped(text: str) -> list[Span]:
    """What has the shape of an identifier; stretches may overlap."""
    if not _ANY.search(text):
        return _spoken(text)
    held = {need for need, sign in NEEDS.items() if sign.search(text)}
    found = [
        Span(kind, *match.span("id" if "id" in pattern.groupindex else 0))
        for kind, need, pattern in _patterns()
        if need in held
        for match in pattern.finditer(text)
    ]
    found += [
        Span(kind, one.start, one.end)
        for kind, need, recognizer in _recognizers()
        if need in held
        for one in recognizer.analyze(text, recognizer.supported_entities, None)
        if one.score >= SURE and (kind != "url" or NEEDS["domain"].search(text, one.start, one.end))
    ]
    found += _spoken(text)
    return [span for span in found if not NOBODY.fullmatch(text[span.start : span.end].strip())]


def _spoken(text: str) -> list[Span]:
    """A number said digit by digit, but not a count up or down, or one digit over and over."""
    found = []
    for match in SPOKEN.finditer(text):
        digits = [DIGITS[word] for word in re.findall(r"[a-z]+", match[0].lower())]
        steps = {after - before for before, after in pairwise(digits)}
        if len(steps) > 1:
            found.append(Span("phone", match.start(), match.start() + len(match[0].rstrip(" ,.-"))))
    return found


@cache
def _patterns() -> list[tuple[Kind, str, re.Pattern[str]]]:
    """(class, what a text must hold, pattern)."""
    table = tomllib.loads(files(__package__).joinpath("patterns.toml").read_text("utf-8"))
    return [
        (each["kind"], each.get("needs", "digit"), _compiled(each, table["parts"]))
        for each in table["pattern"]
    ]


def _compiled(entry: dict[str, Any], parts: dict[str, str]) -> re.Pattern[str]:
    pattern = entry["match"]
    for name, part in parts.items():
        pattern = pattern.replace(f"<{name}>", part)
    return re.compile(pattern, 0 if entry.get("cased") else re.IGNORECASE)


@cache
def _recognizers() -> list[tuple[Kind, str, Any]]:
    """(class, what a text must hold, recognizer)."""
    return [
        ("email", "at", _Email()),
        ("url", "domain", UrlRecognizer()),
        ("ip", "dots", IpRecognizer()),
        ("ssn", "digits", UsSsnRecognizer()),
        ("account", "digits", CreditCardRecognizer()),
        ("account", "digits", IbanRecognizer()),
        ("account", "long", CryptoRecognizer()),
        ("plan", "mixed", UsMbiRecognizer()),
        ("license", "digits", MedicalLicenseRecognizer()),
        ("phone", "digits", PhoneRecognizer(supported_regions=REGIONS)),
    ]
