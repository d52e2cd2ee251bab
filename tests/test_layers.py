"""The plan of the house: imports run downward, and each outside service has one door.

`store` stands low, since sources and importers read through it; `reports` stand below `track`,
which logs their tables and figures; `audit` compares findings with human labels and stands on
`imports`, where the labels are read. `formats` stand below `sessions`, whose ledgers say in which
sections of each format a fact belongs.
"""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "evalkit"
FLOORS = [
    {"errors"},
    {"records", "stats", "network", "budget", "look"},
    {
        "registry",
        "store",
        "responses",
        "attempts",
        "provenance",
        "metrics",
        "models",
        "pacing",
        "paired",
    },
    {"llm", "formats"},
    {"sessions", "claims", "reviewers"},
    {"imports", "review"},
    {"drafters", "scorers", "judges", "deidentify", "realize", "study"},
    {"experiment", "judging"},
    {"assessing"},
    {"runner", "accuracy"},
    {"decision", "scoring", "audit"},
    {"reports", "burden", "power"},
    {"track"},
    {"pipeline"},
    {"terminal"},
    {"commands"},
    {"cli"},
]
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
METRICS = ("rouge", "word_edit_distance", "word_overlap")
DOORS = {
    "litellm": {"models.py"},
    "aiolimiter": {"pacing.py"},
    "mlflow": {"track/fetch.py", "track/log.py", "track/read.py"},
    "sqlite3": {"responses.py"},
    "torch": {"judges/_entailing.py"},
    "transformers": {"judges/_entailing.py"},
    "presidio_analyzer": {"deidentify/shapes.py"},
    "evaluate": {"metrics/__init__.py", *(f"metrics/{n}/{n}.py" for n in METRICS)},
    "spacy": {"claims/context.py"},
    "negspacy": {"claims/context.py"},
    "webvtt": {"sessions/sources/vtt.py"},
    "jinja2": {"drafters/prompted.py", "reports/pages.py"},
    "matplotlib": {
        "reports/figures.py",
        "reports/session_figures.py",
        "burden/figures.py",
        "study/figures.py",
    },
    "anywidget": {"review/widget.py"},
    "starlette": {"review/server.py"},
    "uvicorn": {"review/server.py"},
    "statsmodels": {"study/mixed.py"},
    "krippendorff": {"study/agreement.py"},
}
FILES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> list[tuple[str, bool]]:
    """(module, whether it is imported for type checking alone)."""
    tree = ast.parse(path.read_text())
    checked = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in checked) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "evalkit":
                found += [(f"evalkit.{alias.name}", id(node) in checked) for alias in node.names]
            else:
                found.append((node.module, id(node) in checked))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_downward_and_siblings_never_import_each_other(path):
    here = room(path)
    if here == "__init__":
        return
    assert here in LEVEL, f"{here} has no floor: add it to FLOORS where it belongs"
    for module, _ in imported(path):
        if module.startswith("evalkit."):
            there = module.split(".")[1]
            assert there == here or LEVEL[there] < LEVEL[here], f"{path.name} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_each_outside_service_has_one_door(path):
    name = path.relative_to(PACKAGE).as_posix()
    for module, typing_only in imported(path):
        door = DOORS.get(module.split(".")[0])
        assert typing_only or door is None or name in door, f"{name} imports {module}"


def test_no_module_is_a_god_file():
    long = {p.name: n for p in FILES if (n := len(p.read_text().splitlines())) > 400}
    assert not long
