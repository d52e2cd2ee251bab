"""True and false sentences about a session, as a note might have them, for learning and measuring.

True are the facts of the ledger in other words than the comparison knows, whole, shortened, or two
and three in a sentence, and the jottings spelled out. False are baits, inventions, facts altered in
one thing (a number, a day, a person, a drug, the polarity), facts of other clients, and sentences
of which one half is true. Where both wordings are known, words are exchanged for any others, as a
writer with a vocabulary of their own would.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from evalkit.drafters.fabricating import inventions
from evalkit.drafters.form_fill import spelled_out
from evalkit.records import Fact, Session, Trap

SWAPS: dict[str, tuple[tuple[str, str], ...]] = {
    "person": (
        ("mother", "father"), ("sister", "brother"), ("wife", "sister"), ("husband", "brother"),
        ("partner", "mother"), ("son", "nephew"), ("daughter", "niece"), ("boss", "neighbor"),
        ("friend", "cousin"), ("aunt", "grandmother"), ("uncle", "father"),
    ),
    "day": (
        ("Monday", "Thursday"), ("Tuesday", "Friday"), ("Wednesday", "Sunday"),
        ("Saturday", "Tuesday"), ("weekly", "monthly"), ("two weeks", "four weeks"),
        ("one week", "three weeks"), ("next week", "next month"), ("last week", "last month"),
        ("morning", "evening"),
    ),
    "drug": (
        ("sertraline", "escitalopram"), ("escitalopram", "fluoxetine"),
        ("fluoxetine", "sertraline"), ("bupropion", "mirtazapine"),
        ("venlafaxine", "duloxetine"), ("trazodone", "lorazepam"),
    ),
    "turned": (
        ("improved", "worsened"), ("improving", "worsening"), ("increased", "decreased"),
        ("better", "worse"), ("decreased", "increased"), ("reduced", "raised"), ("more", "less"),
        ("low", "high"), ("helpful", "unhelpful"), ("good", "poor"), ("poor", "good"),
        ("agreed to", "declined to"), ("declined", "accepted"), ("will", "will not"),
        ("completed", "did not complete"), ("did not", "did"), ("has not", "has"),
        ("was able to", "was unable to"), ("denies", "endorses"), ("denied", "endorsed"),
        ("reports", "denies"), ("reported", "denied"), ("No", "Some"), ("without", "with"),
        ("intact", "impaired"), ("met", "not met"), ("limited", "good"),
    ),
}  # fmt: skip
"""What an alteration puts in the place of what, by what it changes."""

NOUNS = (
    ("Client", "Patient"), ("client", "patient"), ("Client", "Pt"), ("Clinician", "Therapist"),
    ("clinician", "provider"), ("reports", "states"), ("reported", "stated"),
    ("described", "shared"),
)  # fmt: skip
FRAMES = ("", "", "", "", "In session, ", "Today, ", "Overall, ", "Per report, ", "Of note, ")
KEPT = frozenset("without never denies denied declined mother father client patient".split())
_CLAUSE = re.compile(
    r"(, (?:which|who|and|as|with|although|but|when|while|because|after|before)\b"
    r"|; | \(| with | because | after | while | when | as )"
)


class Said(NamedTuple):
    """A sentence, the group it comes from, and whether it is false."""

    text: str
    group: str
    false: bool


class Told(NamedTuple):
    """A session as the comparison may know it, and the wordings that notes on it have.

    With `both`, it knows each fact and bait in either wording; else the notes have the other one.
    """

    known: Session
    facts: list[tuple[Fact, str]]
    baits: list[tuple[Trap, str]]
    both: bool


def told(session: Session, rng: Random, both: bool, hidden: bool) -> Told:
    """Draws which wording of each fact and bait is known; with `hidden` the traps are not."""
    facts, said = [], []
    for fact in session.facts:
        shown, other = _drawn(fact.statement, fact.reworded, rng)
        facts.append(fact if both else fact.model_copy(update={"statement": shown, "reworded": ""}))
        if fact.discussed:
            said.append((fact, other))
    traps, baits = [], []
    for trap in session.traps:
        shown, other = _drawn(trap.bait, trap.reworded, rng)
        traps.append(trap if both else trap.model_copy(update={"bait": shown, "reworded": ""}))
        if trap.because == "untrue":
            baits.append((trap, other))
    changes = {"facts": tuple(facts), "traps": () if hidden else tuple(traps)}
    return Told(session.model_copy(update=changes), said, baits, both)


def _drawn(one: str, other: str, rng: Random) -> tuple[str, str]:
    pair = [one, other or one]
    rng.shuffle(pair)
    return pair[0], pair[1]


def sayings(
    session: Session, of: Told, others: Sequence[Session], rng: Random, words: Sequence[str]
) -> Iterator[Said]:
    """Sentences about a session. `words` are any that may stand in for others."""

    def put(text: str) -> str:
        return edited(text, rng, words) if of.both else framed(text, rng)

    said = [text for _, text in of.facts]
    for text in said:
        yield Said(put(text), "fact", False)
        if rng.random() < 0.2:
            yield Said(put(shortened(text, rng)), "part of a fact", False)
    for count, times in ((2, 6), (3, 2)):
        for _ in range(times if len(said) >= count else 0):
            yield Said(put(joined(rng.sample(said, count), rng)), f"{count} facts", False)
    for line in session.jottings.splitlines():
        text, kind = spelled_out(line)
        if kind is not None and rng.random() < 0.3:
            yield Said(text, "jotting", False)
    lies = list(_lies(session, of, others, rng))
    for lie in lies:
        yield Said(put(lie.text), lie.group, True)
    for _ in range(4 if lies else 0):
        halves = [rng.choice(said), rng.choice(lies).text]
        rng.shuffle(halves)
        yield Said(put(joined(halves, rng)), "one of two false", True)


def _lies(session: Session, of: Told, others: Sequence[Session], rng: Random) -> Iterator[Said]:
    own = {text for fact in session.facts for text in (fact.statement, fact.reworded)}
    for lie in inventions(session):
        if lie.trap is None and rng.random() < 0.3:
            text = lie.reworded if lie.reworded and rng.random() < 0.5 else lie.text
            yield Said(text, f"invention, {lie.category}", True)
    for trap, text in of.baits:
        yield Said(text, f"bait, {trap.kind}", True)
    for _, text in of.facts:
        choices = [pair for pair in altered(text, rng) if pair[1] not in own]
        if choices and rng.random() < 0.6:
            what, other = rng.choice(choices)
            yield Said(other, f"altered, {what}", True)
    for other_session in others:
        if other_session.session_id == session.session_id:
            continue
        for fact in other_session.discussed:
            if fact.kind not in ("service", "mental_status") and rng.random() < 0.12:
                text = rng.choice([fact.statement, fact.reworded or fact.statement])
                yield Said(text, "another client", True)


def altered(text: str, rng: Random) -> list[tuple[str, str]]:
    """Ways to change one thing in a sentence: what is changed, and the sentence then."""
    found = []
    numbers = list(re.finditer(r"\b(\d{1,3})\b(?! ?(?:a\.m|p\.m|:))", text))
    if numbers:
        at = rng.choice(numbers)
        more = str(int(at.group()) + rng.choice([1, 2, 3, 5, 10]))
        found.append(("number", text[: at.start()] + more + text[at.end() :]))
    for what, swaps in SWAPS.items():
        for one, other in swaps:
            changed = re.sub(rf"\b{one}\b", other, text, count=1)
            if changed != text:
                found.append((what, changed))
    return found


def edited(text: str, rng: Random, words: Sequence[str]) -> str:
    """A sentence as another writer might put it: some of its words are others, one may be gone."""
    for one, other in rng.sample(NOUNS, 3):
        text = re.sub(rf"\b{one}\b", other, text)
    parts = text.split(" ")
    free = [at for at, word in enumerate(parts) if _is_free(word, 5) and word.islower()]
    share = rng.choice([0.0, 0.1, 0.2, 0.3, 0.4, 0.5])
    for at in rng.sample(free, round(share * len(free))):
        parts[at] = rng.choice(words)
    spare = [at for at, word in enumerate(parts) if at > 2 and _is_free(word, 4)]
    if len(spare) > 4 and rng.random() < 0.3:
        parts.pop(rng.choice(spare))
    return framed(" ".join(parts), rng)


def _is_free(word: str, least: int) -> bool:
    return len(word) >= least and word.isalpha() and word not in KEPT


def framed(text: str, rng: Random) -> str:
    """The sentence, perhaps with a few words before it."""
    frame = rng.choice(FRAMES)
    return frame + _small(text) if frame else text


def shortened(text: str, rng: Random) -> str:
    """The sentence up to one of its later clauses."""
    ends = [match.start() for match in _CLAUSE.finditer(text) if match.start() > 25]
    return text[: rng.choice(ends)] + "." if ends else text


def joined(texts: Sequence[str], rng: Random) -> str:
    """Several sentences as one."""
    whole = texts[0]
    for text in texts[1:]:
        whole = whole.rstrip(".") + rng.choice([", and ", "; "]) + _small(text)
    return whole


def _small(text: str) -> str:
    """Without its capital, but for an abbreviation."""
    return text if re.match(r"[A-Z]{2}|I\b", text) else text[:1].lower() + text[1:]
