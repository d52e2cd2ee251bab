"""What the actions of an EHR's audit log are in a review: patterns in TOML.

Rows to "ignore" are the system's own doing, and no sign that anybody was at work.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, get_args

from evalkit.errors import InputError, did_you_mean
from evalkit.records import EventKind
from evalkit.store import read_text

Step = Literal["open", "focus", "edit", "sign", "reopen", "close", "ignore"]
STEPS: tuple[Step, ...] = get_args(Step)
_EVENTS: dict[Step | None, tuple[EventKind, dict[str, Any]]] = {
    "open": ("open", {"reviewer_agent": "ehr"}),
    "focus": ("focus", {"pane": "note"}),
    "edit": ("keys", {"count": 0, "ms": 0, "section": ""}),
    "sign": ("sign", {}),
    "reopen": ("reopen", {}),
    "close": ("close", {}),
}
DEFAULTS = Path(__file__).with_name("audit_actions.toml")


class Actions:
    """Action -> step, by the patterns of a file of the user's own, then by ours."""

    def __init__(self, own: Path | None = None) -> None:
        files = [DEFAULTS] if own is None else [own, DEFAULTS]
        self._patterns = [pattern for file in files for pattern in _patterns(file)]
        self._known: dict[str, Step | None] = {}

    def step(self, action: str) -> Step | None:
        """The step of a review that an action is; None where no pattern matches.

        >>> Actions().step("Progress Note - Opened"), Actions().step("note_signed")
        ('open', 'sign')
        >>> Actions().step("Chart review of labs") is None
        True
        """
        plain = _plain(action)
        if plain not in self._known:
            self._known[plain] = next(
                (step for pattern, step in self._patterns if fnmatchcase(plain, pattern)), None
            )
        return self._known[plain]


def event_of(step: Step | None, action: str) -> tuple[EventKind, dict[str, Any]]:
    """Kind and data of the event that stands for a row.

    Editing becomes a burst of keys of unknown number: a log tells that a note was edited, not
    how, and an edit without its place could not be replayed.
    """
    kind, more = _EVENTS.get(step, ("imported", {}))
    return kind, {**more, "action": action}


def _patterns(file: Path) -> Iterable[tuple[str, Step]]:
    try:
        content = tomllib.loads(read_text(file))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not TOML: {error}", file=file) from None
    for name, patterns in content.items():
        step = next((one for one in STEPS if one == name), None)
        if step is None:
            raise InputError(did_you_mean("step", name, STEPS), file=file, field=name)
        if not isinstance(patterns, list) or not all(isinstance(one, str) for one in patterns):
            raise InputError("not a list of patterns", file=file, field=name)
        for pattern in patterns:
            yield _plain(pattern), step


def _plain(text: str) -> str:
    """Lower case, dashes and underscores and other marks as single spaces; `*` stays."""
    return " ".join(re.sub(r"[^\w*]|_", " ", text.casefold()).split())
