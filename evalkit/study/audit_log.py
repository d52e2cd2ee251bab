"""An EHR's audit log as review events: who opened, edited and signed which note, and when.

The rows of a CSV become events of a review folder, so that times are computed from them just as
from the app's own log. No note and no transcript come with them: `drafts.jsonl` and
`sessions.jsonl` are empty, and edits are known to have happened, not what they were.
"""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from evalkit.errors import InputError, from_validation
from evalkit.records import Record
from evalkit.review.folder import DRAFTS, EVENTS, SESSIONS, TASKS
from evalkit.review.log import EventLog
from evalkit.store import read_json, read_text, write_records, write_text
from evalkit.study.audit_actions import STEPS, Actions
from evalkit.study.audit_events import Names, events_of, tasks_of
from evalkit.study.audit_rows import Reading, Row, read_rows
from evalkit.study.audit_times import zone_named
from evalkit.study.refusals import PLAN

ORIGIN, KEY = "import.json", "import.key"


class Origin(Record):
    """`import.json`: that a folder holds imported logs, whether with ids as they were, and a digest
    by which another key is noticed."""

    keep_ids: bool
    key_check: str


@dataclass(frozen=True)
class Imported:
    """What an import did.

    `rows` were read, without the `ignored` ones. `unmapped` are actions of no known step with the
    number of rows each.
    """

    rows: int
    ignored: int
    new: int
    reviewers: int
    tasks: int
    steps: dict[str, int]
    unmapped: dict[str, int]
    first_ms: int
    last_ms: int


def import_log(
    file: Path, out: Path, reading: Reading, actions: Actions, key_file: Path | None = None
) -> Imported:
    """Read an audit log into the review folder `out`, which is new or holds earlier imports.

    Users and notes are named by digests made with the key of `key_file` (`import.key` in the
    folder; drawn where there is none), unless `reading.keep_ids`. The same log read twice adds
    nothing. Raises InputError naming line and field of a bad row, before anything is written.
    """
    zone_named(reading.clock.zone)
    every = read_rows(file, reading, actions)
    rows = [row for row in every if row.step != "ignore"]
    if not rows:
        raise InputError("has no rows that a person made", file=file)
    before = _origin(out)
    names = Names(_key(key_file or out / KEY, fresh=before is None), reading.keep_ids)
    origin = Origin(keep_ids=reading.keep_ids, key_check=names.of("check"))
    _check_same(before, origin, out)
    per_user: dict[str, list[Row]] = {}
    for row in rows:
        per_user.setdefault(names.user(row.user), []).append(row)
    logs = {user: out / EVENTS / f"{user}.jsonl" for user in sorted(per_user)}
    fresh = {user: events_of(user, per_user[user], log, names) for user, log in logs.items()}
    tasks = tasks_of(out / TASKS, per_user, names)
    write_text(out / ORIGIN, origin.model_dump_json(indent=2) + "\n")
    for name in (SESSIONS, DRAFTS):
        write_text(out / name, "")
    write_records(out / TASKS, tasks)
    for user, log in logs.items():
        EventLog(log).append(fresh[user])
    return Imported(
        rows=len(rows),
        ignored=len(every) - len(rows),
        new=sum(len(events) for events in fresh.values()),
        reviewers=len(per_user),
        tasks=len({(row.user, row.note) for row in rows}),
        steps={step: sum(row.step == step for row in rows) for step in STEPS if step != "ignore"},
        unmapped=dict(Counter(row.action for row in rows if row.step is None).most_common()),
        first_ms=rows[0].at_ms,
        last_ms=rows[-1].at_ms,
    )


def _origin(out: Path) -> Origin | None:
    """How the logs of a folder were imported; None for a new folder."""
    path = out / ORIGIN
    if not path.exists():
        if any((out / name).exists() for name in (TASKS, DRAFTS, PLAN)):
            raise InputError("holds something else", file=out, fix="name another --out")
        return None
    try:
        return Origin.model_validate(read_json(path))
    except ValidationError as error:
        raise from_validation(error, file=path) from None


def _check_same(before: Origin | None, now: Origin, out: Path) -> None:
    """One user has one name in a folder."""
    if before is None or before == now:
        return
    if before.keep_ids != now.keep_ids:
        without = "" if before.keep_ids else "out"
        what, field = f"was imported with{without} --keep-ids", "--keep-ids"
    else:
        what, field = "was imported with another key", "--key-file"
    fix = "import all logs of a folder alike"
    raise InputError(what, file=out, field=field, fix=fix)


def _key(path: Path, fresh: bool) -> bytes:
    """The secret of the digests; drawn and written down, for its owner alone, for a new folder."""
    if fresh and not path.exists():
        write_text(path, secrets.token_hex(32) + "\n")
        path.chmod(0o600)
    key = read_text(path).strip()
    if len(key) < 16:
        raise InputError("a key has at least 16 characters", file=path)
    return key.encode()
