"""Verdicts of people on the sentences of notes, from a file of one's own or from TN-Eval.

A CSV (with a header) or JSONL of session_id, drafter, section, index, label and, if wanted,
rater, format, category, severity, text. `index` counts the sentences of a section from 0, as
`evalkit score` numbers them. One line a sentence and rater.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError, field_validator

from evalkit.errors import InputError, did_you_mean, from_validation
from evalkit.imports.tneval import tneval_labels
from evalkit.records import FALSE, Category, Record, Severity, Verdict
from evalkit.store import read_csv, read_rows

COLUMNS = ("session_id", "drafter", "section", "index", "label")
WORDS: dict[str, Verdict] = {
    **{verdict: verdict for verdict in get_args(Verdict)},
    "faithful": "supported",
    "unfaithful": "unsupported",
}
"""What a label may say. A bare 0 or 1 is refused, since to some the one is good and to some bad."""
GRAVEST: tuple[Verdict, ...] = ("contradicted", "unsupported", "inferred", "supported")
Rule = Literal["majority", "any"]


class Label(Record):
    """What one rater says of one sentence. `text` and `format` are "" where they are not told."""

    session_id: str = Field(min_length=1)
    drafter: str = Field(min_length=1)
    section: str = Field(min_length=1)
    index: int = Field(ge=0)
    label: Verdict
    rater: str = ""
    format: str = ""
    category: Category | None = None
    severity: Severity | None = None
    text: str = ""

    @field_validator("label", mode="before")
    @classmethod
    def _in_words(cls, value: Any) -> Any:
        return WORDS.get(str(value).strip().lower(), value)

    @property
    def false(self) -> bool:
        return self.label in FALSE

    @property
    def sentence(self) -> tuple[str, str, str, str, int]:
        """Which sentence it is of: session_id, drafter, format, section, index."""
        return self.session_id, self.drafter, self.format, self.section, self.index


def read_labels(place: str | Path) -> tuple[Label, ...]:
    """The labels at `tneval:FILE` (its sentences CSV), or in a .csv or .jsonl of one's own.

    Raises InputError naming file, line and field of a bad one, or of a sentence that a rater has
    labelled twice.
    """
    kind, colon, rest = str(place).partition(":")
    if colon and kind == "tneval":
        return tuple(_of_tneval(rest))
    path = Path(place)
    suffixes = {".csv": _csv, ".jsonl": _jsonl}
    if path.suffix.lower() not in suffixes:
        raise InputError(
            "labels are a .csv, a .jsonl or tneval:FILE", file=path, fix="rename or convert it"
        )
    seen: dict[tuple[object, ...], int] = {}
    found = []
    for line, cells in suffixes[path.suffix.lower()](path):
        label = _label(path, line, cells)
        key = (label.sentence, label.rater)
        if key in seen:
            what = f"this rater's label of this sentence is already on line {seen[key]}"
            fix = "keep one of the two, or name the raters in a column `rater`"
            raise InputError(what, file=path, line=line, fix=fix)
        seen[key] = line
        found.append(label)
    if not found:
        raise InputError("no label in it", file=path, fix=f"give {', '.join(COLUMNS)}")
    return tuple(found)


def by_sentence(labels: Iterable[Label]) -> dict[tuple[str, str, str, str, int], list[Label]]:
    """All raters' labels of each sentence, in the order in which the sentences come first."""
    found: dict[tuple[str, str, str, str, int], list[Label]] = {}
    for label in labels:
        found.setdefault(label.sentence, []).append(label)
    return found


def agreed(labels: Iterable[Label], rule: Rule = "majority") -> tuple[Verdict, float]:
    """One verdict from several raters, and the share of them who found the sentence false.

    "any": the gravest verdict that somebody gave. "majority": false only if more than half say
    so, so that a tie is settled for the draft; among the verdicts on the side that wins, the
    commonest, and of equally common ones the graver. Raises ValueError without a label.

    >>> two = [Label(session_id="1", drafter="a", section="plan", index=0, label=said)
    ...        for said in ("faithful", "unfaithful")]
    >>> agreed(two), agreed(two, "any")
    (('supported', 0.5), ('unsupported', 0.5))
    """
    known = list(labels)
    if not known:
        raise ValueError("no label to agree on")
    share = sum(one.false for one in known) / len(known)
    if rule == "any":
        return min((one.label for one in known), key=GRAVEST.index), share
    votes = Counter(one.label for one in known if one.false == (share > 0.5))
    return min(votes, key=lambda verdict: (-votes[verdict], GRAVEST.index(verdict))), share


def _csv(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, cells in read_csv(path, COLUMNS):
        yield line, {name: cell for name, cell in cells.items() if cell.strip()}


def _jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, row in read_rows(path):
        yield line, {name: value for name, value in row.items() if value not in (None, "")}


def _label(path: Path, line: int, cells: dict[str, Any]) -> Label:
    """Columns that are not asked for are passed over."""
    missing = next((name for name in COLUMNS if name not in cells), None)
    if missing is not None:
        raise InputError("empty", file=path, line=line, field=missing, fix="fill it in")
    said = str(cells["label"]).strip().lower()
    if said not in WORDS:
        # The label itself may be somebody's remark, so only a word of a label's length is named.
        what = "unknown label" if len(said) > 12 else did_you_mean("label", said, WORDS)
        fix = "write one of " + ", ".join(WORDS) if len(said) > 12 else None
        raise InputError(what, file=path, line=line, field="label", fix=fix)
    given = {name: cells[name] for name in Label.model_fields if name in cells}
    for name in ("session_id", "drafter", "section", "rater", "format"):
        if name in given:
            given[name] = str(given[name]).strip()
    try:
        return Label.model_validate(given)
    except ValidationError as error:
        raise from_validation(error, file=path, line=line) from None


def _of_tneval(path: str) -> Iterator[Label]:
    """A label a rater and sentence; a rater without a label of it has none."""
    for one in tneval_labels(path):
        for rater, faithful in (("rater_1", one.rater_1), ("rater_2", one.rater_2)):
            if faithful is not None:
                yield Label(
                    session_id=one.session_id,
                    drafter=one.drafter,
                    section=one.section,
                    index=one.index,
                    label="supported" if faithful else "unsupported",
                    rater=rater,
                    format="soap",
                    text=one.text,
                )
