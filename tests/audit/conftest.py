"""A run, and the folder that it was kept in."""

import pytest

from evalkit.audit.kept import keep, open_folder
from evalkit.runner import run
from tests.audit.kept import BASELINES


@pytest.fixture(scope="module")
def made():
    return run(BASELINES)


@pytest.fixture
def kept(made, tmp_path):
    keep(made, tmp_path / "run")
    return open_folder(tmp_path / "run")


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "test")
