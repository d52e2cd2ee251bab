"""A team's own timings of reviews: read, checked, and made into weights of `postedit`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evalkit.audit.timing import Figure, Floats, Plan, Timing, figure, fit, foretell, left_out
from evalkit.errors import InputError
from evalkit.reviewers._postedit_weights import ERRORS, TERMS, Line, Weights, shipped
from evalkit.store import read_csv

COLUMNS = ("session_id", "seconds")
COUNTS = {"incorrect": "incorrect", "omitted": "omitted"}
LENGTHS = {"words": "log_words", "client_words": "log_client_words"}
SESSIONS, NOTES, EACH = 8, 30, 10
"""Least number of sessions and notes, and of notes for each number that is fitted (our choice;
with fewer notes than ten a number, published regressions stop carrying over)."""

SHRUNK, ROUNDS = 5, 10
"""As many notes at the typical pace are thought beside a reviewer's own (our choice), and how often
paces and line are fitted in turn."""

LONGEST_S = 6 * 3600
"""No single note is reviewed for six hours: such a time holds something else (our choice)."""


class Row(NamedTuple):
    """One line of a log: one reviewer's seconds, and what is known of the note by term."""

    session_id: str
    author: str
    reviewer: str
    seconds: float
    values: dict[str, float]


class Refitted(NamedTuple):
    """Weights to keep, with figures of sessions left out: those that ship, the mean of the other
    sessions, and the refitted ones. `passed_over` notes lack a term that is used; `dropped` are
    terms that would save time, of which none is taken for more than chance. `paces` are the
    reviewers', divided out; `of_shipped` the terms of the weights that ship."""

    weights: Weights
    before: Figure
    mean: Figure
    after: Figure
    passed_over: int
    dropped: tuple[str, ...]
    paces: dict[str, float]
    of_shipped: tuple[str, ...]


def read_log(path: Path) -> tuple[Row, ...]:
    """The rows of a CSV with session_id, seconds and, each if known, author, reviewer, incorrect,
    omitted, words and client_words.

    Raises InputError naming line and field of a bad cell, and of a note that a named reviewer has
    timed twice.
    """
    found: list[Row] = []
    seen: dict[tuple[str, str, str], int] = {}
    for line, cells in read_csv(path, COLUMNS):
        session_id = cells["session_id"].strip()
        if not session_id:
            raise InputError("empty", file=path, line=line, field="session_id", fix="fill it in")
        seconds = _number(path, line, "seconds", cells["seconds"])
        if seconds is None or not 0 < seconds <= LONGEST_S:
            what = "empty" if seconds is None else "not above 0 and up to 21600"
            fix = "write the active seconds of one review, or leave out the line"
            raise InputError(what, file=path, line=line, field="seconds", fix=fix)
        author, reviewer = cells.get("author", "").strip(), cells.get("reviewer", "").strip()
        key = (session_id, author, reviewer)
        if reviewer and key in seen:
            what = f"this reviewer's time for this note is already on line {seen[key]}"
            fix = "add up the visits to a note"
            raise InputError(what, file=path, line=line, field="reviewer", fix=fix)
        seen[key] = line
        found.append(Row(session_id, author, reviewer, seconds, _values(path, line, cells)))
    if not found:
        raise InputError("no timing in it", file=path, fix=f"give {', '.join(COLUMNS)} and more")
    return tuple(found)


def _values(path: Path, line: int, cells: dict[str, str]) -> dict[str, float]:
    values = {}
    for column, term in {**COUNTS, **LENGTHS}.items():
        value = _number(path, line, column, cells.get(column, ""))
        if value is None:
            continue
        if column in LENGTHS and value < 1:
            what = "no note without a word is reviewed"
            fix = "write the number of words, or nothing"
            raise InputError(what, file=path, line=line, field=column, fix=fix)
        values[term] = math.log(value) if column in LENGTHS else value
    return values


def _number(path: Path, line: int, field: str, cell: str) -> float | None:
    if not cell.strip():
        return None
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        fix = "write a number of at least 0, or nothing where it is not known"
        raise InputError("not a number", file=path, line=line, field=field, fix=fix)
    return value


def notes_of(log: Iterable[Row]) -> list[Timing]:
    """A timing a note: the mean over its reviewers, of the seconds and of each term they know."""
    rows: dict[tuple[str, str], list[Row]] = {}
    for row in log:
        rows.setdefault((row.session_id, row.author), []).append(row)
    found = []
    for (session_id, author), each in rows.items():
        known = {term: [one.values[term] for one in each if term in one.values] for term in TERMS}
        values = {term: float(np.mean(some)) for term, some in known.items() if some}
        seconds = float(np.mean([one.seconds for one in each]))
        found.append(Timing(session_id, author, False, seconds, values))
    return found


def at_one_pace(log: Sequence[Row], plan: Plan) -> tuple[list[Row], dict[str, float]]:
    """The log with each reviewer's seconds divided by his pace, and the paces (1 is typical).

    Pace is the geometric mean of what he took over what the plan's line says of his notes, so that
    who is given the longer notes is not thought slow. Nothing changes with fewer than two reviewers
    who are named.
    """
    names = sorted({row.reviewer for row in log if row.reviewer})
    paces = dict.fromkeys(names, 1.0)
    for _ in range(ROUNDS if len(names) > 1 else 0):
        line = fit(notes_of(_paced(log, paces)), plan)
        took = {name: [0.0] * SHRUNK for name in names}
        for row in log:
            if row.reviewer:
                took[row.reviewer].append(math.log(row.seconds / max(1.0, line.at(row.values))))
        every = [one for each in took.values() for one in each[SHRUNK:]]
        typical = sum(every) / len(every)
        paces = {name: math.exp(sum(each) / len(each) - typical) for name, each in took.items()}
    return _paced(log, paces), paces


def _paced(log: Iterable[Row], paces: dict[str, float]) -> list[Row]:
    return [row._replace(seconds=row.seconds / paces.get(row.reviewer, 1.0)) for row in log]


def refit(path: Path) -> Refitted:
    """Weights from a log, cross-validated by session, for a reviewer of typical pace.

    A term is used where at least half of the notes have it. Figures are of seconds at one pace,
    which is told from all sessions. Raises InputError for a bad log, and where there are too few
    notes or sessions for the numbers to be fitted.
    """
    log = read_log(path)
    every = notes_of(log)
    terms = tuple(
        term for term in TERMS if 2 * sum(term in one.values for one in every) >= len(every)
    )
    if not terms:
        what = "no column that time could depend on is filled in for half of the notes"
        fix = f"fill in one of {', '.join((*COUNTS, *LENGTHS))}"
        raise InputError(what, file=path, line=1, fix=fix)
    known = [row for row in log if all(term in row.values for term in terms)]
    plan = Plan(terms=terms, rising=terms)
    _check(notes_of(known), terms, path)
    paced, paces = at_one_pace(known, plan)
    notes = notes_of(paced)
    line = fit(notes, plan)
    weights = Weights(
        source=f"own timings: {path.name}",
        notes=len(notes),
        sessions=len({one.session_id for one in notes}),
        seconds=line,
        omitted=_omissions(notes, line.slopes),
    )
    return Refitted(
        weights,
        before=figure(notes, foretell(shipped().seconds, notes)),
        mean=figure(notes, _means(notes)),
        after=figure(notes, left_out(notes, plan)),
        passed_over=len(every) - len(notes),
        dropped=tuple(term for term in terms if term not in line.slopes),
        paces=paces,
        of_shipped=tuple(shipped().seconds.slopes),
    )


def _omissions(notes: list[Timing], slopes: dict[str, float]) -> Line | None:
    """The omissions to expect where nobody knows them."""
    if "omitted" not in slopes:
        return None
    lengths = tuple(term for term in slopes if term not in ERRORS)
    missing = [one._replace(seconds=one.values["omitted"]) for one in notes]
    return fit(missing, Plan(terms=lengths, robust=False))


def _means(notes: list[Timing]) -> Floats:
    return left_out(notes, Plan(robust=False))


def _check(notes: list[Timing], terms: tuple[str, ...], path: Path) -> None:
    sessions = len({one.session_id for one in notes})
    needed = max(NOTES, EACH * (len(terms) + 1))
    if sessions < SESSIONS or len(notes) < needed:
        raise InputError(
            f"too few timings: {len(notes)} notes of {sessions} sessions",
            file=path,
            fix=f"time at least {needed} notes of {SESSIONS} sessions for {len(terms)} predictors",
        )
