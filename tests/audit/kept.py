"""Small runs that were kept in a folder, for tests of findings."""

import json
from pathlib import Path

from evalkit.audit.kept import Kept, keep, open_folder
from evalkit.experiment import load_experiment
from evalkit.pipeline import Outcome, evaluate
from evalkit.records import FALSE, Approach, Experiment, Run, SessionsConfig
from evalkit.runner import run
from evalkit.store import read_records, write_records
from tests.local_server import Reply

BASELINES = Experiment(
    name="small",
    seed=3,
    sessions=SessionsConfig(options={"count": 2}),
    formats=("soap", "dap"),
    replicates=2,
    approaches=(
        Approach(name="faithful", drafter="faithful", control=True),
        Approach(
            name="fabricating",
            drafter="fabricating",
            control=True,
            options={"hallucinated": 0.4, "omitted": 0.0},
        ),
        Approach(name="extractive", drafter="extractive"),
    ),
    scorers=("fabrication",),
)
LIE = "Client takes lithium 900 mg daily."
"""In no session that the tests draft from."""

MODELS = """
name = "models"
scorers = ["fabrication"]
[sessions]
options = {{ count = 1 }}
[[approaches]]
name = "careful"
drafter = "prompted"
model = "openai/test-model"
prompt = "mine.md"
options = {{ api_base = "{base}" }}
[endpoint]
attempts = 1
"""
PROMPT = "Write a note with the sections of {{ format.title }} as JSON."


def in_folder(made: Run, folder: Path) -> Kept:
    keep(made, folder)
    return open_folder(folder)


def kept(folder: Path, experiment: Experiment = BASELINES) -> Kept:
    return in_folder(run(experiment), folder)


def answers(*sentences: str, model: str = "test-model-1", **sections: str) -> Reply:
    """A model's note with these sentences in its plan."""
    content = {"subjective": "Client attended.", "plan": " ".join(sentences), **sections}
    return Reply(content=json.dumps(content), model=model)


def outcome_of_model(tmp_path: Path, base: str, *, tracking: bool = False) -> Outcome:
    """A run of one note by a model at `base`; its prompt and experiment stay in `tmp_path`."""
    (tmp_path / "mine.md").write_text(PROMPT)
    path = tmp_path / "experiment.toml"
    path.write_text(MODELS.format(base=base))
    return evaluate(load_experiment(path), out=tmp_path / "runs", tracking=tracking)


def drafted_by_model(tmp_path: Path, base: str) -> Kept:
    """The folder of such a run."""
    return open_folder(outcome_of_model(tmp_path, base).folder)


def the_lie(kept: Kept):
    return next(one for one in kept.findings if one.claim.text == LIE)


def false(kept, approach="fabricating"):
    """The first finding of something false by an approach."""
    return next(o for o in kept.findings if o.approach == approach and o.verdict in FALSE)


def edit_records(path, kind, change):
    """Change every record of a file."""
    write_records(path, [change(one) for one in read_records(path, kind)])
