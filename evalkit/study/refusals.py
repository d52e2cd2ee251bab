"""When a study is not planned, and a reviewer not added: what could be lost or would not fit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evalkit.errors import InputError
from evalkit.records import Draft, Session
from evalkit.review.folder import DRAFTS, EVENTS, SESSIONS, TASKS
from evalkit.study.config import Study, check_reviewer
from evalkit.study.material import Material

PLAN = "plan.json"
REPEAT = ", or set repeat_sessions = true"


def check_room(study: Study, found: Material, file: Path) -> None:
    """Enough sessions that a reviewer sees none twice (no draft twice, where sessions repeat), and
    places enough for the shared notes."""
    notes, k, have = study.notes_per_reviewer, len(study.approaches), len(found.sessions)
    places = notes // k * k
    if study.calibration > places:
        raise InputError(
            f"{notes} notes of {k} approaches have room for {places} shared ones",
            file=file,
            field="calibration",
            fix=f"ask for at most {places}, or for more notes",
        )
    needed = max(-(-notes // k) if study.repeat_sessions else notes, study.calibration)
    if needed <= have:
        return
    left_out = f" ({found.left_out} more lack one)" if found.left_out else ""
    raise InputError(
        f"{notes} notes need {needed} sessions with a draft of every approach; "
        f"the run has {have}{left_out}",
        file=file,
        field="notes_per_reviewer",
        fix="ask for fewer, run more sessions" + ("" if study.repeat_sessions else REPEAT),
    )


def check_folder(out: Path, folder: Path) -> None:
    """Only an empty folder, or a plan that nobody has begun, may be written over."""
    if any(path.stat().st_size for path in (folder / EVENTS).glob("*.jsonl")):
        raise InputError(
            "reviewers have begun here, and their tasks stay",
            file=out,
            fix="name another --out, or give more reviewers tasks with --add NAME",
        )
    others = [name for name in (TASKS, SESSIONS, DRAFTS) if (folder / name).exists()]
    if others and not (folder / PLAN).exists():
        raise InputError(f"holds {others[0]} of something else", file=out, fix="name another --out")


def check_same(study: Study, planned: Study, file: Path) -> None:
    """A study file may name other reviewers than when it was planned, and nothing else."""
    for field in Study.model_fields:
        if field not in ("reviewers", "run") and getattr(study, field) != getattr(planned, field):
            raise InputError(
                "is not what was planned",
                file=file,
                field=field,
                fix="set it back, or plan a new study in another folder",
            )


def check_new(names: Sequence[str], there: Sequence[str], out: Path) -> None:
    taken = {name.casefold() for name in there}
    for name in names:
        try:
            check_reviewer(name)
        except ValueError as error:
            raise InputError(str(error), field="--add") from None
        if name.casefold() in taken:
            raise InputError(f"{name!r} has tasks already", file=out, field="--add")
        taken.add(name.casefold())


def check_unchanged(drafts: Sequence[Draft], sessions: Sequence[Session], found: Material) -> None:
    """All must read the same notes and transcripts, the first reviewer and the last."""
    now = {one.session_id: one for one in found.sessions}
    same = all(now.get(one.session_id) == one for one in sessions) and all(
        found.drafts.get((one.session_id, one.approach)) == one for one in drafts
    )
    if not same:
        raise InputError(
            "the run is not the one that was planned from",
            file=found.folder,
            field="run",
            fix="name the run as it was then, or plan a new study in another folder",
        )
