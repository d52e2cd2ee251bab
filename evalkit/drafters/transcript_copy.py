"""Baseline: the transcript itself as the note. Nothing is invented and nothing is saved."""

from __future__ import annotations

from typing import ClassVar

from evalkit.drafters._base import Request, Written
from evalkit.records import THERAPIST, Record


class TranscriptCopy(Record):
    """The client's words in the first section, the clinician's in the second."""

    name: ClassVar[str] = "transcript_copy"

    async def write(self, request: Request) -> Written:
        said: dict[bool, list[str]] = {True: [], False: []}
        for turn in request.session.turns:
            said[turn.speaker == THERAPIST].append(turn.text)
        sections = dict.fromkeys(request.format.names, "")
        first, *rest = request.format.names
        sections[first] = " ".join(said[False])
        sections[rest[0] if rest else first] = " ".join(said[True])
        return Written(sections=sections)
