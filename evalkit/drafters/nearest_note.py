"""Baseline: the note of the most similar synthetic session (TF-IDF, cosine). Right style, wrong
client: a known-bad approach that reads well."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

from evalkit.drafters._base import Request, Written
from evalkit.drafters._training import training_sessions
from evalkit.records import Record


class NearestNote(Record):
    """Retrieves the nearest session and writes out that session's ledger."""

    name: ClassVar[str] = "nearest_note"

    async def write(self, request: Request) -> Written:
        vectorizer, matrix = _index()
        query = vectorizer.transform([request.session.transcript()])
        nearest = int((matrix @ query.T).toarray().ravel().argmax())
        return Written(sections=request.format.write_out(training_sessions()[nearest].discussed))


@cache
def _index() -> tuple[Any, Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
    return vectorizer, vectorizer.fit_transform(s.transcript() for s in training_sessions())
