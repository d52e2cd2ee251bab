"""Read an experiment file: TOML in, a checked `Experiment` out, every name resolved.

Paths are relative to the file; `${NAME:-default}` stands for an environment variable.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evalkit import formats, registry
from evalkit.drafters.prompted import packaged_prompt, render
from evalkit.errors import InputError, did_you_mean, from_validation
from evalkit.judges._base import Judge
from evalkit.records import (
    Approach,
    Endpoint,
    Experiment,
    Gate,
    Measure,
    Prompt,
    Reviewing,
    Session,
    SessionsConfig,
)
from evalkit.reviewers._base import Reviewer
from evalkit.store import read_text

DRAFTERS, JUDGES, SCORERS, REVIEWERS, SOURCES = (
    "evalkit.drafters",
    "evalkit.judges",
    "evalkit.scorers",
    "evalkit.reviewers",
    "evalkit.sessions.sources",
)

PROMPTS = (".md", ".txt", ".j2")
"""A prompt with one of these endings is a file; any other comes with evalkit."""


def load_experiment(path: str | Path) -> Experiment:
    """The experiment of a TOML file.

    Raises InputError, naming file and field, for bad TOML, unknown fields, and names of
    drafters, scorers, formats, sources, reviewers or measures that do not exist.
    """
    file = Path(path)
    try:
        content = tomllib.loads(read_text(file))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not TOML: {error}", file=file) from None
    content = _resolved(content, file.resolve().parent)
    approaches = content.get("approaches", [])
    if not isinstance(approaches, list):
        raise InputError("not a list", file=file, field="approaches", fix="write [[approaches]]")
    for number, approach in enumerate(approaches):
        if isinstance(approach, dict) and approach.get("drafter") == "prompted":
            approach["prompt"] = _prompt(
                approach.get("prompt", "default"), file, f"approaches.{number}.prompt"
            )
    judges = content.get("judges", [])
    for number, judge in enumerate(judges if isinstance(judges, list) else []):
        if isinstance(judge, dict) and str(judge.get("prompt", "")).endswith(PROMPTS):
            read = _prompt(judge["prompt"], file, f"judges.{number}.prompt")
            judge["prompt"] = read.model_dump()
    try:
        experiment = Experiment.model_validate(content)
    except ValidationError as error:
        raise _unknown_field(error, file) from None
    try:
        check(experiment)
    except InputError as error:
        raise InputError(
            error.what, file=error.file or file, line=error.line, field=error.field, fix=error.fix
        ) from None
    return experiment


def check(experiment: Experiment) -> None:
    """Build everything that is named once, so that a wrong name stops before any work."""
    for format_name in experiment.formats:
        formats.load(format_name)
    for number, approach in enumerate(experiment.approaches):
        try:
            build_drafter(approach)
            if approach.drafter == "prompted":
                _check_prompted(approach, experiment.formats)
        except InputError as error:
            place = f"approaches.{number}" + (f".{error.field}" if error.field else "")
            raise InputError(
                f"{approach.name}: {error.what}",
                file=error.file,
                line=error.line,
                field=place,
                fix=error.fix,
            ) from None
    build_source(experiment)
    build_reviewer(experiment)
    have = [measure.name for measure in measures_of(experiment)]
    twice = next((name for name in have if have.count(name) > 1), None)
    if twice is not None:
        raise InputError(
            f"the measure {twice!r} would be there twice",
            field="judges",
            fix="give the judge another alias, or name the scorer once",
        )
    for number, gate in enumerate(experiment.gates):
        if gate.measure not in have:
            raise InputError(
                did_you_mean("measure", gate.measure, have), field=f"gates.{number}.measure"
            )


def _check_prompted(approach: Approach, format_names: tuple[str, ...]) -> None:
    """A prompted approach needs a model, and a prompt that can be rendered for every format."""
    if not approach.model:
        raise InputError(
            "a prompted approach has no model",
            field="model",
            fix='name one, such as "openai/gpt-5-mini" or "ollama/llama3.1"',
        )
    prompt = approach.prompt or packaged_prompt("default")
    for name in format_names:
        render(prompt, formats.load(name))


def build_source(experiment: Experiment) -> Any:
    """The source of the experiment's sessions, ready to `load()`."""
    config = experiment.sessions
    options = dict(config.options)
    if config.source == "generate":
        options.setdefault("seed", experiment.seed)
    return registry.build(SOURCES, {**options, "name": config.source})


def build_drafter(approach: Approach) -> Any:
    return registry.build(DRAFTERS, {**approach.options, "name": approach.drafter})


def build_scorers(experiment: Experiment) -> list[Any]:
    """The experiment's scorers; all there are if it names none."""
    return [
        registry.build(SCORERS, config) for config in experiment.scorers or registry.names(SCORERS)
    ]


def build_reviewer(experiment: Experiment) -> Reviewer:
    """The experiment's model of a reviewer."""
    try:
        reviewer = registry.build(REVIEWERS, experiment.reviewer)
    except InputError as error:
        field = f"reviewer.{error.field}" if error.field else "reviewer"
        raise InputError(
            error.what, file=error.file, line=error.line, field=field, fix=error.fix
        ) from None
    if not isinstance(reviewer, Reviewer):
        raise InputError(
            "not a class derived from evalkit.reviewers._base.Reviewer", field="reviewer"
        )
    return reviewer


def build_judges(experiment: Experiment) -> list[Judge]:
    """The experiment's judges, each under a name of its own."""
    judges: list[Judge] = []
    for number, config in enumerate(experiment.judges):
        place = f"judges.{number}"
        try:
            judge = registry.build(JUDGES, config)
        except InputError as error:
            field = f"{place}.{error.field}" if error.field else place
            raise InputError(
                error.what, file=error.file, line=error.line, field=field, fix=error.fix
            ) from None
        if not isinstance(judge, Judge):
            raise InputError("not a class derived from evalkit.judges._base.Judge", field=place)
        if judge.known_as in [other.known_as for other in judges]:
            raise InputError(
                f"two judges are called {judge.known_as!r}",
                field=f"{place}.alias",
                fix='give one of them an alias: { name = "...", alias = "..." }',
            )
        judges.append(judge)
    return judges


def measures_of(experiment: Experiment) -> tuple[Measure, ...]:
    """All that is measured: by the scorers, and by each judge but the first, whom they read."""
    found = [measure for scorer in build_scorers(experiment) for measure in scorer.measures]
    return (*found, *(one for judge in build_judges(experiment)[1:] for one in judge.measures))


def load_sessions(experiment: Experiment) -> tuple[Session, ...]:
    """All sessions of the experiment, with unique ids, cut at `limit`."""
    sessions: dict[str, Session] = {}
    for session in build_source(experiment).load():
        if session.session_id in sessions:
            raise InputError(f"session id {session.session_id!r} stands there twice")
        sessions[session.session_id] = session
        if len(sessions) == experiment.sessions.limit:
            break
    if not sessions:
        raise InputError("the source has no session", field="sessions.source")
    return tuple(sessions.values())


def _resolved(value: Any, folder: Path, key: str = "") -> Any:
    """Environment variables filled in, and `path` and `weights` options made absolute."""
    if isinstance(value, dict):
        return {name: _resolved(item, folder, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, folder, key) for item in value]
    if isinstance(value, str):
        value = re.sub(r"\$\{(\w+)(?::-([^}]*))?\}", _environment, value)
        if key in ("path", "weights"):
            named = re.match(r"([a-z]\w+):(.*)", value, re.DOTALL)
            kind, rest = (named[1] + ":", named[2]) if named else ("", value)
            return kind + str(folder / rest)
        if key == "formats" and value.endswith(".toml"):
            return str(folder / value)
    return value


def _environment(match: re.Match[str]) -> str:
    """The variable's value, a relative path in it made absolute; else the default."""
    value = os.environ.get(match[1])
    if value:
        return str(Path(value).resolve()) if Path(value).exists() else value
    if match[2] is None:
        raise InputError(
            f"the environment variable {match[1]} is not set",
            fix=f"set it, or write ${{{match[1]}:-a default}}",
        )
    return match[2]


def _prompt(name: str, file: Path, field: str) -> Prompt:
    if not isinstance(name, str):
        raise InputError("a prompt is the path of a file", file=file, field=field)
    if not name.endswith(PROMPTS):
        return packaged_prompt(name)
    path = file.parent / name
    if not path.is_file():
        raise InputError(f"no prompt file {name!r}", file=file, field=field)
    text = read_text(path)
    if not text.strip():
        raise InputError("an empty prompt", file=path, fix="write the model's instructions in it")
    return Prompt(name=path.stem, text=text, file=str(path.resolve()))


def _unknown_field(error: ValidationError, file: Path) -> InputError:
    """A misspelt field gets a suggestion; anything else is said as pydantic says it."""
    problems = error.errors(include_url=False, include_input=False)
    extra = next((one for one in problems if one["type"] == "extra_forbidden"), None)
    if extra is not None:
        *parents, last = (str(part) for part in extra["loc"])
        nested = {
            "approaches": Approach,
            "gates": Gate,
            "sessions": SessionsConfig,
            "endpoint": Endpoint,
            "reviewing": Reviewing,
        }
        record: Any = nested.get(parents[0]) if parents else Experiment
        if parents[:1] == ["reviewing"] and len(parents) == 2:
            record = Reviewing.model_fields[parents[1]].annotation
        if record is not None and len(parents) <= 2:
            have = record.model_fields
            return InputError(
                did_you_mean("field", last, have), file=file, field=".".join(parents) or None
            )
    return from_validation(error, file=file)
