"""A small run's folder: two approaches, two formats, two replicates."""

import json

import numpy as np
import pandas as pd

from evalkit.store import write_table, write_text

SESSIONS = 12


def scores():
    rng = np.random.default_rng(12)
    rows = [
        {
            "session_id": f"s{session}",
            "approach": approach,
            "format": name,
            "replicate": replicate,
            "scorer": "review_minutes",
            "value": 5 + start + own + rng.normal(0, 0.5),
            "unit": "minutes",
            "reason": "",
        }
        for approach, start in (("slow", 1.0), ("fast", 0.0))
        for session, own in enumerate(rng.normal(0, 1, SESSIONS))
        for name in ("soap", "dap")
        for replicate in range(2)
    ]
    return pd.DataFrame(rows)


def write_run(folder, table):
    write_table(folder / "scores.parquet", table)
    costs = [{"approach": "slow", "cost_usd": 0.03}, {"approach": "fast", "cost_usd": 0.01}]
    write_text(folder / "drafts.jsonl", "\n".join(json.dumps(row) for row in costs) + "\n")
