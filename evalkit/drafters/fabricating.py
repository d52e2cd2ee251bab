"""Control: the ledger written out with errors planted at a known rate, each one labelled."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import ClassVar, NamedTuple, get_args

from pydantic import Field

from evalkit.drafters._base import Request, Unavailable, Written
from evalkit.records import MAJOR, Category, Fact, FactKind, Planted, Record, Session, Severity

INVENTIONS = Path(__file__).with_name("inventions.toml")
MAJOR_SHARE = 0.44
"""Share of hallucinations that are major: CREOLA (Asgari 2025), 12,999 sentences."""

TRAP_SHARE = 0.5
"""How often an error is one that the session itself invites, where there is one (our choice)."""


class Invention(NamedTuple):
    """A false sentence for one session, its category, and the kind of fact it poses as.

    `reworded` is the same in other words, "" where none are known.
    """

    text: str
    category: Category
    kind: FactKind
    trap: str | None = None
    reworded: str = ""

    @property
    def severity(self) -> Severity:
        return "major" if self.category in MAJOR else "minor"


class Fabricating(Record):
    """Plants hallucinations after a share of sentences and leaves out a share of facts.

    The default rates are CREOLA's (Asgari 2025): 1.47 % of 12,999 sentences hallucinated, 3.45 %
    omitted. What is planted are the session's own trap baits, altered facts (another number, the
    opposite) and inventions from `inventions.toml` that nothing in the session bears out. Of the
    sentences, true and false, a share stands in other words than the ledger's where some are
    known; which ones does not change what else is written.
    """

    name: ClassVar[str] = "fabricating"
    hallucinated: float = Field(default=0.0147, ge=0, le=1)
    omitted: float = Field(default=0.0345, ge=0, le=1)
    reworded: float = Field(default=0.0, ge=0, le=1)

    async def write(self, request: Request) -> Written:
        session = request.session
        if not session.has_ledger:
            raise Unavailable("no ledger of facts to falsify")
        rng = Random(request.seed)
        choices = {
            severity: [one for one in inventions(session) if one.severity == severity]
            for severity in get_args(Severity)
        }
        put = _Wording(self.reworded, Random(f"{request.seed} in other words"))
        facts: list[Fact] = []
        planted: list[Planted] = []
        for fact in session.discussed:
            section = request.format.section_for(fact.kind)
            if rng.random() < self.omitted:
                planted.append(_label("omitted", _of(fact), section))
            else:
                facts.append(put.fact(fact))
            if rng.random() < self.hallucinated:
                lie = _drawn(choices, rng)
                if lie is None:
                    continue
                lie = put.lie(lie)
                place = request.format.section_for(lie.kind)
                facts.append(
                    Fact(fact_id=f"planted-{len(planted)}", kind=lie.kind, statement=lie.text)
                )
                planted.append(_label("hallucinated", lie, place))
        return Written(sections=request.format.write_out(facts), planted=tuple(planted))


class _Wording(NamedTuple):
    """Puts a share of sentences in other words, from random numbers of its own."""

    share: float
    rng: Random

    def fact(self, fact: Fact) -> Fact:
        words = self._other(fact.statement, fact.reworded)
        return fact if words == fact.statement else fact.model_copy(update={"statement": words})

    def lie(self, lie: Invention) -> Invention:
        return lie._replace(text=self._other(lie.text, lie.reworded))

    def _other(self, words: str, reworded: str) -> str:
        return reworded if self.rng.random() < self.share and reworded else words


def _drawn(choices: dict[Severity, list[Invention]], rng: Random) -> Invention | None:
    """A lie that was not told yet, taken out of the choices; None where none is left."""
    severity: Severity = "major" if rng.random() < MAJOR_SHARE else "minor"
    left = choices[severity]
    baits = [one for one in left if one.trap] if rng.random() < TRAP_SHARE else []
    among = baits or left
    if not among:
        return None
    lie = among[int(rng.random() * len(among))]
    left.remove(lie)
    return lie


def inventions(session: Session) -> list[Invention]:
    """False sentences that fit the session: baits, altered facts, and inventions, in that order.

    The bait of an inadmissible trap is true, so it is none of them.
    """
    baits = [
        Invention(trap.bait, trap.category, trap.fact_kind, trap.kind, trap.reworded)
        for trap in session.traps
        if trap.because == "untrue"
    ]
    known = _all_text(session)
    invented = [
        one for one, absent in _catalogue() if not any(_said(word, known) for word in absent)
    ]
    return [*baits, *_altered(session), *invented]


def _altered(session: Session) -> Iterator[Invention]:
    """Facts with another number, and facts turned into their opposite."""
    said = {fact.statement for fact in session.facts}
    for fact in session.discussed:
        about = CATEGORY_OF_KIND.get(fact.kind, "other")
        flipped = _flipped(fact.statement)
        if flipped and flipped not in said:
            yield Invention(flipped, about, fact.kind, reworded=_said_otherwise(flipped))
        match = re.search(r"\b(\d{1,2})\b(?! ?(?:a\.m|p\.m|:))", fact.statement)
        if match and fact.kind in ("symptom", "measure", "substance", "medication", "history"):
            other = str(int(match.group(1)) + 3)
            text = fact.statement[: match.start(1)] + other + fact.statement[match.end(1) :]
            if not any(other in statement for statement in said):
                number: Category = "medication" if fact.kind == "medication" else "number_date"
                changed, times = re.subn(rf"\b{match.group(1)}\b", other, fact.reworded)
                yield Invention(text, number, fact.kind, reworded=changed if times == 1 else "")


def _flipped(statement: str) -> str | None:
    """The opposite of a plain report or denial; None where turning it needs more than a word."""
    for one, other in (
        ("Client denies ", "Client reports "),
        ("Client reports ", "Client denies "),
    ):
        rest = statement.removeprefix(one)
        if rest != statement and " not " not in rest and " no " not in rest:
            return other + rest
    return None


def _said_otherwise(flipped: str) -> str:
    for one, other in (
        ("Client denies ", "Client rules out "),
        ("Client reports ", "Client acknowledges "),
    ):
        if flipped.startswith(one):
            return other + flipped.removeprefix(one)
    return ""


def _of(fact: Fact) -> Invention:
    return Invention(fact.statement, CATEGORY_OF_KIND.get(fact.kind, "other"), fact.kind)


def _label(kind: str, lie: Invention, section: str) -> Planted:
    return Planted(
        kind="hallucinated" if kind == "hallucinated" else "omitted",
        category=lie.category,
        severity=lie.severity,
        text=lie.text,
        section=section,
        trap=lie.trap,
    )


CATEGORY_OF_KIND: dict[str, Category] = {
    "abuse_history": "abuse_history",
    "condition": "condition",
    "assessment": "condition",
    "medication": "medication",
    "risk": "risk",
    "mental_status": "mental_status",
    "intervention": "intervention",
    "homework": "plan",
    "plan": "plan",
    "quote": "quote",
    "measure": "number_date",
}


def _all_text(session: Session) -> str:
    chart = session.chart
    return " ".join(
        [
            *(turn.text for turn in session.turns),
            *(fact.statement for fact in session.facts),
            session.jottings,
            *session.form.values(),
            *((chart.diagnosis, *chart.medication, *chart.history) if chart else ()),
        ]
    ).lower()


def _said(word: str, text: str) -> bool:
    return re.search(rf"\b{re.escape(word)}", text) is not None


@cache
def _catalogue() -> tuple[tuple[Invention, tuple[str, ...]], ...]:
    """Inventions with the words that must be absent from a session for them to be false there."""
    content = tomllib.loads(INVENTIONS.read_text(encoding="utf-8"))
    return tuple(
        (
            Invention(row["text"], row["category"], row["kind"], reworded=row["reworded"]),
            tuple(row["absent"]),
        )
        for row in content["inventions"]
    )
