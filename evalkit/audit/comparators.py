"""What others measure the same sentences by: bare word overlap and ROUGE-L recall."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from evalkit.claims.text import is_content, tokens
from evalkit.imports.tneval import LabelledSentence
from evalkit.records import Session

if TYPE_CHECKING:
    import pandas as pd


def overlaps(labels: Iterable[LabelledSentence], sessions: Mapping[str, Session]) -> pd.DataFrame:
    """A row a sentence: session_id, drafter, section, index, word_overlap and rouge_l.

    Both are of the sentence with the whole transcript, and turned round so that 1 means that
    nothing of it was said. `word_overlap`: share of its content words, stemmed, that nobody says.
    `rouge_l`: 1 - recall of its stems by the longest common subsequence.
    """
    import pandas as pd
    from rapidfuzz.distance import LCSseq

    heard = {name: [t.stem for t in tokens(_said(one))] for name, one in sessions.items()}
    known = {name: frozenset(stems) for name, stems in heard.items()}
    rows = []
    for one in labels:
        found = tokens(one.text)
        stems = [token.stem for token in found]
        content = {token.stem for token in found if is_content(token)}
        unsaid = len(content - known[one.session_id]) / len(content) if content else 0.0
        shared = LCSseq.similarity(stems, heard[one.session_id])
        rouge = 1 - shared / len(stems) if stems else 0.0
        rows.append((one.session_id, one.drafter, one.section, one.index, unsaid, rouge))
    columns = ["session_id", "drafter", "section", "index", "word_overlap", "rouge_l"]
    return pd.DataFrame(rows, columns=columns)


def _said(session: Session) -> str:
    return "\n".join(turn.text for turn in session.turns)
