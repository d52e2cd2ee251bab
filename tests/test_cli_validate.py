"""`evalkit validate` from the command line."""

import pytest

from evalkit.cli import main
from evalkit.commands.validate import _data
from evalkit.judges.grounding import Grounding
from evalkit.records.validity import Card
from evalkit.sessions.generate import generate
from evalkit.store import read_text, write_records


@pytest.fixture
def sessions(tmp_path):
    file = tmp_path / "sessions.jsonl"
    write_records(file, generate(3, 78))
    return file


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        main(["validate", *arguments])
    assert stopped.value.code == 2
    return capsys.readouterr().err


def test_a_judge_is_measured_and_the_card_written(tmp_path, sessions, capsys, monkeypatch):
    monkeypatch.delenv("EVALKIT_DATA", raising=False)
    out = tmp_path / "card"
    with pytest.raises(SystemExit) as stopped:
        main(["validate", "--sessions", str(sessions), "--limit", "2", "--out", str(out)])
    assert stopped.value.code == 0
    told = capsys.readouterr().out
    assert "grounding, with the ledger of facts" in told
    assert "not measured: PriMock57: no folder of real data was named" in told
    card = Card.model_validate_json(read_text(out / "validity.json"))
    assert [one.ledger for one in card.judges] == [True, False]
    assert card.judges[0].corpora[0].sessions == 2
    assert "Planted errors found" in read_text(out / "validity.html")
    assert "| Sentences |" in read_text(out / "validity.md")


def test_a_misspelt_judge_gets_a_suggestion(capsys):
    assert "did you mean 'grounding'?" in refused(capsys, "--judge", "groundign")


def test_a_judge_may_be_given_with_its_options_and_bad_ones_are_refused(capsys):
    error = refused(capsys, "--judge", 'name="grounding", use_leger=false')
    assert "did you mean 'use_ledger'?" in error
    assert "not TOML" in refused(capsys, "--judge", 'name="grounding')


def test_labels_need_their_notes_and_sessions(capsys):
    assert "--labels, --drafts and --transcripts" in refused(capsys, "--labels", "mine.csv")


def test_a_folder_that_is_not_there_is_named(capsys):
    assert "there is no such folder" in refused(capsys, "--data", "/no/such/folder")


def test_a_judge_that_calls_a_model_is_given_real_data_only_where_it_is_named(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("EVALKIT_DATA", str(tmp_path))

    class Calling(Grounding):
        def models(self):
            return [("openai/x", None)]

    assert _data(None, Grounding()) == tmp_path
    assert _data(None, Calling()) is None
    assert _data(tmp_path, Calling()) == tmp_path
