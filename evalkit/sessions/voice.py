"""How people talk: the same words in the mouth of a terse, a hedging or a formal speaker.

Rates of fillers follow real sessions (AnnoMI, 133 sessions, per 1,000 words: um 11, uh 7, you
know 7, so 15, yeah 16, just 9, really 7).
"""

from __future__ import annotations

import re
from functools import cache

from evalkit.records import Record
from evalkit.sessions.exchanges import table
from evalkit.sessions.rng import Rng
from evalkit.sessions.wording import lowered as lowered_word

SENTENCES = re.compile(r"(?<=[.?!])\s+(?=[A-Z])")
_STUTTERED = frozenset(
    "i i'm i've it's the he she we they my and that it so to a if you you're of in but or have is "
    "was what when with for just your this there".split()
)
_FULL = (
    (re.compile(r"\b[Cc]an't\b"), "cannot"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"(\w)n't\b(?! (?:know|I|it|you|they|he|she|we)\b)"), r"\1 not"),
    (re.compile(r"\bI'm\b"), "I am"),
    (re.compile(r"\b([Ii])t's been\b"), r"\1t has been"),
    (re.compile(r"\b([Ii])t's\b"), r"\1t is"),
    (re.compile(r"\b(I|we|you|they)'ve\b"), r"\1 have"),
    (re.compile(r"\b(I|we|you|they|it)'ll\b"), r"\1 will"),
    (re.compile(r"\b(kind|sort) of\b"), "somewhat"),
    (re.compile(r",? like,? (?=\w)(?=[a-z]+ (?:times|days|nights|hours))"), " "),
    (re.compile(r"\bgonna\b"), "going to"),
    (re.compile(r"\bwanna\b"), "want to"),
)
_HINGES = frozenset(
    "that because when if what how the a my with for about this some it's i i'm we you to in at on "
    "like they he she where who and but or so".split()
)
_BUSY = frozenset("um uh like know mean yeah well so and but just really".split())
_JUST = re.compile(
    r"\bI (?=(?:can't|couldn't|don't(?! know)|didn't|wanted|want|need|kept|keep|sat|sit|lay|got|get"
    r"|felt|feel|think|thought|said|say|went|go|had|have|started|couldn't)\b)"
)
_REALLY = re.compile(
    r"\b(I(?: just)?|it|that|it's|that's|was|is|been|feel|felt|you're|not) "
    r"(?=(?:don't(?! know)|didn't|want|need|hard|bad|good|tired|nice|helpful|difficult"
    r"|helps|helped|like|liked|hate|hated|long|scary|proud|easy|rough|strange"
    r"|important|useful|quiet|big|small|loud)\b)"
)


@cache
def _names() -> frozenset[str]:
    """Words that keep their capital: first names, drugs, and what `voices.toml` lists."""
    people = table("people")
    drugs = {each.get("brand", "") for each in people["medication"]}
    names = {each["name"] for each in people["first_names"]}
    return frozenset(names | drugs | set(table("voices")["capitals"]))


def lowered(text: str) -> str:
    """The text as it goes on after another word: small, unless it begins with a name."""
    first = re.split(r"[^\w']", text, maxsplit=1)[0].removesuffix("'s")
    return text if first in _names() else lowered_word(text)


class Voice(Record):
    """A manner of speaking. Numbers are chances: of keeping an extra (`talk`), of each oddity a
    sentence, of a filler at each hinge of a sentence (`fill`), of running on into the next
    sentence (`run_on`), of an emphasis where one fits (`stress`), of rambling on (`ramble`),
    of a word that takes up what was said (`take_up`). `modalities` are those a
    therapist speaks like this in; none means any.
    """

    name: str
    modalities: tuple[str, ...] = ()
    talk: float = 0.6
    opener: float = 0.0
    tail: float = 0.0
    stutter: float = 0.05
    aside: float = 0.0
    fill: float = 0.09
    run_on: float = 0.4
    stress: float = 0.3
    ramble: float = 0.4
    take_up: float = 0.6
    formal: bool = False
    openers: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()
    drops: float = 0.0
    fillers: tuple[str, ...] = ("um", "um", "um", "uh", "uh", "you know", "you know", "like")

    def speak(self, text: str, rng: Rng) -> str:
        """The text as this voice would say it; no word that carries meaning is lost."""
        if self.formal:
            for pattern, full in _FULL:
                text = pattern.sub(full, text)
        if self.drops:
            text = _ARTICLE.sub(lambda found: "" if rng.chance(self.drops) else found[0], text)
        sentences = self._joined(text, rng)
        spoken = [self._sentence(each, rng, at == 0) for at, each in enumerate(sentences)]
        if self.asides and len(text) > 60 and rng.chance(0.4 * self.aside):
            spoken.append(rng.pick(self.asides))
        return " ".join(spoken)

    def _joined(self, text: str, rng: Rng) -> list[str]:
        """The sentences, some of them run together as people do."""
        out: list[str] = []
        for sentence in SENTENCES.split(text):
            plain = out and out[-1].endswith(".") and len(out[-1]) > 14 and len(sentence) > 14
            first = sentence.split(" ", 1)[0].lower().rstrip(",")
            if plain and first not in _OPENING and rng.chance(1.4 * self.run_on):
                out[-1] = f"{out[-1][:-1]}{rng.pick(_RUNNING)} {lowered(sentence)}"
            else:
                out.append(sentence)
        return out

    def _sentence(self, text: str, rng: Rng, first_one: bool) -> str:
        text = self._stressed(text, rng)
        if not self.formal:
            text = self._slurred(text, rng)
        text = self._filled(text, rng)
        first = text.split(" ", 1)[0]
        if len(text) > 18 and first.lower() in _STUTTERED and rng.chance(3 * self.stutter):
            text = f"{first}{rng.pick(('-', '- ', '-- '))}{lowered(first)}{text[len(first) :]}"
        openers = [each for each in self.openers if first_one or not each.endswith(".")]
        if openers and len(text) > 12 and rng.chance(self.opener if first_one else self.opener / 3):
            opener = rng.pick(openers)
            if opener.rstrip(",.").lower() != first.rstrip(",.").lower():
                text = f"{opener} {text if opener.endswith('.') else lowered(text)}"
        gaps = text.count(" ")
        if 2 < gaps < 6 and first.lower().strip(",.") not in _OPENING and rng.chance(LED_IN):
            return f"{rng.pick(_LEADS)} {lowered(text)}"
        if text.endswith(".") and 2 < gaps < 10 and rng.chance(TAGGED):
            return f"{text[:-1]}, {rng.pick(_TAGS)}."
        if self.tails and 18 < len(text) < 110 and text.endswith(".") and rng.chance(self.tail):
            text = text[:-1] + ", " + rng.pick(self.tails) + "."
        return text

    def _stressed(self, text: str, rng: Rng) -> str:
        text = _JUST.sub(lambda m: "I just " if rng.chance(self.stress * 0.5) else m[0], text)
        return _REALLY.sub(lambda m: f"{m[1]} really " if rng.chance(self.stress) else m[0], text)

    def _slurred(self, text: str, rng: Rng) -> str:
        """Going to, want to and kind of, as most people say them."""
        for pattern, full, short, chance in _SLURS:
            first, *rest = pattern.split(text)
            text = first + "".join((short if rng.chance(chance) else full) + part for part in rest)
        return text

    def _filled(self, text: str, rng: Rng) -> str:
        """Fillers at the hinges: "I was, um, at my sister's". At most one in four words."""
        words = text.split(" ")
        out = words[:1]
        since = 2
        for word in words[1:]:
            since += 1
            before = out[-1]
            hinge = word in _HINGES and (before[-1:].isalpha() or before.endswith(","))
            busy = before.lower().rstrip(",") in _BUSY or word.rstrip(",.") in _BUSY
            if hinge and since > 3 and not busy and rng.chance(self.fill):
                filler = rng.pick(self.fillers)
                if filler == "like":
                    out.append(filler)
                else:
                    out[-1] = before if rng.chance(0.5) else before.rstrip(",") + ","
                    out.append(filler + rng.pick((",", "--", "-")))
                since = 0
            out.append(self._restarted(word, rng) if since else word)
        return " ".join(out)

    def _restarted(self, word: str, rng: Rng) -> str:
        """A small word, now and then said twice: "the-the", "I-- I"."""
        if word.lower() not in _STUTTERED or not rng.chance(2 * self.stutter):
            return word
        return f"{word}{rng.pick(('-', '-', '- ', '-- '))}{word}"


_VERBS = (
    "be|have|do|get|go|say|try|need|make|take|tell|ask|keep|see|work|talk"
    "|start|feel|happen|want|let"
)
_SLURS = (
    (re.compile(rf"\bgoing to (?=(?:{_VERBS})\b)"), "going to ", "gonna ", 0.6),
    (re.compile(rf"\bwant to (?=(?:{_VERBS})\b)"), "want to ", "wanna ", 0.3),
    (re.compile(rf"\bgot to (?=(?:{_VERBS})\b)"), "got to ", "gotta ", 0.4),
    (re.compile(r"\bkind of\b"), "kind of", "kinda", 0.12),
)
# Stock phrases would else be the same in every session: "I can do that", "What did you notice?"
LED_IN = 0.45
_LEADS = (
    "Um,",
    "Uh,",
    "So,",
    "So, um,",
    "Well,",
    "I mean,",
    "And",
    "And, uh,",
    "You know,",
    "Like,",
)
TAGGED = 0.18
_TAGS = ("you know", "yeah", "so", "right", "though", "anyway", "honestly", "actually", "really")
_OPENING = frozenset("um uh well so and but yeah no yes okay right like oh anyway because".split())
_RUNNING = (
    " and",
    ", and",
    ",",
    ",",
    "-- um,",
    "-- I mean,",
    "-- uh,",
    " and, you know,",
)
_ARTICLE = re.compile(r"\b(?:the|an?) (?=[a-z])")


@cache
def voices(whose: str) -> tuple[Voice, ...]:
    """The voices of `client` or `therapist` in the lexicon."""
    return tuple(Voice(**each) for each in table("voices")[whose])
