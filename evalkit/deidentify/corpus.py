"""Whole corpora: check one, or write one with surrogates; counts come back, never words."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from evalkit.deidentify.check import check
from evalkit.deidentify.identifiers import KINDS
from evalkit.deidentify.replace import Deidentifier
from evalkit.errors import InputError
from evalkit.records import Record, Session
from evalkit.sessions.sources import open_source
from evalkit.store import read_records, write_records


class Given(Record):
    """The surrogates of one client: what a later check may pass over. No original is in it."""

    client: str
    words: tuple[str, ...]


class Tally(Record):
    """Sessions read, and identifiers found in them by class (classes with none left out)."""

    sessions: int
    found: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.found.values())


def checked(src: str, therapist: str = "") -> Tally:
    """Count the identifiers in a source such as `sessions.jsonl` or `annomi:FILE`.

    Surrogates listed beside a JSONL file (see `written`) are passed over.
    """
    beside = listed_beside(Path(src))
    known = {each.client: each.words for each in _given(beside)}
    sessions, total = 0, Counter[str]()
    for session in open_source(src, therapist).load():
        sessions += 1
        found = check(session, known.get(_client(session), ()))
        total.update(each.kind for each in found)
    return _tally(sessions, total)


def written(src: str, out: Path, seed: int | None = None, therapist: str = "") -> Tally:
    """Write the sessions of a source with surrogates, and say how many identifiers were replaced.

    The surrogates go to a file beside `out`, by client, so that `checked` knows them. Without a
    seed one is drawn and forgotten, and nobody can undo the date shifts.
    """
    if Path(src).exists() and out.exists() and Path(src).samefile(out):
        raise InputError("would replace the sessions it reads", file=out, fix="name another file")
    cleaner = Deidentifier(secrets.randbits(63) if seed is None else seed)
    clients: dict[str, set[str]] = {}
    total = Counter[str]()

    def clean() -> Iterator[Session]:
        for session in open_source(src, therapist).load():
            new, replaced = cleaner.replaced(session)
            clients.setdefault(_client(new), set()).update(cleaner.surrogates(new))
            total.update(each.kind for each in replaced)
            yield new

    sessions = write_records(out, clean())
    write_records(
        listed_beside(out),
        (Given(client=client, words=tuple(sorted(words))) for client, words in clients.items()),
    )
    return _tally(sessions, total)


def listed_beside(path: Path) -> Path:
    """The file that holds the surrogates of a JSONL file of sessions."""
    return path.with_name(path.name.removesuffix(".jsonl") + ".surrogates.jsonl")


def _given(path: Path) -> Iterator[Given]:
    return read_records(path, Given) if path.is_file() else iter(())


def _client(session: Session) -> str:
    return session.spec.client_id or session.session_id


def _tally(sessions: int, total: Counter[str]) -> Tally:
    return Tally(sessions=sessions, found={kind: total[kind] for kind in KINDS if total[kind]})
