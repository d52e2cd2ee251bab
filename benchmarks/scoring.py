"""How fast notes are scored, and how that grows: all local scorers on synthetic pairs.

    python -m benchmarks.scoring            # 1,000 notes of 250 words, transcripts of 1,000 words

The floor is reading the same words once (splitting and stemming them) in the same run.
"""

from __future__ import annotations

import argparse
import time

from evalkit.claims.text import tokens
from evalkit.records import RecordedNote, Session
from evalkit.scoring import score
from evalkit.sessions.generate import generate

NOTE_WORDS, TRANSCRIPT_WORDS = 250, 1000


def pairs(count: int) -> tuple[list[Session], list[RecordedNote]]:
    """Sessions cut at 1,000 words, and notes of about 250 words made of their facts."""
    sessions, notes = [], []
    for session in generate(count, 77):
        turns, words = [], 0
        for turn in session.turns:
            if words >= TRANSCRIPT_WORDS:
                break
            turns.append(turn)
            words += len(turn.text.split())
        cut = session.model_copy(update={"turns": tuple(turns), "facts": (), "traps": ()})
        sessions.append(cut)
        text = " ".join(fact.statement for fact in session.discussed).split()
        text = (text * (NOTE_WORDS // len(text) + 1))[:NOTE_WORDS]
        half = len(text) // 2
        notes.append(
            RecordedNote(
                session_id=session.session_id,
                drafter="made",
                format="soap",
                sections={"subjective": " ".join(text[:half]), "plan": " ".join(text[half:])},
            )
        )
    return sessions, notes


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    asked.add_argument("--notes", type=int, default=1000)
    count = asked.parse_args().notes
    sessions, notes = pairs(count)
    words = sum(len(t.text.split()) for s in sessions for t in s.turns) / count
    score(sessions[:20], notes[:20])  # what is loaded once is no cost of a note
    for size in (count // 4, count):
        start = time.perf_counter()
        for session, note in zip(sessions[:size], notes[:size], strict=True):
            tokens(session.transcript())
            tokens(" ".join(note.sections.values()))
        floor = time.perf_counter() - start
        start = time.perf_counter()
        claims = len(score(sessions[:size], notes[:size]).run.findings)
        taken = time.perf_counter() - start
        print(
            f"{size} notes ({claims} sentences, transcripts of {words:.0f} words): {taken:.1f} s, "
            f"{1000 * taken / size:.1f} ms a note, {taken / floor:.1f}x the floor of {floor:.2f} s"
        )


if __name__ == "__main__":
    main()
