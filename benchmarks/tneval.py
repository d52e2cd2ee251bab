"""TN-Eval: unsupported sentences by author and section beside the raters, and who ranks how well.

    python -m benchmarks.tneval

Needs EVALKIT_DATA to hold annomi/ and tneval/. Prints Markdown.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

from evalkit.audit.comparators import overlaps
from evalkit.audit.raters import (
    any_within_section,
    both_vs_neither,
    by_section,
    compare_with_raters,
    estimate,
    join,
    note_rho,
    note_rho_faithfulness,
    note_rho_of_sections,
    on,
    rater_against_rater,
)
from evalkit.imports.tneval import tneval_labels, tneval_ratings
from evalkit.scoring import score
from evalkit.sessions.sources import open_source

AUTHORS = {
    "human": "therapist",
    "llm_llama31_70B": "Llama 3.1 70B",
    "llm_mistral_large_v2": "Mistral Large 2",
}


def measure(folder: Path) -> tuple[pd.DataFrame, list[str]]:
    """The comparison, and a line a figure, from the real data in `folder`."""
    annomi = f"annomi:{folder / 'annomi' / 'AnnoMI-simple.csv'}"
    notes = folder / "tneval" / "notes_dev.json"
    findings = score(annomi, f"tneval:{notes}").run.findings
    labels = list(tneval_labels(folder / "tneval" / "sentences_dev.csv"))
    sessions = {one.session_id: one for one in open_source(annomi).load()}
    table = join(findings, labels).merge(overlaps(labels, sessions))
    sections = by_section(table, tneval_ratings(notes))
    rng = np.random.default_rng(0)
    lines = []
    for score_name in ("p_unsupported", "word_overlap", "rouge_l"):
        for rank in (both_vs_neither, any_within_section, note_rho):
            found = estimate(table, on(rank, score_name), rng, 500)
            figure = f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"
            lines.append(f"{rank.__name__} {score_name}: {figure}, {found.n} sentences")
    others = ["align_score", *(name for name in sections if name.startswith("judge_"))]
    # these grow with faithfulness, so a good one is far below 0
    lines += [f"note_rho {name}: {note_rho_of_sections(sections, name):.3f}" for name in others]
    lines += [
        f"note_rho_faithfulness {name}: {note_rho_faithfulness(sections, name):.3f}"
        for name in ("p_unsupported", "rejected")
    ]
    for name, value in rater_against_rater(table).items():
        lines.append(f"rater against rater {name}: {value:.3f}")
    return compare_with_raters(findings, labels), lines


def markdown(table: pd.DataFrame) -> str:
    """A row an author, a column a section: raters' mean, evalkit, evalkit strict, in percent."""
    sections = list(dict.fromkeys(table["section"]))
    lines = [
        "| author (sentences) | " + " | ".join(sections) + " |",
        "|---|" + "---|" * len(sections),
    ]
    for drafter, rows in table.groupby("drafter", sort=False):
        by_section = rows.set_index("section")
        total = by_section.loc["all", "sentences"]
        cells = [
            f"{row['rater_mean']:.0f} / {row['evalkit']:.0f} / {row['evalkit_strict']:.0f}"
            for _, row in by_section.loc[sections].iterrows()
        ]
        lines.append(f"| {AUTHORS[str(drafter)]} ({total}) | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    table, lines = measure(Path(os.environ.get("EVALKIT_DATA", "../shared/data")))
    print(markdown(table))
    print()
    print("\n".join(lines))


if __name__ == "__main__":
    main()
