"""Baseline: the most central turns, copied into the section a classifier picks.

Centrality is LexRank's (Erkan and Radev 2004): the stationary distribution over turns that are
linked where their TF-IDF vectors are similar. The classifier learns from synthetic ledgers which
kind of fact a turn is evidence for, and the format says where that kind belongs.
"""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evalkit.drafters._base import Request, Written
from evalkit.drafters._training import training_sessions
from evalkit.records import Record

MIN_WORDS = 5
"""Shorter turns are backchannels."""


class Extractive(Record):
    """Copies up to `sentences` turns, spread over the sections, in the order they were said."""

    name: ClassVar[str] = "extractive"
    sentences: int = Field(default=14, gt=0)
    similarity: float = Field(default=0.1, ge=0, le=1)
    damping: float = Field(default=0.85, gt=0, lt=1)

    async def write(self, request: Request) -> Written:
        texts = [turn.text for turn in request.session.turns]
        turns = [place for place, text in enumerate(texts) if len(text.split()) >= MIN_WORDS]
        sections: dict[str, list[str]] = {name: [] for name in request.format.names}
        if not turns:
            return Written(sections=dict.fromkeys(sections, ""))
        rank = self._centrality([texts[place] for place in turns])
        kinds = _classifier().predict([texts[place] for place in turns])
        homes = [request.format.section_for(kind) for kind in kinds]
        quota = max(1, self.sentences // len(sections))
        chosen: list[int] = []
        for name in sections:
            here = [place for place, home in enumerate(homes) if home == name]
            chosen += sorted(here, key=lambda place: (-rank[place], place))[:quota]
        for place in sorted(chosen):
            sections[homes[place]].append(texts[turns[place]])
        return Written(sections={name: " ".join(parts) for name, parts in sections.items()})

    def _centrality(self, texts: list[str]) -> NDArray[np.float64]:
        """LexRank scores, one a text; rounded, so that no machine breaks a tie its own way."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        try:
            vectors = TfidfVectorizer(stop_words="english").fit_transform(texts)
        except ValueError:  # nothing but stop words
            return np.ones(len(texts))
        linked = ((vectors @ vectors.T).toarray() >= self.similarity).astype(float)
        np.fill_diagonal(linked, 0.0)
        linked[linked.sum(axis=1) == 0] = 1.0  # a turn linked to none is left to chance
        step = linked / linked.sum(axis=1, keepdims=True)
        score = np.full(len(texts), 1 / len(texts))
        for _ in range(50):
            score = (1 - self.damping) / len(texts) + self.damping * (step.T @ score)
        return np.round(score, 9)


@cache
def _classifier() -> Any:
    """Turn text -> kind of fact, learned from the evidence turns of synthetic ledgers."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts, kinds = [], []
    for session in training_sessions():
        for fact in session.facts:
            for turn in fact.turns:
                texts.append(session.turns[turn].text)
                kinds.append(fact.kind)
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2),
        LogisticRegression(C=10, max_iter=400),
    )
    return model.fit(texts, kinds)
