"""The stage: exchanges are played on it one after the other, and it keeps the ledger."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from evalkit.errors import InputError
from evalkit.records import THERAPIST, Fact, Trap, Turn
from evalkit.sessions.belongs import FIELDS, TAGS, criticality, sections
from evalkit.sessions.cast import Cast
from evalkit.sessions.exchanges import FactForm, Line, lines, table
from evalkit.sessions.programme import Scene
from evalkit.sessions.rewording import reworded
from evalkit.sessions.rng import Rng
from evalkit.sessions.voice import SENTENCES, Voice, lowered, voices
from evalkit.sessions.wording import PROPER, Mode, Slot, Speaking, expand

TAKEN_UP = frozenset(
    "yeah yes no nope okay right so and um uh well mm-hmm mm-hm mm hm oh sure but exactly all good"
    " got that makes".split()
)
JOTTED = 0.72
ECHO = 0.22
LOOSE = frozenset(
    "week reflect explore symptom social history work followup summary process"
    " discussion cycle obstacle rationale review round feedback".split()
)
"""Phases in which people ramble; where an answer counts (risk, medication) they do not."""
_QUOTED = re.compile(r"~(.+?)~")
_CLAUSE = re.compile(r", (?=(?:and|but|so|because|then) )")


@dataclass
class Stage:
    """What has happened so far. Playing a scene adds turns, facts, jottings, form, traps."""

    cast: Cast
    rng: Rng
    turns: list[Turn] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    topics: list[tuple[str, ...]] = field(default_factory=list)
    traps: list[Trap] = field(default_factory=list)
    jottings: list[str] = field(default_factory=list)
    form: dict[str, list[str]] = field(default_factory=dict)
    homework: Slot | None = None
    words: int = 0
    _said: set[str] = field(default_factory=set)
    _stated: set[str] = field(default_factory=set)
    _checked_in: list[str] = field(default_factory=list)

    def play(self, scene: Scene) -> None:
        """Play a scene.

        Raises InputError, naming the exchange, if its lexicon entry cannot be put into words.
        """
        try:
            self._play(scene)
        except InputError as error:
            raise InputError(f"exchange {scene.exchange.id!r}: {error.what}") from None

    def _play(self, scene: Scene) -> None:
        exchange = scene.exchange
        slots = self._slots(scene)
        marks: dict[str, list[int]] = {}
        links: dict[str, int] = {}
        if exchange.scripts:
            script = lines(self.rng.pick(exchange.scripts))
            if script[0].who == "C" and self.turns and self.turns[-1].speaker == self.cast.label:
                prompts = "prompts_smalltalk" if exchange.phase == "smalltalk" else "prompts"
                self._add(THERAPIST, self._voiced(self.rng.pick(table("voices")[prompts])))
            for line in script:
                if line.who[0] == "P" and not self.cast.members:
                    continue
                quote, said = self._say(line, slots, links, scene)
                for mark in line.marks:
                    marks.setdefault(mark, []).extend(said)
                if quote:
                    slots["quote"] = {"say": quote, PROPER: ""}
        if exchange.phase == "homework" and "hw" in slots:
            self.homework = {
                mode: self._words(slots["hw"].get(mode, text), "note", slots)
                for mode, text in slots["hw"].items()
            }
        for form in exchange.facts:
            self._record(form, slots, marks, exchange.topics)
        for bait in exchange.baits if scene.trap else ():
            words = self._words(self.rng.pick(bait.note), "note", slots)
            self.traps.append(
                Trap(
                    kind=scene.trap,
                    bait=words,
                    reworded=self._reworded(bait.note, slots, words),
                    truth=self._words(self.rng.pick(bait.truth), "note", slots)
                    if bait.truth
                    else "",
                    because=bait.because,
                    category=bait.category,
                    fact_kind=bait.kind,
                    turns=_evidence(bait.at, marks),
                )
            )

    def _slots(self, scene: Scene) -> dict[str, Slot]:
        slots = dict(self.cast.slots)
        if scene.thread:
            slots |= self.cast.said(scene.thread)
        for name, options in scene.exchange.slots.items():
            slots[name] = self.rng.pick(options)
        peers = self.rng.shuffled(self._others())
        if scene.exchange.phase == "round" and peers:
            peers.sort(key=lambda name: name in self._checked_in)
            self._checked_in.append(peers[0])
        for number, member in enumerate((peers * 2)[:2], start=1):
            slots[f"p{number}"] = {"say": member, PROPER: ""}
        return slots

    def _others(self) -> list[str]:
        return [each for each in self.cast.members if each != self.cast.person.client.name]

    def _words(self, template: str, mode: Mode, slots: dict[str, Slot]) -> str:
        return expand(template, Speaking(mode, slots), self.rng)

    def _voiced(self, template: str) -> str:
        return self._words(template, "say", self.cast.slots)

    def _say(
        self, line: Line, slots: dict[str, Slot], links: dict[str, int], scene: Scene
    ) -> tuple[str, list[int]]:
        """Add the turn or turns of a line; returns what is quoted in it and their indices."""
        rng = self.rng
        voice = self._voice(line.who, slots)
        mode: Mode = "ask" if line.who == "T" else "say"
        text = self._fresh(line.text, Speaking(mode, slots, voice.talk, links))
        quoted = _QUOTED.search(text)
        text = text.replace("~", "")
        if line.exact and not quoted:
            text = voice.speak(text, rng)
        if not line.exact:
            text = reworded(text, rng)
            loose = scene.exchange.phase in LOOSE and not scene.trap
            if loose:
                text = self._rambling(text, line.who, voice)
            text = self._taking_up(voice.speak(text, rng), line.who, voice, loose)
        if line.who == "T":
            return "", self._at_length(THERAPIST, text)
        if line.who == "C" and quoted:
            return quoted[1], [self._add(self.cast.label, text)]
        if line.who == "C":
            said = self._at_length(self.cast.label, text)
            self._echoed(scene)
            self._reaction(text)
            return "", said
        return "", [self._add(slots[line.who.lower()]["say"], text)]

    def _rambling(self, text: str, who: str, voice: Voice) -> str:
        """The text with some of what people say around what they have to say."""
        rng, rambles = self.rng, table("rambles")
        told = self._told(who)
        if who == "T":
            if len(text) > 40 and rng.chance(voice.ramble * 0.5):
                text = f"{text} {self._once(rambles['therapist_after'])}"
            elif text.endswith("?") and len(text) > 25 and rng.chance(voice.ramble * 0.4):
                text = f"{text[:-1]}, {lowered(self._once(rambles['question_tails']))}?"
            if told and len(text) > 25 and rng.chance(voice.ramble * 1.2):
                text = f"{self._once(rambles['therapist_before'])} {text}"
            return text
        for _ in range(2):
            if len(text) > 25 and text.endswith(".") and rng.chance(voice.ramble * 0.7):
                text = f"{text} {self._once(rambles['client_after'])}"
        if told and len(text) > 40 and rng.chance(voice.ramble * 0.4):
            text = f"{self._once(rambles['client_before'])} {text}"
        return text

    def _told(self, who: str) -> bool:
        """Whether the turn before is the other side's."""
        return bool(self.turns) and (self.turns[-1].speaker == THERAPIST) != (who == "T")

    def _taking_up(self, text: str, who: str, voice: Voice, loose: bool) -> str:
        """A word that takes up what was said; before an answer none that could be a yes."""
        first = text.split(" ", 1)[0].strip(",.").lower()
        if not self._told(who) or first in TAKEN_UP or not self.rng.chance(voice.take_up):
            return text
        asked = self.turns[-1].text.endswith("?")
        side = "therapist_takes_up" if who == "T" else "client_takes_up"
        words = table("rambles")["hesitates" if asked or (not loose and who != "T") else side]
        word = self.rng.pick(words)
        return f"{word} {text if word.endswith('.') else lowered(text)}"

    def _once(self, templates: Sequence[str]) -> str:
        """One of the templates, one that was not used in this session if there is one."""
        left = [each for each in templates if each not in self._said] or templates
        chosen = self.rng.pick(left)
        self._said.add(chosen)
        return self._voiced(chosen)

    def _voice(self, who: str, slots: dict[str, Slot]) -> Voice:
        """Each member of a group keeps a voice of their own."""
        if who == "T":
            return self.cast.person.therapist
        if who == "C":
            return self.cast.person.voice
        name = slots[who.lower()]["say"]
        asked = self.cast.person.asked
        return Rng(asked.seed, asked.number, "voice", name).pick(voices("client"))

    def _fresh(self, template: str, how: Speaking) -> str:
        """A wording that has not been heard in this session, where there is one."""
        for _ in range(4):
            text = expand(template, how, self.rng)
            if text not in self._said:
                break
        self._said.add(text)
        return text

    def _at_length(self, speaker: str, text: str) -> list[int]:
        """The words of a turn; while it is long the other one now and then says "mm-hm"."""
        parts = self._parts(text)
        added = [self._add(speaker, parts[0])]
        for part in parts[1:]:
            listener = self.cast.label if speaker == THERAPIST else THERAPIST
            kind = "listening" if speaker == THERAPIST else "backchannels"
            self._add(listener, self.rng.pick(table("rambles")[kind]))
            added.append(self._add(speaker, part))
        return added

    def _parts(self, text: str) -> list[str]:
        """A text cut where a listener may come in; most are left whole."""
        rng = self.rng
        words = len(text.split())
        if words < 12 or not rng.chance(0.4 if words < 40 else 0.25):
            return [text]
        cuts = [
            (found.end(), False)
            for found in SENTENCES.finditer(text)
            if text[found.start() - 1] != "?"
        ]
        cuts += [(found.end(), True) for found in _CLAUSE.finditer(text)]
        cuts = sorted(cut for cut in cuts if 16 < cut[0] < len(text) - 10)
        taken = sorted(rng.sample(cuts, 1 if words < 30 else rng.between(1, 3)))
        parts, start, dash = [], 0, ""
        for at, clause in taken:
            if at - start < 16:
                continue
            part = dash + text[start:at].rstrip()
            dash = "-" if clause else ""
            parts.append(part.rstrip(",") + dash)
            start = at
        return [*parts, dash + text[start:]]

    def _echoed(self, scene: Scene) -> None:
        """A word from the therapist and a word back, now and then, before they go on."""
        if scene.exchange.phase in LOOSE and not scene.trap and self.rng.chance(ECHO):
            self._add(THERAPIST, self.rng.pick(table("rambles")["backchannels"]))
            self._add(self.cast.label, self.rng.pick(table("rambles")["echoes"]))

    def _reaction(self, text: str) -> None:
        if self.cast.setting == "group" and len(text) > 90 and self.rng.chance(0.2):
            reaction = self._fresh(
                self.rng.pick(table("voices")["reactions"]), Speaking("say", self.cast.slots, 0.5)
            )
            self._add(self.rng.pick(self._others()), reaction)

    def _add(self, speaker: str, text: str) -> int:
        """Add a turn; a speaker who goes on speaking stays in the same turn."""
        self.words += len(text.split())
        if self.turns and self.turns[-1].speaker == speaker:
            last = self.turns[-1]
            self.turns[-1] = last.model_copy(update={"text": f"{last.text} {text}"})
        else:
            self.turns.append(Turn(speaker=speaker, text=text))
        return len(self.turns) - 1

    def _reworded(self, note: Sequence[str], slots: dict[str, Slot], statement: str) -> str:
        """The same in other words, from a stream of its own; "" if the lexicon has only one."""
        rng = self.cast.brief.rng("reworded", len(self.facts), len(self.traps))
        for _ in range(6):
            other = expand(rng.pick(note), Speaking("note", slots), rng)
            if other != statement:
                return other
        return ""

    def _record(
        self,
        form: FactForm,
        slots: dict[str, Slot],
        marks: dict[str, list[int]],
        topics: tuple[str, ...],
    ) -> None:
        turns = _evidence(form.at, marks)
        if form.at and not turns:
            return
        statement = self._words(self.rng.pick(form.note), "note", slots)
        if statement in self._stated:
            return
        self._stated.add(statement)
        self.topics.append(topics)
        self.facts.append(
            Fact(
                fact_id=f"f{len(self.facts) + 1:02d}",
                kind=form.kind,
                statement=statement,
                reworded=self._reworded(form.note, slots, statement),
                subject=self._words(form.subject, "note", slots).lower(),
                polarity=form.polarity,
                temporality=form.temporality,
                certainty=form.certainty,
                criticality=form.criticality or criticality(form.kind),
                discussed=form.discussed,
                sections=sections(form.kind, form.temporality),
                turns=turns,
            )
        )
        if form.jot and self.rng.chance(JOTTED):
            jot = self._words(self.rng.pick(form.jot), "jot", slots)
            self.jottings.append(f"{TAGS[form.kind]}: {_thin(jot)}")
        if form.form and form.kind in FIELDS:
            entry = self._words(form.form, "note", slots)
            self.form.setdefault(FIELDS[form.kind], []).append(entry)


def _evidence(at: str, marks: dict[str, list[int]]) -> tuple[int, ...]:
    found = {turn for mark in at.split(",") if mark for turn in marks.get(mark, ())}
    return tuple(sorted(found))


def _thin(jot: str) -> str:
    """A jotting starts small unless its first word is a name or an abbreviation."""
    first = jot.split(" ", 1)[0]
    return jot[0].lower() + jot[1:] if first[1:].islower() or len(first) == 1 else jot
