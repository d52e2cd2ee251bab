"""Put the labelled notes on the curated sessions together, and say what is in them.

    python -m benchmarks.curated_notes            # count labels, categories and traps
    python -m benchmarks.curated_notes --write    # and write the two files anew

Each TOML in synthetic_data/curated_notes holds a session's two notes, sentence by sentence with
its label. From them come curated_notes.jsonl (a `RecordedNote` a line) and curated_labels.csv (a
sentence a line). curated_notes/again.csv is the second labelling of two thirds of the sentences.
"""

from __future__ import annotations

import argparse
import csv
import io
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator

from evalkit.formats import load
from evalkit.records import FALSE, Category, Record, RecordedNote, Severity, Verdict
from evalkit.store import read_csv, read_text, write_records, write_text

DATA = Path(__file__).parents[1] / "synthetic_data"
SOURCES = DATA / "curated_notes"
AGAIN = SOURCES / "again.csv"
NOTES = DATA / "curated_notes.jsonl"
LABELS = DATA / "curated_labels.csv"
COLUMNS = (
    "session_id",
    "drafter",
    "section",
    "index",
    "text",
    "label",
    "category",
    "severity",
    "trap",
)


class Sentence(Record):
    """A sentence and its label; a false one has a category and a severity, a true one neither.

    `trap` is the kind of the session's trap that it falls into, or "".
    """

    section: str
    text: str
    label: Verdict
    category: Category | None = None
    severity: Severity | None = None
    trap: str = ""

    @property
    def false(self) -> bool:
        return self.label in FALSE

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = (self.category is not None, self.severity is not None)
        if given != (self.false, self.false) or (self.trap and not self.false):
            raise ValueError("category, severity and trap are for a false sentence")
        return self


class LabelledNote(Record):
    """A note as its author wrote it, sections in the order of the format."""

    session_id: str
    drafter: Literal["careful", "careless"]
    format: str
    sentences: tuple[Sentence, ...]

    def recorded(self) -> RecordedNote:
        sections = {
            name: " ".join(one.text for one in self.sentences if one.section == name)
            for name in load(self.format).names
        }
        return RecordedNote(
            session_id=self.session_id,
            drafter=self.drafter,
            format=self.format,
            sections=sections,
        )

    def rows(self) -> list[dict[str, str]]:
        """A row of the labels a sentence, `index` counted from 0 in its section."""
        found, count = [], Counter[str]()
        for one in self.sentences:
            cells = {name: str(value or "") for name, value in one.model_dump().items()}
            place = {"session_id": self.session_id, "drafter": self.drafter}
            found.append({**place, **cells, "index": str(count[one.section])})
            count[one.section] += 1
        return found


def labelled() -> list[LabelledNote]:
    """All notes of the sources, in the order of the files. Raises ValidationError on a bad one."""
    return [
        LabelledNote.model_validate({"session_id": file.stem, **note})
        for file in sorted(SOURCES.glob("*.toml"))
        for note in tomllib.loads(read_text(file))["notes"]
    ]


def labels_csv(notes: Sequence[LabelledNote]) -> str:
    """The labels as CSV with a header."""
    out = io.StringIO()
    table = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(row for note in notes for row in note.rows())
    return out.getvalue()


def write(notes: Path, labels: Path) -> None:
    """Write the recorded notes and their labels."""
    found = labelled()
    write_records(notes, (note.recorded() for note in found))
    write_text(labels, labels_csv(found))


def agreement(reread: str = "") -> tuple[int, int, int, float]:
    """(sentences, same label, both false or both true, kappa of the latter) of both labellings.

    `reread` keeps those whose session was ("yes") or was not ("no") read again; "" keeps all.
    """
    rows = [row for _, row in read_csv(AGAIN, ("first", "second", "reread"))]
    pairs = [(row["first"], row["second"]) for row in rows if reread in ("", row["reread"])]
    false = [(first in FALSE, second in FALSE) for first, second in pairs]
    count = len(pairs)
    both = sum(first == second for first, second in false)
    one, two = (sum(column) / count for column in zip(*false, strict=True))
    chance = one * two + (1 - one) * (1 - two)
    same = sum(first == second for first, second in pairs)
    return count, same, both, (both / count - chance) / (1 - chance)


def report(notes: Sequence[LabelledNote]) -> None:
    """Print the counts."""
    every = [(note.drafter, one) for note in notes for one in note.sentences]
    print(f"{len(notes)} notes, {len(every)} sentences")
    for drafter in ("careful", "careless"):
        counted = Counter(one.label for name, one in every if name == drafter)
        print(f"{drafter}: {dict(counted.most_common())}")
    false = [one for _, one in every if one.false]
    print(f"false: {len(false)}, {sum(one.severity == 'major' for one in false)} of them major")
    print(f"by category: {dict(Counter(one.category for one in false).most_common())}")
    print(f"by trap: {dict(Counter(one.trap for one in false if one.trap).most_common())}")
    for reread in ("no", "yes"):
        count, same, both, kappa = agreement(reread)
        print(
            f"labelled twice, session read again: {reread}: same label {same} of {count}, ", end=""
        )
        print(f"false or not {both} of {count}, kappa {kappa:.2f}")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    asked.add_argument("--write", action="store_true", help="write the two files anew")
    if asked.parse_args().write:
        write(NOTES, LABELS)
    report(labelled())


if __name__ == "__main__":
    main()
