"""rouge-score is the oracle."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score import rouge_scorer

from evalkit.metrics.overlap import rouge_l, rouge_lsum, rouge_n, words
from evalkit.records import Session

TYPES = ["rouge1", "rouge2", "rouge3", "rougeL", "rougeLsum"]
ORACLES = {stem: rouge_scorer.RougeScorer(TYPES, use_stemmer=stem) for stem in (True, False)}
WORDS = st.sampled_from(
    "client clients reports reported sleeping sleep 3 a.m. poorly, don't panic-attacks é naïve"
    " the The running İ ﬁne \n \n\n".split(" ")
)
TEXT = st.lists(WORDS, max_size=40).map(" ".join)
FEW = st.lists(st.sampled_from(["a", "b", "c", "\n"]), max_size=25).map(" ".join)
"""So few words that common subsequences are tied everywhere."""


def ours(reference, draft, stem):
    left, right = words(reference, stem=stem), words(draft, stem=stem)
    lines = [
        [words(line, stem=stem) for line in text.split("\n") if line] for text in (reference, draft)
    ]
    return {
        "rouge1": rouge_n(left, right, 1),
        "rouge2": rouge_n(left, right, 2),
        "rouge3": rouge_n(left, right, 3),
        "rougeL": rouge_l(left, right),
        "rougeLsum": rouge_lsum(*lines),
    }


@settings(max_examples=400, deadline=None)
@given(st.one_of(TEXT, FEW), st.one_of(TEXT, FEW), st.booleans())
def test_rouge_equals_rouge_score(reference, draft, stem):
    want = ORACLES[stem].score(reference, draft)
    for name, got in ours(reference, draft, stem).items():
        assert got.f1 == pytest.approx(want[name].fmeasure, abs=1e-12), name
        assert got.precision == pytest.approx(want[name].precision, abs=1e-12), name
        assert got.recall == pytest.approx(want[name].recall, abs=1e-12), name


def test_rouge_equals_rouge_score_on_whole_notes():
    lines = (Path(__file__).parents[2] / "synthetic_data" / "curated.jsonl").read_text("utf-8")
    sessions = [Session.model_validate_json(line) for line in lines.splitlines()]
    texts = ["\n".join(note.sections.values()) for s in sessions for note in s.references]
    assert len(texts) >= 30
    for reference, draft in itertools.pairwise(texts):
        want = ORACLES[True].score(reference, draft)
        for name, got in ours(reference, draft, True).items():
            assert got.f1 == pytest.approx(want[name].fmeasure, abs=1e-12), name
