"""How common words are in notes, for the scorer `specificity`; and how well `voice` tells authors.

    python -m benchmarks.wording            # report
    python -m benchmarks.wording --write    # and replace evalkit/scorers/note_words.json

The table is made from notes on generated sessions (seed 820001), each fact in one of its two
wordings. The report on voice needs EVALKIT_DATA to hold tneval/.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

from evalkit.claims.text import is_content, tokens
from evalkit.records import RecordedNote
from evalkit.scorers._words import DATA
from evalkit.scorers.voice import distance
from evalkit.sessions.generate import generate

COUNT, SEED = 800, 820_001
RARE = 3
"""Notes that must hold a stem for it to stand in the table; any other is as rare as can be."""


def notes() -> Iterator[str]:
    """Notes on generated sessions."""
    rng = Random(SEED)
    for session in generate(COUNT, SEED):
        yield " ".join(
            fact.reworded if fact.reworded and rng.random() < 0.5 else fact.statement
            for fact in session.discussed
        )


def write() -> None:
    """Make the table."""
    held: Counter[str] = Counter()
    count = 0
    for text in notes():
        held.update({token.stem for token in tokens(text) if is_content(token)})
        count += 1
    content = {
        "notes": count,
        "held_by": {stem: n for stem, n in sorted(held.items()) if n >= RARE},
    }
    DATA.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")


def same_author(written: list[RecordedNote], earlier: int = 5) -> dict[str, tuple[int, int]]:
    """By author: how often a note is nearer in voice to earlier notes of its own author than
    another's is, and how often that was asked.

    For each note, `earlier` notes of the same author on other conversations; the distance of the
    note to them against that of each other author's note on the same conversation.
    """
    by_author: dict[str, dict[str, str]] = {}
    for note in written:
        by_author.setdefault(note.drafter, {})[note.session_id] = "\n".join(note.sections.values())
    found = {}
    rng = Random(7)
    for author, own in by_author.items():
        hits = asked = 0
        for session_id, text in own.items():
            others = [one for key, one in own.items() if key != session_id]
            known = "\n".join(rng.sample(others, min(earlier, len(others))))
            for other, theirs in by_author.items():
                if other != author and session_id in theirs:
                    asked += 1
                    hits += distance(text, known) < distance(theirs[session_id], known)
        found[author] = (hits, asked)
    return found


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    asked.add_argument("--write", action="store_true", help="replace the shipped table")
    if asked.parse_args().write:
        write()
    folder = Path(os.environ.get("EVALKIT_DATA", "../shared/data"))
    path = folder / "tneval" / "notes_dev.json"
    if not path.is_file():
        print("voice: not measured, EVALKIT_DATA does not hold tneval/notes_dev.json")
        return
    from evalkit.imports.tneval import TNEval

    for author, (hits, n) in same_author(list(TNEval(path=str(path)).read())).items():
        print(f"voice: nearer to the earlier notes of its author, {author}: {hits} of {n}")


if __name__ == "__main__":
    main()
