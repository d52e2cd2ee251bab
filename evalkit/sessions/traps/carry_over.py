"""The last note in the chart says something that is not true today; the note copies it."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from evalkit.records import Category, FactKind, Setting
from evalkit.sessions.cast import Cast
from evalkit.sessions.exchanges import BaitForm, Exchange
from evalkit.sessions.rng import Rng
from evalkit.sessions.traps._base import ScriptedTrap

STALE: dict[FactKind, Category] = {"symptom": "other", "social": "other", "substance": "other"}


class CarryOver(ScriptedTrap):
    """The last note in the chart says something that is not true today; the note copies it.

    Where the last visit is a session of its own, the bait is what was told then and is not
    spoken of now, since its chart may hold nothing that did not happen.
    """

    name: ClassVar[str] = "carry_over"
    settings: ClassVar[tuple[Setting, ...]] = ("individual", "couple", "group")

    def plant(self, cast: Cast, taken: Collection[str], rng: Rng) -> Exchange | None:
        past = cast.brief.past
        if past is None:
            return None
        if not past.shown:
            return super().plant(cast, taken, rng)
        stale = [
            (fact, topics)
            for fact, topics in past.facts
            if fact.kind in STALE and topics and not set(topics) & set(taken)
        ]
        if not stale:
            return None
        fact, topics = rng.pick(stale)
        wordings = tuple(each for each in (fact.statement, fact.reworded) if each)
        bait = BaitForm(note=wordings, category=STALE[fact.kind], kind=fact.kind)
        return Exchange(
            id=f"carried_{fact.fact_id}",
            phase="frame",
            topics=topics,
            baits=(bait,),
            last_note=wordings[0],
        )
