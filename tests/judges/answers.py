"""What a model may answer when it is asked to judge."""

from __future__ import annotations

import json
from typing import Any


def row(n: int, verdict: str = "supported", **more: Any) -> dict[str, Any]:
    return {"n": n, "verdict": verdict, "p_unsupported": 0.02, "evidence": [], "why": "", **more}


def quote(turn: int | None, text: str, source: str = "transcript") -> dict[str, Any]:
    return {"source": source, "turn": turn, "quote": text}


def answer(*rows: dict[str, Any]) -> str:
    return json.dumps({"sentences": list(rows)})
