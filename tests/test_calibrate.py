"""`evalkit calibrate`: from a team's labels to weights that score and experiments use."""

import csv
import json
from random import Random

import numpy as np
import pytest

from benchmarks.drafting import draft
from evalkit.audit.calibrate import _labelled, _notes, calibrate
from evalkit.audit.refit import _by_rater, _folds
from evalkit.claims.against_transcript_model import from_file
from evalkit.claims.split import sentences
from evalkit.cli import main
from evalkit.errors import InputError
from evalkit.imports._labels import by_sentence, read_labels
from evalkit.judges.grounding import Grounding
from evalkit.records import RecordedNote
from evalkit.scoring import score
from evalkit.sessions.generate import generate
from evalkit.store import write_records

COLUMNS = ["session_id", "drafter", "section", "index", "rater", "label"]


def made(count=8):
    """Sessions without their ledgers, a note on each, and a true label for each sentence."""
    rng = Random(5)
    known = list(generate(count, 4_242))
    sessions, notes, labels = [], [], []
    for session in known:
        drafted = draft(session, known[:2], True, rng)
        sections = {name: text for name, text in drafted.sections.items() if text}
        bare = {"facts": (), "traps": (), "jottings": "", "form": {}, "chart": None}
        sessions.append(session.model_copy(update=bare))
        notes.append(
            RecordedNote(
                session_id=session.session_id,
                drafter="model",
                format=drafted.format,
                sections=sections,
            )
        )
        for name, text in sections.items():
            starts = np.cumsum([0, *(len(line.text) + 1 for line in drafted.lines[name])])
            for index, (start, _) in enumerate(sentences(text)):
                line = drafted.lines[name][int(np.searchsorted(starts, start, "right")) - 1]
                said = "unsupported" if line.false else "supported"
                labels.append((session.session_id, "model", name, index, "a", said))
    return sessions, notes, labels


def write(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return str(path)


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("calibrated")
    sessions, notes, labels = made()
    write_records(folder / "sessions.jsonl", sessions)
    write_records(folder / "drafts.jsonl", notes)
    write(folder / "labels.csv", labels)
    with pytest.raises(SystemExit) as ended:
        main([
            "calibrate",
            "--labels", str(folder / "labels.csv"),
            "--sessions", str(folder / "sessions.jsonl"),
            "--drafts", str(folder / "drafts.jsonl"),
            "--out", str(folder / "weights.json"),
        ])  # fmt: skip
    assert ended.value.code == 0
    return folder


def test_the_weights_say_what_they_were_learned_from_and_hold_no_date(calibrated):
    _, _, labels = made()
    content = json.loads((calibrated / "weights.json").read_text())
    learned = content["learned"]
    assert learned["sentences"] == len(labels)
    assert learned["conversations"] == 8
    assert learned["rejected"] == pytest.approx(
        np.mean([row[-1] == "unsupported" for row in labels]), abs=1e-4
    )
    assert len(learned["sha256"]) == 64
    assert "202" not in json.dumps(content["learned"]["source"])


def test_equal_labels_give_equal_weights_and_the_figures_fit_them(calibrated):
    sessions, notes, _ = made()
    again = calibrate(sessions, notes, str(calibrated / "labels.csv"))
    assert again.model == from_file(str(calibrated / "weights.json"))
    for row in again.figures:
        assert row.shipped.low <= row.shipped.value <= row.shipped.high
        assert row.shipped.n == again.sentences
        assert row.calibrated.clusters == 8
    brier = next(row for row in again.figures if row.name == "Brier score")
    assert brier.calibrated.value < brier.shipped.value


def test_score_takes_the_weights_and_so_does_an_experiments_judge(calibrated):
    sessions, notes, labels = made()
    weights = str(calibrated / "weights.json")
    plain, own = score(sessions, notes).run, score(sessions, notes, weights=weights).run
    assert [f.claim for f in plain.findings] == [f.claim for f in own.findings]
    assert [f.p_unsupported for f in plain.findings] != [f.p_unsupported for f in own.findings]
    flagged = np.mean([one.verdict == "unsupported" for one in own.findings])
    rejected = np.mean([row[-1] == "unsupported" for row in labels])
    assert abs(flagged - rejected) < 0.15
    assert Grounding(weights=weights).fingerprint != Grounding().fingerprint
    assert weights not in json.dumps(Grounding(weights=weights).settings())


def test_a_judge_with_weights_that_are_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        Grounding(weights=str(tmp_path / "none.json"))


def test_too_few_labels_are_refused_with_the_counts(tmp_path):
    sessions, notes, labels = made(6)
    one_class = [(*row[:-1], "supported") for row in labels]
    with pytest.raises(InputError, match=f"0 sentences rejected and {len(labels)} not"):
        calibrate(sessions, notes, write(tmp_path / "one.csv", one_class))
    few = [row for row in labels if row[0] in {one.session_id for one in sessions[:4]}]
    with pytest.raises(InputError, match="in 4 conversations"):
        calibrate(sessions, notes, write(tmp_path / "few.csv", few))


def test_labels_of_other_notes_are_refused_with_the_counts(tmp_path):
    sessions, notes, labels = made(6)
    others = [(f"not {row[0]}", *row[1:]) for row in labels]
    with pytest.raises(InputError, match=f"0 of {len(labels)} labelled sentences") as caught:
        calibrate(sessions, notes, write(tmp_path / "others.csv", others))
    assert caught.value.fix


def test_a_bad_label_names_its_line(tmp_path, capsys):
    sessions, notes, labels = made(2)
    write_records(tmp_path / "s.jsonl", sessions)
    write_records(tmp_path / "d.jsonl", notes)
    path = write(tmp_path / "bad.csv", [labels[0], (*labels[1][:-1], "maybe")])
    with pytest.raises(SystemExit) as stopped:
        main(
            ["calibrate", "--labels", path, "--sessions", str(tmp_path / "s.jsonl"),
             "--drafts", str(tmp_path / "d.jsonl"), "--out", str(tmp_path / "w.json")]
        )  # fmt: skip
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert "line 3" in said
    assert "label" in said
    assert not (tmp_path / "w.json").exists()


def test_several_raters_may_label_a_sentence(tmp_path):
    sessions, notes, labels = made(3)
    second = [(*row[:4], "b", "supported") for row in labels[::2]]
    said = by_sentence(read_labels(write(tmp_path / "two.csv", [*labels, *second])))
    known, _ = _labelled(_notes(sessions, notes, ""), said, "two.csv")
    assert len(known.raters) == len(labels)
    assert sorted(set(known.raters.tolist())) == [1, 2]
    assert set(known.rejected.tolist()) == {0.0, 0.5, 1.0}


def test_no_conversation_is_both_learned_from_and_measured():
    conversation = np.repeat(np.arange(10), 7)
    seen = np.zeros(len(conversation), dtype=int)
    for out in _folds(conversation, 4, np.random.default_rng(0)):
        assert not set(conversation[out]) & set(conversation[~out])
        seen += out
    assert (seen == 1).all()


def test_each_raters_word_counts_once():
    from evalkit.audit.refit import Labelled

    known = Labelled(
        np.zeros((3, 2)),
        [[], [], []],
        np.array([0.0, 0.5, 1.0]),
        np.array([1, 2, 3]),
        np.array([0, 0, 1]),
        [None] * 3,
    )
    places, false = _by_rater(known)
    assert places.tolist() == [0, 1, 1, 2, 2, 2]
    assert false.tolist() == [False, True, False, True, True, True]
