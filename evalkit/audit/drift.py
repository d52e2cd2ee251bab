"""What has changed upstream since a run: each change is named with the old and the new."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

from evalkit import formats
from evalkit.audit.kept import Kept, cell_key
from evalkit.audit.material import Material
from evalkit.drafters.prompted import packaged_prompt, packaged_prompts
from evalkit.errors import EvalkitError, InputError
from evalkit.experiment import build_source, load_experiment
from evalkit.provenance import (
    code_hashes,
    commit,
    experiment_hash,
    fingerprint,
    package_versions,
)
from evalkit.records import Approach, Experiment, Prompt, Record, digest

NONE = "none"


class Drift(Record):
    """One thing that is not what it was."""

    what: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.what}: was {self.old}, is {self.new}"


class Drifted(EvalkitError):
    """Something upstream has changed, so a finding cannot be reproduced as it was made."""

    def __init__(self, drifts: Iterable[Drift]) -> None:
        self.drifts = tuple(drifts)
        listed = "".join(f"\n  {one}" for one in self.drifts)
        super().__init__(
            f"drifted since the run, {len(self.drifts)} in all:{listed}\n"
            "  give --accept-drift to go on all the same"
        )


def drifts(material: Material, experiment: str = "") -> tuple[Drift, ...]:
    """All that has changed since the run of a finding; what the run did not keep is not compared.

    `experiment` is the path of today's experiment file, to be held to the run's.
    """
    found = [
        *_code(material.kept),
        *_data(material),
        *_prompt(material.kept, material.approach),
        *_format(material),
        *_judge(material),
    ]
    if experiment:
        found += _experiment(material, load_experiment(experiment))
    return tuple(found)


def _code(kept: Kept) -> Iterator[Drift]:
    origin = kept.provenance
    if origin is None:
        return
    yield from _changed("evalkit", origin.evalkit, metadata.version("evalkit"))
    yield from _changed("python", origin.python, platform.python_version())
    now = package_versions()
    for name, version in origin.packages.items():
        yield from _changed(f"package {name}", version, now.get(name, "not looked at"))
    if origin.code_hash:
        parts = code_hashes()
        changed = _names(origin.code, parts)
        for drift in _changed("code", origin.code_hash, digest(parts, 16)):
            yield drift.model_copy(update={"new": f"{drift.new} (changed: {', '.join(changed)})"})
    else:
        yield from _changed("commit", origin.commit, commit())


def _names(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def _data(material: Material) -> Iterator[Drift]:
    """The session and the draft against their kept hashes, and the session's source against it."""
    kept, finding = material.kept, material.finding
    own = fingerprint(material.session)
    was = kept.hashes.sessions.get(finding.session_id)
    if was is not None:
        yield from _changed(f"session {finding.session_id}", was, own)
    draft = kept.hashes.drafts.get(cell_key(finding.cell))
    if draft is not None:
        yield from _changed("draft", draft, fingerprint(material.draft))
    if kept.experiment is not None and kept.provenance is not None and kept.provenance.code_hash:
        old, new = kept.provenance.experiment_hash, experiment_hash(kept.experiment)
        yield from _changed("kept experiment", old, new)
    yield from _changed("approach", material.draft.approach_id, material.approach.approach_id)
    yield from _source(material, was or own)


def _source(material: Material, was: str) -> Iterator[Drift]:
    """The file that the run's sessions came from, where it is still there."""
    config = material.experiment.sessions
    path = config.options.get("path")
    if not isinstance(path, str) or not Path(path).exists():
        return
    wanted = material.finding.session_id
    try:
        now = next(one for one in build_source(material.experiment).load() if _is(one, wanted))
    except StopIteration:
        yield Drift(what=f"session {wanted} in its source", old=was, new=NONE)
    except InputError:
        yield Drift(what=f"session {wanted} in its source", old=was, new="a file with an error")
    else:
        yield from _changed(f"session {wanted} in its source", was, fingerprint(now))


def _is(session: object, wanted: str) -> bool:
    return getattr(session, "session_id", None) == wanted


def _prompt(kept: Kept, approach: Approach) -> Iterator[Drift]:
    """The prompt against its file, or against the packaged one of its name."""
    prompt = approach.prompt
    if prompt is None:
        return
    if prompt.file:
        yield from _prompt_file(prompt)
    elif kept.provenance is not None and kept.provenance.code_hash:
        have = prompt.name in packaged_prompts()
        now = packaged_prompt(prompt.name).text if have else ""
        yield from _changed(f"prompt {prompt.name} (packaged)", *_hashes(prompt.text, now))


def _prompt_file(prompt: Prompt) -> Iterator[Drift]:
    """A prompt against the file it was read from; a file that is gone has not changed."""
    path = Path(prompt.file)
    if path.is_file():
        now = path.read_text(encoding="utf-8-sig", errors="replace")
        yield from _changed(f"prompt {prompt.name} ({path})", *_hashes(prompt.text, now))


def _hashes(old: str, new: str) -> tuple[str, str]:
    return digest(old), digest(new) if new else NONE


def _format(material: Material) -> Iterator[Drift]:
    """The note format against today's of that name; a file that is gone has not changed."""
    name = material.finding.format
    kept = material.kept.formats.get(name)
    if kept is None:
        return
    try:
        now = formats.load(name)
    except InputError:
        return
    yield from _changed(f"format {kept.name}", fingerprint(kept), fingerprint(now))


def _judge(material: Material) -> Iterator[Drift]:
    """The settings of the judge, the files it reads, and its prompt."""
    kept, name = material.kept, material.finding.scorer
    was = kept.provenance.judges.get(name) if kept.provenance is not None else None
    if was is not None:
        yield from _changed(f"judge {name}", was, material.judge.fingerprint)
    prompt = getattr(material.judge, "prompt", None)
    if isinstance(prompt, Prompt) and prompt.file:
        yield from _prompt_file(prompt)


def _experiment(material: Material, now: Experiment) -> Iterator[Drift]:
    """Today's experiment file against the run's, as far as this finding goes."""
    was, old = material.experiment, material.approach
    new = next((one for one in now.approaches if one.name == old.name), None)
    if new is None:
        yield Drift(what="approach", old=old.name, new=NONE)
        return
    for field in ("drafter", "model", "input", "chart"):
        yield from _changed(field, str(getattr(old, field)), str(getattr(new, field)))
    yield from _changed("options", digest(old.options), digest(new.options))
    yield from _changed("prompt", _text_hash(old.prompt), _text_hash(new.prompt))
    yield from _changed("seed", str(was.seed), str(now.seed))
    sessions = (digest(one.sessions.model_dump(mode="json")) for one in (was, now))
    yield from _changed("sessions", *sessions)


def _text_hash(prompt: Prompt | None) -> str:
    return NONE if prompt is None else digest(prompt.text)


def _changed(what: str, old: str, new: str) -> Iterator[Drift]:
    if old != new:
        yield Drift(what=what, old=old, new=new)
