"""The two ways evalkit says no: bad input (the user can mend it) and anything else.

An `InputError` names the culprit (file, line, field), the choices where there are some, and the
fix. It never repeats the text of a note or a transcript, because errors end up in logs.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError


class EvalkitError(Exception):
    """Base of every error that evalkit raises on purpose."""


class InputError(EvalkitError):
    """Bad input. The command line prints it as it is and exits with code 2."""

    def __init__(
        self,
        what: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        field: str | None = None,
        fix: str | None = None,
    ) -> None:
        self.what, self.file, self.line, self.field, self.fix = what, file, line, field, fix
        super().__init__(str(self))

    def __str__(self) -> str:
        where = str(self.file) if self.file is not None else ""
        if self.line is not None:
            where += f", line {self.line}"
        if self.field:
            where += f", field {self.field!r}" if where else f"field {self.field!r}"
        return (f"{where}: " if where else "") + self.what + (f"; {self.fix}" if self.fix else "")


def did_you_mean(kind: str, name: str, have: Iterable[str]) -> str:
    """Say that a name is unknown, which one may be meant, and which there are.

    >>> did_you_mean("scorer", "fidelty", ["fabrication", "fidelity"])
    "no scorer named 'fidelty'; did you mean 'fidelity'? (have: fabrication, fidelity)"
    """
    choices = sorted(have)
    close = difflib.get_close_matches(name, choices, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"no {kind} named {name!r}{hint} (have: {', '.join(choices) or 'none'})"


def from_validation(
    error: ValidationError, *, file: str | Path | None = None, line: int | None = None
) -> InputError:
    """Turn pydantic's report into one line that names the field and never repeats its value."""
    problems = []
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        place = ".".join(_shown(part) for part in item["loc"])
        problems.append(f"{place}: {item['msg']}" if place else item["msg"])
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(_shown(part) for part in first["loc"]) or None
    return InputError(" | ".join(problems[:5]), file=file, line=line, field=field)


def _shown(part: str | int) -> str:
    """A field's name as it may be repeated: a key that is no name may be somebody's words."""
    text = str(part)
    return (
        text
        if (len(text) <= 40 and text.replace("-", "_").isidentifier()) or text.isdigit()
        else "(a key)"
    )
