"""Sessions from a CSV file: one row a turn, the rows of a session together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, get_args

from evalkit.errors import InputError
from evalkit.records import Record, Session, SessionSpec, Setting, Turn
from evalkit.sessions.sources._base import empty, repeated
from evalkit.sessions.sources._clock import seconds
from evalkit.sessions.sources._speakers import session_of
from evalkit.store import read_csv

COLUMNS = ("session_id", "speaker", "text")
Rows = list[tuple[int, dict[str, str]]]


class Csv(Record):
    """Columns session_id, speaker, text; start_s, end_s, setting, modality, problem if known.

    Times are seconds or hh:mm:ss. `therapist` is the clinician's speaker label, where it does
    not say so itself. What a session is (setting and so on) is read from its first row.
    """

    name: ClassVar[str] = "csv"
    path: str
    therapist: str = ""

    def load(self) -> Iterator[Session]:
        started: dict[str, int] = {}
        rows: Rows = []
        for line, cells in read_csv(Path(self.path), COLUMNS):
            session_id = cells["session_id"].strip()
            if not session_id:
                raise self._refusal(line, "session_id", "no id", "every row needs one")
            if rows and session_id == rows[0][1]["session_id"].strip():
                rows.append((line, cells))
                continue
            if session_id in started:
                first = f"given from line {started[session_id]}"
                raise repeated(self.path, line, "session_id", session_id, first)
            started[session_id] = line
            if rows:
                yield self._session(rows)
            rows = [(line, cells)]
        if not rows:
            raise empty(self.path, "no row below the header")
        yield self._session(rows)

    def _session(self, rows: Rows) -> Session:
        line, first = rows[0]
        setting = first.get("setting", "").strip().lower() or "individual"
        if setting not in get_args(Setting):
            choices = ", ".join(get_args(Setting))
            raise self._refusal(line, "setting", "unknown setting", f"write one of {choices}")
        spec = SessionSpec.model_validate(
            {
                "session_id": first["session_id"].strip(),
                "setting": setting,
                "modality": first.get("modality", "").strip(),
                "problem": first.get("problem", "").strip(),
                "source": self.name,
            }
        )
        turns = [self._turn(at, cells) for at, cells in rows]
        try:
            return session_of(spec, turns, self.therapist)
        except InputError as error:
            raise self._refusal(line, "speaker", error.what, error.fix or "") from None

    def _turn(self, line: int, cells: dict[str, str]) -> Turn:
        for field in ("speaker", "text"):
            if not cells[field].strip():
                raise self._refusal(line, field, "empty", "fill it in or delete the row")
        return Turn(
            speaker=cells["speaker"].strip(),
            text=cells["text"].strip(),
            start_s=self._time(line, cells, "start_s"),
            end_s=self._time(line, cells, "end_s"),
        )

    def _time(self, line: int, cells: dict[str, str], field: str) -> float | None:
        try:
            return seconds(cells.get(field, ""))
        except ValueError:
            raise self._refusal(line, field, "not a time", "write seconds or hh:mm:ss") from None

    def _refusal(self, line: int, field: str, what: str, fix: str) -> InputError:
        return InputError(what, file=self.path, line=line, field=field, fix=fix)
