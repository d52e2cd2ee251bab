"""What a speech recognizer makes of a session: misheard, lost and added words, swapped speakers.

Only the turns change. Facts, traps, evidence, chart, form and jottings stay: they are the truth
that a note drafted from the faulty transcript is held against. What is misheard as what stands in
`lexicon/hearing.toml`; a word that is not there is heard as everyday words that sound like it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate

from pydantic import Field, ValidationError, field_validator

from evalkit.errors import InputError, from_validation
from evalkit.records import THERAPIST, Channel, Record, Session, Turn
from evalkit.sessions.exchanges import HERE, table
from evalkit.sessions.rng import Rng

Words = tuple[str, ...]
Plan = dict[int, tuple[str, Words]]
"""What is heard instead of a turn's words, by their place: the text, and its words compared."""

RISK = 1.36
"""How much likelier a word is wrong in a sentence about risk: 34 % against 25 % of all words in
recorded psychotherapy (Miner 2020, npj Digital Medicine 3:82). At a rate of .5 it comes to 1.23."""

BAD_STRETCH, BAD_SHARE, STRETCH_WORDS = 2.5, 0.2, (8, 40)
"""How much likelier a word is wrong in a bad stretch, how many stretches are bad, and how long
they are. These and the shares below are set by us so that errors come in bursts and about a third
of them are losses; no study stands behind them."""

HARD_WORD = 2.0
"""How much likelier a drug, a name or a term of the trade is wrong."""

ADDED, LOST_FILLER, LOST_SMALL, LOST_OTHER = 0.06, 0.75, 0.45, 0.12
ALIKE, NEAREST = 0.6, 4
"""How often a word of a group is heard as another of it, and not as one of the nearest by sound."""

SHORT_TURN, SHORT_TURN_WORDS = 2.0, 3
"""Turns of at most three words are twice as likely to be given to another speaker."""

INAUDIBLE = "[inaudible]"

_WORD = re.compile(
    r"(\[[^\]]*\]|(?i:\b(?:mm-hm+|uh-huh|[ap]\.m)\b)|\d+(?:[.,:]\d+)+|\w+(?:['’]\w+)*)"
)
_RANKED = ((4, "["), (3, ".?!"), (2, ",;:"), (1, " "))
_SENTENCE_ENDS = re.compile(r"[.?!]")
_SOUNDS = re.compile(
    r"gh|(?P<J>tch|dge?|[cs]h|[ts]i(?=on|ou)|j)|(?P<F>ph|[fv]+)|(?P<N>^kn|[mn]+)|(?P<R>^wr|r+)"
    r"|(?P<S>^ps|c(?=[eiy])|[szx]+)|(?P<K>ck|qu?|[cgk]+)|(?P<T>th|[td]+)|(?P<P>[bp]+)|(?P<L>l+)"
    r"|(?P<W>^wh?)|(?P<H>^h)|(?P<Y>^y)|(?P<A>[aeiouy]+)|."
)


def through_channel(
    session: Session, word_error_rate: float, speaker_swap_rate: float, rng: Rng
) -> Session:
    """The session as a speech recognizer would have written it; `spec.channel` says how well.

    Both rates are shares from 0 to 1. `words_wrong` is the word-level Levenshtein distance between
    each turn as spoken and as heard, over all turns, to the words spoken (case and marks do not
    count, nor does what stands in square brackets). A swapped turn stays a turn of its own, so
    that evidence indices hold. Works on any session, with a ledger or without.

    Raises InputError for a rate outside 0 to 1, and for a session that has been through before.
    """
    rates = {"word_error_rate": word_error_rate, "speaker_swap_rate": speaker_swap_rate}
    for field, rate in rates.items():
        if not 0 <= rate <= 1:
            raise InputError("a rate is a share from 0 to 1", field=field)
    before = session.spec.channel
    if before is not None and (before.words_wrong or before.turns_swapped):
        raise InputError(
            "the session has been through a speech channel before",
            field="spec.channel",
            fix="start from the session as it was spoken",
        )
    spoken = [_parted(turn.text) for turn in session.turns]
    texts, wrong = _misheard(spoken, word_error_rate, rng)
    labels = _mislabeled(session.turns, spoken, speaker_swap_rate, rng)
    turns = list(session.turns)
    for at in texts.keys() | labels.keys():
        was = turns[at]
        now = {"text": texts.get(at, was.text), "speaker": labels.get(at, was.speaker)}
        turns[at] = was.model_copy(update=now)
    channel = Channel(
        **rates,
        words_wrong=wrong / max(1, sum(len(each.words) for each in spoken)),
        turns_swapped=len(labels) / len(turns),
    )
    spec = session.spec.model_copy(update={"channel": channel})
    return session.model_copy(update={"spec": spec, "turns": tuple(turns)})


@dataclass(frozen=True)
class Parted:
    """A turn as its words, the same as they are compared, and what stands around them: one gap
    more than words."""

    words: Words
    plain: Words
    gaps: Words


def _parted(text: str) -> Parted:
    pieces = _WORD.split(text)
    for at in range(len(pieces) - 2, 0, -2):
        if pieces[at][0] == "[":
            pieces[at - 1 : at + 2] = ["".join(pieces[at - 1 : at + 2])]
    return Parted(tuple(pieces[1::2]), _plain(pieces[1::2]), tuple(pieces[::2]))


def _plain(words: Iterable[str]) -> Words:
    return tuple(word.lower().replace("’", "'") for word in words)


def _misheard(spoken: Sequence[Parted], rate: float, rng: Rng) -> tuple[dict[int, str], int]:
    """The texts of the turns that were misheard, by index, and how many words are wrong.

    Errors side by side may count less than their sum (a word lost, the next one doubled), so what
    is missing is measured and made up for until the rate is met.
    """
    starts = [0, *accumulate(len(each.words) for each in spoken)]
    allowed = round(rate * starts[-1])
    places = _likeliest_first(_weights(spoken, rng), rng) if allowed else []
    queue = _errors(spoken, places, rng)
    plans: dict[int, Plan] = {}
    wrong: dict[int, int] = {}
    while (missing := allowed - sum(wrong.values())) > 0:
        touched = set()
        for turn, place, heard, cost in queue:
            if cost <= missing:
                plans.setdefault(turn, {})[place] = heard
                touched.add(turn)
                missing -= cost
            if not missing:
                break
        if not touched:
            break
        wrong |= {turn: _distance(spoken[turn], plans[turn]) for turn in touched}
    return {turn: _written(spoken[turn], plan) for turn, plan in plans.items()}, sum(wrong.values())


def _errors(
    spoken: Sequence[Parted], places: Sequence[int], rng: Rng
) -> Iterator[tuple[int, int, tuple[str, Words], int]]:
    """(turn, word, what is heard in its stead, words wrong by it), drawn one by one."""
    at = [(turn, place) for turn, each in enumerate(spoken) for place in range(len(each.words))]
    for index in places:
        turn, place = at[index]
        plain = spoken[turn].plain[place]
        heard = _heard(spoken[turn].words[place], plain, rng)
        words = _plain(_WORD.findall(heard))
        cost = max(1, len(words)) - (plain in words)
        if cost:
            yield turn, place, (heard, words), cost


def _heard(word: str, plain: str, rng: Rng) -> str:
    """What is heard for a word: other words, nothing, or the word and one more."""
    ears = _ears()
    draw = _share(rng)
    if draw < ADDED:
        return f"{word} {rng.pick(ears.put_in)}"
    lost = LOST_SMALL if plain in ears.small_words else LOST_OTHER
    if draw < ADDED + (1 - ADDED) * (LOST_FILLER if plain in ears.fillers else lost):
        return ""
    if plain in ears.heard_as:
        return rng.pick(ears.heard_as[plain])
    if plain in ears.alike and (plain[0].isdigit() or rng.chance(ALIKE)):
        return rng.pick(ears.alike[plain])
    if plain[0].isdigit():
        return ears.misread(word, rng)
    return rng.pick(_nearest(plain) or ("",))


def _distance(spoken: Parted, plan: Plan) -> int:
    from rapidfuzz.distance import Levenshtein

    heard: list[str] = []
    for place, word in enumerate(spoken.plain):
        heard += plan[place][1] if place in plan else (word,)
    return Levenshtein.distance(spoken.plain, heard)


def _written(spoken: Parted, plan: Plan) -> str:
    """The turn with marks and capitals where a recognizer would put them."""
    out, gap, capital = [spoken.gaps[0]], "", False
    for place, word in enumerate(spoken.words):
        before = spoken.gaps[place]
        if place:
            gap = _stronger(gap, before) if gap else before
        if word[0].isupper() and (not place or _SENTENCE_ENDS.search(before)):
            capital = True
        heard = plan[place][0] if place in plan else word
        if heard:
            if len(out) > 1:
                out.append(gap)
            out.append(heard[0].upper() + heard[1:] if capital else heard)
            gap, capital = "", False
    if len(out) == 1:
        return INAUDIBLE
    return "".join([*out, _stronger(gap, spoken.gaps[-1]).rstrip()])


def _stronger(gap: str, other: str) -> str:
    """Which of two gaps stays when the word between them is lost."""
    return max(gap, other, key=_strength) if gap and gap != other else gap or other


def _strength(gap: str) -> int:
    """A pause of any kind outweighs a blank, and a blank a hyphen."""
    return next((rank for rank, marks in _RANKED if any(mark in gap for mark in marks)), 0)


def _weights(spoken: Sequence[Parted], rng: Rng) -> Iterator[float]:
    """How likely each word is to be wrong, beside the others."""
    ears = _ears()
    left, stretch = 0, 1.0
    for turn in spoken:
        risky = _risky(turn)
        for place, word in enumerate(turn.plain):
            if not left:
                left = rng.between(*STRETCH_WORDS)
                stretch = BAD_STRETCH if rng.chance(BAD_SHARE) else 1.0
            left -= 1
            hard = HARD_WORD if word in ears.heard_as else 1.0
            yield stretch * (RISK if place in risky else hard)


def _risky(turn: Parted) -> set[int]:
    """The places of those words that stand in a sentence about risk."""
    about_risk, words = _ears().risk, turn.plain
    if not about_risk.search(" ".join(words)):
        return set()
    ends = [at for at, gap in enumerate(turn.gaps) if at and _SENTENCE_ENDS.search(gap)]
    places, start = set(), 0
    for end in [*ends, len(words)]:
        if about_risk.search(" ".join(words[start:end])):
            places |= set(range(start, end))
        start = end
    return places


def _likeliest_first(weights: Iterator[float], rng: Rng) -> list[int]:
    """All places in a random order; the first ones are drawn in proportion to their weights.

    Sequential Poisson sampling (Ohlsson 1998): sorted by a uniform draw divided by the weight.
    """
    drawn = [(_share(rng) / weight, at) for at, weight in enumerate(weights)]
    return [at for _, at in sorted(drawn)]


def _share(rng: Rng) -> float:
    return rng.between(1, 1 << 30) / (1 << 30)


def _mislabeled(
    turns: Sequence[Turn], spoken: Sequence[Parted], rate: float, rng: Rng
) -> dict[int, str]:
    """New speakers by turn; with several clients a client's words go to another client."""
    labels = sorted({turn.speaker for turn in turns} | {THERAPIST})
    if not rate or len(labels) == 1:
        return {}
    whole, part = divmod(rate * len(turns), 1)
    count = int(whole) + rng.chance(part)
    short = (SHORT_TURN if len(each.words) <= SHORT_TURN_WORDS else 1.0 for each in spoken)
    swapped = {}
    for at in sorted(_likeliest_first(short, rng)[:count]):
        own = turns[at].speaker
        others = [label for label in labels if label != own]
        if len(labels) > 2 and own != THERAPIST:
            others.remove(THERAPIST)
        swapped[at] = rng.pick(others)
    return swapped


class Hearing(Record):
    """The file `lexicon/hearing.toml`."""

    sound_alike: tuple[Words, ...]
    heard_as: dict[str, Words]
    digits: dict[str, str]
    fillers: Words
    small_words: Words
    put_in: Words = Field(min_length=1)
    risk: Words = Field(min_length=1)
    vocabulary: str = Field(min_length=1)

    @field_validator("sound_alike")
    @classmethod
    def _groups_differ(cls, value: tuple[Words, ...]) -> tuple[Words, ...]:
        if any(len(set(_plain(group))) < 2 for group in value):
            raise ValueError("a group needs two different words at least")
        return value

    @field_validator("heard_as")
    @classmethod
    def _other_words_are_heard(cls, value: dict[str, Words]) -> dict[str, Words]:
        for word, heard in value.items():
            if not heard or {"", word.lower()} & {each.strip() for each in _plain(heard)}:
                raise ValueError("what is heard for a word must be other words")
        return value


@dataclass(frozen=True)
class Ears:
    """The tables by word, in lower case; `by_sound` has each everyday word and its sound under
    that sound and under the same without any one part."""

    heard_as: Mapping[str, Words]
    alike: Mapping[str, Words]
    digits: Mapping[str, str]
    fillers: frozenset[str]
    small_words: frozenset[str]
    put_in: Words
    risk: re.Pattern[str]
    by_sound: Mapping[str, tuple[tuple[str, str], ...]]

    def misread(self, number: str, rng: Rng) -> str:
        """A number with one of its digits changed."""
        at = rng.between(0, len(number) - 1)
        return number[:at] + self.digits.get(number[at], "") + number[at + 1 :]


@cache
def _ears() -> Ears:
    """The tables; InputError names the file and the field that cannot be read."""
    try:
        hearing = Hearing(**table("hearing"))
    except ValidationError as error:
        raise from_validation(error, file=HERE / "hearing.toml") from None
    alike: dict[str, list[str]] = {}
    for group in hearing.sound_alike:
        for word in group:
            others = [each for each in group if each.lower() != word.lower()]
            alike.setdefault(word.lower(), []).extend(others)
    by_sound: dict[str, list[tuple[str, str]]] = {}
    for word in sorted(set(hearing.vocabulary.split())):
        sound = sound_of(word)
        for near in _around(sound):
            by_sound.setdefault(near, []).append((word, sound))
    stems = "|".join(re.escape(each).replace(r"\*", r"[\w']*") for each in hearing.risk)
    return Ears(
        heard_as={word.lower(): heard for word, heard in hearing.heard_as.items()},
        alike={word: tuple(others) for word, others in alike.items()},
        digits=hearing.digits,
        fillers=frozenset(_plain(hearing.fillers)),
        small_words=frozenset(_plain(hearing.small_words)),
        put_in=hearing.put_in,
        risk=re.compile(rf"(?<![\w'])(?:{stems})(?![\w'])"),
        by_sound={sound: tuple(words) for sound, words in by_sound.items()},
    )


def sound_of(word: str) -> str:
    """The consonants of a word by their class, in order, and an A for each vowel between them.

    >>> sound_of("whether"), sound_of("weather"), sound_of("fifteen"), sound_of("fifty")
    ('WATAR', 'WATAR', 'FAFTAN', 'FAFTA')
    """
    letters = unicodedata.normalize("NFKD", word.lower())
    letters = "".join(each for each in letters if "a" <= each <= "z")
    if len(letters) > 3 and letters[-1] == "e" and letters[-2] not in "aeiouy":
        letters = letters[:-1]
    return "".join(found.lastgroup or "" for found in _SOUNDS.finditer(letters))


def _around(sound: str) -> list[str]:
    """A sound, and the same without any one part."""
    less = {sound[:at] + sound[at + 1 :] for at in range(len(sound))}
    return [each for each in (sound, *sorted(less - {sound})) if each]


@lru_cache(maxsize=20_000)
def _nearest(word: str) -> Words:
    """The everyday words that sound most like a word, best first; else two that make it up."""
    from rapidfuzz.distance import Levenshtein

    by_sound, sound = _ears().by_sound, sound_of(word)
    far: dict[str, int] = {}
    for near in _around(sound):
        for other, theirs in by_sound.get(near, ()):
            if other.lower() != word:
                gap = 0 if theirs == sound else 2 if near in {sound, theirs} else 4
                far.setdefault(other, gap + Levenshtein.distance(word, other.lower()))
    if far:
        return tuple(sorted(far, key=lambda other: (far[other], other))[:NEAREST])
    for cut in range(len(sound) - 1, 0, -1):
        head, tail = by_sound.get(sound[:cut], ()), by_sound.get(sound[cut:], ())
        if head:
            return (" ".join(parts[0][0] for parts in (head, tail) if parts),)
    return ()
