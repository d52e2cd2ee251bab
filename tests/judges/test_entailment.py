"""The entailment judge, on a model of a few kilobytes that the test makes itself."""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import subprocess
import sys

import pytest

from evalkit.errors import InputError
from evalkit.judges._windows import lines_of, windows
from evalkit.judges.entailment import Entailment
from evalkit.records import Chart, Turn
from tests import small
from tests.judges.tiny import tiny_model

NOTE = small.draft(
    subjective="Client keeps waking up at three. Client denies any thoughts of ending life.",
    plan="Client will try writing the worry down.",
)
SESSION = small.session(jottings="worry down", form={"duration": "50"})


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(tiny_model(tmp_path_factory.mktemp("tiny")))


def findings(judge, note=NOTE, session=SESSION):
    (judgement,) = asyncio.run(judge.judge(session, [note]))
    assert judgement.failure is None
    return judgement.findings


def words(text):
    return len(text.split())


def test_the_window_that_entails_a_sentence_most_decides(model):
    from evalkit.judges._entailing import Asked, entailing

    judge = Entailment(path=model, window=16, overlap=4)
    loaded = entailing(model, None, "cpu")
    parts = windows(lines_of(SESSION), loaded.length, size=16, overlap=4)
    assert len(parts) > 3
    for one in findings(judge):
        rows = loaded.probabilities([Asked(part.text, one.claim.text) for part in parts], 1)
        assert one.p_unsupported == pytest.approx(1 - max(row[0] for row in rows), abs=1e-5)


def test_the_size_of_a_batch_changes_nothing(model):
    one, many = (
        findings(Entailment(path=model, window=16, overlap=4, batch_size=b)) for b in (1, 7)
    )
    assert [f.verdict for f in one] == [f.verdict for f in many]
    assert [f.p_unsupported for f in one] == pytest.approx(
        [f.p_unsupported for f in many], abs=1e-5
    )


def test_verdicts_follow_the_probability_and_the_label(model):
    ps = [one.p_unsupported for one in findings(Entailment(path=model))]
    assert len(set(ps)) == len(ps)
    middle = sorted(ps)[1]
    judge = Entailment(path=model, supported_from=1 - middle - 1e-6)
    verdicts = [one.verdict for one in findings(judge)]
    assert [verdict == "supported" for verdict in verdicts] == [p <= middle for p in ps]
    other = Entailment(path=model, entails="neutral")
    assert [one.p_unsupported for one in findings(other)] != ps


def test_a_model_with_two_labels_needs_its_label_named_and_never_contradicts(tmp_path):
    model = str(tiny_model(tmp_path, ("LABEL_0", "LABEL_1")))
    with pytest.raises(InputError, match="no label of the model named 'entailment'") as error:
        Entailment(path=model)
    assert "label_0, label_1" in str(error.value)
    judge = Entailment(path=model, entails="LABEL_1", supported_from=1.0)
    assert {one.verdict for one in findings(judge)} == {"unsupported"}


def test_evidence_quotes_lines_as_they_stand(model):
    session = small.session()
    found = findings(Entailment(path=model, window=200), session=session)
    turns = [[evidence.turn for evidence in one.evidence] for one in found]
    assert [1 in turns[0], 2 in turns[1], 4 in turns[2]] == [True] * 3
    for one in (evidence for finding in found for evidence in finding.evidence):
        assert session.turns[one.turn].text[one.start : one.end] == one.quote


def test_a_sentence_longer_than_the_model_takes_is_judged_all_the_same(model):
    note = small.draft(plan="Client keeps " + "waking " * 200 + "up.")
    assert len(findings(Entailment(path=model), note)) == 1


def test_another_model_is_another_fingerprint_and_another_batch_is_not(model, tmp_path):
    other = str(tiny_model(tmp_path, ("contradiction", "entailment")))
    prints = {Entailment(path=p, batch_size=b).fingerprint for p in (model, other) for b in (1, 8)}
    assert len(prints) == 2


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "either path, a folder, or model"),
        ({"path": "nowhere"}, "no config.json in it"),
        ({"model": "evalkit-tests/no-such-model"}, "HF_HUB_OFFLINE"),
        ({"path": "MODEL", "window": 20, "overlap": 20}, "overlap is less than window"),
        ({"path": "MODEL", "device": "tpu"}, "device"),
    ],
)
def test_what_cannot_be_loaded_is_one_line_with_the_fix(model, options, says):
    options = {name: model if value == "MODEL" else value for name, value in options.items()}
    with pytest.raises((InputError, ValueError), match=says) as error:
        findings(Entailment(**options))
    if isinstance(error.value, InputError):
        assert "\n" not in str(error.value)


def test_a_missing_extra_is_one_line_with_the_fix(monkeypatch, tmp_path):
    (tmp_path / "config.json").write_text("{}")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError) as error:
        Entailment(path=str(tmp_path))
    assert 'pip install "evalkit[entailment]"' in str(error.value)


def test_transformers_is_not_imported_before_a_model_is_named():
    code = (
        "import sys, evalkit.judges.entailment; print({'torch', 'transformers'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def spoken(*texts):
    turns = tuple(Turn(speaker="client", text=text) for text in texts)
    return small.session(turns=turns, facts=())


def test_windows_hold_every_word_overlap_and_keep_to_their_size():
    session = spoken(*(f"turn {n} with some words in it" for n in range(30)))
    parts = windows(lines_of(session), words, size=40, overlap=18)
    assert all(words(part.text) <= 40 for part in parts)
    turns = [[line.turn for line in part.lines] for part in parts]
    assert sorted({turn for window in turns for turn in window}) == list(range(30))
    for before, after in itertools.pairwise(turns):
        assert before[-2:] == after[:2]  # two turns of 8 words go into an overlap of 18


def test_a_turn_longer_than_a_window_is_cut_between_words_with_its_offsets():
    text = " ".join(f"word{n}" for n in range(100))
    parts = windows(lines_of(spoken(text)), words, size=20, overlap=0)
    lines = [line for part in parts for line in part.lines]
    assert all(words(part.text) <= 20 for part in parts)
    assert " ".join(line.text for line in lines) == text
    assert all(text[line.start : line.start + len(line.text)] == line.text for line in lines)


def test_a_word_longer_than_a_window_stands_alone():
    (part,) = windows(lines_of(spoken("x" * 500)), len, size=20, overlap=5)
    assert part.lines[0].text == "x" * 500


def test_no_window_spans_two_sources_and_the_last_note_is_no_evidence():
    chart = Chart(diagnosis="F41.1", last_note="Client was tearful.")
    session = small.session(jottings="sleep\nwork", form={"a": "b"}, chart=chart)
    parts = windows(lines_of(session), words, size=500, overlap=0)
    sources = [{line.source for line in part.lines} for part in parts]
    assert sources == [{"transcript"}, {"jottings"}, {"form"}, {"chart"}]
    assert not any("tearful" in part.text for part in parts)
