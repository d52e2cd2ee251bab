"""What an import of an audit log did, in figures."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from evalkit.study.audit_log import Imported

MOST_ACTIONS = 50
"""A column with more kinds of action than this is no column of actions, and is not repeated."""


def summary(found: Imported) -> str:
    """What `evalkit study import-log` prints."""
    steps = ", ".join(f"{count} {step}" for step, count in found.steps.items() if count)
    unmapped = sum(found.unmapped.values())
    ignored = f" ({found.ignored} more are the system's own)" if found.ignored else ""
    lines = [
        f"{found.rows} rows{ignored}, {found.new} of them new; users: "
        f"{found.reviewers}; notes: {found.tasks} (one that two users worked on counts twice)",
        f"from {_time(found.first_ms)} to {_time(found.last_ms)} UTC",
        f"{found.rows - unmapped} of {found.rows} rows are a known step: {steps or 'none'}",
    ]
    if unmapped:
        lines.append(f"{unmapped} of {found.rows} rows are activity of no known step (--actions)")
    if len(found.unmapped) <= MOST_ACTIONS:
        lines += [
            f"  {count:>6}  {action}" for action, count in found.unmapped.items() if _short(action)
        ]
    if not found.steps["sign"]:
        lines.append("no row signs a note: times up to a signature cannot be measured")
    return "\n".join(lines)


def _short(action: str) -> bool:
    """An action's name, and no sentence of a note that stands in the wrong column."""
    return re.fullmatch(r"[\w /:.-]{1,40}", action) is not None and len(action.split()) <= 5


def _time(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M}"
