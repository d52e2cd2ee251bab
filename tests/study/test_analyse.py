"""A whole study, from event logs whose truth is known to the files and the summary."""

import csv
import json

import matplotlib
import numpy as np
import pandas as pd
import pytest

from evalkit.audit.timing_log import read_log
from evalkit.cli import main
from evalkit.errors import InputError
from evalkit.records import Planted, ReviewTask
from evalkit.reports.flat import reviews_table
from evalkit.store import write_records
from evalkit.study.analyse import analyse, reviews_frame, timings_csv, write
from evalkit.study.figures import STYLE, drawn
from evalkit.study.outcome import outcome
from evalkit.study.reviewed import read_reviews
from evalkit.study.tally import tally
from tests.samples import sample_run
from tests.study.simulated import FALSE, START_MS, TRUE, Reviewer, Truth, draft, folder

NAMES = ["careful", "control", "quick"]
FILES = ["reviews.parquet", "labels.csv", "notes.jsonl", "timings.csv", "effects.json"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("study")
    rows = folder(path, Truth(), np.random.default_rng(21), unsigned=2)
    return path, rows, analyse(path)


def of(found, approach):
    return next(one for one in found.findings.approaches if one.approach == approach)


def test_every_task_is_counted_once(study):
    _, rows, found = study
    totals = found.findings
    assert (totals.tasks, totals.signed, totals.open, totals.not_begun) == (72, 70, 2, 0)
    for one in totals.approaches:
        assert one.assigned == one.signed + one.open + one.not_begun
        assert one.assigned == sum(row.approach == one.approach for row in rows)
    (dropout,) = totals.dropouts
    assert (dropout.reviewer, dropout.assigned, dropout.signed, dropout.open) == ("r0", 12, 10, 2)


def test_active_minutes_are_those_that_were_spent(study):
    _, rows, found = study
    spent = {(one.clinician, one.position): one.minutes for one in rows}
    for one in found.outcomes:
        task = one.of.task
        assert one.timing.active == pytest.approx(spent[task.reviewer, task.position], abs=0.01)
    for one in found.findings.approaches:
        shown = [
            each.timing.active for each in found.outcomes if each.of.task.approach == one.approach
        ]
        assert one.median_minutes == pytest.approx(np.median(shown), abs=1e-3)
        assert one.mean_minutes == pytest.approx(np.mean(shown), abs=1e-3)
        at = one.at_cutoffs
        assert at["5"] < at["45"] == one.mean_minutes <= at["300"]


def test_planted_errors_are_followed_into_the_signed_text(study):
    _, _, found = study
    one = of(found, "control").caught
    signed = [each for each in found.outcomes if each.of.task.approach == "control"]
    flagged = sum(flag.quote in FALSE for each in signed for flag in each.flags)
    texts = [" ".join(each.of.state.texts.values()) for each in signed]
    standing = sum(text.count(lie) for text in texts for lie in FALSE)
    assert (one.notes, one.planted) == (len(signed), 2 * len(signed))
    assert (one.flagged, one.standing) == (flagged, standing)
    assert 0 < one.edited_away == one.planted - standing < flagged
    assert one.standing_flagged == flagged - one.edited_away
    assert one.caught.value == pytest.approx(flagged / one.planted, abs=1e-4)
    assert one.caught.low < 0.6 < one.caught.high
    assert one.surviving_per_1000.value == pytest.approx(1000 * standing / len(signed), abs=1e-3)
    assert of(found, "quick").caught is None


def test_edits_and_flags_are_those_that_were_made(study):
    _, _, found = study
    assert (of(found, "careful").edited, of(found, "quick").edited) == (0, 0)
    control = of(found, "control")
    assert 0 < control.edited < 0.3
    untouched = sum(
        each.of.state.texts == each.of.draft.sections
        for each in found.outcomes
        if each.of.task.approach == "control"
    )
    assert control.unedited == untouched
    flags = sum(len(one.flags) for one in found.outcomes if one.of.task.approach == "control")
    assert control.flags_major == pytest.approx(flags / control.signed, abs=1e-3)


def test_workload_is_the_mean_of_the_ratings(study):
    _, _, found = study
    one = of(found, "quick").workload
    assert one.ratings == of(found, "quick").signed
    assert one.scales["mental"] == 70
    assert one.raw == 45


def test_ratings_after_blocks_are_not_given_by_approach(tmp_path):
    folder(tmp_path, Truth(reviewers=2, notes=6, shared=0), np.random.default_rng(1))
    lines = (tmp_path / "tasks.jsonl").read_text().splitlines()
    tasks = [ReviewTask.model_validate_json(line) for line in lines]
    write_records(
        tmp_path / "tasks.jsonl",
        [one.model_copy(update={"tlx": n % 3 == 2}) for n, one in enumerate(tasks)],
    )
    found = analyse(tmp_path).findings
    assert found.workload.ratings == 12
    assert {one.workload for one in found.approaches} == {None}


def test_equal_logs_and_seeds_give_equal_files(study, tmp_path):
    path, _, found = study
    first, second = write(found, tmp_path / "one"), write(analyse(path), tmp_path / "two")
    assert [one.name for one in first] == [*FILES, "minutes.svg"]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_the_table_of_reviews_is_as_that_of_a_run(study, tmp_path):
    _, _, found = study
    write(found, tmp_path)
    table, of_run = pd.read_parquet(tmp_path / "reviews.parquet"), reviews_table(sample_run())
    assert list(table.columns) == list(of_run.columns)
    assert len(table) == 70
    assert set(table["source"]) == {"measured"}
    parts = table[["read", "verify", "edit", "transfer", "sign"]].sum(axis=1)
    assert np.allclose(parts, table["minutes"])
    controls = table[table["approach"] == "control"]
    assert (controls["fabrications"] == 2).all()
    assert (controls["surviving"] + controls["caught"] == 2).all()
    assert 0 < controls["caught"].sum() == of(found, "control").caught.edited_away
    assert table[table["approach"] == "quick"]["fabrications"].isna().all()
    numbers = [name for name in table.columns if of_run[name].dtype == "float64"]
    assert {str(table[name].dtype) for name in numbers} == {"float64"}


def test_the_timings_are_read_by_the_refitting_of_post_editing_times(study, tmp_path):
    _, _, found = study
    (tmp_path / "timings.csv").write_text(timings_csv(found))
    rows = read_log(tmp_path / "timings.csv")
    assert len(rows) == 70
    assert {row.author for row in rows} == set(NAMES)
    assert {row.values["incorrect"] for row in rows if row.author == "control"} <= {0, 1, 2, 3}
    assert all("omitted" not in row.values for row in rows)
    by_note = {(row.session_id, row.author, row.reviewer): row.seconds for row in rows}
    for one in found.outcomes:
        task = one.of.task
        shown = by_note[task.session_id, task.approach, task.reviewer]
        assert shown == pytest.approx(60 * one.timing.active, abs=0.06)


def test_the_figure_has_a_dot_for_each_reviewer_and_approach(study):
    _, rows, found = study
    with matplotlib.rc_context(STYLE):
        (axes,) = drawn(found.findings.minutes, rows).axes
    sizes = sorted(len(one.get_offsets()) for one in axes.collections)
    assert sizes == [1, 1, 1, 6, 6, 6]
    assert [one.get_text().split("\n")[0] for one in axes.get_yticklabels()] == NAMES


CONTROL = draft("s000", "control")
LIE = CONTROL.sections["plan"].index(FALSE[1])
END = LIE + len(FALSE[1])


@pytest.mark.parametrize(
    ("edit", "standing"),
    [
        ((LIE, END, ""), 1),
        ((LIE, LIE + 6, "Mother"), 1),
        ((END - 1, END, ", as before;"), 2),
        ((0, 6, "Patient"), 2),
    ],
)
def test_an_error_stands_until_one_of_its_words_is_changed(tmp_path, edit, standing):
    found = fates(tmp_path, lambda one: one.cuts("plan", *edit))
    assert sum(each.standing for each in found) == standing
    assert sum(each.caught for each in found) == 2 - standing


def test_an_error_that_was_moved_still_stands(tmp_path):
    def moves(one):
        one.cuts("plan", LIE, END).cuts("objective", 0, 0, FALSE[1] + " ")

    assert [each.standing for each in fates(tmp_path, moves)] == [True, True]


def test_a_flag_over_a_neighbor_does_not_find_an_error(tmp_path):
    plan = CONTROL.sections["plan"]
    assert not any(
        each.caught for each in fates(tmp_path, lambda one: one.flags("plan", 0, plan[: LIE + 4]))
    )
    half = fates(tmp_path, lambda one: one.flags("plan", LIE + 7, plan[LIE + 7 : LIE + 20]))
    assert [each.flagged for each in half] == [False, True]


def fates(path, does):
    """What becomes of the control's two errors, and of two that are none or not in the draft."""
    omitted = Planted(
        kind="omitted", category="risk", severity="major", text=TRUE[0], section="plan"
    )
    absent = omitted.model_copy(update={"kind": "hallucinated", "text": "Not in the draft."})
    note = CONTROL.model_copy(update={"planted": (*CONTROL.planted, omitted, absent)})
    one = Reviewer(task()).does("open")
    does(one)
    lay(path, one.does("sign", 9), [note])
    (found,) = read_reviews(path, 45.0)
    made = outcome(found, 45.0)
    assert made.review.fabrications == len(made.fates) == 2
    return made.fates


def task(**changes):
    fields = {"task_id": "t", "reviewer": "ann", "session_id": "s000", "approach": "control"}
    return ReviewTask(**fields | {"format": "soap"} | changes)


def lay(path, one, drafts):
    write_records(path / "tasks.jsonl", [one.task])
    write_records(path / "drafts.jsonl", drafts)
    write_records(path / "events" / "ann.jsonl", one.events)


def test_none_of_few_errors_still_allows_some_and_one_reviewer_gives_no_interval(tmp_path):
    blind = Truth(reviewers=4, notes=6, shared=0, flags=0.0, false_alarms=0.0)
    folder(tmp_path, blind, np.random.default_rng(2))
    found = analyse(tmp_path)
    one = of(found, "control").caught
    assert (one.caught.value, one.caught_per_1000.value, one.caught_per_1000.low) == (0, 0, 0)
    assert one.caught.high > 0.3
    assert one.caught_per_1000.high == pytest.approx(3689 / one.notes, rel=1e-3)
    alone = [each for each in found.outcomes if each.of.task.reviewer == "r0"]
    figure = tally("control", found.reviews, alone, 0).caught.surviving_per_1000
    assert (figure.value, figure.low, figure.high, figure.reviewers) == (2000, None, None, 1)


def test_a_control_in_which_nothing_was_planted_has_no_rate(tmp_path, capsys):
    one = Reviewer(task()).does("open").does("sign", 9)
    lay(tmp_path, one, [CONTROL.model_copy(update={"planted": ()})])
    assert run(tmp_path) == 0
    told = capsys.readouterr().out
    assert "control: nothing was planted in its 1 signed notes" in told
    assert "per 1,000" not in told
    assert "no mixed model of 1 notes by 1 clinicians" in told
    assert "fewer than two approaches have reviews" in told


def test_notes_opened_out_of_their_planned_order_are_counted(tmp_path):
    first, second = task(), task(task_id="u", session_id="s001", position=1)
    late = Reviewer(first, START_MS + 900_000).does("open").does("sign", 9)
    early = Reviewer(second, START_MS).does("open").does("sign", 9)
    write_records(tmp_path / "tasks.jsonl", [first, second])
    write_records(tmp_path / "events" / "ann.jsonl", [*early.events, *late.events])
    assert analyse(tmp_path).findings.out_of_order == 1


def test_an_imported_log_without_drafts_gives_minutes_and_no_edits(tmp_path):
    one = Reviewer(task()).does("open").does("edit", 20, action="x").does("sign", 10)
    lay(tmp_path, one, [])
    found = analyse(tmp_path)
    (tally,) = found.findings.approaches
    assert tally.mean_minutes == pytest.approx(0.5)
    assert (tally.drafts, tally.edited, tally.unedited, tally.caught) == (0, None, None, None)
    assert found.labels == ()
    assert timings_csv(found).splitlines()[1] == "s000,control,ann,30.0,,,"
    table = reviews_frame([each.review for each in found.outcomes])
    assert table["minutes"][0] == pytest.approx(0.5)


def test_an_event_that_does_not_fit_its_draft_is_named_and_not_quoted(tmp_path):
    one = Reviewer(task()).does("open").cuts("plan", 0, 9999, "secret words").does("sign")
    lay(tmp_path, one, [CONTROL])
    with pytest.raises(InputError, match=r"ann\.jsonl.*no place") as refused:
        analyse(tmp_path)
    assert "secret" not in str(refused.value)


def run(*arguments):
    with pytest.raises(SystemExit) as stopped:
        main(["study", "analyse", *map(str, arguments)])
    return stopped.value.code


def test_the_command_prints_figures_with_denominators_and_writes_the_files(study, tmp_path, capsys):
    path, _, found = study
    assert run(path, "--out", tmp_path / "out") == 0
    told = capsys.readouterr().out
    control = of(found, "control")
    for said in (
        "70 of 72 notes signed, 2 open, 0 not begun",
        "r0: 10 of 12 signed, 2 open",
        f"{control.signed} of {control.assigned}",
        f"{control.caught.planted} in {control.caught.notes} notes",
        "quick / careful",
        "Krippendorff's alpha",
        "NASA-TLX",
        "evalkit validate --labels",
    ):
        assert said in told
    assert max(map(len, told.splitlines()[:60])) < 120
    assert not any(text in told for text in (*TRUE, *FALSE))
    written = json.loads((tmp_path / "out" / "effects.json").read_text())
    assert written["signed"] == 70


def test_bad_input_is_refused_in_one_line(tmp_path, capsys):
    assert run(tmp_path) == 2
    assert "no tasks.jsonl here; name a folder made by" in capsys.readouterr().err
    folder(tmp_path, Truth(reviewers=1, notes=3, shared=0), np.random.default_rng(1))
    assert run(tmp_path, "--idle", "0") == 2
    assert "'--idle': an idle cut-off is" in capsys.readouterr().err
    (tmp_path / "events" / "r0.jsonl").unlink()
    assert run(tmp_path) == 2
    assert "none of 3 notes is signed yet" in capsys.readouterr().err


def test_a_sentence_flagged_for_privacy_is_not_counted_as_incorrect(tmp_path):
    note = draft("s000", "control")
    plan = note.sections["plan"]
    at = plan.index(FALSE[1])
    one = Reviewer(task()).does("open").flags("plan", at, FALSE[1], "privacy")
    one = one.flags("subjective", 0, note.sections["subjective"].split(". ")[0], "risk")
    lay(tmp_path, one.does("sign", 10), [note])
    (row,) = csv.DictReader(timings_csv(analyse(tmp_path)).splitlines())
    assert row["incorrect"] == "1"
