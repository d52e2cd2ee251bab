"""How fast ROUGE is against rouge-score, on the same pairs of notes in one run.

python -m benchmarks.overlap            # 400 pairs of about 250 words, ROUGE-1, -2 and -L
"""

from __future__ import annotations

import argparse
import itertools
import time
from typing import Any

from rouge_score import rouge_scorer

from benchmarks.scoring import pairs
from evalkit import metrics
from evalkit.metrics.overlap import rouge_l, rouge_n, words

TYPES = ["rouge1", "rouge2", "rougeL", "rougeLsum"]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    asked.add_argument("--pairs", type=int, default=400)
    count = asked.parse_args().pairs
    _, notes = pairs(count + 1)
    texts = [" ".join(note.sections.values()) for note in notes]
    couples = list(itertools.pairwise(texts))
    peer, want = timed(couples, TYPES[:3])
    several, _ = timed(couples, TYPES)
    start = time.perf_counter()
    got = []
    for reference, draft in couples:
        left, right = words(reference), words(draft)
        got.append((rouge_n(left, right, 1), rouge_n(left, right, 2), rouge_l(left, right)))
    ours = time.perf_counter() - start
    module = metrics.load("rouge")
    start = time.perf_counter()
    module.compute(
        predictions=[draft for _, draft in couples], references=[one for one, _ in couples]
    )
    whole = time.perf_counter() - start
    worst = max(
        abs(mine.f1 - theirs[name].fmeasure)
        for row, theirs in zip(got, want, strict=True)
        for mine, name in zip(row, TYPES[:3], strict=True)
    )
    n, size = len(couples), sum(len(text.split()) for text in texts) / len(texts)
    print(f"{n} pairs of {size:.0f} words; largest difference {worst:.1e}")
    print(
        f"R1, R2, RL: {n / peer:.0f} and {n / ours:.0f} a second: {peer / ours:.1f} times as fast"
    )
    print(f"module, with RLsum: {several / whole:.1f} times as fast ({n / whole:.0f} a second)")


def timed(couples: list[tuple[str, str]], types: list[str]) -> tuple[float, list[dict[str, Any]]]:
    """Seconds that rouge-score takes, and what it finds."""
    oracle = rouge_scorer.RougeScorer(types, use_stemmer=True)
    start = time.perf_counter()
    found = [oracle.score(*couple) for couple in couples]
    return time.perf_counter() - start, found


if __name__ == "__main__":
    main()
