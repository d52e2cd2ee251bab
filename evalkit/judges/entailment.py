"""An entailment model as judge: does any stretch of the record entail the sentence?

After MiniCheck (Tang et al. 2024) and AlignScore (Zha et al. 2023): the record is cut into windows
that overlap, the model is asked about each, and the window that entails the sentence most counts.
It runs on this machine: nothing is sent. It needs the extra `evalkit[entailment]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from evalkit.claims.extract import Parsed, category, claims, severity
from evalkit.claims.text import is_content, tokens
from evalkit.errors import InputError, did_you_mean
from evalkit.judges._base import Judge, Judgement
from evalkit.judges._entailing import Asked, Entailing, entailing, labels_of, require
from evalkit.judges._windows import Line, Window, lines_of, windows
from evalkit.llm import Client
from evalkit.records import Draft, Evidence, Finding, Session, Verdict, finding_id

QUOTED = 3
"""Lines of the best window that a finding quotes: those that share most words with the sentence."""


class Entailment(Judge):
    """Judges with a sequence-classification model of transformers.

    `path` is its folder, `model` its name on the hub, which is read from the cache alone unless
    the environment has HF_HUB_OFFLINE=0. `entails` and `contradicts` are labels of its config
    ("LABEL_1", say, where it has no better ones); a model without the latter never contradicts.
    Windows are of `window` tokens and share `overlap` with the one before. A sentence is supported
    from `supported_from` on; "inferred" is no verdict of such a model.
    """

    name: ClassVar[str] = "entailment"
    path: str = ""
    model: str = ""
    revision: str | None = None
    entails: str = "entailment"
    contradicts: str = "contradiction"
    window: int = Field(default=300, ge=16)
    overlap: int = Field(default=60, ge=0)
    batch_size: int = Field(default=16, ge=1)
    device: str = "cpu"
    supported_from: float = Field(default=0.5, gt=0, le=1)

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        if bool(self.path) == bool(self.model):
            raise ValueError("give either path, a folder, or model, a name on the hub")
        if self.overlap >= self.window:
            raise ValueError("overlap is less than window")
        return self

    def model_post_init(self, context: Any) -> None:
        if self.path and not (Path(self.path) / "config.json").is_file():
            fix = "give the folder that save_pretrained wrote"
            raise InputError("no config.json in it", file=self.path, field="path", fix=fix)
        if self.path or self.model:
            require()
            self._column()

    def settings(self) -> dict[str, Any]:
        """The options but those that change no verdict, with the hash of the model's files."""
        settings = super().settings()
        for name in ("batch_size", "device"):
            del settings[name]
        if self.path:
            whole = sha256()
            for file in sorted(Path(self.path).iterdir()):
                if file.is_file():
                    with file.open("rb") as stream:
                        for block in iter(lambda: stream.read(2**20), b""):
                            whole.update(block)
            settings["path"] = whole.hexdigest()
        return settings

    async def judge(
        self, session: Session, drafts: Sequence[Draft], llm: Client | None = None
    ) -> list[Judgement]:
        """One finding a sentence. Raises InputError where the model cannot be loaded."""
        if not drafts:
            return []
        model = entailing(self._place(), self.revision, self.device)
        parts = windows(lines_of(session), model.length, size=self.window, overlap=self.overlap)
        if not parts:
            return [Judgement(failure="nothing is written in the session's record")] * len(drafts)
        return [Judgement(tuple(self._findings(draft, parts, model))) for draft in drafts]

    def _findings(self, draft: Draft, parts: list[Window], model: Entailing) -> list[Finding]:
        sentences = claims(draft)
        asked = [Asked(part.text, one.claim.text) for one in sentences for part in parts]
        entails, against = self._column(), self._labels().get(self.contradicts.casefold())
        rows = model.probabilities(asked, self.batch_size)
        found = []
        for number, parsed in enumerate(sentences):
            mine = rows[number * len(parts) : (number + 1) * len(parts)]
            supports = [row[entails] for row in mine]
            best = max(range(len(parts)), key=supports.__getitem__)
            contrary = [0.0 if against is None else row[against] for row in mine]
            worst = max(range(len(parts)), key=contrary.__getitem__)
            denied = contrary[worst] > max(supports[best], 0.5)
            verdict = self._verdict(supports[best], denied)
            place = worst if verdict == "contradicted" else best
            found.append(
                self._finding(draft, parsed, verdict, supports[best]).model_copy(
                    update={"evidence": _evidence(parts[place], parsed)}
                )
            )
        return found

    def _verdict(self, support: float, denied: bool) -> Verdict:
        if support >= self.supported_from:
            return "supported"
        return "contradicted" if denied else "unsupported"

    def _finding(self, draft: Draft, parsed: Parsed, verdict: Verdict, support: float) -> Finding:
        about = category(parsed)
        return Finding(
            **draft.cell._asdict(),
            finding_id=finding_id(draft, parsed.claim, verdict, self.known_as),
            claim=parsed.claim,
            verdict=verdict,
            p_unsupported=round(1 - support, 6),
            category=about,
            severity=severity(about),
            reason=f"p(entailed) {support:.2f} in the window that entails it most",
            scorer=self.known_as,
        )

    def _place(self) -> str:
        return self.path or self.model

    def _labels(self) -> dict[str, int]:
        have = labels_of(self._place(), self.revision)
        return {name.casefold(): number for name, number in have.items()}

    def _column(self) -> int:
        """The column of the label that means: the record entails the sentence."""
        have = self._labels()
        if self.entails.casefold() not in have:
            raise InputError(
                did_you_mean("label of the model", self.entails, have),
                field="entails",
                fix="name the one that means: the record entails the sentence",
            )
        return have[self.entails.casefold()]


def _evidence(part: Window, parsed: Parsed) -> tuple[Evidence, ...]:
    """Lines of a window that share words with a sentence, in their order."""
    asked = {token.stem for token in parsed.tokens if is_content(token)}

    def shared(line: Line) -> int:
        return len(asked & {token.stem for token in tokens(line.text)})

    best = sorted((line for line in part.lines if shared(line)), key=shared, reverse=True)
    return tuple(line.evidence for line in part.lines if line in best[:QUOTED])
