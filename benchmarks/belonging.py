"""Learn where sentences belong from the facts of synthetic sessions, and say how well.

    python -m benchmarks.belonging            # learn, report
    python -m benchmarks.belonging --write    # and replace evalkit/claims/weights/kinds.json

Learned from generated sessions (seed 810001) alone. Measured on the sessions written by hand
(curated) and on `stress`: each fact in its own SOAP section, then in each wrong one.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from evalkit.claims.belonging import PAST_HOMEWORK, WEIGHTS, belonging, cues_of
from evalkit.claims.lexicon import mentions
from evalkit.claims.text import tokens
from evalkit.formats import load
from evalkit.records import Draft, Session
from evalkit.sessions.generate import generate
from evalkit.sessions.sources import open_source

COUNT, SEED = 600, 810_001
RARE = 8
"""Sentences that must hold a word for it to be a cue."""

DATA = Path(__file__).parents[1] / "synthetic_data"


def examples(sessions: list[Session]) -> list[tuple[frozenset[str], str]]:
    """(cues, kind) of each distinct wording of a fact."""
    seen = {}
    for session in sessions:
        for fact in session.discussed:
            done = fact.kind == "homework" and fact.temporality == "past"
            for text in (fact.statement, fact.reworded):
                if text:
                    found = tokens(text)
                    cues = cues_of(found, mentions(found))
                    seen[text] = (cues, PAST_HOMEWORK if done else fact.kind)
    return list(seen.values())


def learn(found: list[tuple[frozenset[str], str]]) -> dict[str, Any]:
    """Multinomial logistic regression, C = 0.3, weights in hundredths."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    count = Counter(cue for cues, _ in found for cue in cues)
    words = sorted(cue for cue, n in count.items() if n >= RARE)
    row = {word: number for number, word in enumerate(words)}
    x = np.zeros((len(found), len(words)))
    for number, (cues, _) in enumerate(found):
        x[number, [row[cue] for cue in cues if cue in row]] = 1
    model = LogisticRegression(C=0.3, max_iter=300).fit(x, [kind for _, kind in found])
    weights = (100 * model.coef_.T).round().astype(int)
    return {
        "kinds": model.classes_.tolist(),
        "bias": (100 * model.intercept_).round().astype(int).tolist(),
        "words": {word: weights[number].tolist() for word, number in row.items()},
    }


def report(name: str, sessions: list[Session], sure: float = 0.9) -> None:
    """Sentences in their own section and in a wrong one: how many are held to be out of place."""
    form = load("soap")
    tally: Counter[str] = Counter()
    for session in sessions:
        for fact in session.discussed:
            right = fact.sections.get("soap") or (form.section_for(fact.kind),)
            for section in form.names:
                draft = Draft(
                    session_id="s",
                    approach="a",
                    approach_id="",
                    format="soap",
                    sections={section: fact.reworded or fact.statement},
                )
                judged = belonging(draft)
                odd = any(one.section and one.elsewhere >= sure for one in judged)
                place = "right" if section in right else "wrong"
                tally[place] += 1
                tally[f"{place} flagged"] += odd
    print(
        f"{name}: out of place {tally['wrong flagged']} of {tally['wrong']} put into a wrong "
        f"section, {tally['right flagged']} of {tally['right']} in their own"
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    asked.add_argument("--write", action="store_true", help="replace the shipped weights")
    if asked.parse_args().write:
        found = examples(list(generate(COUNT, SEED)))
        print(f"{len(found)} wordings, {Counter(kind for _, kind in found).most_common(3)}")
        text = json.dumps(learn(found), separators=(",", ":")) + "\n"
        WEIGHTS.write_text(text, encoding="utf-8")
    for name in ("curated", "stress"):
        report(name, list(open_source(str(DATA / f"{name}.jsonl")).load()))


if __name__ == "__main__":
    main()
