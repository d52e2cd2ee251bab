"""The stage: exchanges are played on it one after the other, and it keeps the ledger."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from evalkit.errors import InputError
from evalkit.records import THERAPIST, Criticality, Fact, FactKind, Trap, Turn
from evalkit.sessions.cast import Cast
from evalkit.sessions.exchanges import Exchange, FactForm, Line, lines, table
from evalkit.sessions.rng import Rng
from evalkit.sessions.wording import PROPER, Mode, Slot, Speaking, expand

TAGS: dict[FactKind, str] = {
    "presenting": "sx",
    "symptom": "sx",
    "condition": "med hx",
    "abuse_history": "hx",
    "history": "hx",
    "medication": "med",
    "substance": "sub",
    "risk": "risk",
    "social": "soc",
    "quote": "quote",
    "mental_status": "mse",
    "measure": "ms",
    "intervention": "int",
    "response": "resp",
    "assessment": "dx",
    "progress": "prog",
    "homework": "hw",
    "plan": "plan",
    "service": "svc",
}
"""The tag that starts a jotting of each kind of fact."""

FIELDS: dict[FactKind, str] = {
    "intervention": "interventions",
    "mental_status": "mental_status",
    "risk": "risk",
    "measure": "measures",
    "medication": "medication",
    "homework": "homework",
    "plan": "plan",
}
"""The field of the form that a kind of fact stands in."""

CRITICAL = frozenset({"risk", "abuse_history", "medication", "condition", "assessment"})
MINOR = frozenset({"social", "service", "quote"})
JOTTED = 0.72
_SENTENCES = re.compile(r"(?<=[.?!])\s+(?=[A-Z])")
_QUOTED = re.compile(r"~(.+?)~")


@dataclass
class Stage:
    """What has happened so far. Playing an exchange adds turns, facts, jottings, form, traps."""

    cast: Cast
    rng: Rng
    turns: list[Turn] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    traps: list[Trap] = field(default_factory=list)
    jottings: list[str] = field(default_factory=list)
    form: dict[str, list[str]] = field(default_factory=dict)
    _said: set[str] = field(default_factory=set)
    _checked_in: list[str] = field(default_factory=list)

    def play(self, exchange: Exchange, trap: str = "") -> None:
        """Play an exchange; `trap` names the trap that planted it, if one did.

        Raises InputError, naming the exchange, if its lexicon entry cannot be put into words.
        """
        try:
            self._play(exchange, trap)
        except InputError as error:
            raise InputError(f"exchange {exchange.id!r}: {error.what}") from None

    def _play(self, exchange: Exchange, trap: str) -> None:
        slots = self._slots(exchange)
        marks: dict[str, list[int]] = {}
        links: dict[str, int] = {}
        if exchange.scripts:
            script = lines(self.rng.pick(exchange.scripts))
            if script[0].who == "C" and self.turns and self.turns[-1].speaker == self.cast.label:
                prompts = "prompts_smalltalk" if exchange.phase == "smalltalk" else "prompts"
                self._add(THERAPIST, self.rng.pick(table("voices")[prompts]))
            for line in script:
                if line.who[0] == "P" and not self.cast.members:
                    continue
                quote, said = self._say(line, slots, links)
                for mark in line.marks:
                    marks.setdefault(mark, []).extend(said)
                if quote:
                    slots["quote"] = {"say": quote, PROPER: ""}
        for form in exchange.facts:
            self._record(form, slots, marks)
        for bait in exchange.baits if trap else ():
            words = self._words(self.rng.pick(bait.note), "note", slots)
            self.traps.append(
                Trap(
                    kind=trap,
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

    def _slots(self, exchange: Exchange) -> dict[str, Slot]:
        slots = dict(self.cast.slots)
        for name, options in exchange.slots.items():
            slots[name] = self.rng.pick(options)
        peers = self.rng.shuffled(self._others())
        if exchange.phase == "round" and peers:
            peers.sort(key=lambda name: name in self._checked_in)
            self._checked_in.append(peers[0])
        for number, member in enumerate(peers[:2], start=1):
            slots[f"p{number}"] = {"say": member, PROPER: ""}
        return slots

    def _others(self) -> list[str]:
        return [each for each in self.cast.members if each != self.cast.client.name]

    def _words(self, template: str, mode: Mode, slots: dict[str, Slot]) -> str:
        return expand(template, Speaking(mode, slots), self.rng)

    def _say(
        self, line: Line, slots: dict[str, Slot], links: dict[str, int]
    ) -> tuple[str, list[int]]:
        """Add the turn or turns of a line; returns what is quoted in it and their indices."""
        rng, voice = self.rng, self.cast.voice
        talk = voice.talk if line.who == "C" else 0.6
        mode: Mode = "ask" if line.who == "T" else "say"
        text = self._fresh(line.text, Speaking(mode, slots, talk, links))
        quoted = _QUOTED.search(text)
        text = text.replace("~", "")
        if line.who == "T":
            if self.turns and self.turns[-1].speaker != THERAPIST and not line.exact:
                text = self._acknowledged(text)
            return "", [self._add(THERAPIST, text)]
        if line.who == "C":
            spoken = text if line.exact else voice.speak(text, rng)
            return quoted[1] if quoted else "", self._client(spoken)
        return "", [self._add(slots[line.who.lower()]["say"], text)]

    def _fresh(self, template: str, how: Speaking) -> str:
        """A wording that has not been heard in this session, where there is one."""
        for _ in range(4):
            text = expand(template, how, self.rng)
            if text not in self._said:
                break
        self._said.add(text)
        return text

    def _acknowledged(self, text: str) -> str:
        """What the therapist says, now and then after a word that shows listening."""
        therapist = self.cast.therapist
        first = _SENTENCES.split(text)[0]
        listening = first.endswith(".") and len(first.split()) <= 6
        if listening or not self.rng.chance(therapist.opener):
            return text
        opener = self.rng.pick(therapist.openers)
        return text if text.split()[0].strip(".,") in opener else f"{opener} {text}"

    def _client(self, text: str) -> list[int]:
        """The client's words, now and then with the clinician's backchannel in the middle."""
        sentences = _SENTENCES.split(text)
        cuts = [at for at in range(1, len(sentences)) if sentences[at - 1][-1] == "."]
        if len(sentences) < 3 or not cuts or not self.rng.chance(0.4):
            added = [self._add(self.cast.label, text)]
        else:
            cut = self.rng.pick(cuts)
            first = self._add(self.cast.label, " ".join(sentences[:cut]))
            self._add(THERAPIST, self.rng.pick(table("voices")["backchannels"]))
            added = [first, self._add(self.cast.label, " ".join(sentences[cut:]))]
        if self.cast.members and len(text) > 90 and self.rng.chance(0.2):
            reaction = self._fresh(
                self.rng.pick(table("voices")["reactions"]), Speaking("say", self.cast.slots, 0.5)
            )
            self._add(self.rng.pick(self._others()), reaction)
        return added

    def _add(self, speaker: str, text: str) -> int:
        """Add a turn; a speaker who goes on speaking stays in the same turn."""
        if self.turns and self.turns[-1].speaker == speaker:
            last = self.turns[-1]
            self.turns[-1] = last.model_copy(update={"text": f"{last.text} {text}"})
        else:
            self.turns.append(Turn(speaker=speaker, text=text))
        return len(self.turns) - 1

    def _reworded(self, note: Sequence[str], slots: dict[str, Slot], statement: str) -> str:
        """The same in other words, from a stream of its own; "" if the lexicon has only one."""
        rng = Rng(self.cast.brief.seed, self.cast.brief.index, "reworded", len(self.facts))
        for _ in range(6):
            other = expand(rng.pick(note), Speaking("note", slots), rng)
            if other != statement:
                return other
        return ""

    def _record(self, form: FactForm, slots: dict[str, Slot], marks: dict[str, list[int]]) -> None:
        turns = _evidence(form.at, marks)
        if form.at and not turns:
            return
        statement = self._words(self.rng.pick(form.note), "note", slots)
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
                criticality=form.criticality or _criticality(form.kind),
                turns=turns,
            )
        )
        if form.jot and self.rng.chance(JOTTED):
            jot = self._words(self.rng.pick(form.jot), "jot", slots)
            self.jottings.append(f"{TAGS[form.kind]}: {_thin(jot)}")
        if form.form and form.kind in FIELDS:
            entry = self._words(form.form, "note", slots)
            self.form.setdefault(FIELDS[form.kind], []).append(entry)


def _criticality(kind: FactKind) -> Criticality:
    return "critical" if kind in CRITICAL else "minor" if kind in MINOR else "important"


def _evidence(at: str, marks: dict[str, list[int]]) -> tuple[int, ...]:
    found = {turn for mark in at.split(",") if mark for turn in marks.get(mark, ())}
    return tuple(sorted(found))


def _thin(jot: str) -> str:
    """A jotting starts small unless its first word is a name or an abbreviation."""
    first = jot.split(" ", 1)[0]
    return jot[0].lower() + jot[1:] if first[1:].islower() or len(first) == 1 else jot
