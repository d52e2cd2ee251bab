"""Answers to TN-Eval's completeness rubric, from the notes JSON as published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evalkit import formats
from evalkit.errors import InputError
from evalkit.records import Record
from evalkit.store import read_json


class RubricAnswer(Record):
    """One item of the published completeness rubric, answered for one note.

    `item` is the published name ("plan-follow-up"). `judges` are the answers of the LLM judges in
    the data, by model.
    """

    session_id: str
    drafter: str
    section: str
    item: str
    rater_1: bool
    rater_2: bool
    judges: dict[str, bool]


def tneval_rubric(path: str | Path) -> Iterator[RubricAnswer]:
    """The two raters' and the judges' answers to the rubric, from the notes JSON, in its order.

    An item that a judge left out counts as not answered. Raises InputError naming the field of
    an answer that is neither 0 nor 1, and where the raters' answers are not there.
    """
    content = read_json(Path(path))
    if not isinstance(content, list) or not content:
        raise _no_rubric(path, "", "not a list of conversations")
    for number, row in enumerate(content):
        authors = row.items() if isinstance(row, dict) else ()
        for author, note in authors:
            if not isinstance(note, dict):
                continue
            place = f"{number}.{author}"
            raters = note.get("metrics_human")
            if not isinstance(raters, list) or len(raters) != 2:
                raise _no_rubric(path, f"{place}.metrics_human", "not the answers of two raters")
            judges = {
                key.removeprefix("metrics_"): value
                for key, value in note.items()
                if key.startswith("metrics_") and isinstance(value, dict)
            }
            for section in formats.load("soap").names:
                first, second = (_answers(path, place, one, section) for one in raters)
                told = {name: _answers(path, place, one, section) for name, one in judges.items()}
                for item, answer in first.items():
                    if item not in second:
                        raise _no_rubric(path, place, "the raters answered different items")
                    yield RubricAnswer(
                        session_id=str(row.get("id")),
                        drafter=author,
                        section=section,
                        item=item,
                        rater_1=answer,
                        rater_2=second[item],
                        judges={name: each.get(item, False) for name, each in told.items()},
                    )


def _answers(path: str | Path, place: str, metrics: Any, section: str) -> dict[str, bool]:
    known = metrics.get(section) if isinstance(metrics, dict) else None
    answers = known.get("rubric_completeness_raw") if isinstance(known, dict) else None
    if not isinstance(answers, dict) or any(value not in (0, 1) for value in answers.values()):
        field = f"{place}.{section}.rubric_completeness_raw"
        raise _no_rubric(path, field, "not a table of 0 and 1")
    return {str(item): bool(value) for item, value in answers.items()}


def _no_rubric(path: str | Path, field: str, what: str) -> InputError:
    fix = "give the notes JSON of TN-Eval as published"
    return InputError(what, file=path, field=field or None, fix=fix)
