"""What is needed to repeat a run months later."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from evalkit.records import Experiment, Provenance, Session, digest

PACKAGES = ("litellm", "mlflow", "numpy", "pandas", "scikit-learn", "rapidfuzz", "nltk")


def provenance(experiment: Experiment, sessions: tuple[Session, ...]) -> Provenance:
    """Commit, versions, and hashes of the experiment and of the sessions' JSON."""
    whole = hashlib.sha256()
    for session in sessions:
        whole.update(session.model_dump_json().encode())
    return Provenance(
        evalkit=metadata.version("evalkit"),
        commit=commit(),
        python=platform.python_version(),
        packages={name: metadata.version(name) for name in PACKAGES},
        experiment_hash=digest(experiment.model_dump(mode="json"), 16),
        sessions_hash=whole.hexdigest()[:16],
    )


def commit() -> str:
    """Commit of the checkout that evalkit runs from, `+` if it was changed; else "unknown"."""
    folder = Path(__file__).parent
    try:
        head = _git(folder, "rev-parse", "--short=12", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head + ("+" if changed else "")


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *words], capture_output=True, text=True, check=True, timeout=10
    )
    return done.stdout.strip()
