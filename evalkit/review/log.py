"""The event log of one reviewer: JSONL that is only ever appended to.

A batch is on the disk (fsync) before `append` returns, and one writer at a time writes. A line
that was cut off, because its writer was killed, is passed over by readers; the next writer moves
it to `<reviewer>.torn` beside the log.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from evalkit.errors import InputError, from_validation
from evalkit.records import ReviewEvent
from evalkit.store import folder_for

MAX_READ = 1 << 24


class EventLog:
    """The log at `path`; the file need not be there yet.

    Several objects, in several processes, may write to one log: each reads what the others added
    before it adds its own, and never again what it has read. Files are their owner's alone (0600).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: set[str] = set()
        self._read_to = 0
        self._lines = 0
        self._handle = -1

    def news(self) -> list[ReviewEvent]:
        """Events that were added since this object last looked, in the log's order.

        The first call gives all of them. InputError names the line of one that cannot be read.
        """
        try:
            with self.path.open("rb") as file:
                return self._catch_up(file.fileno())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._trouble("read", error) from None

    @contextmanager
    def writing(self) -> Iterator[list[ReviewEvent]]:
        """Hold the lock of the log. Gives its `news`; inside, `add` may be called."""
        folder_for(self.path.parent)
        fresh = not self.path.exists()
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise self._trouble("written", error) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if fresh:
                _sync_folder(self.path.parent)
            news = self._catch_up(handle)
            news += self._mend(handle)
            self._handle = handle
            yield news
        except OSError as error:
            raise self._trouble("written", error) from None
        finally:
            os.close(handle)

    def add(self, events: Sequence[ReviewEvent]) -> None:
        """Write a batch inside `writing`; an event that is there already is not written again."""
        batch = {one.event_id: one for one in events if one.event_id not in self._seen}
        rest = memoryview(b"".join(_line(one) for one in batch.values()))
        if not rest:
            return
        size = len(rest)
        while rest:
            rest = rest[os.write(self._handle, rest) :]
        os.fsync(self._handle)
        self._seen.update(batch)
        self._read_to += size
        self._lines += len(batch)

    def append(self, events: Sequence[ReviewEvent]) -> None:
        """Write a batch: all of it is on the disk when this returns."""
        with self.writing():
            self.add(events)

    def __contains__(self, event_id: str) -> bool:
        return event_id in self._seen

    def _catch_up(self, handle: int) -> list[ReviewEvent]:
        """Read the whole lines that this object has not read yet."""
        found: list[ReviewEvent] = []
        left = b""
        while chunk := os.pread(handle, MAX_READ, self._read_to + len(left)):
            *lines, left = (left + chunk).split(b"\n")
            found += self._parsed(lines)
            self._read_to += sum(len(line) + 1 for line in lines)
        return found

    def _parsed(self, lines: Sequence[bytes]) -> list[ReviewEvent]:
        found = []
        for line in lines:
            self._lines += 1
            if not line.strip():
                continue
            event = self._event(line)
            if event.event_id not in self._seen:
                self._seen.add(event.event_id)
                found.append(event)
        return found

    def _event(self, line: bytes) -> ReviewEvent:
        try:
            return ReviewEvent.model_validate_json(line)
        except ValidationError as error:
            raise from_validation(error, file=self.path, line=self._lines) from None

    def _mend(self, handle: int) -> list[ReviewEvent]:
        """End the last line: a whole event that lacks its line feed stays, a torn one moves."""
        torn = os.pread(handle, os.fstat(handle).st_size - self._read_to, self._read_to)
        if not torn:
            return []
        try:
            ReviewEvent.model_validate_json(torn)
        except ValidationError:
            aside = os.open(
                self.path.with_suffix(".torn"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
            )
            with os.fdopen(aside, "wb") as file:
                file.write(torn + b"\n")
                file.flush()
                os.fsync(aside)
            os.ftruncate(handle, self._read_to)
        else:
            os.write(handle, b"\n")
        os.fsync(handle)
        return self._catch_up(handle)

    def _trouble(self, done: str, error: OSError) -> InputError:
        return InputError(f"cannot be {done} ({error.strerror})", file=self.path)


def read_events(path: Path) -> list[ReviewEvent]:
    """All events of a log in its order, each once; a torn last line is passed over.

    A log that is not there has no events. InputError names the line of a bad one.
    """
    return EventLog(path).news()


def _line(event: ReviewEvent) -> bytes:
    return (json.dumps(event.model_dump(mode="json"), ensure_ascii=False) + "\n").encode()


def _sync_folder(folder: Path) -> None:
    """So that the name of a new file outlives a power cut, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
