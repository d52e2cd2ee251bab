"""What every trap is: a choice among the exchanges of its file in the lexicon."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from evalkit.records import Setting
from evalkit.sessions.cast import Cast
from evalkit.sessions.exchanges import Exchange, exchanges
from evalkit.sessions.rng import Rng

ANY: tuple[Setting, ...] = ("individual", "intake", "couple", "group")


class ScriptedTrap:
    """A trap whose exchanges stand in `lexicon/traps/<name>.toml`.

    `settings` are those it can occur in; `needs` are traits that the cast must then have.
    A trap with logic of its own overrides `plant`.
    """

    name: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]] = ANY
    needs: ClassVar[tuple[str, ...]] = ()

    def plant(self, cast: Cast, taken: Collection[str], rng: Rng) -> Exchange | None:
        """The exchange to play; None if nothing fits this cast and the topics still free."""
        found = fitting(f"traps/{self.name}", cast, taken)
        return rng.pick(found) if found else None


def fitting(file: str, cast: Cast, taken: Collection[str]) -> list[Exchange]:
    """The exchanges of a file of the lexicon that suit a cast and the topics still free."""
    return [each for each in exchanges(file) if fits(each, cast, taken)]


def fits(exchange: Exchange, cast: Cast, taken: Collection[str]) -> bool:
    """Whether an exchange suits this cast and none of its topics is taken."""
    return (
        (not exchange.settings or cast.setting in exchange.settings)
        and (not exchange.problems or cast.person.asked.problem in exchange.problems)
        and (not exchange.modalities or cast.person.asked.modality in exchange.modalities)
        and cast.traits >= set(exchange.needs)
        and not any(topic in taken for topic in exchange.topics)
    )
