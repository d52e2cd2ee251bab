"""Baseline: the clinician's own jottings (or form), spelled out and put in their fields."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import ClassVar

from evalkit.drafters._base import Request, Unavailable, Written
from evalkit.records import Record

SHORTHAND = Path(__file__).with_name("shorthand.toml")


class FormFill(Record):
    """One sentence a jotting; abbreviations are expanded and nothing is added."""

    name: ClassVar[str] = "form_fill"

    async def write(self, request: Request) -> Written:
        session = request.session
        if request.approach.input == "form":
            lines = [f"{field}: {value}" for field, value in session.form.items()]
        else:
            lines = session.jottings.splitlines()
        lines = [line.strip() for line in lines if line.strip()]
        if not lines:
            raise Unavailable(f"the session has no {request.approach.input}")
        sections: dict[str, list[str]] = {name: [] for name in request.format.names}
        for line in lines:
            text, kind = spelled_out(line)
            home = request.format.section_for(kind) if kind else request.format.names[0]
            sections[home].append(text)
        return Written(sections={name: " ".join(parts) for name, parts in sections.items()})


def spelled_out(line: str) -> tuple[str, str | None]:
    """A jotting as a sentence, and the kind of fact its tag says it is (None: it has no tag).

    >>> spelled_out("sx: ct rpts poor sleep x 2 wks")
    ('Client reports poor sleep times 2 weeks.', 'symptom')
    """
    tag, _, rest = line.partition(":")
    kind = _shorthand()["tags"].get(tag.strip().lower())
    return _sentence(rest.strip() if kind else line), kind


def _sentence(text: str) -> str:
    expand = _shorthand()["abbreviations"]
    words = re.sub(
        r"[A-Za-z][A-Za-z/]*", lambda m: expand.get(m.group().lower(), m.group()), text
    ).rstrip(" ;,.")
    return f"{words[:1].upper()}{words[1:]}."


@cache
def _shorthand() -> dict[str, dict[str, str]]:
    return tomllib.loads(SHORTHAND.read_text(encoding="utf-8"))
