"""Flags as labels of sentences, and `evalkit validate` reading them."""

import numpy as np
import pytest

from evalkit.audit.labelled import own_rows
from evalkit.claims.extract import claims
from evalkit.cli import main
from evalkit.imports._labels import agreed, by_sentence, read_labels
from evalkit.records import Finding, Flag, ReviewTask
from evalkit.records.validity import Card
from evalkit.review.replay import replay
from evalkit.store import read_text, write_records, write_text
from evalkit.study.analyse import analyse, write
from evalkit.study.labels import as_csv, labelled_notes, labels, on_sentences, says_false
from evalkit.study.reviewed import Reviewed
from evalkit.study.timing import timings
from tests import small
from tests.study.simulated import FALSE, Reviewer, Truth, draft, folder

NOTE = draft("s000", "control")
PLAN = NOTE.sections["plan"]
PART = "own labels"


def task(**changes):
    fields = {"task_id": "t", "reviewer": "ann", "session_id": "s000", "approach": "control"}
    return ReviewTask(**fields | {"format": "soap"} | changes)


def reviewed(one, note=NOTE):
    events = one.events
    return Reviewed(
        task=one.task,
        draft=note,
        state=replay(note.sections, events),
        timing=timings(events)[one.task.task_id],
    )


def opened(**changes):
    return Reviewer(task(**changes)).does("open")


def flag(start, end, section="plan", category="risk", severity="minor"):
    fields = {"flag_id": f"{start}-{end}", "section": section, "start": start, "end": end}
    return Flag(**fields, quote=PLAN[start:end], category=category, severity=severity)


def marked(*flags):
    return [place for place, found in on_sentences(NOTE, flags).items() if found]


def test_sentences_are_numbered_as_the_judges_number_them():
    ours = list(on_sentences(NOTE, []))
    assert ours == [(one.claim.section, one.claim.index) for one in claims(NOTE)]


def test_a_word_too_far_does_not_flag_the_next_sentence():
    second = PLAN.index(". ") + 2
    assert marked(flag(0, second + 6)) == [("plan", 0)]
    assert marked(flag(5, 9)) == [("plan", 0)]
    assert marked(flag(second - 4, len(PLAN))) == [("plan", 1), ("plan", 2)]
    assert marked(flag(0, len(PLAN))) == [("plan", 0), ("plan", 1), ("plan", 2)]
    assert marked(flag(4, 4)) == []


def test_the_rest_of_a_signed_note_is_supported_and_an_unsigned_one_says_nothing():
    one = opened().flags("plan", PLAN.index(FALSE[1]), FALSE[1], "medication")
    assert labels([reviewed(one)]) == ()
    found = labels([reviewed(one.does("sign"))])
    assert len(found) == len(claims(NOTE)) == 10
    false = [each for each in found if each.false]
    assert [(each.section, each.index) for each in false] == [("plan", 2)]
    assert (false[0].category, false[0].severity, false[0].rater) == ("medication", "major", "ann")
    assert labels([reviewed(one.does("reopen"))]) == ()


def test_flags_find_their_sentence_of_the_draft_after_the_text_before_it_was_changed():
    one = opened().cuts("plan", 0, 0, "Seen on time. ").cuts("plan", 14, 20, "Patient")
    start = one_text(one).index(FALSE[1])
    one.flags("plan", start, FALSE[1]).does("sign")
    false = [each for each in labels([reviewed(one)]) if each.false]
    assert [(each.section, each.index) for each in false] == [("plan", 2)]


def one_text(one):
    return replay(NOTE.sections, one.events).texts["plan"]


def test_a_flag_that_was_taken_back_or_is_on_added_text_counts_for_nothing():
    one = opened().cuts("plan", 0, 0, "Seen on time. ")
    one.flags("plan", 0, "Seen on time.").flags("plan", 14, one_text(one)[14:20])
    one.does("unflag", flag_id=one.events[-1].data["flag_id"]).does("sign")
    assert not any(each.false for each in labels([reviewed(one)]))


def test_a_sentence_flagged_for_privacy_alone_has_no_label():
    one = opened().flags("plan", 0, PLAN[:10], "privacy").does("sign")
    found = labels([reviewed(one)])
    assert len(found) == 9
    assert ("plan", 0) not in [(each.section, each.index) for each in found]


def test_replicates_are_drafters_of_their_own():
    again = NOTE.model_copy(update={"replicate": 1})
    both = [
        reviewed(opened().does("sign")),
        reviewed(opened(replicate=1, task_id="u").does("sign"), again),
    ]
    names = {each.drafter for each in labels(both)}
    assert names == {each.drafter for each in labelled_notes(both)}
    assert names == {"control, draft 0", "control, draft 1"}


def test_the_csv_is_read_back_as_the_same_labels_and_holds_no_text(tmp_path):
    one = opened().flags("plan", PLAN.index(FALSE[1]), FALSE[1], "medication").does("sign")
    given = labels([reviewed(one)])
    write_text(tmp_path / "labels.csv", as_csv(given))
    assert read_labels(tmp_path / "labels.csv") == given
    assert "sertraline" not in as_csv(given)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("study")
    folder(path, Truth(reviewers=3, notes=5, shared=2), np.random.default_rng(8))
    found = analyse(path)
    write(found, path / "out")
    return path, found


def test_the_share_labelled_false_is_that_of_the_sentences_that_reviewers_flagged(study):
    path, found = study
    given = read_labels(path / "out" / "labels.csv")
    flagged = sum(len(one.flags) for one in found.outcomes)
    assert sum(each.false for each in given) == flagged > 5
    assert len(given) == sum(len(claims(one.of.draft)) for one in found.outcomes)


def test_a_judge_that_says_what_reviewers_say_is_perfect_on_their_labels(study):
    _, found = study
    said = {each.sentence: False for each in found.labels}
    for each in found.labels:
        said[each.sentence] |= each.false
    alone = [each for each in found.labels if each.rater == "r0"]
    findings = {}
    for one in found.outcomes:
        for each in claims(one.of.draft):
            place = (*one.of.cell[:3], each.claim.section, each.claim.index)
            false = any(each.false for each in alone if each.sentence == place)
            findings[place] = Finding(
                **one.of.cell._asdict(),
                finding_id="f",
                claim=each.claim,
                verdict="unsupported" if false else "supported",
                p_unsupported=float(false),
                category="other",
                severity="minor",
            )
    rows = {row.what: row for row in own_rows(findings.values(), alone)}
    assert rows["AUC"].value == rows["sentence recall"].value == 1
    assert rows["sentence specificity"].value == 1
    assert rows["sentence recall"].n == sum(each.false for each in alone)
    assert rows["AUC"].n == len(alone)


def test_the_validate_command_reads_them(study, tmp_path, capsys, monkeypatch):
    path, found = study
    write_records(tmp_path / "planted.jsonl", [small.session()])
    monkeypatch.delenv("EVALKIT_DATA", raising=False)
    out = path / "out"
    asked = ["validate", "--labels", out / "labels.csv", "--drafts", out / "notes.jsonl"]
    asked += ["--transcripts", path / "sessions.jsonl"]
    asked += ["--sessions", tmp_path / "planted.jsonl", "--limit", "1", "--out", tmp_path]
    with pytest.raises(SystemExit) as stopped:
        main([str(each) for each in asked])
    assert stopped.value.code == 0
    assert "own labels" in capsys.readouterr().out.lower()
    card = Card.model_validate_json(read_text(tmp_path / "validity.json"))
    rows = {row.what: row for each in card.judges for row in each.rows if row.part == PART}
    said = by_sentence(found.labels)
    false = sum(agreed(each)[0] == "unsupported" for each in said.values())
    assert rows["AUC"].n == len(said)
    assert (rows["sentence recall"].n, rows["sentence specificity"].n) == (false, len(said) - false)
    assert 0 < false < len(said)


def test_a_sentence_that_was_taken_out_or_changed_without_a_flag_has_no_label():
    at = PLAN.index(FALSE[1])
    gone = opened().cuts("plan", at, len(PLAN)).does("sign")
    changed = opened().cuts("plan", at, at + len(FALSE[1].split()[0]), "Somebody").does("sign")
    for one in (gone, changed):
        found = {(each.section, each.index): each.label for each in labels([reviewed(one)])}
        assert ("plan", 2) not in found
        assert len(found) == len(claims(NOTE)) - 1
        assert set(found.values()) == {"supported"}


def test_a_sentence_that_was_moved_whole_is_still_supported():
    at = PLAN.index(FALSE[1])
    moved = opened().cuts("plan", at, len(PLAN)).cuts("objective", 0, 0, f"{FALSE[1]} ")
    assert len(labels([reviewed(moved.does("sign"))])) == len(claims(NOTE))


@pytest.mark.parametrize(("category", "false"), [("privacy", False), ("risk", True)])
def test_only_a_flag_that_is_not_for_privacy_says_that_a_sentence_is_false(category, false):
    assert says_false([flag(0, 5, category=category)]) is false
    assert says_false([flag(0, 5, category="privacy"), flag(0, 5, category=category)]) is false
