"""A finished run, small enough to plan studies from in no time."""

from pathlib import Path

import pandas as pd

from evalkit.records import Draft, SessionSpec
from evalkit.store import write_records
from tests.small import session

APPROACHES = ("careful", "hasty", "plain", "copied")
LAYOUT = {
    "careful": "**Sleep**  is poor.\r\n\r\n\r\n* Denies SI.\u00a0",
    "hasty": "Sleep is poor.\n- Denies SI.",
    "plain": "Sleep is poor.\n\u2022 Denies SI.",
    "copied": "\u201cI keep waking,\u201d client said.",
}
STUDY = """
name = "small"
seed = 7
run = "run"
approaches = ["careful", "hasty", "plain", "copied"]
format = "soap"
reviewers = ["r1", "r2", "r3", "r4"]
notes_per_reviewer = 8
calibration = 4
tlx = "per note"
"""


def draft(number: int, approach: str, replicate: int = 0, failure: str | None = None) -> Draft:
    sections = {"subjective": LAYOUT[approach], "plan": f"Return in {number + replicate} weeks."}
    return Draft(
        session_id=f"s{number:02}",
        approach=approach,
        approach_id=approach,
        format="soap",
        replicate=replicate,
        sections={} if failure else sections,
        failure=failure,
    )


def make_run(folder: Path, sessions: int = 12, drafts: list[Draft] | None = None) -> Path:
    """A run's folder: every approach has a draft of every session, unless others are given."""
    write_records(
        folder / "sessions.jsonl",
        (session(spec=SessionSpec(session_id=f"s{number:02}")) for number in range(sessions)),
    )
    drafts = drafts or [draft(n, name) for n in range(sessions) for name in APPROACHES]
    write_records(folder / "drafts.jsonl", drafts)
    rows = [{**one.cell._asdict(), "minutes": 3.0} for one in drafts if not one.failure]
    pd.DataFrame(rows).to_parquet(folder / "reviews.parquet")
    return folder


def make_study(folder: Path, text: str = STUDY, **changes: str) -> Path:
    """A study file beside the folder `run`; a change replaces the line of that field."""
    for field, value in changes.items():
        lines = [line for line in text.splitlines() if not line.startswith(f"{field} =")]
        text = "\n".join([*lines, f"{field} = {value}"] if value else lines) + "\n"
    file = folder / "study.toml"
    file.write_text(text, encoding="utf-8")
    return file
