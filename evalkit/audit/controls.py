"""Notes whose truth is known, for measuring a judge: errors planted in them, or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from evalkit import formats
from evalkit.accuracy import Checked, checked
from evalkit.claims.trapped import trapped
from evalkit.drafters._base import Request
from evalkit.drafters.fabricating import Fabricating, inventions
from evalkit.drafters.faithful import Faithful
from evalkit.judges._base import Judge
from evalkit.judging import findings_of, judge_drafts
from evalkit.llm import Client
from evalkit.records import FALSE, Approach, Draft, Endpoint, Finding, Session, TrapOutcome, digest

HALLUCINATED = 0.2
"""Share of sentences after which an error is planted: enough of each kind to count (our choice).
At the published 1.47 % a hundred notes hold too few."""

FORMATS = ("soap", "dap", "birp")
Progress = Callable[[int, int], None]


class Sentence(NamedTuple):
    """A planted error or true sentence; `own` where it stands in the words of ledger or bait."""

    checked: Checked
    own: bool


class Note(NamedTuple):
    """A note, whether anything false is in it, and whether the judge flagged any sentence."""

    session_id: str
    own: bool
    false: bool
    flagged: bool


class TrapTold(NamedTuple):
    """What was found of one trap in one note, and whether its bait stands in that note."""

    session_id: str
    outcome: TrapOutcome
    planted: bool
    own: bool


class Known(NamedTuple):
    """What a judge made of notes whose truth is known; `failed` counts those it has no word on."""

    sentences: tuple[Sentence, ...]
    notes: tuple[Note, ...]
    failed: int


Drafted = list[tuple[Session, Draft]]


async def controls(sessions: Sequence[Session]) -> Drafted:
    """Four notes a session with a ledger: with planted errors and all true, in its own words and
    in others. The formats take turns."""
    made: Drafted = []
    async with Client(Endpoint()) as nobody:  # no control calls a model
        for number, session in enumerate(one for one in sessions if one.has_ledger):
            form = formats.load(FORMATS[number % len(FORMATS)])
            for name, drafter in _arms().items():
                approach = Approach(name=name, drafter=drafter.name, control=True)
                seed = int(digest([session.session_id, name]), 16)
                written = await drafter.write(Request(session, form, approach, 0, seed, nobody))
                made.append(
                    (
                        session,
                        Draft(
                            session_id=session.session_id,
                            approach=name,
                            approach_id=approach.approach_id,
                            format=form.name,
                            sections=written.sections,
                            planted=written.planted,
                        ),
                    )
                )
    return made


def _arms() -> dict[str, Fabricating | Faithful]:
    return {
        "planted": Fabricating(hallucinated=HALLUCINATED),
        "planted reworded": Fabricating(hallucinated=HALLUCINATED, reworded=1.0),
        "true": Faithful(),
        "true reworded": Faithful(reworded=True),
    }


async def judged(
    judge: Judge,
    made: Drafted,
    llm: Client | None = None,
    progress: Progress = lambda done, total: None,
    *,
    shown: Callable[[Session], Session] = lambda session: session,
) -> Known:
    """Have a judge look at the controls' notes; `shown` is what it sees of a session."""
    known = {session.session_id: session for session, _ in made}
    drafts = [draft for _, draft in made]
    rows = await judge_drafts([judge], list(map(shown, known.values())), drafts, llm, progress)
    findings = list(findings_of(rows))
    words = {name: _own_words(session) for name, session in known.items()}
    planted = [draft for draft in drafts if draft.approach.startswith("planted")]
    return Known(
        sentences=tuple(
            Sentence(one, one.text in words[one.draft.session_id])
            for one in checked(planted, findings)
        ),
        notes=tuple(_notes(drafts, findings)),
        failed=sum(one.failure is not None for one in rows[0].values()),
    )


def in_one_wording(session: Session) -> Session:
    """The session as known to a judge that knows one wording of each fact and bait."""
    return session.model_copy(
        update={
            "facts": tuple(one.model_copy(update={"reworded": ""}) for one in session.facts),
            "traps": tuple(one.model_copy(update={"reworded": ""}) for one in session.traps),
        }
    )


def without_traps(session: Session) -> Session:
    """The session as known to a judge that does not know what it invites."""
    return in_one_wording(session).model_copy(update={"traps": ()})


def _own_words(session: Session) -> frozenset[str]:
    facts = (fact.statement for fact in session.facts)
    return frozenset((*facts, *(lie.text for lie in inventions(session))))


def _notes(drafts: list[Draft], findings: list[Finding]) -> list[Note]:
    flagged = {one.cell for one in findings if one.verdict in FALSE}
    judged_at_all = {one.cell for one in findings}
    return [
        Note(
            session_id=draft.session_id,
            own=not draft.approach.endswith("reworded"),
            false=any(one.kind == "hallucinated" for one in draft.planted or ()),
            flagged=draft.cell in flagged,
        )
        for draft in drafts
        if draft.cell in judged_at_all
    ]


def traps_told(made: Drafted) -> list[TrapTold]:
    """For each trap of each note with planted errors: does the note say its bait, and is it seen?

    The baits of inadmissible traps are planted in none.
    """
    told = []
    for session, draft in made:
        if not draft.approach.startswith("planted"):
            continue
        lies = {one.text for one in draft.planted or () if one.trap is not None}
        for one in trapped(session, draft):
            trap = one.trap
            here = [words for words in (trap.bait, trap.reworded) if words in lies]
            told.append(
                TrapTold(session.session_id, one, bool(here), not here or here[0] == trap.bait)
            )
    return told
