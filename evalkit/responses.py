"""What models answered, kept the moment it arrives, so that no finished call is made twice.

One sqlite file of JSON bytes under each call's key: nothing in it is ever executed on reading.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from urllib.parse import quote

from evalkit.errors import InputError


class ResponseStore:
    """Key -> JSON bytes in one sqlite file (write-ahead log, one writer at a time).

    The file holds the text of notes, so it is made readable by its owner alone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._db = sqlite3.connect(
                path, timeout=30, isolation_level=None, check_same_thread=False
            )
            self._db.execute("pragma journal_mode=wal")
            self._db.execute("pragma synchronous=normal")
            self._db.execute(
                "create table if not exists responses (key text primary key, body blob not null)"
            )
        except (OSError, sqlite3.Error) as error:
            raise InputError(
                f"cannot be used as a store of responses ({type(error).__name__})",
                file=path,
                fix="give another path, or remove the file",
            ) from None

    @classmethod
    def reading(cls, path: Path) -> ResponseStore | None:
        """A store that is only read, so that no file is made; None where there is none."""
        if not path.exists():
            return None
        log = path.with_name(path.name + "-wal")
        mode = "mode=ro" if log.exists() and log.stat().st_size else "immutable=1"
        store = cls.__new__(cls)
        store.path, store._lock = path, threading.Lock()
        try:
            store._db = sqlite3.connect(
                f"file:{quote(str(path.resolve()))}?{mode}", uri=True, check_same_thread=False
            )
            store._db.execute("select count(*) from responses")
        except sqlite3.Error as error:
            raise InputError(
                f"cannot be read as a store of responses ({type(error).__name__})", file=path
            ) from None
        return store

    def get(self, key: str) -> bytes | None:
        """The stored answer, or None."""
        with self._lock:
            row = self._db.execute("select body from responses where key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def put(self, key: str, body: bytes) -> None:
        """Keep an answer; it is on disk when this returns."""
        with self._lock:
            self._db.execute("insert or replace into responses values (?, ?)", (key, body))

    def __len__(self) -> int:
        with self._lock:
            count: int = self._db.execute("select count(*) from responses").fetchone()[0]
        return count

    def close(self) -> None:
        with self._lock:
            self._db.close()
