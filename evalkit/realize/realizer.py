"""Sessions put into words by a model: asked, checked, repaired, and kept, rejected or failed.

Each answer is stored as it arrives, so a run that was killed starts where it stopped. A session
is asked for and checked on its own; one that fails takes no other with it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field

from evalkit.errors import InputError
from evalkit.llm import Call, Client, Completion, Message, ModelFailure
from evalkit.models import check_keys
from evalkit.realize.answer import Line, Malformed, Problem, read
from evalkit.realize.brief import instructions, material, repairs, speakers
from evalkit.realize.check import check
from evalkit.realize.voiced import must_be_voiced, trap_id
from evalkit.records import Fact, Record, Session, Trap, Turn, digest
from evalkit.sessions.clock import PER_MINUTE, timed
from evalkit.sessions.rng import Rng

Shown = TypeVar("Shown", Fact, Trap)

Progress = Callable[[str, int, int], None]

SUFFIX = "-realized"
"""What the name of a session in a model's words has after that of the one it is drawn from."""


class Realized(Record):
    """What became of one session. `problems` are those of the last answer that was checked."""

    session_id: str
    outcome: Literal["accepted", "rejected", "failed"]
    repairs: int = 0
    problems: tuple[Problem, ...] = ()
    failure: str | None = None
    cost_usd: float | None = 0.0
    session: Session | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not there: kinds of problems, or the kind of failure."""
        if self.failure is not None:
            return (self.failure,)
        return tuple(dict.fromkeys(problem.kind for problem in self.problems))


class Tally(Record):
    """How many sessions were planned and what became of them; `repaired` ones are accepted too."""

    planned: int
    accepted: int
    repaired: int
    rejected: int
    failed: int
    reasons: dict[str, int]

    @staticmethod
    def of(results: Sequence[Realized]) -> Tally:
        outcomes = Counter(result.outcome for result in results)
        reasons = Counter(reason for result in results for reason in result.reasons)
        return Tally(
            planned=len(results),
            accepted=outcomes["accepted"],
            repaired=sum(r.outcome == "accepted" and r.repairs > 0 for r in results),
            rejected=outcomes["rejected"],
            failed=outcomes["failed"],
            reasons=dict(sorted(reasons.items())),
        )

    def __str__(self) -> str:
        said = (
            f"{self.planned} planned = {self.accepted} accepted ({self.repaired} after repair) "
            f"+ {self.rejected} rejected + {self.failed} failed"
        )
        why = ", ".join(f"{reason} {count}" for reason, count in self.reasons.items())
        return f"{said}; {why}" if why else said


class Realizer(Record):
    """Asks a model for sessions; `repairs` is how often an answer may be sent back.

    With `minutes` sessions are to be that long; without, as long as the one they are drawn from.
    `max_tokens` bounds an answer; without it, three a word and 500 more.
    """

    model: str
    repairs: int = Field(default=2, ge=0, le=10)
    minutes: float | None = Field(default=None, ge=1, le=60)
    temperature: float = Field(default=0.8, ge=0, le=2)
    max_tokens: int | None = Field(default=None, gt=0)
    api_base: str | None = None

    async def realize_all(
        self, sessions: Iterable[Session], client: Client, progress: Progress | None = None
    ) -> tuple[Realized, ...]:
        """One result a session, in their order; `progress` is told "sessions", done, planned.

        Raises InputError before anything is sent if a session has no ledger, the model is unknown
        or its key is missing.
        """
        planned = tuple(sessions)
        check_ledgers(planned)
        check_keys([(self.model, self.api_base)])
        done = 0

        async def one(session: Session) -> Realized:
            nonlocal done
            result = await self.realize(session, client)
            done += 1
            if progress is not None:
                progress("sessions", done, len(planned))
            return result

        return tuple(await asyncio.gather(*map(one, planned)))

    async def realize(self, session: Session, client: Client) -> Realized:
        """One session, asked for until it passes or the repairs are used up."""
        words = self.words(session)
        asked: tuple[Message, ...] = (
            Message(role="system", content=instructions()),
            Message(role="user", content=material(session, words)),
        )
        messages = asked
        result = Realized(session_id=session.session_id, outcome="rejected")
        for attempt in range(self.repairs + 1):
            try:
                answer = await client.complete(self._call(session, messages, attempt))
            except ModelFailure as error:
                return result.model_copy(update={"outcome": "failed", "failure": error.kind})
            lines, problems = _judged(session, answer, words)
            result = _counted(result, answer, attempt).model_copy(update={"problems": problems})
            if not problems:
                kept = {"outcome": "accepted", "session": put_together(session, lines)}
                return result.model_copy(update=kept)
            messages = (
                *asked,
                Message(role="assistant", content=answer.text),
                Message(role="user", content=repairs(problems)),
            )
        return result

    def words(self, session: Session) -> int:
        """How many words the session is to have."""
        if self.minutes is not None:
            return round(self.minutes * PER_MINUTE)
        return sum(len(turn.text.split()) for turn in session.turns)

    def _call(self, session: Session, messages: tuple[Message, ...], attempt: int) -> Call:
        return Call(
            model=self.model,
            messages=messages,
            temperature=self.temperature,
            max_tokens=self.max_tokens or 3 * self.words(session) + 500,
            seed=int(digest(session.session_id), 16) % 2**31,  # what every provider takes
            json_mode=True,
            api_base=self.api_base,
            replicate=attempt,
        )


def check_ledgers(sessions: Iterable[Session], file: Path | None = None) -> None:
    """Raise InputError naming the first session that has no ledger."""
    for session in sessions:
        if not session.has_ledger:
            raise InputError(
                f"session {session.session_id!r} has no ledger",
                file=file,
                field="facts",
                fix="give sessions with facts, as `evalkit generate` writes them",
            )


def _counted(result: Realized, answer: Completion, attempt: int) -> Realized:
    """The result with what this attempt cost; None once a price is not known."""
    both = (result.cost_usd, answer.cost_usd)
    cost = None if None in both else sum(one for one in both if one is not None)
    return result.model_copy(update={"repairs": attempt, "cost_usd": cost})


def _judged(
    session: Session, answer: Completion, words: int
) -> tuple[tuple[Line, ...], tuple[Problem, ...]]:
    if answer.finish_reason == "length":
        return (), (Problem(kind="cut off", about="at the most tokens allowed"),)
    try:
        lines = read(answer.text, speakers(session))
    except Malformed as error:
        return (), (Problem(kind="malformed", about=str(error)),)
    return lines, check(session, lines, words)


def put_together(session: Session, lines: Sequence[Line]) -> Session:
    """The session in these turns, which now show its facts and traps.

    Ledger, chart, form and jottings stay. What no turn showed before, none shows now.
    """
    name = session.session_id + SUFFIX
    changes = {"session_id": name, "source": "realized", "channel": None}
    said = [Turn(speaker=line.speaker, text=line.text) for line in lines]
    voiced = must_be_voiced(session)
    new = {
        "spec": session.spec.model_copy(update=changes),
        "turns": tuple(timed(said, Rng(name, "clock"))),
        "facts": tuple(
            _shown(fact, [n for n, line in enumerate(lines) if fact.fact_id.lower() in line.facts])
            if fact in voiced
            else fact
            for fact in session.facts
        ),
        "traps": tuple(
            _shown(trap, [n for n, line in enumerate(lines) if trap_id(place) in line.traps])
            if trap.turns
            else trap
            for place, trap in enumerate(session.traps)
        ),
        "references": (),
    }
    return Session(**(dict(session) | new))


def _shown(one: Shown, turns: list[int]) -> Shown:
    return one.model_copy(update={"turns": tuple(turns)})
