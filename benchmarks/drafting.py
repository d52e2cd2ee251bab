"""Notes about synthetic sessions as models write them, each sentence with its truth.

True sentences are the ledger's facts, framed, joined or clipped, and what a client says in the
third person. False ones are facts turned round or with a word or an ending that nobody said,
inventions, facts of other sessions, and the observations and plans that models put into any note
(`drafted.toml`). A fact that nothing at hand shows is false, too.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from evalkit import formats
from evalkit.claims.against_transcript_features import PURPOSES
from evalkit.claims.text import is_content, tokens
from evalkit.drafters.fabricating import inventions
from evalkit.drafters.form_fill import spelled_out
from evalkit.formats import Format
from evalkit.records import THERAPIST, Fact, Session

FORMATS = ("soap", "soap", "soap", "dap", "birp", "free", "free")
KIND = {"reported": "symptom", "observed": "mental_status", "assessed": "assessment",
        "planned": "plan"}  # fmt: skip
FILLERS = re.compile(r"\b(?:um|uh|like|you know|i mean|kinda|sort of|mm-hmm|well|so|and|yeah)\b,?")
THIRD = {
    "i": "client", "i'm": "client is", "i've": "client has", "i'd": "client would",
    "i'll": "client will", "my": "their", "me": "them", "myself": "themself", "mine": "theirs",
    "am": "is", "you": "therapist", "your": "therapist's",
}  # fmt: skip
TURNED = (
    (" not ", " "), ("n't ", " "), (" never ", " always "), (" is ", " is not "),
    (" was ", " was not "), (" has ", " has not "), (" had ", " did not have "),
    (" can ", " cannot "), (" did ", " did not "), (" no ", " some "),
)  # fmt: skip


class Line(NamedTuple):
    """A sentence for a note, the kind of fact it poses as, whether it is false, and its origin."""

    text: str
    kind: str
    false: bool
    group: str


class Drafted(NamedTuple):
    """A note with its lines by section."""

    format: str
    lines: dict[str, list[Line]]

    @property
    def sections(self) -> dict[str, str]:
        return {name: "\n".join(one.text for one in lines) for name, lines in self.lines.items()}


@cache
def phrases() -> dict[str, dict[str, list[str]]]:
    path = Path(__file__).with_name("drafted.toml")
    content: dict[str, dict[str, list[str]]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return content


def draft(session: Session, others: Sequence[Session], bare: bool, rng: Random) -> Drafted:
    """A note on `session`; facts of `others` are false in it. `bare`: the transcript is all."""
    known = formats.load(rng.choice(FORMATS))
    found = [*_facts(session, bare, rng), *_spoken(session, rng), *_made(session, known, rng)]
    found += _of_others(session, others, rng)
    if not bare:
        found += [
            Line(text, kind, False, "jotting")
            for text, kind in map(spelled_out, session.jottings.splitlines())
            if kind is not None and rng.random() < 0.3
        ]
    lines: dict[str, list[Line]] = {name: [] for name in known.names}
    rng.shuffle(found)
    clipped = rng.random() < 0.3
    for one in found:
        text = _clip(one.text) if clipped else one.text
        if tokens(text):
            lines[known.section_for(one.kind)].append(one._replace(text=text))
    return Drafted(known.name, lines)


def _facts(session: Session, bare: bool, rng: Random) -> Iterator[Line]:
    facts = [fact for fact in session.discussed if rng.random() < 0.7]
    for place, fact in enumerate(facts):
        shown = bool(fact.turns) or not bare
        words = fact.reworded if fact.reworded and rng.random() < 0.7 else fact.statement
        group = "fact" if shown else "not in the transcript"
        chance = rng.random()
        if shown and chance < 0.04:
            tail = rng.choice(phrases()["tails"]["any"])
            yield Line(words.rstrip(".") + tail + ".", fact.kind, True, "invented ending")
        elif shown and chance < 0.10:
            turned = _turned(words)
            if turned:
                yield Line(turned, fact.kind, True, "turned round")
        elif shown and chance < 0.14:
            yield Line(_swapped(words, facts, fact, rng), fact.kind, True, "another word")
        elif shown and chance < 0.24 and place and bool(facts[place - 1].turns) == bool(fact.turns):
            joined = f"{facts[place - 1].statement.rstrip('.')}, and {_lower(words)}"
            yield Line(joined, fact.kind, False, "two facts")
        elif chance < 0.75:
            frame = rng.choice(phrases()["frames"][PURPOSES[fact.kind]])
            text = frame.format(fact=_lower(words) if not frame.startswith("{") else words)
            yield Line(text.rstrip(".") + ".", fact.kind, not shown, group)
        else:
            yield Line(words, fact.kind, not shown, group)


def _spoken(session: Session, rng: Random) -> Iterator[Line]:
    """What clients say, in the third person: as said, turned round, or with another word."""
    said = [turn.text for turn in session.turns if turn.speaker != THERAPIST]
    clauses = [
        clause
        for text in said
        for clause in (_third_person(part) for part in re.split(r"[.?!,;]|--", text))
        if 3 <= len(clause.split()) <= 16
    ]
    rng.shuffle(clauses)
    for clause in clauses[:7]:
        chance = rng.random()
        turned = _turned(f" {clause} ")
        if chance < 0.3 and turned:
            yield Line(turned.strip() + ".", "symptom", True, "spoken, turned round")
        elif chance < 0.4:
            other = rng.choice(clauses)
            text = _with_word_of(clause, other, rng)
            yield Line(text + ".", "symptom", text != clause, "spoken, another word")
        else:
            yield Line(clause[:1].upper() + clause[1:] + ".", "symptom", False, "spoken")


def _made(session: Session, known: Format, rng: Random) -> Iterator[Line]:
    topics = phrases()["topics"]
    mine = topics.get(session.spec.problem, [session.spec.problem.replace("_", " ")])
    spoken = {t.stem for turn in session.turns for t in tokens(turn.text)}
    foreign = [
        word
        for problem, words in topics.items()
        if problem != session.spec.problem
        for word in words
        if not any(t.stem in spoken for t in tokens(word) if is_content(t))
    ]
    if not foreign:
        return
    facts = [{t.stem for t in tokens(fact.statement) if is_content(t)} for fact in session.facts]
    facts += [
        {t.stem for t in tokens(line) if is_content(t)} for line in session.jottings.split("\n")
    ]
    for purpose, kind in KIND.items():
        for template in rng.sample(phrases()["false"][purpose], 3):
            text = template.format(topic=rng.choice(mine), other=rng.choice(foreign))
            words = {t.stem for t in tokens(text) if is_content(t)}
            if not any(len(words & fact) >= 0.4 * len(words) for fact in facts):
                yield Line(text, kind, True, "of any note")
        template = rng.choice(phrases()["true"][purpose])
        topic = rng.choice(mine)
        if any(t.stem in spoken for t in tokens(topic) if is_content(t)):
            text = template.format(topic=topic)
            yield Line(text[:1].upper() + text[1:], kind, False, "on the problem")
    for denial in rng.sample(phrases()["denials"]["any"], 3):
        words = [t.stem for t in tokens(denial) if is_content(t)]
        if not any(word in spoken for word in words):
            text = rng.choice(["No {}.", "Denies {}.", "Client denies {}."]).format(denial)
            yield Line(text, "symptom", True, "never asked")
    lies = [lie for lie in inventions(session) if lie.trap or rng.random() < 0.12]
    for lie in lies:
        yield Line(lie.text, lie.kind, True, lie.trap or "invention")


def _of_others(session: Session, others: Sequence[Session], rng: Random) -> Iterator[Line]:
    own = {fact.statement for fact in session.facts}
    for other in others:
        for fact in other.discussed if other.session_id != session.session_id else ():
            if fact.statement not in own and fact.kind != "service" and rng.random() < 0.15:
                yield Line(fact.reworded or fact.statement, fact.kind, True, "another client")


def _third_person(text: str) -> str:
    """
    >>> _third_person("um, I'm worried about my mom")
    'client is worried about their mom'
    """
    words = FILLERS.sub(" ", text.lower().replace("\u2019", "'")).split()
    return " ".join(THIRD.get(word, word) for word in words)


def _turned(text: str) -> str | None:
    """The opposite, by a word put in or taken out; None where there is no such word.

    >>> _turned("Client is not sleeping."), _turned("Client denies pain.")
    ('Client is sleeping.', 'Client reports pain.')
    """
    for one, other in (("Client denies", "Client reports"), ("Client reports", "Client denies")):
        if text.startswith(one):
            return other + text.removeprefix(one)
    if text.startswith("No "):
        return text[3:4].upper() + text[4:]
    for one, other in TURNED:
        if one in text:
            return text.replace(one, other, 1)
    return None


def _swapped(text: str, facts: Sequence[Fact], fact: Fact, rng: Random) -> str:
    others = [one.statement for one in facts if one is not fact] or ["something else"]
    number = re.search(r"\b\d{1,3}\b", text)
    if number and rng.random() < 0.6:
        other = str(int(number[0]) + rng.choice([1, 2, 3, 5]))
        return text[: number.start()] + other + text[number.end() :]
    return _with_word_of(_with_word_of(text, rng.choice(others), rng), rng.choice(others), rng)


def _with_word_of(text: str, other: str, rng: Random) -> str:
    """The text with one of its longer words replaced by one of the other's."""
    mine = [t for t in tokens(text) if is_content(t) and len(t.word) > 4]
    theirs = [t.word for t in tokens(other) if is_content(t) and len(t.word) > 4]
    theirs = [word for word in theirs if word not in text]
    if not mine or not theirs:
        return text
    out = rng.choice(mine)
    return text[: out.start] + rng.choice(theirs) + text[out.end :]


def _clip(text: str) -> str:
    """The sentence in the clipped manner of shorthand.

    >>> _clip("Client reports poor sleep."), _clip("Client denies pain.")
    ('poor sleep', 'no pain')
    """
    for start, clipped in (
        ("Client denies ", "no "), ("Client reports ", ""), ("Client has ", ""),
        ("Client is ", ""), ("Client described ", ""), ("Client ", ""), ("The client ", ""),
    ):  # fmt: skip
        if text.startswith(start):
            text = clipped + text.removeprefix(start)
            break
    return text.rstrip(".")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
