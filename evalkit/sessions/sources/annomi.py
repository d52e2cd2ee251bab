"""AnnoMI: 133 motivational-interviewing transcripts (Wu et al. 2023, Future Internet 15:110).

Get `AnnoMI-simple.csv` or `AnnoMI-full.csv` from github.com/uccollab/AnnoMI.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, NamedTuple

from evalkit.errors import InputError
from evalkit.records import THERAPIST, Record, Session, SessionSpec, Turn
from evalkit.sessions.sources._base import empty, repeated
from evalkit.sessions.sources._clock import seconds
from evalkit.sessions.sources._speakers import CLIENT
from evalkit.store import read_csv

COLUMNS = ("transcript_id", "topic", "utterance_id", "interlocutor", "timestamp", "utterance_text")


class _Row(NamedTuple):
    line: int
    topic: str
    turn: Turn


class AnnoMI(Record):
    """One session a transcript; its id is the `transcript_id`, its turns go by `utterance_id`.

    The full file repeats an utterance for each annotator; it is read once.
    """

    name: ClassVar[str] = "annomi"
    path: str

    def load(self) -> Iterator[Session]:
        path = Path(self.path)
        transcripts: dict[str, dict[int, _Row]] = {}
        for line, cells in read_csv(path, COLUMNS):
            session_id, utterance = cells["transcript_id"].strip(), self._number(line, cells)
            rows = transcripts.setdefault(session_id, {})
            row = _Row(line, cells["topic"].strip(), self._turn(line, cells))
            first = rows.setdefault(utterance, row)
            if first is not row and ("annotator_id" not in cells or first.turn != row.turn):
                raise repeated(
                    path,
                    line,
                    "utterance_id",
                    session_id,
                    f"given utterance {utterance} on line {first.line}",
                )
        if not transcripts:
            raise empty(path)
        for session_id, rows in transcripts.items():
            ordered = [rows[utterance] for utterance in sorted(rows)]
            spec = SessionSpec(
                session_id=session_id, modality="MI", problem=ordered[0].topic, source=self.name
            )
            yield Session(spec=spec, turns=tuple(row.turn for row in ordered))

    def _number(self, line: int, cells: dict[str, str]) -> int:
        if not cells["transcript_id"].strip():
            raise self._refusal(line, "transcript_id", "no id", "every row needs one")
        try:
            return int(cells["utterance_id"])
        except ValueError:
            raise self._refusal(
                line, "utterance_id", "not a whole number", "number the utterances from 0"
            ) from None

    def _turn(self, line: int, cells: dict[str, str]) -> Turn:
        speaker = cells["interlocutor"].strip().lower()
        if speaker not in (THERAPIST, CLIENT):
            raise self._refusal(
                line, "interlocutor", "unknown speaker", f"write {THERAPIST} or {CLIENT}"
            )
        try:
            start_s = seconds(cells["timestamp"])
        except ValueError:
            raise self._refusal(line, "timestamp", "not a time", "write hh:mm:ss") from None
        text = cells["utterance_text"].strip()
        if not text:
            raise self._refusal(
                line, "utterance_text", "no text", "delete the row or write what was said"
            )
        return Turn(speaker=speaker, text=text, start_s=start_s)

    def _refusal(self, line: int, field: str, what: str, fix: str) -> InputError:
        return InputError(what, file=self.path, line=line, field=field, fix=fix)
