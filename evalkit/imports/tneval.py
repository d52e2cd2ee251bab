"""TN-Eval: SOAP notes of AnnoMI conversations by therapists and two models, rated by sentence.

Get the notes from github.com/amazon-science/TN-Eval-Data. A note's session_id is the AnnoMI
transcript_id.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from evalkit import formats
from evalkit.errors import InputError, did_you_mean
from evalkit.records import Record, RecordedNote
from evalkit.store import read_csv, read_json

COLUMNS = (
    "transcript_id",
    "note_source",
    "section",
    "sentence",
    "text",
    "faithful_ann1",
    "faithful_ann2",
)
FAITHFUL = {"1": True, "0": False, "": None}


class LabelledSentence(Record):
    """One sentence of a note and whether each of two raters found it faithful to the session.

    `index` counts the sentences of a section from 0. None where a rater gave no label.
    """

    session_id: str
    drafter: str
    section: str
    index: int
    text: str
    rater_1: bool | None
    rater_2: bool | None


class RatedSection(Record):
    """How a section of a note was rated as a whole, all on 1 to 5 but AlignScore (0 to 1).

    `rater_1` and `rater_2` are the raters' faithfulness, `judges` that given by each LLM judge by
    its name; a figure that is not there is None, or no entry.
    """

    session_id: str
    drafter: str
    section: str
    rater_1: float | None
    rater_2: float | None
    align_score: float | None
    judges: dict[str, float]


class TNEval(Record):
    """The published JSON: a list of conversations, each with a note by every author."""

    name: ClassVar[str] = "tneval"
    path: str

    def read(self) -> Iterator[RecordedNote]:
        content = read_json(Path(self.path))
        if not isinstance(content, list) or not content:
            raise self._refusal("", "not a list of conversations")
        seen: dict[str, int] = {}
        for number, item in enumerate(content):
            session_id = item.get("id") if isinstance(item, dict) else None
            if not isinstance(session_id, str | int) or not str(session_id).strip():
                raise self._refusal(f"{number}.id", "no id")
            session_id = str(session_id)
            if session_id in seen:
                raise self._refusal(
                    f"{number}.id", f"session {session_id!r} is already item {seen[session_id]}"
                )
            seen[session_id] = number
            yield from self._notes(number, session_id, item)

    def _notes(self, number: int, session_id: str, item: dict[str, Any]) -> Iterator[RecordedNote]:
        authors = [key for key, value in item.items() if isinstance(value, dict)]
        if not authors:
            raise self._refusal(str(number), f"session {session_id!r} has no notes")
        known = formats.load("soap").names
        for author in authors:
            place = f"{number}.{author}.note"
            sections = item[author].get("note")
            if not isinstance(sections, dict) or not sections:
                raise self._refusal(place, "no note")
            for section, text in sections.items():
                if section not in known:
                    raise self._refusal(place, did_you_mean("section of 'soap'", section, known))
                if not isinstance(text, str):
                    raise self._refusal(f"{place}.{section}", "not a text")
            if not any(text.strip() for text in sections.values()):
                raise self._refusal(place, "every section is empty")
            yield RecordedNote(
                session_id=session_id, drafter=author, format="soap", sections=sections
            )

    def _refusal(self, field: str, what: str) -> InputError:
        fix = "give the notes JSON of TN-Eval as published"
        return InputError(what, file=self.path, field=field or None, fix=fix)


def tneval_labels(path: str | Path) -> Iterator[LabelledSentence]:
    """The raters' labels from the sentences CSV, one row a sentence, in the file's order.

    Raises InputError naming the line and field of a bad row.
    """
    path = Path(path)
    known = formats.load("soap").names
    for line, cells in read_csv(path, COLUMNS):
        for field in ("transcript_id", "note_source", "text"):
            if not cells[field].strip():
                raise InputError("empty", file=path, line=line, field=field, fix="fill it in")
        if cells["section"] not in known:
            what = "unknown section"
            fix = f"write one of {', '.join(known)}"
            raise InputError(what, file=path, line=line, field="section", fix=fix)
        if not cells["sentence"].isdecimal() or int(cells["sentence"]) < 1:
            raise InputError(
                "not a number", file=path, line=line, field="sentence", fix="count from 1"
            )
        for field in ("faithful_ann1", "faithful_ann2"):
            if cells[field].strip() not in FAITHFUL:
                fix = "write 1 for faithful, 0 for not, nothing for no label"
                raise InputError("unknown label", file=path, line=line, field=field, fix=fix)
        yield LabelledSentence(
            session_id=cells["transcript_id"],
            drafter=cells["note_source"],
            section=cells["section"],
            index=int(cells["sentence"]) - 1,
            text=cells["text"],
            rater_1=FAITHFUL[cells["faithful_ann1"].strip()],
            rater_2=FAITHFUL[cells["faithful_ann2"].strip()],
        )


JUDGED = "metrics_"


def tneval_ratings(path: str | Path) -> Iterator[RatedSection]:
    """The ratings of whole sections in the notes JSON, a row a section, in the file's order.

    Raises InputError naming the field of a note that the importer would not read.
    """
    notes = {(one.session_id, one.drafter): one for one in TNEval(path=str(path)).read()}
    content = {str(item["id"]): item for item in read_json(Path(path))}
    for (session_id, drafter), note in notes.items():
        given = content[session_id][drafter]
        raters = given.get("metrics_human")
        raters = raters if isinstance(raters, list) else []
        judges = {
            name.removeprefix(JUDGED): value
            for name, value in given.items()
            if name.startswith(JUDGED) and isinstance(value, dict)
        }
        for section in note.sections:
            rated = [_number(one, section, "likert_faithfulness") for one in raters[:2]]
            scores = {
                name: _number(judge, section, "likert_faithfulness")
                for name, judge in judges.items()
            }
            yield RatedSection(
                session_id=session_id,
                drafter=drafter,
                section=section,
                rater_1=rated[0] if rated else None,
                rater_2=rated[1] if len(rated) > 1 else None,
                align_score=_number(given.get("align_score"), section),
                judges={name: score for name, score in scores.items() if score is not None},
            )


def _number(value: Any, *path: str) -> float | None:
    """The number at a path of keys, None where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
