"""What all tests share: the real data, where it is there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ.setdefault("EVALKIT_PROCESSES", "1")  # the tests themselves are spread over them
os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="evalkit-hf-")  # `evaluate` copies what it loads

from evalkit.experiment import load_experiment
from evalkit.records import Run
from evalkit.runner import run

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """A path in the folder of real data (EVALKIT_DATA), or a skip with the reason."""

    def place(name: str) -> Path:
        path = Path(os.environ.get("EVALKIT_DATA") or BESIDE) / name
        if not path.exists():
            pytest.skip(f"{name} is not in the folder of real data; set EVALKIT_DATA to it")
        return path

    return place


@pytest.fixture(scope="session")
def quickstart() -> Run:
    """The quickstart experiment, drafted and scored once."""
    experiment = load_experiment(
        Path(__file__).parents[1] / "experiments" / "quickstart" / "experiment.toml"
    )
    return run(experiment)
