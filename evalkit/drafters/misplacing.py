"""Control: true facts, some in the wrong section, some ascribed to the wrong person."""

from __future__ import annotations

import re
from random import Random
from typing import ClassVar

from pydantic import Field

from evalkit.claims.lexicon import people
from evalkit.claims.text import tokens
from evalkit.drafters._base import Request, Unavailable, Written
from evalkit.drafters.fabricating import CATEGORY_OF_KIND
from evalkit.records import MAJOR, Category, Fact, FactKind, Planted, Record, Session

RELATIVES = ("mother", "father", "brother", "sister", "cousin", "uncle", "roommate")
FELT: frozenset[FactKind] = frozenset(
    {"presenting", "symptom", "history", "substance", "social", "response", "medication", "risk"}
)
"""Kinds of fact that, said of the clinician, cannot be true of the session."""

_CLIENT = re.compile(r"\b[Cc]lient\b")


class Misplacing(Record):
    """Writes the ledger out with a share of facts misplaced and a share misattributed.

    No fact is both. The rates are our choice, high enough to measure a scorer on 120 notes. With
    `reworded` the facts stand in other words than the ledger's, where they are known. A fact that
    no section is wrong for (one-section formats), or that names nobody, stays as it is.
    """

    name: ClassVar[str] = "misplacing"
    misplaced: float = Field(default=0.1, ge=0, le=1)
    misattributed: float = Field(default=0.1, ge=0, le=1)
    reworded: bool = False

    async def write(self, request: Request) -> Written:
        session, format = request.session, request.format
        if not session.has_ledger:
            raise Unavailable("no ledger of facts to write out")
        rng = Random(request.seed)
        parts: dict[str, list[str]] = {name: [] for name in format.names}
        planted: list[Planted] = []
        for fact in session.discussed:
            text = (self.reworded and fact.reworded) or fact.statement
            right = format.right_sections(fact)
            section = right[0]
            move, ascribe = rng.random() < self.misplaced, rng.random() < self.misattributed
            wrong = [name for name in format.names if name not in right]
            other = ascribed(text, fact, session, rng)
            if move and wrong:
                section = rng.choice(wrong)
                planted.append(_label(fact, text, section, misplaced=True))
            elif ascribe and other:
                text = other
                planted.append(_label(fact, text, section, misplaced=False))
            parts[section].append(text)
        sections = {name: " ".join(texts) for name, texts in parts.items()}
        return Written(sections=sections, planted=tuple(planted))


def ascribed(text: str, fact: Fact, session: Session, rng: Random) -> str | None:
    """A fact's words said of somebody else; None where they name nobody who can be replaced.

    What a relative did becomes the client's; what the client did becomes that of a relative whom
    the session does not mention, of another member of the group, or of the clinician.
    """
    if fact.subject != "client":
        owned = (
            rf"\b(?:[Cc]lient's|[Hh]is|[Hh]er|[Tt]heir|[Aa]n?|[Tt]he) {re.escape(fact.subject)}\b"
        )
        changed = re.sub(rf"{owned}(?!')", "Client", text, count=1)
        alone = not _CLIENT.search(re.sub(owned, "", text)) and not people(tokens(changed))
        return changed if changed != text and alone else None
    if not re.match(r"[Cc]lient\b", text) or len(_CLIENT.findall(text)) > 1:
        return None
    known = people(tokens(" ".join(one.statement + " " + one.reworded for one in session.facts)))
    if people(tokens(text)):
        return None
    choices = [f"Client's {one}" for one in RELATIVES if one not in known]
    own = session.client.name if session.client else ""
    names = [name for name in session.members if name != own]
    if names and rng.random() < 0.5:
        choices = names
    elif fact.kind in FELT and rng.random() < 0.2:
        choices = ["Clinician"]
    return rng.choice(choices) + text[len("client") :] if choices else None


def _label(fact: Fact, text: str, section: str, *, misplaced: bool) -> Planted:
    about: Category = CATEGORY_OF_KIND.get(fact.kind, "other")
    return Planted(
        kind="misplaced" if misplaced else "misattributed",
        category=about if misplaced else "attribution",
        severity="major" if about in MAJOR else "minor",
        text=text,
        section=section,
    )
