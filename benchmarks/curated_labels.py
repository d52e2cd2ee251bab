"""The grounding on the labelled notes of the curated sessions: wordings that it was not made with.

    python -m benchmarks.curated_labels

The notes and their labels were written by one author, a language model, apart from the scorer
(synthetic_data/DATASHEET.md). Nothing may be tuned on them.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from sklearn.metrics import roc_auc_score

from evalkit.imports._labels import read_labels
from evalkit.imports.jsonl import Jsonl
from evalkit.judges.grounding import Grounding
from evalkit.records import FALSE, Finding, Session
from evalkit.scoring import score
from evalkit.stats import wilson
from evalkit.store import read_records

DATA = Path(__file__).parents[1] / "synthetic_data"


def findings(ledger: bool) -> tuple[Finding, ...]:
    """What the grounding says of each sentence, with the ledger or without."""
    sessions = list(read_records(DATA / "curated.jsonl", Session))
    if not ledger:
        sessions = [one.model_copy(update={"facts": (), "traps": ()}) for one in sessions]
    notes = list(Jsonl(path=str(DATA / "curated_notes.jsonl")).read())
    return score(sessions, notes).run.findings


def main() -> None:
    labels = {
        (one.session_id, one.drafter, one.section, one.index): one
        for one in read_labels(str(DATA / "curated_labels.csv"))
    }
    for ledger in (True, False):
        found = [
            (labels[one.session_id, one.approach, one.claim.section, one.claim.index], one)
            for one in findings(ledger)
        ]
        assert len(found) == len(labels), "a sentence without its label"
        false = [(label, one) for label, one in found if label.false]
        true = [(label, one) for label, one in found if not label.false]
        auc = roc_auc_score(
            [label.false for label, _ in found], [one.p_unsupported for _, one in found]
        )
        print(f"{Grounding.name}, {'with' if ledger else 'without'} the ledger: AUC {auc:.3f}")
        for name, part in (("false", false), ("true", true)):
            hit = sum(one.verdict in FALSE for _, one in part)
            low, high = wilson(hit, len(part))
            print(f"  {name} sentences flagged {hit} of {len(part)} [{low:.3f}, {high:.3f}]")
        seen = Counter(str(label.category) for label, one in false if one.verdict in FALSE)
        for name, n in sorted(Counter(str(label.category) for label, _ in false).items()):
            print(f"    {name:<14} {seen[name]} of {n}")


if __name__ == "__main__":
    main()
