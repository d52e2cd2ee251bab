"""Sessions from a JSONL file: whole Session records, or the light form of a transcript."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, ValidationError

from evalkit.errors import InputError, from_validation
from evalkit.records import Chart, Record, Session, SessionSpec, Setting, Turn
from evalkit.sessions.sources._base import empty, repeated
from evalkit.sessions.sources._speakers import session_of
from evalkit.store import read_rows

FIX = 'write {"session_id": ..., "turns": [{"speaker": ..., "text": ...}, ...]} on one line'


class _Light(Record):
    """What a product has at hand: a transcript, perhaps jottings, chart and form."""

    session_id: str = Field(min_length=1)
    turns: tuple[Turn, ...] = Field(min_length=1)
    jottings: str = ""
    chart: Chart | None = None
    form: dict[str, str] = Field(default_factory=dict)
    setting: Setting = "individual"
    modality: str = ""
    problem: str = ""


class Jsonl(Record):
    """One session a line. A line with a `spec` is a whole Session, as `evalkit generate` writes.

    The light form has session_id and turns (speaker, text, start_s, end_s), and if known
    jottings, chart, form, setting, modality, problem. Its speaker labels may be names;
    `therapist` says which one is the clinician, where the label does not say so itself.
    """

    name: ClassVar[str] = "jsonl"
    path: str
    therapist: str = ""

    def load(self) -> Iterator[Session]:
        seen: dict[str, int] = {}
        for line, row in read_rows(Path(self.path)):
            session = self._session(line, row)
            name = session.session_id
            if name in seen:
                first = f"given on line {seen[name]}"
                raise repeated(self.path, line, "session_id", name, first)
            seen[name] = line
            yield session
        if not seen:
            raise empty(self.path)

    def _session(self, line: int, row: dict[str, Any]) -> Session:
        try:
            if "spec" in row:
                session = Session.model_validate(row)
                if not any(turn.text.strip() for turn in session.turns):
                    raise self._refusal(line, "turns", "no turn has any text", FIX)
                return session
            return self._whole(line, _Light.model_validate(row))
        except ValidationError as error:
            found = from_validation(error)
            raise self._refusal(line, found.field or "", found.what, FIX) from None

    def _whole(self, line: int, light: _Light) -> Session:
        for index, turn in enumerate(light.turns):
            for field in ("speaker", "text"):
                if not getattr(turn, field).strip():
                    fix = "fill it in or leave out the turn"
                    raise self._refusal(line, f"turns.{index}.{field}", "empty", fix)
        spec = SessionSpec(
            session_id=light.session_id,
            setting=light.setting,
            modality=light.modality,
            problem=light.problem,
            source=self.name,
        )
        known = {"chart": light.chart, "jottings": light.jottings, "form": light.form}
        try:
            return session_of(spec, light.turns, self.therapist, **known)
        except InputError as error:
            raise self._refusal(line, "speaker", error.what, error.fix or "") from None

    def _refusal(self, line: int, field: str, what: str, fix: str) -> InputError:
        return InputError(what, file=self.path, line=line, field=field, fix=fix)
