"""Synthetic sessions with a ledger: what is true of each, and the traps planted in it.

    sessions = list(generate(24, seed=7))

A session depends on the seed and its own index alone, not on how many there are, and is the same
to the byte on every machine. Dialogue is shorter than a real hour (about 1,200 words): a session
is a condensed one, and its turns carry no times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit import registry
from evalkit.errors import InputError, did_you_mean
from evalkit.records import Chart, Session, SessionSpec
from evalkit.sessions.cast import Cast, cast
from evalkit.sessions.exchanges import names, table
from evalkit.sessions.programme import SETTINGS, Programme, Scene, scenes
from evalkit.sessions.rng import Rng
from evalkit.sessions.stage import Stage
from evalkit.sessions.traps._base import fitting
from evalkit.sessions.wording import PROPER, Mode, Speaking, expand

TRAPS = "evalkit.sessions.traps"


def generate(
    count: int,
    seed: int = 0,
    *,
    settings: Sequence[str] | None = None,
    modalities: Sequence[str] | None = None,
    traps: Sequence[str] | None = None,
) -> Iterator[Session]:
    """`count` sessions, one after the other; None means all settings, modalities or traps.

    Each has 2 to 4 of the traps (none if `traps` is empty, fewer if fewer fit). Modalities take
    turns, and so do the traps: with all of them, each is planted in any 13 sessions in a row
    that start at a multiple of 13.

    Raises InputError for a negative count, a name that does not exist, or a choice that leaves
    nothing (EMDR in a group).
    """
    if count < 0:
        raise InputError("a count of sessions cannot be negative", field="count")
    chosen = _chosen("setting", settings, SETTINGS)
    asked = _chosen("modality", modalities, names("modalities"))
    makers = [
        registry.find(TRAPS, name)()
        for name in _chosen("trap", traps, registry.names(TRAPS), may_be_empty=True)
    ]
    programme = Programme(
        settings=tuple(each for each in SETTINGS if each in chosen),
        modalities=tuple(asked),
        traps=tuple(makers),
    )
    programme.check()
    return (_session(programme, seed, index) for index in range(count))


def _chosen(
    kind: str, asked: Sequence[str] | None, have: Sequence[str], may_be_empty: bool = False
) -> list[str]:
    for name in asked or ():
        if name not in have:
            raise InputError(did_you_mean(kind, name, have), field=f"{kind}s")
    if asked is not None and not asked and not may_be_empty:
        raise InputError(f"no {kind} is left to choose from", field=f"{kind}s")
    return sorted(set(have if asked is None else asked))


def _session(programme: Programme, seed: int, index: int) -> Session:
    brief, traps = programme.session(seed, index)
    who = cast(brief)
    playing = scenes(who, traps)
    stage = Stage(who, Rng(seed, index, "stage"))
    for scene in playing:
        stage.play(scene.exchange, scene.trap)
    spec = SessionSpec(
        session_id=f"gen-{seed}-{index:04d}",
        seed=seed,
        setting=brief.setting,
        modality=brief.modality,
        problem=who.problem,
        minutes=who.minutes,
        traps=tuple(sorted(trap.kind for trap in stage.traps)),
    )
    return Session(
        spec=spec,
        turns=tuple(stage.turns),
        client=who.client,
        members=who.members,
        chart=_chart(who, playing),
        jottings="\n".join(stage.jottings),
        form=_form(who, stage),
        facts=tuple(stage.facts),
        traps=tuple(stage.traps),
    )


def _chart(who: Cast, playing: Sequence[Scene]) -> Chart:
    """What the clinician could look up; its last note holds things that are not true today."""
    rng = Rng(who.brief.seed, who.brief.index, "chart")
    table_ = table("chart")
    taken = {topic for scene in playing for topic in scene.exchange.topics}
    left = [each.last_note for each in fitting("traps/carry_over", who, taken)]
    carried = [scene.exchange.last_note for scene in playing if scene.exchange.last_note]
    carry = carried[0] if carried else rng.pick(left) if left else ""
    slots = who.slots | {"carry": {"say": carry, PROPER: ""}}
    listed = "{med} {dose} mg {how_taken}" if "medicated" in who.traits else ""
    for scene in playing:
        listed = scene.exchange.chart_medication or listed

    def words(template: str, mode: Mode = "note") -> str:
        return expand(template, Speaking(mode, slots), rng)

    return Chart(
        diagnosis=words("{diagnosis} ({code})"),
        goals=tuple(words(f"Client will {who.slots[goal]['say']}.") for goal in GOALS),
        medication=(words(listed),) if listed else (),
        history=(words(rng.pick(table_["history"])),),
        last_note=words(rng.pick(table_["last_note"])),
    )


GOALS = ("goal", "other_goal")


def _form(who: Cast, stage: Stage) -> dict[str, str]:
    """The fields of the record, as the clinician ticked and typed them; empty ones are absent."""
    slots = who.slots
    known = {
        "date": slots["date"]["say"],
        "start_time": slots["start"]["say"],
        "end_time": slots["end"]["say"],
        "cpt": slots["cpt"]["say"],
        "modality_of_delivery": slots["delivery"]["form"],
        "diagnosis": f"{slots['diagnosis']['say']} ({slots['code']['say']})",
    }
    return known | {name: "; ".join(entries) for name, entries in stage.form.items()}
