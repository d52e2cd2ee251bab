"""`evalkit power` as it is typed."""

import re

import pytest

from evalkit.cli import main
from tests.power.runs import SESSIONS, scores, write_run


def call(*words):
    with pytest.raises(SystemExit) as stop:
        main(["power", *(str(word) for word in words)])
    return stop.value.code


@pytest.fixture
def run(tmp_path):
    write_run(tmp_path / "pilot", scores())
    return tmp_path / "pilot"


def rates(*more):
    return ("--measure", "fabrication", "--from", 0.10, "--to", 0.05, *more)


def lines_after(text, start):
    """Rows of the table under the line that starts so, as lists of cells."""
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(start))
    rows = []
    for line in lines[at + 1 :]:
        if not line.startswith("  "):
            break
        rows.append(re.split(r" {2,}", line.strip()))
    return rows


def test_a_pilot_gives_sessions_drafts_and_dollars(run, capsys):
    words = ("--measure", "review_minutes", "--difference", 0.5, "--run", run)
    assert call(*words, "--approaches", "slow", "fast", "--replicates", 1, 3) == 0
    out = capsys.readouterr().out
    header, once, thrice = lines_after(out, "sessions to show 0.50 minutes")
    assert header[:3] == ["replicates", "notes a session", "sessions"]
    sessions, drafts, dollars = int(once[2]), int(once[-2]), float(once[-1])
    assert drafts == sessions * 2 * 2
    assert dollars == pytest.approx(drafts * 0.02, abs=0.01)
    assert int(thrice[2]) <= sessions
    assert "12 sessions, 2 formats, 2 replicates" in out
    assert "replicates alone cannot take it below" in out


def test_a_pilot_of_one_draft_a_note_gives_both_readings_and_says_so(run, capsys):
    table = scores()
    write_run(run, table[table["replicate"] == 0])
    words = ("--measure", "review_minutes", "--difference", 0.5, "--run", run)
    assert call(*words, "--approaches", "slow", "fast", "--sessions", 24) == 0
    out = capsys.readouterr().out
    header, once, *_, most = lines_after(out, "sessions to show 0.50 minutes")
    assert header[2:5] == ["sessions", "at best", "to be safe"]
    assert once[2] == once[3]
    assert int(most[3]) < int(most[2]) < int(most[4])
    assert "at best" in lines_after(out, "with 24 sessions")[0]
    assert out.count("drafted each note once") == 1


def test_as_large_a_run_shows_what_it_says_with_so_many_sessions(run, capsys):
    words = ("--measure", "review_minutes", "--run", run, "--approaches", "slow", "fast")
    assert call(*words, "--sessions", SESSIONS, "--replicates", 2) == 0
    out = capsys.readouterr().out
    shown = lines_after(out, f"with {SESSIONS} sessions")[1][1]
    assert f"as large a run again shows a true difference of {shown} or more" in out


def test_a_price_on_the_command_line_goes_before_the_runs(run, capsys):
    words = ("--measure", "review_minutes", "--difference", 0.5, "--run", run)
    call(*words, "--approaches", "slow", "fast", "--price", 1)
    row = lines_after(capsys.readouterr().out, "sessions to show")[1]
    assert float(row[-1].replace(",", "")) == int(row[-2].replace(",", ""))


def test_rates_give_the_sessions_for_each_number_of_replicates(capsys):
    assert call(*rates("--replicates", 1, 3, 5)) == 0
    out = capsys.readouterr().out
    rows = lines_after(out, "sessions to show 5.0 % of notes")[1:]
    assert [row[2] for row in rows] == ["434", "204", "158"]
    assert "give --price" in out


def test_several_numbers_may_stand_apart_or_with_commas(capsys):
    call(*rates("--replicates", 1, 3, "--reviewers", 8, 12))
    apart = capsys.readouterr().out
    call(*rates("--replicates", "1,3", "--reviewers", "8,12"))
    assert capsys.readouterr().out == apart


def test_more_comparisons_and_a_wider_icc_take_more_sessions(capsys):
    def sessions(*more):
        call(*rates("--replicates", 3, *more))
        return int(lines_after(capsys.readouterr().out, "sessions to show")[1][2])

    plain = sessions()
    assert sessions("--comparisons", 3) > plain
    assert sessions("--icc", 0.5) > plain
    assert sessions("--power", 0.9) > plain
    assert sessions("--alpha", 0.01) > plain
    assert sessions("--shared", 1) < plain


def test_given_sessions_it_says_what_shows(run, capsys):
    assert call("--measure", "fabrication", "--from", 0.1, "--sessions", 434) == 0
    rows = lines_after(capsys.readouterr().out, "with 434 sessions")
    assert rows[1] == ["1", "5.0 % of notes", "5.0 points"]
    words = ("--measure", "review_minutes", "--run", run, "--approaches", "slow", "fast")
    assert call(*words, "--sessions", 24, "--difference", 2) == 0
    rows = lines_after(capsys.readouterr().out, "with 24 sessions")
    assert rows[0] == ["replicates", "difference", "power to show the above"]
    assert rows[1][2] == "100 %"
    assert call(*words, "--sessions", 5) == 0
    out = capsys.readouterr().out
    assert lines_after(out, "with 5 sessions")[1][1] == "none"
    assert "fewer than 6" in out


def test_a_margin_is_planned_for_approaches_that_do_not_differ(run, capsys):
    words = ("--measure", "fabrication", "--from", 0.1, "--margin", 0.05)
    assert call(*words) == 0
    out = capsys.readouterr().out
    assert "at most 5.0 points worse, where it is truly no worse" in out
    assert "one-sided alpha 0.025" in out
    plain = int(lines_after(out, "sessions to show")[1][2])
    assert call(*words, "--to", 0.12) == 0
    worse = lines_after(capsys.readouterr().out, "sessions to show")[1][2]
    assert int(worse.replace(",", "")) > 2 * plain
    assert call(*words, "--to", 0.05) == 0
    out = capsys.readouterr().out
    assert "where it is truly 5.0 points better" in out
    assert int(lines_after(out, "sessions to show")[1][2]) < plain
    pilot = ("--measure", "review_minutes", "--run", run, "--approaches", "slow", "fast")
    assert call(*pilot, "--margin", 0.5, "--difference", 0.1) == 0
    assert "where it is truly 0.10 minutes worse" in capsys.readouterr().out


def test_people_are_planned_crossed_and_nested(capsys):
    words = ("--measure", "review_minutes", "--difference", 0.5, "--reviewers", 2, 8)
    assert call(*words, "--notes", 20, "--price", 0.1) == 0
    out = capsys.readouterr().out
    rows = lines_after(out, "notes a reviewer to show")
    assert [row[:2] for row in rows[1:]] == [
        ["2", "crossed"], ["2", "nested"], ["8", "crossed"], ["8", "nested"],
    ]  # fmt: skip
    assert rows[1][2] == "too few"
    notes, sessions, drafts, dollars, hours = (
        float(cell.replace(",", "")) for cell in rows[3][2:7]
    )
    assert (sessions, drafts, dollars) == (notes * 4, notes * 8, pytest.approx(notes * 0.8))
    assert hours == pytest.approx(drafts * 2.27 / 60, abs=0.1)
    assert len(lines_after(out, "with 20 notes each")) == 5


def test_people_stand_beside_a_pilot_at_its_level(run, capsys):
    words = ("--measure", "review_minutes", "--difference", 0.5, "--run", run)
    assert call(*words, "--approaches", "slow", "fast", "--reviewers", 12) == 0
    out = capsys.readouterr().out
    level = re.search(r"(\d\.\d\d) minutes and", out)[1]
    assert f"read by people: {level} minutes now" in out


def test_people_may_be_planned_within_a_margin(capsys):
    words = ("--measure", "review_minutes", "--from", 5, "--reviewers", 16)
    assert call(*words, "--margin", 1) == 0
    assert "at most 1.00 minutes worse" in capsys.readouterr().out
    assert call(*words, "--margin", 1, "--difference", 1) == 2


def test_none_found_gives_the_published_numbers_of_notes(capsys):
    words = ("--measure", "fabrication", "--at-most", 0.115, 0.05, 0.02)
    assert call(*words, "--sessions", 24) == 0
    out = capsys.readouterr().out
    rows = lines_after(out, "fabrication: none found")
    assert [row[1] for row in rows[1:]] == ["25", "59", "149"]
    assert lines_after(out, "none found in 24 sessions")[1] == ["1", "11.73 %", "13.80 %"]


def test_the_same_question_has_the_same_answer(run, capsys):
    words = ("--measure", "review_minutes", "--difference", 0.5, "--run", run)
    for _ in range(2):
        call(*words, "--approaches", "slow", "fast")
    out = capsys.readouterr().out
    assert out[: len(out) // 2] == out[len(out) // 2 :]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--measure", "fabrication"), "nothing is asked"),
        (("--measure", "fabrication", "--to", 0.05), "from what share"),
        (("--measure", "fabricaton", "--from", 0.1, "--to", 0.05), "did you mean 'fabrication'"),
        (("--measure", "fabrication", "--from", 10, "--to", 5), "a share is below 1"),
        (("--measure", "fabrication", "--from", 0.1, "--to", 2), "'--to'"),
        (("--measure", "fabrication", "--from", 0.1, "--difference", 0.2), "'--difference'"),
        (("--measure", "fidelity", "--from", 0.5, "--to", 0.6), "known from a run"),
        (("--measure", "review_minutes", "--difference", 1), "known from a run"),
        (("--measure", "fabrication", "--from", 0.1, "--to", 0.1), "0 cannot be shown"),
        (rates("--difference", 0.05), "say the same thing"),
        (rates("--replicates", "1,x"), "not a list of numbers"),
        (rates("--replicates", 0), "each from 1"),
        (rates("--reviewers", 0), "each from 1"),
        (rates("--power", 1.2), "'--power'"),
        (rates("--icc", 2), "'--icc'"),
        (("--measure", "fabrication", "--from", -0.1, "--to", 0.05), "'--from'"),
        (rates("--notes", 20), "how many reviewers"),
        (
            ("--measure", "fabrication", "--difference", 0.1, "--run", "x"),
            "--run FOLDER --approaches",
        ),
        (rates("--run", "x", "--approaches", "a", "b"), "its own level"),
        (("--measure", "fabrication", "--at-most", 1.5), "above 0 and below 1"),
        (("--measure", "fabrication", "--from", 0.1, "--to", 0.2, "--margin", 0.05), "margin"),
        (("--measure", "review_minutes", "--difference", 3, "--reviewers", 8), "nothing would be"),
    ],
)
def test_a_question_that_cannot_be_answered_is_one_line_and_code_2(words, error, capsys):
    assert call(*words) == 2
    captured = capsys.readouterr()
    assert error in captured.err
    assert captured.err.count("\n") == 1


def test_a_pilot_of_other_measures_plans_no_people(run, capsys):
    table = scores().assign(scorer="fidelity")
    write_run(run, table)
    words = ("--measure", "fidelity", "--difference", 0.5, "--run", run)
    assert call(*words, "--approaches", "slow", "fast", "--reviewers", 8) == 2
    assert "nothing of how people differ" in capsys.readouterr().err
