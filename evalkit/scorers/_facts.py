"""Where the facts of a ledger stand in a note."""

from __future__ import annotations

from evalkit.records import Case, FactOutcome


def stands(one: FactOutcome, case: Case) -> tuple[str, ...]:
    """The sections that state a fact; those that hold its sentence where the outcome has none."""
    return one.sections or tuple(
        name for name, text in case.draft.sections.items() if one.sentence and one.sentence in text
    )
