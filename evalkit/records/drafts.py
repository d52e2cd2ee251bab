"""An approach to drafting, and the drafts it yields."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from pydantic import Field

from evalkit.records._base import Record, digest
from evalkit.records.sessions import Category

Severity = Literal["major", "minor"]
Input = Literal["transcript", "jottings", "form"]
Workflow = Literal["standalone", "in_ehr"]

MAJOR: frozenset[Category] = frozenset({"abuse_history", "risk", "medication", "condition"})
"""Categories in which a false claim is major."""


class Prompt(Record):
    """Instructions to a model. The text counts, not the file's name.

    `file` is where the text was read, "" for a prompt that comes with evalkit: only so that a
    later change of the file is seen.
    """

    name: str
    text: str = Field(min_length=1)
    file: str = ""


class Approach(Record):
    """One way to draft a note: drafter (with its model and prompt), input, context, workflow.

    The note format is not part of it: an approach is judged over all formats of an experiment.
    """

    name: str = Field(min_length=1)
    drafter: str = Field(min_length=1)
    model: str | None = None
    prompt: Prompt | None = None
    input: Input = "transcript"
    chart: bool = False
    workflow: Workflow = "standalone"
    control: bool = False
    options: dict[str, Any] = Field(default_factory=dict)

    @property
    def approach_id(self) -> str:
        """A hash of all that changes what is drafted; names of approach and prompt do not."""
        return digest(
            self.model_dump(mode="json", exclude={"name": True, "prompt": {"name", "file"}})
        )


class Cell(NamedTuple):
    """The key that a draft shares with its findings, scores and review."""

    session_id: str
    approach: str
    format: str
    replicate: int


class Keyed(Record):
    session_id: str
    approach: str
    format: str
    replicate: int = 0

    @property
    def cell(self) -> Cell:
        return Cell(self.session_id, self.approach, self.format, self.replicate)


class Usage(Record):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Planted(Record):
    """An error that a control put into its draft on purpose: the truth a scorer is held to."""

    kind: Literal["hallucinated", "omitted", "misplaced", "misattributed"]
    category: Category
    severity: Severity
    text: str
    section: str
    trap: str | None = None


class RecordedNote(Record):
    """A note drafted elsewhere, by a person or any vendor's tool: one line of a drafts JSONL."""

    session_id: str = Field(min_length=1)
    drafter: str = Field(min_length=1)
    format: str = Field(min_length=1)
    sections: dict[str, str] = Field(min_length=1)


class Draft(Keyed):
    """A note as drafted. `failure` is None when it was; a failed draft has no sections."""

    approach_id: str
    sections: dict[str, str] = Field(default_factory=dict)
    model_version: str | None = None
    """The model as its endpoint names it in the answer; None where it does not, or none is used."""
    usage: Usage | None = None
    latency_s: float | None = None
    cost_usd: float | None = None
    failure: str | None = None
    planted: tuple[Planted, ...] | None = None
    """The errors a control planted, possibly none; None for a drafter that is no control."""

    @property
    def text(self) -> str:
        """The sections one after the other, as a reader sees them."""
        return "\n".join(text for text in self.sections.values() if text.strip())

    @property
    def words(self) -> int:
        return len(self.text.split())

    @property
    def untrue(self) -> tuple[Planted, ...] | None:
        """What a control wrote that is false (a misplaced fact is true, an omitted one not there);
        the same sentence twice in a section counts once. None for a drafter that is no control."""
        if self.planted is None:
            return None
        false: dict[tuple[str, str], Planted] = {}
        for one in self.planted:
            if one.kind in ("hallucinated", "misattributed"):
                false.setdefault((one.section, one.text), one)
        return tuple(false.values())
