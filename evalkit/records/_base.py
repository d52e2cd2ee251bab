"""What every record is, and the hash that names things."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict


def digest(value: Any, length: int = 12) -> str:
    """First `length` hex digits of the SHA-256 of a value's canonical JSON.

    >>> digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:length]


class Record(BaseModel):
    """A frozen value: stages return new ones."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
