"""evalkit: which way of drafting progress notes is safe enough and fast enough to deploy, and why.

    experiment = load_experiment("experiments/quickstart/experiment.toml")
    outcome = evaluate(experiment)          # or: run = await arun(experiment)
    outcome.leaderboard()

Public names are loaded when they are first used, so that `import evalkit` is quick.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

DEFAULTS = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "HF_HUB_OFFLINE": "1",
    "HF_EVALUATE_OFFLINE": "1",
    "MLFLOW_SQLALCHEMYSTORE_POOL_SIZE": "100",
}
"""Set, each only if unset, before a heavy package is imported: nothing goes out unasked."""

for _name, _value in DEFAULTS.items():
    os.environ.setdefault(_name, _value)

_PUBLIC = {
    "InputError": "evalkit.errors",
    "Experiment": "evalkit.records",
    "Session": "evalkit.records",
    "Draft": "evalkit.records",
    "Finding": "evalkit.records",
    "Run": "evalkit.records",
    "Decision": "evalkit.records",
    "load_experiment": "evalkit.experiment",
    "load_sessions": "evalkit.experiment",
    "arun": "evalkit.runner",
    "run": "evalkit.runner",
    "estimates": "evalkit.decision",
    "decide": "evalkit.decision",
    "evaluate": "evalkit.pipeline",
    "score": "evalkit.scoring",
    "compare_with_raters": "evalkit.audit.raters",
}

_ROOMS = ("review",)
"""Packages whose own names are public: `evalkit.review.show`."""

__all__ = [*_PUBLIC, *_ROOMS]

if TYPE_CHECKING:
    from evalkit import review as review
    from evalkit.audit.raters import compare_with_raters as compare_with_raters
    from evalkit.decision import decide as decide
    from evalkit.decision import estimates as estimates
    from evalkit.errors import InputError as InputError
    from evalkit.experiment import load_experiment as load_experiment
    from evalkit.experiment import load_sessions as load_sessions
    from evalkit.pipeline import evaluate as evaluate
    from evalkit.records import Decision as Decision
    from evalkit.records import Draft as Draft
    from evalkit.records import Experiment as Experiment
    from evalkit.records import Finding as Finding
    from evalkit.records import Run as Run
    from evalkit.records import Session as Session
    from evalkit.runner import arun as arun
    from evalkit.runner import run as run
    from evalkit.scoring import score as score


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    if name in _ROOMS:
        return importlib.import_module(f"evalkit.{name}")
    raise AttributeError(f"module 'evalkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
