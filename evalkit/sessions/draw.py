"""Who comes next: setting, modality, problem and traps of each client, each in its turn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar, get_args

from evalkit import registry
from evalkit.errors import InputError, did_you_mean
from evalkit.records import Setting
from evalkit.sessions.exchanges import names, table
from evalkit.sessions.person import Asked
from evalkit.sessions.recipe import Recipe
from evalkit.sessions.rng import Rng
from evalkit.sessions.traps._base import ScriptedTrap

T = TypeVar("T")

SETTINGS: tuple[Setting, ...] = get_args(Setting)
TRAPS = "evalkit.sessions.traps"
SHARES: dict[Setting, int] = {"individual": 11, "intake": 2, "couple": 3, "group": 4}
"""How often each setting is drawn, out of 20."""
PHONE = "telephone"
TOGETHER = "relationship"
"""The problem that couples come with, and nobody else."""


@dataclass(frozen=True)
class Choices:
    """A recipe whose names exist and leave something to choose from."""

    settings: tuple[Setting, ...]
    modalities: tuple[str, ...]
    problems: tuple[str, ...]
    traps: tuple[ScriptedTrap, ...]
    telephone: float = 0.0

    @classmethod
    def of(cls, recipe: Recipe) -> Choices:
        """InputError names a choice that does not exist, or a mix that leaves nothing."""
        chosen = _chosen("setting", recipe.settings, SETTINGS)
        found = cls(
            settings=tuple(each for each in SETTINGS if each in chosen),
            modalities=tuple(_chosen("modality", recipe.modalities, names("modalities"))),
            problems=tuple(_chosen("problem", recipe.problems, names("problems"))),
            traps=tuple(
                registry.find(TRAPS, name)()
                for name in _chosen("trap", recipe.traps, registry.names(TRAPS), none_is_fine=True)
            ),
            telephone=recipe.telephone,
        )
        if not found._homes(SETTINGS):
            raise InputError(
                "no modality asked for is used in a setting, or for a problem, asked for",
                field="modalities",
                fix="add a setting, a problem or a modality (EMDR is individual, EFT for couples)",
            )
        return found

    def client(self, seed: int, number: int) -> tuple[Asked, list[ScriptedTrap]]:
        """What a client is to be, and the traps to try, the one whose turn it is first."""
        rng = Rng(seed, number, "client")
        usable = [trap for trap in self.traps if self._homes(trap.settings, trap.needs)]
        first = _in_turn(usable, seed, number, "traps") if usable else None
        needs = first.needs if first is not None else ()
        settings = self._homes(first.settings if first is not None else SETTINGS, needs)
        deck = [each for each in self.settings for _ in range(SHARES[each])]
        setting = _in_turn(deck, seed, number, "settings")
        if setting not in settings:
            setting = rng.pick([each for each in settings for _ in range(SHARES[each])])
        modality = _in_turn(self.modalities, seed, number, "modalities")
        suited = self._suited(setting, needs)
        if modality not in suited:
            modality = rng.pick(suited)
        problem = rng.pick(self._problems(modality, setting))
        others = [trap for trap in rng.shuffled(usable) if trap is not first]
        alone = setting in ("individual", "intake")
        suits = PHONE not in table(f"modalities/{modality}").get("not_with", ())
        if alone and suits and PHONE not in needs and rng.chance(self.telephone):
            needs = (*needs, PHONE)
        asked = Asked(seed, number, setting, modality, problem, tuple(needs))
        return asked, others if first is None else [first, *others]

    def traps_of(self, asked: Asked, visit: int) -> list[ScriptedTrap]:
        """The traps to try at a visit of a client who comes often: each in its turn."""
        usable = [trap for trap in self.traps if asked.setting in trap.settings]
        order = Rng(asked.seed, asked.number, "trap order").shuffled(usable)
        start = 4 * (visit - 1) % max(1, len(order))
        return [*order[start:], *order[:start]]

    def _homes(self, settings: Iterable[Setting], needs: Iterable[str] = ()) -> list[Setting]:
        """Those settings that were asked for and in which some modality can be practiced."""
        return [each for each in settings if each in self.settings and self._suited(each, needs)]

    def _suited(self, setting: Setting, needs: Iterable[str] = ()) -> list[str]:
        """The modalities that can be practiced in a setting, and with what a trap needs."""
        return [
            name
            for name in self.modalities
            if (setting if setting != "intake" else "individual")
            in table(f"modalities/{name}")["settings"]
            and not set(needs) & set(table(f"modalities/{name}").get("not_with", ()))
            and self._problems(name, setting)
        ]

    def _problems(self, modality: str, setting: Setting) -> list[str]:
        of = [each for each in table(f"modalities/{modality}")["problems"] if each in self.problems]
        return [each for each in of if (each == TOGETHER) == (setting == "couple")]


def _chosen(
    kind: str, asked: Sequence[str] | None, have: Sequence[str], none_is_fine: bool = False
) -> list[str]:
    for name in asked or ():
        if name not in have:
            raise InputError(did_you_mean(kind, name, have), field=f"{kind}s")
    if asked is not None and not asked and not none_is_fine:
        raise InputError(f"no {kind} is left to choose from", field=f"{kind}s")
    return sorted(set(have if asked is None else asked))


def _in_turn(items: Iterable[T], seed: int, index: int, what: str) -> T:
    """Each of the items once, in a random order, before any comes again."""
    pool = list(items)
    turn, place = divmod(index, len(pool))
    return Rng(seed, turn, what, "order").shuffled(pool)[place]
