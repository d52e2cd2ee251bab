"""PriMock57: 57 mock primary-care consultations with the doctor's note (CC BY 4.0).

Papadopoulos Korfiatis et al. 2022, ACL; get it from github.com/babylonhealth/primock57.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from evalkit.errors import InputError
from evalkit.records import THERAPIST, Record, ReferenceNote, Session, SessionSpec, Turn
from evalkit.sessions.sources._base import empty, repeated
from evalkit.sessions.sources._speakers import CLIENT
from evalkit.sessions.sources._textgrid import read_textgrid
from evalkit.store import read_json

ROLES = {"doctor": THERAPIST, "patient": CLIENT}
FILE = re.compile(r"(?P<session>.+)_(?P<role>doctor|patient)", re.IGNORECASE)
LONE_TAG = re.compile(r"<[A-Za-z_]+\s*/>")
TAG = re.compile(r"</?[A-Za-z_]+>")
GAP = re.compile(r"\s+(?=[,.?!])")


class PriMock57(Record):
    """One session a consultation, its id such as `day1_consultation01`.

    `path` is the folder with `transcripts/` (or the TextGrid files themselves) and, if there,
    `notes/`. Marks of the transcribers (<UNSURE>, <UNIN/>, <INAUDIBLE_SPEECH/>) are dropped, the
    unsure words kept; a stretch with nothing else in it is no turn.
    """

    name: ClassVar[str] = "primock57"
    path: str

    def load(self) -> Iterator[Session]:
        for session_id, files in self._consultations().items():
            for role in ROLES.keys() - files.keys():
                raise InputError(
                    f"no transcript of the {role}",
                    file=Path(self.path),
                    field=session_id,
                    fix=f"add {session_id}_{role}.TextGrid",
                )
            turns = sorted(
                (turn for role in ROLES for turn in _turns(files[role], ROLES[role])),
                key=lambda turn: turn.start_s or 0.0,
            )
            if not turns:
                raise empty(files["doctor"], f"no turn with words in {session_id!r}")
            complaint, references = self._note(session_id)
            spec = SessionSpec(session_id=session_id, problem=complaint, source=self.name)
            yield Session(spec=spec, turns=tuple(turns), references=references)

    def _consultations(self) -> dict[str, dict[str, Path]]:
        folder = Path(self.path)
        if not folder.is_dir():
            raise InputError(
                "there is no such folder", file=folder, fix="give the folder of transcripts/"
            )
        if (folder / "transcripts").is_dir():
            folder = folder / "transcripts"
        found: dict[str, dict[str, Path]] = {}
        for file in sorted(folder.iterdir()):
            match = FILE.fullmatch(file.stem)
            if file.suffix.lower() != ".textgrid" or match is None:
                continue
            roles = found.setdefault(match["session"], {})
            role = match["role"].lower()
            if role in roles:
                raise repeated(file, None, "session_id", match["session"], f"in {roles[role].name}")
            roles[role] = file
        if not found:
            raise empty(folder, "no file such as day1_consultation01_doctor.TextGrid")
        return found

    def _note(self, session_id: str) -> tuple[str, tuple[ReferenceNote, ...]]:
        file = Path(self.path) / "notes" / f"{session_id}.json"
        if not file.is_file():
            return "", ()
        content = read_json(file)
        note = content.get("note") if isinstance(content, dict) else None
        if not isinstance(note, str):
            raise InputError("no note", file=file, field="note", fix='write {"note": "..."}')
        complaint = content.get("presenting_complaint")
        reference = ReferenceNote(format="free", sections={"note": note})
        return complaint if isinstance(complaint, str) else "", (reference,)


def _turns(file: Path, speaker: str) -> Iterator[Turn]:
    for tier in read_textgrid(file).values():
        for start_s, end_s, text in tier:
            words = " ".join(TAG.sub("", LONE_TAG.sub(" ", text)).split())
            words = GAP.sub("", words)
            if any(character.isalnum() for character in words):
                yield Turn(speaker=speaker, text=words, start_s=start_s, end_s=end_s)
