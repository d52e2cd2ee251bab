"""What happens in a session, and in what order, before a word of it is spoken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import cycle

from evalkit.records import Setting
from evalkit.sessions.cast import Cast
from evalkit.sessions.exchanges import Exchange, exchanges, files, turns_about
from evalkit.sessions.rng import Rng
from evalkit.sessions.traps._base import ScriptedTrap, fits

CROWDED = frozenset({"symptom", "social", "history", "round"})
"""Phases in which a trap takes the place of an ordinary exchange."""
ESSENTIAL = frozenset(
    "frame open consent review week onset symptom work risk formulation goals homework close"
    " observed".split()
)
"""Phases that the shortest session has, too."""
HURRIED = 8.0
"""Minutes below which the shorter exchanges are chosen."""
FILL = "fill"
"""Where a long session goes on, exchange after exchange, until its time is nearly up."""

# Phases in the order they are played, each with the chance of its first, second ... exchange.
# What is not certain is left out of the shortest sessions.
PHASES: dict[Setting, dict[str, tuple[float, ...]]] = {
    "individual": {
        "frame": (1, 1),
        "open": (1,),
        "smalltalk": (0.6,),
        "measures": (1,),
        "followup": (0.7,),
        "week": (1,),
        "reflect": (0.8, 0.3),
        "symptom": (1, 0.8, 0.3),
        "medication": (1,),
        "substance": (0.3,),
        "health": (0.15,),
        "review": (1,),
        "social": (0.6,),
        "quote": (0.3,),
        "agenda": (1,),
        "history": (0.3,),
        "summary": (0.6,),
        "rationale": (0.7,),
        "work": (1,),
        FILL: (),
        "process": (0.5,),
        "risk": (1,),
        "homework": (1,),
        "obstacle": (0.7,),
        "plan": (0.6,),
        "close": (1,),
        "observed": (1, 0.8, 0.5),
    },
    "intake": {
        "frame": (1, 1),
        "open": (1,),
        "consent": (1,),
        "week": (1,),
        "reflect": (0.6,),
        "onset": (1,),
        "symptom": (1, 1, 0.8, 0.5),
        "measures": (1,),
        "treatment_history": (1,),
        "health": (0.8,),
        "medication": (1,),
        "substance": (1, 0.6),
        "family_history": (1,),
        "history": (0.8, 0.4),
        "social": (0.8, 0.3),
        FILL: (),
        "strengths": (0.7,),
        "risk": (1,),
        "formulation": (1,),
        "goals": (1,),
        "homework": (),
        "plan": (0.4,),
        "close": (1,),
        "observed": (1, 1, 0.8),
    },
    "couple": {
        "frame": (1, 1),
        "open": (1,),
        "smalltalk": (0.5,),
        "measures": (0.3,),
        "followup": (0.5,),
        "week": (1,),
        "reflect": (0.7,),
        "symptom": (0.5,),
        "medication": (),
        "substance": (),
        "health": (),
        "review": (1,),
        "cycle": (1, 0.6),
        "social": (0.3,),
        "quote": (),
        "agenda": (1,),
        "history": (0.3,),
        "rationale": (0.6,),
        "work": (1,),
        FILL: (),
        "risk": (1,),
        "homework": (1,),
        "plan": (0.5,),
        "close": (1,),
        "observed": (1, 0.6),
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
        "review": (),
        "social": (0.3,),
        "discussion": (1, 0.6),
        "quote": (0.2,),
        "agenda": (1,),
        "history": (),
        "rationale": (0.6,),
        "work": (1,),
        FILL: (),
        "feedback": (1, 0.6),
        "risk": (1,),
        "homework": (1,),
        "plan": (0.4,),
        "close": (1,),
        "observed": (1, 1),
    },
}
FILLERS: dict[Setting, tuple[str, ...]] = {
    "individual": ("explore", "symptom", "explore", "social", "explore", "history", "work"),
    "intake": ("explore", "history", "symptom", "social", "explore", "substance", "health"),
    "couple": ("explore", "cycle", "explore", "work", "social"),
    "group": ("round", "explore", "discussion", "work", "feedback", "symptom"),
}


@dataclass(frozen=True)
class Scene:
    """An exchange to be played, about which thread, and the trap that planted it, if one did."""

    exchange: Exchange
    trap: str = ""
    thread: int = 0


@dataclass
class Programme:
    """The scenes of a session: those before and after the middle, and a supply for the middle.

    Topics that are `taken` are not spoken of twice; those that are `closed` belong to a trap, and
    no further thread may touch them, lest a bait come true.
    """

    cast: Cast
    before: list[Scene] = field(default_factory=list)
    after: list[Scene] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    _played: set[tuple[str, int]] = field(default_factory=set)

    @property
    def played(self) -> frozenset[str]:
        """The exchanges drawn so far, without those of traps."""
        return frozenset(name for name, _ in self._played)

    def more(self) -> Iterator[Scene]:
        """Scenes for the middle, one by one, until the lexicon has nothing left that fits."""
        rng = self.cast.brief.rng("fill")
        kinds = FILLERS[self.cast.setting]
        threads = self.cast.threads
        open_ = [
            at
            for at in range(1, len(threads))
            if not self.closed & set(threads[at].get("topics", ()))
        ]
        thread, empty = 0, 0
        for phase in cycle(kinds):
            found = self._draw(phase, rng, open_[thread % len(open_)] if open_ else 0)
            if found is None:
                empty += 1
                if empty > len(kinds):
                    return
                continue
            empty = 0
            thread += found.thread > 0
            yield found

    def _draw(self, phase: str, rng: Rng, thread: int = 0) -> Scene | None:
        """One exchange of a phase that fits and was not played; about a thread, again."""
        past = self.cast.brief.past
        pool = _by_phase(self.cast.person.asked.modality).get(phase, ())
        fit = [each for each in pool if fits(each, self.cast, self.taken)]
        left = [each for each in fit if (each.id, 0) not in self._played]
        if not left and thread:
            left = [e for e in fit if turns_about(e) and (e.id, thread) not in self._played]
        fresh = [each for each in left if past is None or each.id not in past.played]
        if not left:
            return None
        chosen = rng.pick(fresh or left)
        if self.cast.brief.minutes < HURRIED:
            chosen = min([chosen, *rng.sample(fresh or left, 2)], key=_length)
        about = thread if turns_about(chosen) else 0
        self._played |= {(chosen.id, about), (chosen.id, 0)}
        self.taken.update(chosen.topics)
        return Scene(chosen, thread=about)


def programme(cast: Cast, traps: Iterable[ScriptedTrap]) -> Programme:
    """The order of a session; as many of the traps as it is to have are planted, in that order."""
    rng = cast.brief.rng("scenes")
    made = Programme(cast)
    made.taken.update(cast.threads[0].get("topics", ()))
    made.taken.update(cast.brief.past.topics if cast.brief.past else ())
    before = set(made.taken)
    planted = _planted(made, traps, rng)
    made.closed.update(made.taken - before)
    lean = min(1.0, max(0.0, (cast.brief.minutes - 5.0) / 4.0))
    phases = PHASES[cast.setting]
    stray = [scene for scene in planted if scene.exchange.phase not in phases]
    middle = False
    for phase in _order(cast.setting, rng):
        if phase == FILL:
            middle = True
            continue
        own = [scene for scene in planted if scene.exchange.phase == phase]
        if phase == "week":
            own += stray
        chances = _rounds(cast) if phase == "round" else phases[phase]
        if phase in CROWDED:
            chances = chances[: max(0, len(chances) - len(own))]
        drawn = []
        for chance in chances:
            if rng.chance(chance if phase in ESSENTIAL and chance == 1 else chance * lean):
                scene = made._draw(phase, rng)
                if scene is not None:
                    drawn.append(scene)
        both = own + drawn
        ordered = phase in ("homework", "week")
        (made.after if middle else made.before).extend(both if ordered else rng.shuffled(both))
    return made


def _length(exchange: Exchange) -> int:
    return sum(map(len, exchange.scripts)) // max(1, len(exchange.scripts))


def _rounds(cast: Cast) -> Sequence[float]:
    """Who checks in: up to four of the others, fewer in the shortest sessions."""
    others = len(cast.members) - 1
    return [1.0 if place < 3 else 0.5 for place in range(min(others, 4))]


@cache
def _by_phase(modality: str) -> dict[str, list[Exchange]]:
    found: dict[str, list[Exchange]] = {}
    for file in (*files(), f"modalities/{modality}"):
        for exchange in exchanges(file):
            found.setdefault(exchange.phase, []).append(exchange)
    return found


def _planted(made: Programme, traps: Iterable[ScriptedTrap], rng: Rng) -> list[Scene]:
    """The scenes of the traps that fit; their topics are added to those taken."""
    cast = made.cast
    wanted = rng.between(*cast.brief.traps)
    planted: list[Scene] = []
    for trap in traps:
        if len(planted) == wanted:
            break
        if cast.setting in trap.settings and cast.traits >= set(trap.needs):
            exchange = trap.plant(cast, made.taken, rng)
            if exchange is not None:
                planted.append(Scene(exchange, trap.name))
                made.taken.update(exchange.topics)
    return planted


def _order(setting: Setting, rng: Rng) -> list[str]:
    """The phases, with what a clinician does now earlier, now later."""
    order = list(PHASES[setting])
    for phase, after in (("measures", "week"), ("risk", "symptom"), ("review", "open")):
        if phase in order and rng.chance(0.35):
            order.remove(phase)
            order.insert(order.index(after) + 1, phase)
    return order
