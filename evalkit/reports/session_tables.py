"""Tables of what generated sessions hold: carried notes, traps, misheard turns, realism."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from evalkit import registry
from evalkit.errors import InputError
from evalkit.records import Session, digest
from evalkit.reports.sessions import plain

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

TRAPS = "evalkit.sessions.traps"

_HEADING = re.compile(r"Session \d+ \([\d-]+\)\.")


def last_note_table(before: Session, after: Session) -> pd.DataFrame:
    """The last note in a visit's chart, a sentence a row, beside the ledger of the visit before.

    `fact` is the fact of `before` whose statement (or other wording) the sentence is; it is empty
    for the heading and for what that ledger does not hold.
    """
    note = after.chart.last_note if after.chart else ""
    found: list[tuple[int, int, str]] = []
    for fact in before.facts:
        for words in filter(None, (fact.reworded, fact.statement)):
            start = note.find(words)
            if start >= 0 and all(start >= b or start + len(words) <= a for a, b, _ in found):
                found.append((start, start + len(words), fact.fact_id))
                break
    rows, done = [], 0
    for start, end, fact_id in sorted(found):
        rows += _others(note[done:start])
        rows.append((note[start:end], fact_id))
        done = end
    rows += _others(note[done:])
    return pd.DataFrame(rows, columns=["last_note", "fact"])


def _others(text: str) -> list[tuple[str, str]]:
    heading = _HEADING.match(text.strip())
    parts = [heading[0], text.strip()[heading.end() :]] if heading else [text]
    return [(part.strip(), "") for part in parts if part.strip()]


def trap_table(sessions: Iterable[Session]) -> pd.DataFrame:
    """One row a kind of trap there is: in how many of the sessions it stands, with an example.

    `sessions` counts those that hold it at least once, `of` all of them; `bait` and `truth` are
    those of the first one found. A kind that only the sessions know comes last.
    """
    found = list(sessions)
    names = registry.names(TRAPS)
    held = {trap.kind for session in found for trap in session.traps}
    rows = []
    for name in [*names, *sorted(held - set(names))]:
        planted = [trap for session in found for trap in session.traps if trap.kind == name]
        about = (registry.find(TRAPS, name).__doc__ or "") if name in names else ""
        rows.append(
            {
                "trap": plain(name),
                "what happens": " ".join(about.split("\n\n")[0].split()),
                "sessions": sum(
                    any(trap.kind == name for trap in session.traps) for session in found
                ),
                "of": len(found),
                "bait": planted[0].bait if planted else "",
                "truth": planted[0].truth if planted else "",
            }
        )
    return pd.DataFrame(rows)


def heard_table(spoken: Session, heard: Session) -> pd.DataFrame:
    """The turns that a speech channel changed: speaker and words before and after.

    Raises InputError where the two have different numbers of turns.
    """
    if len(spoken.turns) != len(heard.turns):
        raise InputError(
            f"{len(spoken.turns)} turns were spoken and {len(heard.turns)} heard",
            field="turns",
            fix="pass a session and the same session after the speech channel",
        )
    rows = [
        (at, was.speaker, now.speaker, was.text, now.text)
        for at, (was, now) in enumerate(zip(spoken.turns, heard.turns, strict=True))
        if (was.speaker, was.text) != (now.speaker, now.text)
    ]
    columns = ["turn", "speaker", "labeled as", "spoken", "heard"]
    return pd.DataFrame(rows, columns=columns).set_index("turn")


def realism_table(figures: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """The figures that `python -m benchmarks.realism --write` keeps, one a row.

    `figures` is the list of that name in its file. `target` is the range for the synthetic value
    and `met` says whether it lies there; both are empty where no target was set, and `met` where
    nothing could be measured. `of` counts what each value rests on.
    """
    rows = []
    for each in figures:
        ours, theirs = each["values"]
        rows.append(
            {
                "figure": each["name"],
                "synthetic": ours,
                "of": each["of"][0],
                "AnnoMI": theirs,
                "of (AnnoMI)": each["of"][1],
                "unit": each["unit"],
                "target": _range(each.get("low"), each.get("high")),
                "met": {None: "", True: "yes", False: "no"}[met(each)],
            }
        )
    columns = ["figure", "synthetic", "of", "AnnoMI", "of (AnnoMI)", "unit", "target", "met"]
    numbers = {"synthetic": float, "AnnoMI": float}
    return pd.DataFrame(rows, columns=columns).astype(numbers)


def met(figure: Mapping[str, Any]) -> bool | None:
    """Whether the synthetic value is where it was to be; None without a target or a value."""
    value, low, high = figure["values"][0], figure.get("low"), figure.get("high")
    if value is None or (low is None and high is None):
        return None
    return bool((low is None or value >= low) and (high is None or value <= high))


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{low:.3g} to {high:.3g}"
    if high is not None:
        return f"at most {high:.3g}"
    return "" if low is None else f"at least {low:.3g}"


def readable(board: pd.DataFrame) -> Styler:
    """A table for a notebook: text to the left and in columns wide enough, nothing for missing.

    All text is escaped, and the same table gives the same bytes.
    """
    from pandas.io.formats.style import Styler

    shown: dict[Any, Any] = {
        name: _short for name in board.columns if board[name].dtype.kind == "f"
    }
    styled = Styler(board, uuid=digest([list(map(str, board.columns)), len(board)], 8))
    styled = styled.format(shown, na_rep="", escape="html").format_index(escape="html")
    top = "vertical-align: top; text-align: left"
    styles: list[Any] = [
        {"selector": "td", "props": top},
        {"selector": "th", "props": f"{top}; max-width: 14rem"},
    ]
    if any(len(str(name)) > 12 for name in board.index):
        styles.append({"selector": "th.row_heading", "props": "min-width: 7rem"})
    for place, name in enumerate(board.columns):
        longest = max((len(str(text)) for text in board[name]), default=0)
        style = "min-width: 14rem" if longest > 40 else "white-space: nowrap" * (longest <= 12)
        if board[name].dtype.kind in "fiu":
            style = "text-align: right"
        styles.append({"selector": f"td.col{place}, th.col{place}", "props": style})
    styled = styled.set_table_styles([one for one in styles if one["props"]])
    return styled.hide(axis="index") if isinstance(board.index, pd.RangeIndex) else styled


def _short(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
