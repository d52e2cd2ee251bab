"""The only door to transformers: load a classifier once, ask it about pairs of texts."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from evalkit.errors import InputError
from evalkit.llm import well_formed


class Asked(NamedTuple):
    """A stretch of the record, and a sentence it may entail."""

    premise: str
    sentence: str


def require() -> None:
    """InputError, with the fix, where the extra is not installed."""
    missing = [name for name in ("transformers", "torch") if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            f"the judge 'entailment' needs {' and '.join(missing)}",
            fix='pip install "evalkit[entailment]"',
        )


@lru_cache(maxsize=8)
def labels_of(place: str, revision: str | None) -> dict[str, int]:
    """Label -> column, from the model's config."""
    config = _loaded("AutoConfig", place, revision)
    return {str(label): int(number) for number, label in config.id2label.items()}


@lru_cache(maxsize=2)
def entailing(place: str, revision: str | None, device: str) -> Entailing:
    """The model at a folder or of that name, ready to be asked."""
    return Entailing(place, revision, device)


class Entailing:
    """A classifier of pairs, and its tokenizer."""

    def __init__(self, place: str, revision: str | None, device: str) -> None:
        self._tokenizer = _loaded("AutoTokenizer", place, revision)
        model = _loaded("AutoModelForSequenceClassification", place, revision)
        try:
            self._model = model.to(device).eval()
        except (RuntimeError, AssertionError):
            raise InputError(
                f"the device {device!r} cannot be used", field="device", fix='write "cpu"'
            ) from None
        self._device = device
        limits = (self._tokenizer.model_max_length, _positions(self._model.config))
        self._longest = min(limit for limit in limits if limit)

    def length(self, text: str) -> int:
        """Tokens of a text, those that mark its ends aside."""
        return len(
            self._tokenizer(well_formed(text), add_special_tokens=False, verbose=False)["input_ids"]
        )

    def probabilities(self, asked: Sequence[Asked], batch_size: int) -> list[list[float]]:
        """For each pair the probability of each label, in the order of the config.

        Pairs of like length go together, which changes no result and spares padding. A pair that
        is too long for the model loses words of its premise, or of both if it must be.
        """
        import torch

        order = sorted(range(len(asked)), key=lambda i: len(asked[i].premise + asked[i].sentence))
        found: list[list[float]] = [[] for _ in asked]
        for start in range(0, len(order), batch_size):
            numbers = order[start : start + batch_size]
            batch = self._tokenizer(
                [well_formed(asked[i].premise) for i in numbers],
                [well_formed(asked[i].sentence) for i in numbers],
                truncation="longest_first",
                max_length=self._longest,
                padding=True,
                return_tensors="pt",
            ).to(self._device)
            with torch.no_grad():
                rows = torch.softmax(self._model(**batch).logits.float(), dim=-1).cpu().tolist()
            for number, row in zip(numbers, rows, strict=True):
                found[number] = row
        return found


def _positions(config: Any) -> int:
    """How many tokens the model takes; 0 if it does not say.

    RoBERTa's positions start after the padding's, so that two of them hold no token.
    """
    positions = int(getattr(config, "max_position_embeddings", 0) or 0)
    roberta = "roberta" in str(getattr(config, "model_type", ""))
    return positions - 2 if roberta and positions > 2 else max(positions, 0)


def _loaded(kind: str, place: str, revision: str | None) -> Any:
    """What `kind`.from_pretrained gives: from the disk alone, unless HF_HUB_OFFLINE=0 is set."""
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    failure: str
    try:
        return getattr(transformers, kind).from_pretrained(place, revision=revision)
    except (OSError, ValueError, KeyError, ImportError) as error:
        failure = type(error).__name__
    raise InputError(
        f"the model {place!r} cannot be loaded ({failure})",
        field="model",
        fix="give the path of a downloaded model, or set HF_HUB_OFFLINE=0 to download one",
    )
