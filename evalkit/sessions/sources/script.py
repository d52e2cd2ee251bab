"""Sessions written by hand: a folder of TOML files, one a session, or one such file.

    setting = "individual"
    transcript = '''
    T: How was the drive?
    C@f01: I took the back way.
    '''
    [client]
    name = "Simone"
    [[facts]]
    id = "f01"
    kind = "symptom"
    statement = "Client avoids the freeway."

A line of the transcript is a speaker, marks, and what was said. `T` is the therapist and `C` the
client; others go by name. A mark is the id of a fact, or the `mark` of a trap, that the turn shows.
Further tables are those of `Session`: chart, form, traps, references.<format>.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ValidationError

from evalkit.errors import InputError, from_validation
from evalkit.records import THERAPIST, Fact, Record, ReferenceNote, Session, SessionSpec, Turn
from evalkit.sessions.belongs import sections
from evalkit.sessions.clock import timed
from evalkit.sessions.rng import Rng
from evalkit.sessions.sources._base import empty
from evalkit.store import read_text

_LINE = re.compile(r"(?P<who>[^\s:@](?:[^:@]*[^\s:@])?)(?:@(?P<marks>\w+(?:,\w+)*))?: (?P<text>.+)")
SPEC = ("setting", "modality", "problem", "minutes", "client_id", "visit")
REST = ("client", "chart", "form", "members")
KNOWN = {*SPEC, *REST, "jottings", "transcript", "facts", "traps", "references"}


class Script(Record):
    """Each file is a session whose id is the file's name; a folder's are read in that order."""

    name: ClassVar[str] = "script"
    path: str

    def load(self) -> Iterator[Session]:
        path = Path(self.path)
        files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
        if not files:
            raise empty(path, "no .toml file in this folder")
        for file in files:
            yield _session(file)


def _session(file: Path) -> Session:
    try:
        raw = tomllib.loads(read_text(file))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not TOML ({error})", file=file) from None
    for key in raw:
        if key not in KNOWN:
            raise InputError(
                "no such field",
                file=file,
                field=key,
                fix=f"write one of {', '.join(sorted(KNOWN))}",
            )
    turns, marks = _turns(file, str(raw.get("transcript", "")), raw)
    traps = [dict(each) for each in raw.get("traps", [])]
    ids = {str(each.get("id", "")) for each in raw.get("facts", [])}
    known = ids | {str(each["mark"]) for each in traps if each.get("mark")}
    for mark in sorted(set(marks) - known):
        raise InputError(f"the mark {mark!r} names no fact and no trap", file=file)
    wanted = [str(each["mark"]) for each in traps if each.get("mark")]
    unmarked = [mark for mark in wanted if mark not in marks]
    if unmarked:
        raise InputError(f"no turn bears the mark {unmarked[0]!r} of a trap", file=file)
    try:
        facts = tuple(_fact(each, marks) for each in raw.get("facts", []))
        spec = {key: raw[key] for key in SPEC if key in raw}
        kinds = tuple(sorted({str(each.get("kind", "")) for each in traps}))
        return Session(
            spec=SessionSpec(session_id=file.stem, source="script", traps=kinds, **spec),
            turns=tuple(timed(turns, Rng("script", file.stem))),
            jottings=str(raw.get("jottings", "")).strip(),
            facts=facts,
            traps=[
                {
                    **{key: value for key, value in each.items() if key != "mark"},
                    "turns": marks.get(str(each.get("mark", "")), ()),
                }
                for each in traps
            ],
            references=tuple(
                ReferenceNote(format=name, sections=parts)
                for name, parts in raw.get("references", {}).items()
            ),
            **{key: raw[key] for key in REST if key in raw},
        )
    except ValidationError as error:
        raise from_validation(error, file=file) from None


def _turns(
    file: Path, transcript: str, raw: dict[str, Any]
) -> tuple[list[Turn], dict[str, tuple[int, ...]]]:
    """The turns, and the turns that bear each mark."""
    turns: list[Turn] = []
    marks: dict[str, tuple[int, ...]] = {}
    members = [str(each) for each in raw.get("members", [])]
    speakers = {"T": THERAPIST, **{name: name for name in members}}
    speakers |= {"C": members[0] if members else "client"}
    for number, line in enumerate(transcript.strip("\n").split("\n"), start=1):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None or found["who"] not in speakers:
            raise InputError(
                f"line {number} of the transcript does not start with a speaker",
                file=file,
                field="transcript",
                fix=f"start it with one of {', '.join(speakers)}, then ': '",
            )
        speaker = speakers[found["who"]]
        if turns and turns[-1].speaker == speaker:
            turns[-1] = turns[-1].model_copy(update={"text": f"{turns[-1].text} {found['text']}"})
        else:
            turns.append(Turn(speaker=speaker, text=found["text"]))
        for mark in (found["marks"] or "").split(","):
            if mark:
                marks[mark] = tuple(dict.fromkeys((*marks.get(mark, ()), len(turns) - 1)))
    return turns, marks


def _fact(raw: dict[str, Any], marks: dict[str, tuple[int, ...]]) -> Fact:
    values = {key: value for key, value in raw.items() if key != "id"}
    fact_id = str(raw.get("id", ""))
    fact = Fact.model_validate({**values, "fact_id": fact_id, "turns": marks.get(fact_id, ())})
    return fact.model_copy(
        update={"sections": fact.sections or sections(fact.kind, fact.temporality)}
    )
