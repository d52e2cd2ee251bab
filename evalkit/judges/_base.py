"""What every judge has: an interface, and a judgement that can say it failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

from pydantic import Field

from evalkit.llm import Client
from evalkit.records import FALSE, Draft, Finding, Measure, Record, Score, Session, Usage, digest
from evalkit.records import finding_id as id_of


class Judgement(NamedTuple):
    """What a judge says of one draft.

    `failure` is why it has nothing to say, never a word of a text; then there are no findings.
    `usage` and `cost_usd` are None where nothing was paid for or the price is not known.
    `dropped` counts quotations that stand nowhere in the session, `unlabelled` the sentences
    that the judge has no verdict on. `model_version` is the model as its endpoint names it.
    """

    findings: tuple[Finding, ...] = ()
    failure: str | None = None
    usage: Usage | None = None
    cost_usd: float | None = None
    dropped: int = 0
    unlabelled: int = 0
    model_version: str | None = None


class Judge(Record):
    """Config is the constructor; `alias` tells two judges of one kind apart in an experiment."""

    name: ClassVar[str]
    local: ClassVar[bool] = False
    """True for one that computes alone, without calls, and so may work in other processes."""
    alias: str = Field(default="", max_length=40, pattern=r"^([A-Za-z][A-Za-z0-9_]*)?$")

    @property
    def known_as(self) -> str:
        """What its findings, metrics and tables call it."""
        return self.alias or self.name

    @property
    def fingerprint(self) -> str:
        """A hash of all that its verdicts depend on beside the draft and the session."""
        return digest([self.name, self.settings()])

    def settings(self) -> dict[str, Any]:
        """What `fingerprint` hashes; a judge that reads a file adds that file's hash."""
        return self.model_dump(mode="json", exclude={"alias"})

    def models(self) -> Iterable[tuple[str, str | None]]:
        """(model, api_base) of each model that is called, so that keys are checked beforehand."""
        return ()

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What its findings come to where it is not an experiment's first judge."""
        return (
            Measure(
                name=f"fabrication_{self.known_as}",
                unit="share of notes",
                better="lower",
                meaning=f"notes with a sentence that {self.known_as} finds false",
                proportion=True,
            ),
            Measure(
                name=f"unsupported_sentences_{self.known_as}",
                unit="share of sentences",
                better="lower",
                meaning=f"sentences of a note that {self.known_as} finds false",
            ),
        )

    def scores(self, draft: Draft, judgement: Judgement) -> Iterator[Score]:
        """One for each of `measures`; None, with the reason, where the judge has no finding."""
        n = len(judgement.findings)
        false = sum(one.verdict in FALSE for one in judgement.findings)
        known = f"{false} of {n} sentences" if n else judgement.failure or "no sentence judged"
        for measure, value in zip(self.measures, (bool(false), false / max(n, 1)), strict=True):
            yield Score(
                **draft.cell._asdict(),
                scorer=measure.name,
                value=round(float(value), 6) if n else None,
                unit=measure.unit,
                reason=known,
            )

    async def judge(
        self, session: Session, drafts: Sequence[Draft], llm: Client | None = None
    ) -> list[Judgement]:
        """One judgement a draft, in order.

        The drafts are of this session, and none of them has failed. A finding's claim has the
        offsets of a sentence in its section, and no sentence has two. Raises InputError where the
        experiment is at fault; any other trouble with a draft is its judgement's `failure`.
        """
        raise NotImplementedError

    def signed(self, draft: Draft, finding: Finding) -> Finding:
        """A finding under the name that this judge goes by, its id accordingly."""
        if finding.scorer == self.known_as:
            return finding
        named = id_of(draft, finding.claim, finding.verdict, self.known_as)
        return finding.model_copy(update={"finding_id": named, "scorer": self.known_as})
