"""What is needed to repeat a run months later."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from evalkit.records import Experiment, Provenance, Record, Session, digest

PACKAGES = (
    *("litellm", "mlflow", "numpy", "pandas", "scikit-learn", "scipy"),
    *("rapidfuzz", "nltk", "spacy", "negspacy", "pydantic"),
)
HERE = Path(__file__).parent


def provenance(experiment: Experiment, sessions: tuple[Session, ...]) -> Provenance:
    """Commit, versions, and hashes of the code, the experiment and the sessions' JSON."""
    code = code_hashes()
    return Provenance(
        evalkit=metadata.version("evalkit"),
        commit=commit(),
        python=platform.python_version(),
        packages=package_versions(),
        experiment_hash=experiment_hash(experiment),
        sessions_hash=sessions_hash(sessions),
        code_hash=digest(code, 16),
        code=code,
    )


def experiment_hash(experiment: Experiment) -> str:
    """A hash of all that an experiment sets; 16 hex digits. Of a prompt only name and text count,
    not where it was read."""
    content = experiment.model_dump(mode="json")
    for one in (*content["approaches"], *content["judges"]):
        if isinstance(one, dict) and isinstance(one.get("prompt"), dict):
            one["prompt"].pop("file", None)
    return digest(content, 16)


def sessions_hash(sessions: tuple[Session, ...]) -> str:
    """A hash of the sessions' JSON, in their order; 16 hex digits."""
    whole = hashlib.sha256()
    for session in sessions:
        whole.update(session.model_dump_json().encode())
    return whole.hexdigest()[:16]


def fingerprint(record: Record) -> str:
    """A hash of one record, which does not change when its class gets a new field; 16 digits."""
    return digest(record.model_dump(mode="json", exclude_defaults=True), 16)


def package_versions() -> dict[str, str]:
    """The installed versions of the packages that figures may depend on."""
    return {name: metadata.version(name) for name in PACKAGES}


def code_hashes(package: Path = HERE) -> dict[str, str]:
    """A hash of each part (module or folder) of the package: sources, word lists, weights, prompts.

    What Python or an editor leaves behind is no part of it, nor is the card, which measures the
    code and changes no verdict.
    """
    parts: dict[str, hashlib._Hash] = {}
    for path in sorted(package.rglob("*")):
        place = path.relative_to(package)
        if not path.is_file() or any(one.startswith((".", "__pycache__")) for one in place.parts):
            continue
        if path.suffix in {".pyc", ".part"} or path.name == "card.json":
            continue
        part = parts.setdefault(place.parts[0], hashlib.sha256())
        content = path.read_bytes()
        part.update(f"{place.as_posix()} {len(content)}\n".encode())
        part.update(content)
    return {name: part.hexdigest()[:12] for name, part in parts.items()}


def commit() -> str:
    """Commit of the checkout that evalkit runs from, `+` if it was changed; else "unknown"."""
    try:
        head = _git(HERE, "rev-parse", "--short=12", "HEAD")
        changed = _git(HERE, "status", "--porcelain", "--untracked-files=no", "--", ".")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head + ("+" if changed else "")


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *words], capture_output=True, text=True, check=True, timeout=10
    )
    return done.stdout.strip()
