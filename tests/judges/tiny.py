"""A classifier of a few kilobytes with random weights, for judges that load one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests import small

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


def tiny_model(folder: Path, labels: tuple[str, ...] = ("entailment", "neutral", "contradiction")):
    """Write a one-layer BERT over the words of the small session; skip without the extra."""
    reason = "the extra is not installed: pip install 'evalkit[entailment]'"
    pytest.importorskip("torch", reason=reason)
    transformers: Any = pytest.importorskip("transformers", reason=reason)
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    said = " ".join(text for _, text in small.TURNS).lower()
    words = [*SPECIAL, *sorted(set(re.findall(r"\w+|[^\w\s]", said)))]
    inner = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, "[UNK]"))
    inner.normalizer = normalizers.Lowercase()
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner, model_max_length=64, **names
    ).save_pretrained(folder)
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        id2label=dict(enumerate(labels)),
        label2id={label: n for n, label in enumerate(labels)},
    )
    torch.manual_seed(0)
    model = transformers.BertForSequenceClassification(config)
    with torch.no_grad():
        for weights in model.parameters():
            weights.mul_(8)  # else every pair gets about the same answer
    model.save_pretrained(folder)
    return folder
