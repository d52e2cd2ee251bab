"""What happens in a session, and in what order, before a word of it is spoken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from evalkit.errors import InputError
from evalkit.records import Setting
from evalkit.sessions.cast import Brief, Cast
from evalkit.sessions.exchanges import Exchange, exchanges, table
from evalkit.sessions.rng import Rng
from evalkit.sessions.traps._base import ScriptedTrap, fits

T = TypeVar("T")

SETTINGS: tuple[Setting, ...] = ("individual", "group")
GROUP_SHARE = 0.25
FILES = ("opening", "symptoms", "background", "connective", "closing", "frame")

CROWDED = frozenset({"symptom", "social", "history", "round"})
"""Phases in which a trap takes the place of an ordinary exchange."""

# Phases in the order they are played, each with the chance of its first, second ... exchange.
PHASES: dict[str, dict[str, tuple[float, ...]]] = {
    "individual": {
        "frame": (1, 1),
        "open": (1,),
        "smalltalk": (0.75,),
        "measures": (1,),
        "week": (1,),
        "reflect": (1, 0.4),
        "symptom": (1, 0.8, 0.3),
        "medication": (1,),
        "substance": (0.3,),
        "health": (0.15,),
        "review": (0.8,),
        "social": (0.7,),
        "quote": (0.3,),
        "agenda": (1,),
        "history": (0.35,),
        "summary": (0.9,),
        "rationale": (0.9,),
        "work": (1,),
        "process": (0.75,),
        "risk": (1,),
        "homework": (1,),
        "obstacle": (0.9,),
        "plan": (0.6,),
        "close": (1,),
        "observed": (1, 0.8),
    },
    "group": {
        "frame": (1, 1),
        "open": (1,),
        "round": (1, 1, 1, 0.5),
        "week": (1,),
        "measures": (0.6,),
        "symptom": (1, 0.7),
        "medication": (),
        "substance": (),
        "health": (),
        "social": (0.3,),
        "discussion": (1, 0.7),
        "quote": (0.2,),
        "agenda": (1,),
        "history": (),
        "rationale": (0.8,),
        "work": (1,),
        "feedback": (1, 0.6),
        "risk": (1,),
        "homework": (1,),
        "plan": (0.4,),
        "close": (1,),
        "observed": (1, 1),
    },
}


@dataclass(frozen=True)
class Scene:
    """An exchange to be played, and the name of the trap that planted it, if one did."""

    exchange: Exchange
    trap: str = ""


@dataclass(frozen=True)
class Programme:
    """What the sessions of one call are drawn from."""

    settings: tuple[Setting, ...]
    modalities: tuple[str, ...]
    traps: tuple[ScriptedTrap, ...]

    def check(self) -> None:
        """InputError if no modality asked for is used in a setting asked for."""
        if not self._homes(SETTINGS):
            raise InputError(
                "no modality asked for is used in a setting asked for",
                field="modalities",
                fix="add a setting or a modality (EMDR is individual)",
            )

    def session(self, seed: int, index: int) -> tuple[Brief, list[ScriptedTrap]]:
        """The brief of a session and the traps to try, the one whose turn it is first."""
        rng = Rng(seed, index, "programme")
        usable = [trap for trap in self.traps if self._homes(trap.settings, trap.needs)]
        first = _in_turn(usable, seed, index, "traps") if usable else None
        needs = first.needs if first is not None else ()
        settings = self._homes(first.settings if first is not None else SETTINGS, needs)
        setting = settings[0] if len(settings) == 1 or not rng.chance(GROUP_SHARE) else settings[-1]
        modality = _in_turn(self.modalities, seed, index, "modalities")
        suited = self._suited(setting, needs)
        if modality not in suited:
            modality = rng.pick(suited)
        brief = Brief(seed, index, setting, modality, needs)
        others = [trap for trap in rng.shuffled(usable) if trap is not first]
        return brief, others if first is None else [first, *others]

    def _homes(self, settings: Iterable[Setting], needs: Iterable[str] = ()) -> list[Setting]:
        """Those settings that were asked for and in which some modality can be practiced."""
        return [each for each in settings if each in self.settings and self._suited(each, needs)]

    def _suited(self, setting: Setting, needs: Iterable[str] = ()) -> list[str]:
        """The modalities that can be practiced in a setting, and with what a trap needs."""
        tables = {name: table(f"modalities/{name}") for name in self.modalities}
        return [
            name
            for name, about in tables.items()
            if setting in about["settings"] and not set(needs) & set(about.get("not_with", ()))
        ]


def _in_turn(items: Iterable[T], seed: int, index: int, what: str) -> T:
    """Each of the items once, in a random order, before any comes again."""
    pool = list(items)
    turn, place = divmod(index, len(pool))
    return Rng(seed, turn, what, "order").shuffled(pool)[place]


def scenes(cast: Cast, traps: Iterable[ScriptedTrap]) -> list[Scene]:
    """The scenes of a session in order; 2 to 4 of the traps are planted, in the order given."""
    brief = cast.brief
    rng = Rng(brief.seed, brief.index, "scenes")
    taken = set(cast.thread_topics)
    planted = _planted(cast, traps, taken, rng)
    files = (*FILES, f"modalities/{brief.modality}", *(("group",) if cast.members else ()))
    pool = [exchange for file in files for exchange in exchanges(file)]
    out: list[Scene] = []
    for phase in _order(brief.setting, rng):
        own = [scene for scene in planted if scene.exchange.phase == phase]
        chances = PHASES[brief.setting][phase]
        if phase in CROWDED:
            chances = chances[: max(0, len(chances) - len(own))]
        drawn: list[Exchange] = []
        for chance in chances:
            left = [
                each
                for each in pool
                if each.phase == phase and each not in drawn and fits(each, cast, taken)
            ]
            if left and rng.chance(chance):
                drawn.append(rng.pick(left))
                taken.update(drawn[-1].topics)
        both = own + [Scene(each) for each in drawn]
        out += both if phase == "homework" else rng.shuffled(both)
    return out


def _planted(cast: Cast, traps: Iterable[ScriptedTrap], taken: set[str], rng: Rng) -> list[Scene]:
    """The scenes of the traps that fit; their topics are added to those taken."""
    wanted = rng.between(2, 4)
    planted: list[Scene] = []
    for trap in traps:
        if len(planted) == wanted:
            break
        if cast.brief.setting in trap.settings and cast.traits >= set(trap.needs):
            exchange = trap.plant(cast, taken, rng)
            if exchange is not None:
                planted.append(Scene(exchange, trap.name))
                taken.update(exchange.topics)
    return planted


def _order(setting: Setting, rng: Rng) -> list[str]:
    """The phases, with what a clinician does now earlier, now later."""
    order = list(PHASES[setting])
    for phase, after in (("measures", "week"), ("risk", "symptom"), ("review", "open")):
        if phase in order and rng.chance(0.35):
            order.remove(phase)
            order.insert(order.index(after) + 1, phase)
    return order
