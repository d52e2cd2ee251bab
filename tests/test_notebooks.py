"""Every notebook runs from top to bottom, and reads like a report: no def, no class."""

import ast
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
DATA = Path(os.environ.get("EVALKIT_DATA") or FOLDER.parents[1] / "shared" / "data")


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 2


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_defines_nothing(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            tree = ast.parse(cell.source.replace("await ", ""))
            defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
            found = [node.name for node in ast.walk(tree) if isinstance(node, defined)]
            assert not found, f"{path.name} defines {found}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_shows_no_path_of_the_machine_it_ran_on(path):
    text = path.read_text(encoding="utf-8")
    assert not [place for place in ("/tmp/", "/work/", "/home/", "/root/") if place in text]


def execute(path, tmp_path, data, monkeypatch):
    monkeypatch.setenv("EVALKIT_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("EVALKIT_DATA", str(data))
    book = nbformat.read(path, as_version=4)
    NotebookClient(
        book, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    ).execute()
    return [out for cell in book.cells if cell.cell_type == "code" for out in cell.outputs]


@pytest.mark.xdist_group("notebooks")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_and_shows_figures(path, tmp_path, monkeypatch):
    outputs = execute(path, tmp_path, DATA, monkeypatch)
    assert not [out for out in outputs if out.output_type == "error"]
    drawn = [out for out in outputs if "image/svg+xml" in out.get("data", {})]
    assert drawn or (path.stem == "02_real_notes" and not (DATA / "tneval").exists())


@pytest.mark.xdist_group("notebooks")
def test_real_notes_explains_itself_where_the_data_is_absent(tmp_path, monkeypatch):
    outputs = execute(FOLDER / "02_real_notes.ipynb", tmp_path, tmp_path / "nowhere", monkeypatch)
    assert "The data is not there" in str(outputs)
    assert not [out for out in outputs if out.output_type == "error"]
