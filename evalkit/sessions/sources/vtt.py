"""Sessions from WebVTT captions, as meeting software exports them: one file a session."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from evalkit.errors import InputError
from evalkit.records import Record, Session, SessionSpec, Setting, Turn
from evalkit.sessions.sources._base import empty, repeated
from evalkit.sessions.sources._speakers import CLINICIAN, PATIENT, session_of
from evalkit.store import read_text

VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")
TAG = re.compile(r"<[^>]*>")
TIME = r"(?:\d+:)?[0-5]?\d:[0-5]?\d\.\d{1,3}"
TIMING = re.compile(rf"\s*{TIME}\s*-->\s*{TIME}(?:\s+\w+:\S+)*\s*")
WORD = r"[(]?[^\W_a-zà-ÿ][\w.'’()-]*"
PREFIX = re.compile(
    rf"((?:{WORD}(?: {WORD}){{0,3}})|therapist|client|patient|doctor|speaker \d+):\s+(?=\S)"
)


class _Said(NamedTuple):
    line: int
    start_s: float
    end_s: float
    speaker: str
    text: str


class Vtt(Record):
    """A `.vtt` file or a folder of them; a session's id is its file's name without the suffix.

    The speaker is given by a voice tag (`<v Ann>`) or a prefix (`Ann: `). A cue without either
    goes on with the turn before it. `therapist` is the clinician's label, where it does not say
    so itself.
    """

    name: ClassVar[str] = "vtt"
    path: str
    therapist: str = ""
    setting: Setting = "individual"

    def load(self) -> Iterator[Session]:
        path = Path(self.path)
        files = [path]
        if path.is_dir():
            files = sorted(file for file in path.iterdir() if file.suffix.lower() == ".vtt")
        if not files:
            fix = "name the kind of source if it is another, as in primock57:FOLDER"
            raise InputError("no .vtt file in this folder", file=path, fix=fix)
        seen: dict[str, Path] = {}
        for file in files:
            if file.stem in seen:
                raise repeated(file, None, "session_id", file.stem, f"in {seen[file.stem].name}")
            seen[file.stem] = file
            yield self._session(file)

    def _session(self, file: Path) -> Session:
        turns: list[Turn] = []
        for said in _labelled(_said(file)):
            if said.speaker:
                turns.append(
                    Turn(
                        speaker=said.speaker,
                        text=said.text,
                        start_s=said.start_s,
                        end_s=said.end_s,
                    )
                )
            elif turns:
                last = turns[-1]
                more = {"text": f"{last.text} {said.text}", "end_s": said.end_s}
                turns[-1] = last.model_copy(update=more)
            else:
                raise InputError(
                    "the first cue does not say who speaks",
                    file=file,
                    line=said.line,
                    field="speaker",
                    fix="begin it with a voice tag (<v Name>) or with 'Name: '",
                )
        if not turns:
            raise empty(file, "no cue with text in it")
        spec = SessionSpec(session_id=file.stem, setting=self.setting, source=self.name)
        try:
            return session_of(spec, turns, self.therapist)
        except InputError as error:
            raise InputError(error.what, file=file, field="speaker", fix=error.fix) from None


def _said(file: Path) -> list[_Said]:
    """What was said, cue by cue; `speaker` is empty where no voice tag gives it."""
    text = read_text(file)
    said: list[_Said] = []
    for line, cue in zip(*_cues(file, text), strict=True):
        raw = cue.raw_text.replace("\n", " ")
        head, *voices = VOICE.split(raw)
        parts = [("", head), *zip(voices[::2], voices[1::2], strict=True)]
        for speaker, part in parts:
            words = " ".join(html.unescape(TAG.sub("", part)).split())
            if words:
                start_s, end_s = (
                    t.in_milliseconds() / 1000 for t in (cue.start_time, cue.end_time)
                )
                said.append(_Said(line, start_s, end_s, html.unescape(speaker).strip(), words))
    return said


def _cues(file: Path, text: str) -> tuple[list[int], list[Any]]:
    """Lines of the timings and the cues; webvtt-py drops a malformed cue, so they are counted."""
    import webvtt
    from webvtt.errors import MalformedCaptionError, MalformedFileError

    arrows = [n for n, line in enumerate(text.split("\n"), start=1) if "-->" in line]
    lines = text.split("\n")
    bad = next((number for number in arrows if not TIMING.fullmatch(lines[number - 1])), None)
    fix = "write hh:mm:ss.mmm --> hh:mm:ss.mmm, with the text on the lines below it"
    if bad is not None:
        raise InputError("not the timing of a cue", file=file, line=bad, field="timing", fix=fix)
    try:
        cues = list(webvtt.from_string(text).captions)
    except (MalformedFileError, MalformedCaptionError):
        raise InputError(
            "not WebVTT", file=file, line=1, fix="the first line must be WEBVTT"
        ) from None
    if len(cues) != len(arrows):
        raise InputError(
            f"{len(arrows)} timings but {len(cues)} readable cues",
            file=file,
            field="timing",
            fix=fix,
        )
    return arrows, cues


def _labelled(said: list[_Said]) -> Iterator[_Said]:
    """Take `Name: ` prefixes for speakers, where no voice tag names any.

    "Listen: ..." looks like a name too. A prefix that comes once, where another comes five times
    or more, is text, unless it says therapist or client.
    """
    if any(part.speaker for part in said):
        yield from said
        return
    found = [PREFIX.match(part.text) for part in said]
    counts = Counter(match[1] for match in found if match)
    often = max(counts.values(), default=0) >= 5
    for part, match in zip(said, found, strict=True):
        if match is None:
            yield part
            continue
        label = match[1]
        known = CLINICIAN.search(label) or PATIENT.match(label)
        if often and counts[label] == 1 and not known:
            yield part
        else:
            yield part._replace(speaker=label, text=part.text[match.end() :])
