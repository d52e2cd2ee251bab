"""rouge-score is the oracle."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score import rouge_scorer

from evalkit.scorers.overlap import rouge_l, rouge_n, words

ORACLE = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)
WORDS = st.sampled_from(
    "client clients reports reported sleeping sleep 3 a.m. poorly, don't panic-attacks é naïve"
    " the The running".split()
)
TEXT = st.lists(WORDS, max_size=30).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(TEXT, TEXT)
def test_rouge_equals_rouge_score(reference, draft):
    want = ORACLE.score(reference, draft)
    left, right = words(reference), words(draft)
    assert rouge_n(left, right, 1) == pytest.approx(want["rouge1"].fmeasure, abs=1e-12)
    assert rouge_n(left, right, 2) == pytest.approx(want["rouge2"].fmeasure, abs=1e-12)
    assert rouge_l(left, right) == pytest.approx(want["rougeL"].fmeasure, abs=1e-12)
