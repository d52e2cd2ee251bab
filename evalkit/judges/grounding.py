"""The judge in the house: each claim is looked up in the ledger and in what the drafter was given.

It calls no model and sends nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from evalkit.claims.against_transcript_model import from_file
from evalkit.claims.ground import Grounder
from evalkit.judges._base import Judge, Judgement
from evalkit.llm import Client
from evalkit.records import Draft, Session


class Grounding(Judge):
    """Grounds with the ledger where there is one; with `use_ledger` false, never with it.

    `weights` is a file that `evalkit calibrate` wrote, for sessions without a ledger.
    """

    name: ClassVar[str] = "grounding"
    local: ClassVar[bool] = True
    use_ledger: bool = True
    weights: str | None = None

    def model_post_init(self, context: Any) -> None:
        if self.weights is not None:
            from_file(self.weights)

    def settings(self) -> dict[str, Any]:
        """The options, with the hash of the weights' bytes in place of where they lie."""
        if self.weights is None:
            return super().settings()
        content = sha256(Path(self.weights).read_bytes()).hexdigest()
        return {**super().settings(), "weights": content}

    async def judge(
        self, session: Session, drafts: Sequence[Draft], llm: Client | None = None
    ) -> list[Judgement]:
        """One finding a sentence; the session is indexed once for all its drafts."""
        if not drafts:
            return []
        grounder = Grounder(use_ledger=self.use_ledger, weights=self.weights)
        index = grounder.index(session)
        return [
            Judgement(
                tuple(self.signed(draft, one) for one in grounder.ground(draft, session, index))
            )
            for draft in drafts
        ]
