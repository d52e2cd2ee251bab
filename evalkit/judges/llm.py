"""A model as judge: the record and the numbered sentences of a note in, a verdict on each out.

One call a note. Nothing is sent unless an experiment names this judge, and then the session's
transcript, jottings, form and chart go to its model.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from evalkit.claims.extract import Parsed, category, claims, severity
from evalkit.errors import EvalkitError, InputError, did_you_mean
from evalkit.judges._answer import FORM, SCHEMA, Row, read
from evalkit.judges._base import Judge, Judgement
from evalkit.judges._material import user_message
from evalkit.judges._quotes import verified
from evalkit.llm import Call, Client, Completion, Message, ModelFailure
from evalkit.records import Draft, Evidence, Finding, Prompt, Session, Usage, finding_id

HERE = Path(__file__).parent / "prompts"
TOKENS, TOKENS_A_SENTENCE = 500, 200
"""Length that an answer may have by default: about twice what the longest one needs."""


class LLM(Judge):
    """Judges with a model and a rubric; `api_base` is an address of one's own.

    The answer is asked for by a JSON schema, as a JSON object, or by words alone (`structured`),
    and is read whatever its form. Sentences without exactly one verdict are asked for again,
    `repairs` times; a note with any left after that is a failed judgement.
    """

    name: ClassVar[str] = "llm"
    model: str = Field(min_length=1)
    prompt: Prompt | None = None
    api_base: str | None = None
    temperature: float = Field(default=0.0, ge=0, le=2)
    max_tokens: int | None = Field(default=None, gt=0)
    seed: int = Field(default=0, ge=0, lt=2**31)
    structured: Literal["schema", "object", "text"] = "schema"
    repairs: int = Field(default=1, ge=0, le=5)

    @field_validator("prompt", mode="before")
    @classmethod
    def _by_name(cls, value: Any) -> Any:
        return packaged_rubric(value) if isinstance(value, str) else value

    @property
    def rubric(self) -> Prompt:
        return self.prompt or packaged_rubric("faithfulness")

    def settings(self) -> dict[str, Any]:
        """All options, with the rubric's text: its name does not count."""
        return {**super().settings(), "prompt": [self.rubric.text, FORM]}

    def models(self) -> Iterable[tuple[str, str | None]]:
        return ((self.model, self.api_base),)

    async def judge(
        self, session: Session, drafts: Sequence[Draft], llm: Client | None = None
    ) -> list[Judgement]:
        """One judgement a draft, all asked for at once within the client's limits."""
        if llm is None:
            raise EvalkitError(f"judge {self.known_as!r} calls a model and was given no client")
        return list(await asyncio.gather(*(self._one(session, draft, llm) for draft in drafts)))

    async def _one(self, session: Session, draft: Draft, llm: Client) -> Judgement:
        sentences = claims(draft)
        numbers = range(1, len(sentences) + 1)
        messages = [
            Message(role="system", content=f"{self.rubric.text.strip()}\n\n{FORM}"),
            Message(role="user", content=user_message(session, sentences)),
        ]
        rows: dict[int, Row] = {}
        answers: list[Completion] = []
        left = list(numbers)
        while left and len(answers) <= self.repairs:
            try:
                answers.append(await llm.complete(self._call(messages, len(sentences))))
            except ModelFailure as failure:
                return _paid(Judgement(failure=str(failure)), answers)
            said = read(answers[-1].text, len(sentences))
            rows |= {number: said[number] for number in left if number in said}
            left = [number for number in numbers if number not in rows]
            messages += [
                Message(role="assistant", content=answers[-1].text),
                Message(role="user", content=_again(left, len(sentences))),
            ]
        if left:
            return _paid(Judgement(failure=_why(left, len(sentences), answers)), answers)
        judgement = self._judgement(session, draft, sentences, rows)
        return _paid(judgement, answers)

    def _call(self, messages: list[Message], count: int) -> Call:
        return Call(
            model=self.model,
            messages=tuple(messages),
            temperature=self.temperature,
            max_tokens=self.max_tokens or TOKENS + TOKENS_A_SENTENCE * count,
            seed=self.seed,
            json_mode=self.structured == "object",
            answer_schema=SCHEMA if self.structured == "schema" else None,
            api_base=self.api_base,
        )

    def _judgement(
        self, session: Session, draft: Draft, sentences: list[Parsed], rows: dict[int, Row]
    ) -> Judgement:
        findings, dropped = [], 0
        for number, parsed in enumerate(sentences, start=1):
            row = rows[number]
            stand = [verified(quotation, session) for quotation in row.evidence]
            dropped += sum(not found for found in stand)
            evidence = tuple(one for found in stand for one in found)
            findings.append(self._finding(draft, parsed, row, evidence))
        return Judgement(tuple(findings), dropped=dropped)

    def _finding(
        self, draft: Draft, parsed: Parsed, row: Row, evidence: tuple[Evidence, ...]
    ) -> Finding:
        about = category(parsed)
        return Finding(
            **draft.cell._asdict(),
            finding_id=finding_id(draft, parsed.claim, row.verdict, self.known_as),
            claim=parsed.claim,
            verdict=row.verdict,
            p_unsupported=round(row.p_unsupported, 6),
            category=about,
            severity=severity(about),
            evidence=evidence,
            reason=row.why,
            scorer=self.known_as,
        )


def packaged_rubric(name: str) -> Prompt:
    """A rubric that comes with evalkit, by its name.

    >>> packaged_rubric("faithfulness").name
    'faithfulness'
    """
    have = sorted(file.stem for file in HERE.glob("*.md"))
    if name not in have:
        raise InputError(did_you_mean("rubric", name, have), field="prompt")
    return Prompt(name=name, text=(HERE / f"{name}.md").read_text(encoding="utf-8"))


def _again(left: list[int], count: int) -> str:
    """What the model is told about its answer: numbers alone."""
    which = "all of them" if len(left) == count else ", ".join(f"({n})" for n in left)
    return (
        f"These sentences have no verdict yet, or more than one: {which}. Answer for them alone, "
        "each once, with one JSON object in the form described and nothing else."
    )


def _why(left: list[int], count: int, answers: list[Completion]) -> str:
    cut = ", the last one cut off" if answers[-1].finish_reason == "length" else ""
    tries = f"{len(answers)} answer{'s' if len(answers) != 1 else ''}{cut}"
    return f"{len(left)} of {count} sentences without one verdict after {tries}"


def _paid(judgement: Judgement, answers: list[Completion]) -> Judgement:
    """With what the answers took, failed or not: None where some of it is not known."""
    if not answers:
        return judgement
    usages = [one.usage for one in answers if one.usage is not None]
    costs = [one.cost_usd for one in answers if one.cost_usd is not None]
    usage = Usage(
        prompt_tokens=sum(one.prompt_tokens for one in usages),
        completion_tokens=sum(one.completion_tokens for one in usages),
    )
    return judgement._replace(
        usage=usage if len(usages) == len(answers) else None,
        cost_usd=sum(costs) if len(costs) == len(answers) else None,
        model_version=answers[-1].version,
    )
