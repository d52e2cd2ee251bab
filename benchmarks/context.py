"""How well context is read: denied, past, planned, imagined, unsure, of someone else.

The facts of fresh synthetic sessions and of the sessions written by hand say what each of them is;
the first assertion of each distinct statement is compared with that, and so are simpler readings.
`python -m benchmarks.context [sessions] [seed]` prints the table of `experiments/LOG.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from evalkit.claims.evidence import negated
from evalkit.claims.extract import Parsed, parse
from evalkit.claims.lexicon import cues, people
from evalkit.records import THERAPIST, Fact, Session
from evalkit.sessions.generate import generate

CURATED = Path(__file__).parent.parent / "synthetic_data" / "curated.jsonl"
Reading = Callable[[Parsed], str]


def main(sessions: int = 100, seed: int = 99_173) -> None:
    made = [fact for one in generate(sessions, seed) for fact in one.facts]
    lines = CURATED.read_text(encoding="utf-8").splitlines()
    by_hand = [fact for line in lines for fact in Session.model_validate_json(line).facts]
    for name, facts in ((f"{sessions} sessions of seed {seed}", made), ("curated", by_hand)):
        distinct = {fact.statement: fact for fact in facts}.values()
        rows = [(fact, parse("", 0, fact.statement, 0, len(fact.statement))) for fact in distinct]
        print(f"{name}: {len(rows)} distinct facts")
        report(rows, "polarity", ("negated",), {"any cue": any_cue, "scope": scope})
        report(rows, "temporality", ("planned", "past", "hypothetical"), {"cues": ahead})
        report(rows, "certainty", ("likely", "uncertain"), {"cues": hedged})
        report(rows, "subject", ("other",), {"any person": anybody})


def report(
    rows: list[tuple[Fact, Parsed]], field: str, values: tuple[str, ...], others: dict[str, Reading]
) -> None:
    """One line a reading: how many are right, recall and precision of each value."""
    for name, reading in {"assertion": _own(field), **others}.items():
        pairs = [(truth(fact, field), reading(parsed)) for fact, parsed in rows]
        right = sum(wanted == found for wanted, found in pairs)
        found = "; ".join(_rates(pairs, value) for value in values)
        print(f"  {field:<12}{name:<11}{right}/{len(pairs)} right; {found}")


def truth(fact: Fact, field: str) -> str:
    return _person(fact.subject) if field == "subject" else getattr(fact, field)


def any_cue(parsed: Parsed) -> str:
    """A negative word anywhere in the sentence."""
    return parsed.claim.polarity


def scope(parsed: Parsed) -> str:
    """The first concept, or half of the words, within a few words after a negative one."""
    inside = negated(parsed.claim.text, parsed.tokens, parsed.mentions)
    if parsed.mentions:
        hit = parsed.mentions[0].concept.name in inside
    else:
        words = [word for word, _ in parsed.units]
        hit = bool(words) and sum(word in inside for word in words) >= len(words) / 2
    return "negated" if hit else "affirmed"


def ahead(parsed: Parsed) -> str:
    return "planned" if parsed.share(cues().future) else "current"


def hedged(parsed: Parsed) -> str:
    if parsed.share(cues().hedge):
        return "likely"
    return "uncertain" if parsed.share(cues().unreal) else "stated"


def anybody(parsed: Parsed) -> str:
    return "other" if people(parsed.tokens) else "client"


def _own(field: str) -> Reading:
    def read(parsed: Parsed) -> str:
        if not parsed.assertions:
            return ""
        value = getattr(parsed.assertions[0], field)
        return _person(value) if field == "subject" else value

    return read


def _person(subject: str) -> str:
    return "client" if subject in ("client", "clinician", THERAPIST) else "other"


def _rates(pairs: Iterable[tuple[str, str]], value: str) -> str:
    hits = [(wanted == value, found == value) for wanted, found in pairs]
    both = sum(wanted and found for wanted, found in hits)
    wanted, found = sum(one for one, _ in hits), sum(one for _, one in hits)
    return f"{value} recall {both}/{wanted}, precision {both}/{found}"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
