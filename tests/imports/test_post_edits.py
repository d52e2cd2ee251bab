"""Seconds of post-editing from PriMock57's human evaluation."""

from collections import Counter

import pytest

from evalkit.errors import InputError
from evalkit.imports.primock57 import evaluated_notes, note_errors, post_edits

HEADER = (
    "consultation,model,is_doctor,incorrect_total,omission_total,errors_total,post_edit_time_s\n"
)
NAME = "human_eval_per_note_dev.csv"


def written(folder, text, name=NAME):
    path = folder / name
    path.write_text(HEADER + text)
    return path


def test_a_row_gives_seconds_counts_and_whether_a_doctor_wrote_it(tmp_path):
    path = written(tmp_path, "c1,doctor,True,1.5,2,3.5,90\nc1,m,False,,,9.4,120.5\n")
    doctor, model = post_edits(path)
    assert (doctor.own, doctor.incorrect, doctor.omitted, doctor.seconds) == (True, 1.5, 2.0, 90.0)
    assert (model.own, model.incorrect, model.omitted, model.errors) == (False, None, None, 9.4)


def test_a_note_that_nobody_timed_stays_out(tmp_path):
    path = written(tmp_path, "c1,doctor,True,1,2,3,\nc1,m,False,1,2,3,50\n")
    assert [one.drafter for one in post_edits(path)] == ["m"]


def test_every_evaluation_in_a_folder_is_read_and_equal_rows_count_once(tmp_path):
    written(tmp_path, "c1,m,False,1,2,3,50\n")
    written(tmp_path, "c1,m,False,1,2,3,50\nc2,m,False,1,2,3,60\n", "human_eval_per_note.csv")
    assert sorted(one.session_id for one in post_edits(tmp_path)) == ["c1", "c2"]


def test_two_rows_of_one_note_with_other_figures_are_refused(tmp_path):
    path = written(tmp_path, "c1,m,False,1,2,3,50\nc1,m,False,1,2,3,55\n")
    with pytest.raises(InputError, match="other figures") as caught:
        list(post_edits(path))
    assert (caught.value.line, caught.value.field) == (3, "consultation")


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("c1,m,maybe,1,2,3,50", "is_doctor"),
        ("c1,m,False,one,2,3,50", "incorrect_total"),
        ("c1,m,False,1,-2,3,50", "omission_total"),
        ("c1,m,False,1,2,nan,50", "errors_total"),
        ("c1,m,False,1,2,3,inf", "post_edit_time_s"),
    ],
)
def test_a_bad_cell_is_refused_by_line_and_field(tmp_path, row, field):
    with pytest.raises(InputError) as caught:
        list(post_edits(written(tmp_path, row + "\n")))
    assert (caught.value.line, caught.value.field) == (2, field)
    assert caught.value.fix


def test_a_folder_without_an_evaluation_is_refused(tmp_path):
    with pytest.raises(InputError, match="human_eval_per_note"):
        list(post_edits(tmp_path))
    with pytest.raises(InputError, match="notes_with_human_eval"):
        list(evaluated_notes(tmp_path))


def test_a_note_in_two_files_is_read_once(tmp_path):
    line = '{"consultation": "c1", "model": "m", "note": "Cough."}\n'
    (tmp_path / "notes_with_human_eval.jsonl").write_text(line)
    (tmp_path / "notes_with_human_eval_dev.jsonl").write_text(line.replace("c1", "c2") + line)
    assert sorted(one.session_id for one in evaluated_notes(tmp_path)) == ["c1", "c2"]


def test_the_real_evaluation_timed_110_notes_of_22_consultations(real_data):
    folder = real_data(f"primock57/{NAME}").parent
    rows = list(post_edits(folder / NAME))
    assert Counter(one.own for one in rows) == {True: 22, False: 88}
    assert len({one.session_id for one in rows}) == 22
    assert sum(one.incorrect is None for one in rows) == 20
    assert all(one.errors is not None for one in rows)
    counted = {(one.session_id, one.drafter): one for one in note_errors(folder / NAME)}
    assert all(counted[one.session_id, one.drafter].omitted == one.omitted for one in rows)
