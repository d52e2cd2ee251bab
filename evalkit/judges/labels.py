"""People's verdicts as a judge, so that any other can be held against them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from evalkit.claims.extract import Parsed, category, claims, severity
from evalkit.errors import InputError, did_you_mean
from evalkit.imports._labels import Label, Rule, agreed, read_labels
from evalkit.judges._base import Judge, Judgement
from evalkit.llm import Client
from evalkit.records import Draft, Finding, Session, finding_id

Known = dict[tuple[str, str], list[Label]]
"""By session and drafter, in the file's order."""


class Labels(Judge):
    """The labels in a CSV or JSONL, or `tneval:FILE`; sentences without one are left out.

    `rule` settles what several raters make of a sentence: see `agreed`. `rater` takes one rater's
    labels alone. `drafters` gives the file's name for an approach that bears another.
    """

    name: ClassVar[str] = "labels"
    path: str
    rule: Rule = "majority"
    rater: str = ""
    drafters: dict[str, str] = Field(default_factory=dict)

    def model_post_init(self, context: Any) -> None:
        self._known()

    def settings(self) -> dict[str, Any]:
        """The options, with the hash of the file's bytes in place of where it lies."""
        content = sha256(_file(self.path).read_bytes()).hexdigest()
        return {**super().settings(), "path": content}

    async def judge(
        self, session: Session, drafts: Sequence[Draft], llm: Client | None = None
    ) -> list[Judgement]:
        """One finding a labelled sentence; a draft without any is a failed judgement."""
        return [self._one(draft) for draft in drafts]

    def _one(self, draft: Draft) -> Judgement:
        drafter = self.drafters.get(draft.approach, draft.approach)
        sentences = claims(draft)
        of_note = [
            label
            for label in self._known().get((draft.session_id, drafter), ())
            if label.format in ("", draft.format)
        ]
        placed = _placed(of_note, sentences)
        findings = tuple(
            self._finding(draft, parsed, found)
            for number, parsed in enumerate(sentences)
            if (found := placed.get(number))
        )
        if not findings:
            return Judgement(
                failure=f"none of its {len(sentences)} sentences is labelled",
                unlabelled=len(sentences),
            )
        return Judgement(findings, unlabelled=len(sentences) - len(findings))

    def _finding(self, draft: Draft, parsed: Parsed, labels: list[Label]) -> Finding:
        verdict, share = agreed(labels, self.rule)
        about = next((one.category for one in labels if one.category), category(parsed))
        graded = next((one.severity for one in labels if one.severity), severity(about))
        false = sum(one.false for one in labels)
        return Finding(
            **draft.cell._asdict(),
            finding_id=finding_id(draft, parsed.claim, verdict, self.known_as),
            claim=parsed.claim,
            verdict=verdict,
            p_unsupported=round(share, 6),
            category=about,
            severity=graded,
            reason=f"{false} of {len(labels)} raters found it false",
            scorer=self.known_as,
        )

    def _known(self) -> Known:
        path = _file(self.path)
        stat = path.stat()
        found = _read(self.path, (stat.st_mtime_ns, stat.st_size))
        if not self.rater:
            return found
        raters = {label.rater for labels in found.values() for label in labels}
        if self.rater not in raters:
            raise InputError(did_you_mean("rater", self.rater, raters), file=path, field="rater")
        return {
            key: [label for label in labels if label.rater == self.rater]
            for key, labels in found.items()
        }


def _placed(labels: Iterable[Label], sentences: list[Parsed]) -> dict[int, list[Label]]:
    """Labels by the number of their sentence in the note.

    A label that tells the sentence's text goes to the sentence that reads so, where it is not the
    one of its index because the note was split otherwise; to none if none does.
    """
    by_index = {(one.claim.section, one.claim.index): n for n, one in enumerate(sentences)}
    by_text = {(one.claim.section, _words(one.claim.text)): n for n, one in enumerate(sentences)}
    placed: dict[int, list[Label]] = {}
    for label in labels:
        number = by_index.get((label.section, label.index))
        if label.text and (
            number is None or _words(sentences[number].claim.text) != _words(label.text)
        ):
            number = by_text.get((label.section, _words(label.text)))
        if number is not None:
            placed.setdefault(number, []).append(label)
    return placed


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()


def _file(place: str) -> Path:
    path = Path(place.removeprefix("tneval:"))
    if not path.is_file():
        raise InputError("there is no such file", file=path, field="path")
    return path


@lru_cache(maxsize=8)
def _read(place: str, stamp: tuple[int, int]) -> Known:
    found: Known = {}
    for label in read_labels(place):
        found.setdefault((label.session_id, label.drafter), []).append(label)
    return found
