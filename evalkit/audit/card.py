"""Measure a judge against all the truth at hand, and write it down as the card has it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from evalkit.audit.controls import (
    Drafted,
    controls,
    in_one_wording,
    judged,
    traps_told,
    without_traps,
)
from evalkit.audit.people import IN_THE_HOUSE, Labelled, Own, Progress, corpus, people
from evalkit.audit.validity import figures, planted_rows, trap_rows
from evalkit.claims.lexicon import HERE as LEXICON
from evalkit.claims.model import HERE as WEIGHTS
from evalkit.errors import InputError
from evalkit.judges._base import Judge
from evalkit.judging import findings_of, judge_drafts
from evalkit.llm import Client
from evalkit.records import Endpoint, Session, digest
from evalkit.records.validity import Corpus, Measured, Validity
from evalkit.runner import in_own_loop
from evalkit.sessions.generate import generate
from evalkit.store import read_records

SAMPLE, SAMPLE_SEED = 4, 900_001


class Truth(NamedTuple):
    """What there is to measure on: sessions with a ledger, the file they are of, real data."""

    sessions: tuple[Session, ...]
    file: Path | None = None
    data: Path | None = None
    own: Own | None = None


STRESS = Path(__file__).parents[2] / "synthetic_data" / "stress.jsonl"
GENERATED, GENERATED_SEED = 60, 910_001


def truth(
    file: Path | None = None,
    limit: int | None = None,
    data: Path | None = None,
    own: Own | None = None,
) -> Truth:
    """The sessions of a file, of `STRESS` if none is named, or generated where that is not there.

    Raises InputError for a file without a session that has a ledger.
    """
    if file is None and STRESS.is_file():
        file = STRESS
    if file is None:
        return Truth(tuple(generate(limit or GENERATED, GENERATED_SEED)), None, data, own)
    known = tuple(one for one in read_records(file, Session) if one.has_ledger)
    if not known:
        raise InputError("no session with a ledger of facts to write controls from", file=file)
    return Truth(known[:limit], file, data, own)


def measured(
    judge: Judge,
    on: Truth,
    responses: Path | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> tuple[Validity, ...]:
    """`measure`, from start to end; answers of models are kept in `responses`."""

    async def work() -> tuple[Validity, ...]:
        async with Client(Endpoint(), responses) as client:
            return await measure(judge, on, client, progress)

    return in_own_loop(work())


async def measure(
    judge: Judge,
    on: Truth,
    llm: Client | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> tuple[Validity, ...]:
    """The judge's figures: with the ledger, if it looks at ledgers, and without.

    The people's labels are of sessions without a ledger, so they stand with the latter.
    """
    made = await controls(on.sessions)
    found = []
    if getattr(judge, "use_ledger", False):
        found.append(await _planted(judge, made, on, llm, progress))
        judge = judge.model_copy(update={"use_ledger": False})
    plain = await _planted(judge, made, on, llm, progress)
    corpora, rows, missing = await people(judge, Labelled(on.data, on.own), llm, progress)
    update = {
        "corpora": (*plain.corpora, *corpora),
        "rows": (*plain.rows, *rows),
        "missing": (*plain.missing, *missing),
    }
    return (*found, plain.model_copy(update=update))


async def _planted(
    judge: Judge, made: Drafted, on: Truth, llm: Client | None, progress: Progress
) -> Validity:
    """Figures on planted errors; those of the judge in the house also with less shown to it."""
    ledger = bool(getattr(judge, "use_ledger", False))

    def told(stage: str) -> Callable[[int, int], None]:
        return lambda done, total: progress(stage, done, total)

    known = await judged(judge, made, llm, told("controls"))
    rows: list[Measured] = planted_rows(known)
    if ledger:
        fewer = await judged(judge, made, llm, told("held-out words"), shown=in_one_wording)
        rows += figures(fewer, "held-out words", own=False)
        fewer = await judged(judge, made, llm, told("no traps"), shown=without_traps)
        rows += figures(fewer, "held-out words, traps not known", own=False)
        rows += trap_rows(traps_told(made))
    missing = [] if made else ["planted errors: no session has a ledger to write controls from"]
    if known.failed:
        missing.append(f"planted errors: the judge failed on {known.failed} of {len(made)} notes")
    counts = (len(on.sessions), len(made))
    generated = Corpus(name="generated", sha256="", sessions=counts[0], notes=counts[1])
    return Validity(
        judge=judge.name,
        settings=judge.settings(),
        ledger=ledger,
        weights=weights(judge),
        answers=await answers(judge),
        evalkit=metadata.version("evalkit"),
        corpora=(generated if on.file is None else corpus(on.file, *counts),),
        rows=tuple(rows),
        missing=tuple(missing),
    )


def weights(judge: Judge) -> str:
    """A hash of what a judge's verdicts rest on: weights and word lists in the package, or its
    settings, with the model and the prompt."""
    if judge.name != IN_THE_HOUSE:
        return judge.fingerprint
    whole = hashlib.sha256()
    for file in (*sorted(WEIGHTS.glob("*.json")), *sorted(LEXICON.glob("*.toml"))):
        whole.update(file.read_bytes())
    whole.update(str(judge.settings().get("weights") or "").encode())
    return whole.hexdigest()[:16]


async def answers(judge: Judge) -> str:
    """A hash of the verdicts on a few notes of the judge in the house; "" for any other.

    It changes with whatever changes verdicts, the code among it.
    """
    if judge.name != IN_THE_HOUSE:
        return ""
    made = await controls(list(generate(SAMPLE, SAMPLE_SEED)))
    sessions = list({session.session_id: session for session, _ in made}.values())
    rows = await judge_drafts([judge], sessions, [draft for _, draft in made])
    return digest([[one.claim.text, one.verdict] for one in findings_of(rows)])
