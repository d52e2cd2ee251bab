"""The TN-Eval table of the README: unsupported sentences by author and section, beside the raters.

    python -m benchmarks.tneval

Needs EVALKIT_DATA to hold annomi/ and tneval/. Prints Markdown.
"""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from evalkit.audit.raters import agreement, compare_with_raters
from evalkit.imports.tneval import tneval_labels
from evalkit.scoring import score

AUTHORS = {
    "human": "therapist",
    "llm_llama31_70B": "Llama 3.1 70B",
    "llm_mistral_large_v2": "Mistral Large 2",
}


def measure(folder: Path) -> tuple[pd.DataFrame, dict[str, float]]:
    """The comparison and the agreement, from the real data in `folder`."""
    scored = score(
        f"annomi:{folder / 'annomi' / 'AnnoMI-simple.csv'}",
        f"tneval:{folder / 'tneval' / 'notes_dev.json'}",
    )
    labels = list(tneval_labels(folder / "tneval" / "sentences_dev.csv"))
    findings = scored.run.findings
    return compare_with_raters(findings, labels), agreement(findings, labels)


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
    table, agreed = measure(Path(os.environ.get("EVALKIT_DATA", "../shared/data")))
    print(markdown(table))
    print()
    for name, value in agreed.items():
        print(f"{name}: {value:.3f}")


if __name__ == "__main__":
    main()
