"""`evalkit study plan|status|import-log` as a user types it."""

import pytest

from evalkit.cli import main
from tests.study.run_folder import make_run, make_study


def call(*words):
    """Exit code of a command."""
    with pytest.raises(SystemExit) as stop:
        main(["study", *(str(word) for word in words)])
    return stop.value.code


@pytest.fixture
def study(tmp_path):
    make_run(tmp_path / "run")
    return make_study(tmp_path)


def test_a_study_is_planned_followed_and_grown(study, tmp_path, capsys):
    out = tmp_path / "review folder"
    assert call("plan", study, "--out", out) == 0
    told = capsys.readouterr().out
    assert "small: 4 reviewers x 8 notes = 32 tasks, 4 approaches" in told
    assert "no reviewer sees a session twice" in told
    assert f"review with: evalkit review '{out}' --reviewer r1" in told
    assert max(map(len, told.replace(str(out), "").splitlines())) <= 100
    assert call("plan", study, "--out", out, "--add", "r5", "--add", "r6") == 0
    assert "small: 6 reviewers" in capsys.readouterr().out
    assert call("status", out) == 0
    told = capsys.readouterr().out
    assert "0 of 48 notes signed, 0 of 6 reviewers have started" in told
    assert "Return in" not in told


def test_the_example_in_the_repository_is_a_valid_study():
    from pathlib import Path

    from evalkit.study.config import load_study

    file = Path(__file__).parents[2] / "experiments" / "study" / "study.toml"
    study = load_study(file)
    assert (file.parent / study.run).resolve() == file.parents[2] / "runs" / "quickstart"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("plan", "none.toml", "--out", "out"), "there is no such file"),
        (("status", "none"), "there is no such folder"),
        (("status", "."), "no tasks lie in this folder"),
        (("import-log", "none.csv", "--out", "out"), "there is no such file"),
    ],
)
def test_what_is_not_there_is_one_line_and_code_2(words, says, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call(*words) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_audit_log_is_imported_with_columns_and_zone_by_name(tmp_path, capsys):
    log = tmp_path / "log.csv"
    log.write_text(
        "When,Who,What,Encounter\n"
        "3/4/2025 2:30:00 PM,dr a,Note opened,E1\n"
        "3/4/2025 2:33:00 PM,dr a,Sign note,E1\n"
        "3/4/2025 2:34:00 PM,dr a,Labs shown,E1\n",
        encoding="utf-8",
    )
    words = ["--time", "When", "--user", "Who", "--action", "What", "--note", "Encounter"]
    words += ["--timezone", "America/New_York"]
    assert call("import-log", log, "--out", tmp_path / "out", *words) == 0
    told = capsys.readouterr().out
    assert "3 rows, 3 of them new; users: 1; notes: 1" in told
    assert "from 2025-03-04 19:30 to 2025-03-04 19:34 UTC" in told
    assert "2 of 3 rows are a known step: 1 open, 1 sign" in told
    assert "1  Labs shown" in told
    assert "dr a" not in told
    assert call("status", tmp_path / "out") == 0
    assert "1 of 1 notes signed" in capsys.readouterr().out


def test_words_in_the_wrong_column_are_not_repeated(tmp_path, capsys):
    log = tmp_path / "log.csv"
    text = "Client says that her brother drinks and that she fears for him."
    log.write_text(f"time,user,action,note\n2025-03-04 10:00,a,{text},E1\n", encoding="utf-8")
    assert call("import-log", log, "--out", tmp_path / "out") == 0
    told = capsys.readouterr()
    assert "brother" not in told.out + told.err
    assert "1 of 1 rows are activity of no known step" in told.out
    assert "no row signs a note" in told.out
