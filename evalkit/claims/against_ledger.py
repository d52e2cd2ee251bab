"""The claims of a note against a session with a ledger: rules first, then a model over signs.

The ledger knows what is true and which false claims the session invites. What stands in it word for
word is settled; so is what was left open. For all else the model says how likely a claim is false,
for the sentence and for each of its assertions: a sentence is as bad as its worst assertion.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from rapidfuzz import fuzz, process

from evalkit.claims.against_ledger_lines import Entry
from evalkit.claims.against_ledger_scene import Scene
from evalkit.claims.against_ledger_signs import Compared, compare
from evalkit.claims.evidence import plain, whole
from evalkit.claims.exact import NEVER_SAID
from evalkit.claims.extract import Parsed
from evalkit.claims.left_open import Matter, admits, asserts, left_open
from evalkit.claims.lexicon import cues
from evalkit.claims.likeness import Saying
from evalkit.claims.model import Model
from evalkit.claims.split import sentences
from evalkit.claims.text import tokens
from evalkit.records import Assertion, Polarity, Session, Trap, Verdict

FALSE_P = 0.97
"""p of what the ledger says is false: a bait, the opposite of a fact, what was left open."""

STATES = 0.6
"""Likeness to a fact from which a claim states it, whatever else was left open."""

ANOTHERS = 0.35
"""The same for a fact about somebody else."""

OPPOSITE = 0.85
"""Likeness to a fact of which a claim says the opposite, denying what is reported or the like."""

SPOKEN = 75.0
"""rapidfuzz partial ratio (0 to 100) with the nearest turn under which a quotation was not said."""

INVENTED_QUOTE = 0.9
"""p of a quotation that nobody spoke."""

SURELY = 0.97
"""p of one assertion among several from which the sentence is called false on its account alone."""

BAIT = 0.5
"""Chance that it says a bait, from which a false claim is that bait."""


class Judged(NamedTuple):
    """What is said of a sentence or an assertion, and what it was compared with.

    `rule` names what settled it, "" where the model did. `clash` is in what the nearest fact says
    otherwise; `trap` is the trap that it fell into, `open` the matter that was left open.
    """

    p: float
    verdict: Verdict
    compared: Compared
    rule: str = ""
    clash: str = ""
    trap: Trap | None = None
    open: Matter | None = None


class Sentence(NamedTuple):
    """A sentence of a note, and each of its assertions, as they were judged."""

    judged: Judged
    assertions: tuple[tuple[Assertion, Judged], ...]


class Ledger:
    """A session with a ledger, ready to judge any number of notes on it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.scene = Scene(session)
        self.open = left_open(session)
        entries = self.scene.lines.entries
        known = [(_words(one), each) for each in entries for one in each.wordings]
        self.true = {words: each for words, each in known if each.kind in TRUE}
        self.false = {words: each for words, each in known if each.kind == "bait"}
        self.baits = _texts(entries, ("bait",)) - _texts(entries, TRUE)
        self._model: Model | None = None
        self._judged: dict[tuple[str, Polarity], Judged] = {}

    @cached_property
    def spoken(self) -> frozenset[str]:
        """Every sentence of the transcript as plain words, questions apart."""
        found = set()
        for turn, words in zip(self.session.turns, self.scene.spoken.tokens, strict=True):
            for start, end in sentences(turn.text):
                inside = [token for token in words if start <= token.start < end]
                found.add(whole(turn.text[start:end], inside))
        return frozenset(found)

    @cached_property
    def streams(self) -> list[tuple[str, set[int], dict[int, bool]]]:
        """What each speaker said, as one line of plain words; where sentences begin, and where
        they end, with whether that one is a question."""
        lines: dict[str, str] = {}
        begins: dict[str, set[int]] = {}
        ends: dict[str, dict[int, bool]] = {}
        for turn, words in zip(self.session.turns, self.scene.spoken.tokens, strict=True):
            who = turn.speaker
            for start, end in sentences(turn.text):
                inside = plain([token for token in words if start <= token.start < end])
                line = lines.get(who, " ")
                begins.setdefault(who, set()).add(len(line) - 1)
                lines[who] = line + inside[1:]
                asked = turn.text[start:end].endswith("?")
                ends.setdefault(who, {})[len(lines[who])] = asked
        return [(line, begins[who], ends[who]) for who, line in lines.items()]

    def _in_one_breath(self, one: Saying) -> bool:
        """Whole sentences that one speaker spoke one after the other, whoever cut in."""
        words = plain(one.parsed.tokens)
        asks = one.parsed.claim.text.endswith("?")
        for line, begins, ends in self.streams:
            place = line.find(words)
            while place >= 0:
                if place in begins and ends.get(place + len(words)) in (False, asks):
                    return True
                place = line.find(words, place + 1)
        return False

    def judge(self, note: Sequence[Parsed], model: Model) -> list[Sentence]:
        """Each sentence of a note, with each of its assertions."""
        whole_ones = self._ones(note, model)
        parts = [
            parsed.assertions if one.rule not in SETTLES_ALL else ()
            for parsed, one in zip(note, whole_ones, strict=True)
        ]
        several = [
            parsed.of_assertion(part)
            for parsed, found in zip(note, parts, strict=True)
            for part in (found if len(found) > 1 else ())
        ]
        alone = iter(self._ones(several, model))
        judged = []
        for parsed, one, found in zip(note, whole_ones, parts, strict=True):
            if len(found) > 1:
                judged.append(_as_bad(one, [(part, next(alone)) for part in found], model))
            else:
                judged.append(Sentence(one, tuple((part, one) for part in parsed.assertions)))
        return judged

    def _ones(self, claims: Sequence[Parsed], model: Model) -> list[Judged]:
        """Each claim for itself: drafts of a session share many, so each text is judged once."""
        if self._model is not model:
            self._model, self._judged = model, {}
        keys = [(one.claim.text, one.claim.polarity) for one in claims]
        new = {
            key: Saying(one)
            for key, one in zip(keys, claims, strict=True)
            if key not in self._judged
        }
        compared = [compare(self.scene, one) for one in new.values()]
        ps = model.p([each.signs for each in compared]) if new else []
        for (key, one), each, p in zip(new.items(), compared, ps, strict=True):
            self._judged[key] = self._one(one, each, p, model)
        return [self._judged[key] for key in keys]

    def _one(self, one: Saying, compared: Compared, p: float, model: Model) -> Judged:
        settled = self._settled(one, compared)
        if settled is not None:
            return settled
        if one.quotation and p < INVENTED_QUOTE and self._invented(one.quotation):
            return Judged(INVENTED_QUOTE, "unsupported", compared, "invented quotation")
        if p < NEVER_SAID and self._grave_and_unsaid(one):
            return Judged(NEVER_SAID, "unsupported", compared, "grave, and nobody mentions it")
        if p < model.unsupported_from:
            return Judged(p, _true(p, one, compared, model), compared)
        trap = self._trap(compared)
        clash = compared.clash or ("bait" if trap is not None else "")
        verdict: Verdict = "contradicted" if clash else "unsupported"
        return Judged(p, verdict, compared, "", clash, trap)

    def _settled(self, one: Saying, compared: Compared) -> Judged | None:
        """What a rule says; None where none does."""
        parsed, words = one.parsed, _words(one)
        if not one.units and not one.numbers:
            return Judged(0.0, "supported", compared, "claims nothing")
        if one.parsed.claim.text in self.baits:
            trap = self.false[words].trap
            return Judged(FALSE_P, "contradicted", compared, "bait", "bait", trap)
        if words in self.true:
            return Judged(0.0, "supported", compared, "in the ledger")
        if words in self.false:
            trap = self.false[words].trap
            return Judged(FALSE_P, "contradicted", compared, "bait", "bait", trap)
        if admits(parsed, self.open):
            return Judged(0.0, "supported", compared, "owns up")
        if whole(parsed.claim.text, parsed.tokens) in self.spoken or self._in_one_breath(one):
            return Judged(0.0, "supported", compared, "spoken")
        matter = asserts(parsed, self.open)
        if matter is not None and not self._states(compared):
            return Judged(FALSE_P, "contradicted", compared, "left open", "left open", None, matter)
        fact = compared.fact
        if fact is not None and compared.signs.denies_instead and fact.alike >= OPPOSITE:
            return Judged(FALSE_P, "contradicted", compared, "opposite", "polarity")
        return None

    def _states(self, compared: Compared) -> bool:
        """It states something that was discussed, of the client or of somebody else."""
        return any(
            match.alike >= (ANOTHERS if _of_another(match.entry) else STATES)
            for match in compared.cover
            if match.entry.fact is not None
        )

    def _trap(self, compared: Compared) -> Trap | None:
        """The trap that a false claim fell into, if into any."""
        chances = compared.chances
        best = max(chances, default=0.0)
        if best < BAIT:
            return None
        return self.scene.sides.matters[chances.index(best)].trap

    def _grave_and_unsaid(self, one: Saying) -> bool:
        """It names a risk, drug, diagnosis, abuse or legal matter that nobody mentions.

        What it denies counts where that is a risk: nobody asked.
        """
        said = self.scene.said
        denied = one.parsed.claim.polarity == "negated"
        return any(
            hit.concept.severity == "major"
            and hit.concept.name != "medication_any"
            and hit.concept.name not in said.concepts
            and not said.stems.issuperset(t.stem for t in one.parsed.tokens[hit.start : hit.end])
            and (hit.concept.category == "risk" or not denied)
            for hit in one.parsed.mentions
        )

    def _invented(self, quotation: str) -> bool:
        """No turn holds these words or anything near them."""
        words = plain(tokens(quotation)).strip()
        near = process.extractOne(
            words, self.scene.spoken.plain, scorer=fuzz.partial_ratio, score_cutoff=SPOKEN
        )
        return bool(words) and near is None


TRUE = ("fact", "truth")
SETTLES_ALL = ("in the ledger", "spoken", "claims nothing", "bait", "owns up")


def _texts(entries: Sequence[Entry], kinds: tuple[str, ...]) -> frozenset[str]:
    """The wordings of the entries of some kinds, to the letter."""
    return frozenset(
        one.parsed.claim.text for each in entries if each.kind in kinds for one in each.wordings
    )


def _words(one: Saying) -> str:
    return plain(one.parsed.tokens)


def _of_another(entry: Entry) -> bool:
    return entry.fact is not None and entry.fact.subject != "client"


def _true(p: float, one: Saying, compared: Compared, model: Model) -> Verdict:
    """Stated outright, or a reasonable inference from what is.

    An inference is hedged, or weighs what was said, and no fact says it as it stands.
    """
    stated = compared.fact is not None and compared.fact.here >= STATES
    weighs = bool(one.parsed.share(cues().hedge) or compared.signs.names_status)
    if p >= model.inferred_from or (weighs and not stated):
        return "inferred"
    return "supported"


WORST: tuple[Verdict, ...] = ("supported", "inferred", "unsupported", "contradicted")


def _as_bad(one: Judged, found: list[tuple[Assertion, Judged]], model: Model) -> Sentence:
    """A sentence as bad as its worst assertion, and no assertion of a true sentence false.

    Alone an assertion lacks what the others tell of it, so that the sentence is false on its
    account only where the model is sure (`SURELY`); of a false sentence its worst one is false.
    """
    worst = max((each for _, each in found), key=lambda each: each.p)
    cut = model.unsupported_from
    if worst.p >= SURELY and worst.p > one.p:
        return Sentence(worst._replace(compared=one.compared), tuple(found))
    if one.p < cut:
        calm = ((part, each if each.p < cut else _calmed(each, one)) for part, each in found)
        return Sentence(one, tuple(calm))
    if worst.p >= cut:
        return Sentence(one, tuple(found))
    return Sentence(one, tuple((part, one if each is worst else each) for part, each in found))


def _calmed(one: Judged, sentence: Judged) -> Judged:
    return one._replace(p=sentence.p, verdict=sentence.verdict, rule="", clash="", trap=None)
