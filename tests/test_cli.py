"""The commands as a user types them."""

import json

import pandas as pd
import pytest

from evalkit.cli import main
from evalkit.sessions.generate import generate
from evalkit.store import write_records
from tests.test_experiment import GOOD


def call(*words):
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    return stop.value.code


@pytest.fixture
def files(tmp_path):
    sessions = list(generate(3, 5))
    write_records(tmp_path / "sessions.jsonl", sessions)
    notes = [
        {
            "session_id": session.session_id,
            "drafter": "vendor",
            "format": "soap",
            "sections": {
                "subjective": session.facts[0].statement + " Client has a glass eye.",
                "plan": "Return next week.",
            },
        }
        for session in sessions
    ]
    path = tmp_path / "drafts.jsonl"
    path.write_text("\n".join(json.dumps(note) for note in notes))
    return tmp_path


def score(files):
    return call(
        "score",
        "--sessions",
        files / "sessions.jsonl",
        "--drafts",
        files / "drafts.jsonl",
        "--out",
        files / "out",
    )


def test_score_writes_every_sentence_in_order_and_every_score(files, capsys):
    assert score(files) == 0
    claims = pd.read_parquet(files / "out" / "claims.parquet")
    assert list(claims.columns) == [
        "session_id", "drafter", "section", "index", "text", "start", "end", "verdict",
        "p_unsupported",
    ]  # fmt: skip
    assert len(claims) == 9
    assert claims["p_unsupported"].between(0, 1).all()
    assert list(claims["section"][:3]) == ["subjective", "subjective", "plan"]
    assert list(claims["index"][:3]) == [0, 1, 0]
    scores = pd.read_parquet(files / "out" / "scores.parquet")
    assert list(scores.columns) == [
        "session_id", "drafter", "scorer", "value", "unit", "reason",
    ]  # fmt: skip
    missing = scores["value"].isna()
    assert missing.any()
    assert (scores.loc[missing, "reason"] != "").all()
    assert "3 planned = 3 scored + 0 failed + 0 excluded" in capsys.readouterr().out


def test_score_twice_gives_the_same_tables(files):
    score(files)
    first = [(files / "out" / name).read_bytes() for name in ("claims.parquet", "scores.parquet")]
    score(files)
    again = [(files / "out" / name).read_bytes() for name in ("claims.parquet", "scores.parquet")]
    assert first == again


def test_a_bad_draft_stops_with_code_2_and_leaves_what_was_written(files, capsys):
    score(files)
    before = (files / "out" / "claims.parquet").read_bytes()
    with (files / "drafts.jsonl").open("a") as file:
        file.write('\n{"session_id": "x", "drafter": "v", "format": "soap", "sections": {}}')
    capsys.readouterr()
    assert score(files) == 2
    error = capsys.readouterr().err
    assert "drafts.jsonl" in error
    assert "line 4" in error
    assert (files / "out" / "claims.parquet").read_bytes() == before


def test_notes_without_a_session_are_counted_and_none_at_all_is_an_error(files, capsys):
    lines = (files / "drafts.jsonl").read_text().splitlines()
    stray = json.loads(lines[0]) | {"session_id": "elsewhere"}
    (files / "drafts.jsonl").write_text("\n".join([*lines, json.dumps(stray)]))
    assert score(files) == 0
    assert "4 planned = 3 scored + 0 failed + 1 excluded" in capsys.readouterr().out
    (files / "drafts.jsonl").write_text(json.dumps(stray))
    assert score(files) == 2
    assert "none of the 1 notes" in capsys.readouterr().err


def test_an_unknown_source_is_met_with_the_nearest(files, capsys):
    words = ("score", "--sessions", "anomi:x.csv", "--drafts", "d", "--out", files)
    (files / "d").write_text("")
    assert call(*words) == 2
    assert "annomi" in capsys.readouterr().err


def test_generate_writes_equal_bytes_for_equal_seeds(tmp_path):
    for name in ("a", "b"):
        assert call("generate", "--count", 3, "--seed", 4, "--out", tmp_path / name) == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_run_says_where_it_put_things_and_what_it_decided(tmp_path, capsys):
    (tmp_path / "experiment.toml").write_text(GOOD)
    assert call("run", tmp_path / "experiment.toml", "--out", tmp_path / "runs") == 0
    said = capsys.readouterr().out
    assert "2 planned = 2 scored + 0 failed + 0 excluded" in said
    assert "gate that decided" in said
    folder = tmp_path / "runs" / "t"
    assert (folder / "report.html").read_text().lower().startswith("<!doctype html>")
    assert (tmp_path / "runs" / "mlflow.db").exists()


def test_a_bad_experiment_leaves_an_earlier_run_alone(tmp_path, capsys):
    path = tmp_path / "experiment.toml"
    path.write_text(GOOD)
    call("run", path, "--out", tmp_path / "runs", "--no-tracking")
    before = {p.name: p.read_bytes() for p in (tmp_path / "runs" / "t").iterdir()}
    path.write_text(GOOD.replace("form_fill", "form_fil"))
    assert call("run", path, "--out", tmp_path / "runs", "--no-tracking") == 2
    assert "did you mean 'form_fill'?" in capsys.readouterr().err
    assert {p.name: p.read_bytes() for p in (tmp_path / "runs" / "t").iterdir()} == before


def test_a_missing_key_is_one_line_before_anything_starts(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    text = GOOD.replace(
        'drafter = "form_fill"', 'drafter = "prompted"\nmodel = "anthropic/claude-sonnet-4-5"'
    )
    (tmp_path / "experiment.toml").write_text(text)
    assert call("run", tmp_path / "experiment.toml", "--out", tmp_path / "runs") == 2
    error = capsys.readouterr().err
    assert "ANTHROPIC_API_KEY" in error
    assert len([line for line in error.splitlines() if line.startswith("evalkit:")]) == 1
    assert not (tmp_path / "runs" / "t" / "drafts.jsonl").exists()


@pytest.mark.parametrize("out", ["file", "file/below"])
def test_a_folder_that_cannot_be_written_is_named_before_any_work(files, capsys, out):
    (files / "file").write_text("")
    words = ("score", "--sessions", files / "sessions.jsonl", "--drafts", files / "drafts.jsonl")
    assert call(*words, "--out", files / out) == 2
    assert "cannot be written to" in capsys.readouterr().err


def test_a_drafter_may_bear_any_name(files, capsys):
    text = (files / "drafts.jsonl").read_text().replace('"vendor"', '"tool [/v2]"')
    (files / "drafts.jsonl").write_text(text)
    assert score(files) == 0
    assert "tool [/v2]" in capsys.readouterr().out


def test_a_note_without_a_sentence_has_failed(files, capsys):
    lines = (files / "drafts.jsonl").read_text().splitlines()
    empty = json.loads(lines[0]) | {"sections": {"plan": "..."}}
    (files / "drafts.jsonl").write_text("\n".join([json.dumps(empty), *lines[1:]]))
    assert score(files) == 0
    said = capsys.readouterr().out
    assert "3 planned = 2 scored + 1 failed + 0 excluded" in said


def test_a_transcript_of_five_megabytes_is_scored(tmp_path):
    words = " ".join(f"word{number % 5000} and so on." for number in range(280_000))
    session = {"session_id": "s", "turns": [{"speaker": "therapist", "text": "Tell me."}]}
    session["turns"].append({"speaker": "client", "text": words})
    (tmp_path / "s.jsonl").write_text(json.dumps(session))
    note = {"session_id": "s", "drafter": "d", "format": "free", "sections": {"note": "Slept."}}
    (tmp_path / "d.jsonl").write_text(json.dumps(note))
    assert len(words) > 5_000_000
    arguments = ("--sessions", tmp_path / "s.jsonl", "--drafts", tmp_path / "d.jsonl")
    assert call("score", *arguments, "--out", tmp_path / "out") == 0


CUSTOM = """
title = "Two fields"
[[sections]]
name = "heard"
title = "Heard"
holds = ["presenting", "symptom", "condition", "abuse_history", "history", "medication",
  "substance", "risk", "social", "quote", "mental_status", "measure"]
[[sections]]
name = "done"
title = "Done"
holds = ["intervention", "response", "assessment", "progress", "homework", "plan", "service"]
"""


def test_a_format_of_ones_own_goes_through_the_whole_line(tmp_path, capsys):
    (tmp_path / "mine.toml").write_text(CUSTOM)
    text = GOOD.replace('name = "t"', 'name = "t"\nformats = ["mine.toml", "soap"]')
    (tmp_path / "experiment.toml").write_text(text)
    words = ("run", tmp_path / "experiment.toml", "--out", tmp_path / "runs", "--no-tracking")
    assert call(*words) == 0
    assert "4 planned = 4 scored" in capsys.readouterr().out
    lines = (tmp_path / "runs" / "t" / "drafts.jsonl").read_text().splitlines()
    assert {tuple(json.loads(line)["sections"]) for line in lines} >= {("heard", "done")}


def test_two_formats_of_a_drafter_are_told_apart(files, capsys):
    lines = (files / "drafts.jsonl").read_text().splitlines()
    other = json.loads(lines[0]) | {"format": "free", "sections": {"note": "Client slept."}}
    (files / "drafts.jsonl").write_text("\n".join([*lines, json.dumps(other)]))
    assert score(files) == 0
    claims = pd.read_parquet(files / "out" / "claims.parquet")
    assert claims.columns[-1] == "format"
    assert list(claims["format"].unique()) == ["soap", "free"]
    assert "4 planned = 4 scored" in capsys.readouterr().out
