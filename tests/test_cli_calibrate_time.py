"""`evalkit calibrate-time`: from a team's timings to weights of `postedit`."""

import csv
import math
from random import Random

import pytest

from evalkit.audit.timing_log import NOTES, SESSIONS, notes_of, read_log, refit
from evalkit.cli import main
from evalkit.errors import InputError
from evalkit.reviewers._postedit_weights import from_file
from evalkit.reviewers.postedit import Postedit

COLUMNS = ("session_id", "author", "reviewer", "seconds", "incorrect", "omitted", "words")


def rows(sessions=14, noise=0.15):
    """Three notes a session, two reviewers a note: 20 + 12 incorrect + 18 omitted + 15 ln words."""
    rng = Random(7)
    found = []
    for session in range(sessions):
        for author in ("one", "two", "three"):
            incorrect, omitted = rng.randrange(6), rng.randrange(8)
            words = rng.randrange(100, 500)
            seconds = 20 + 12 * incorrect + 18 * omitted + 15 * math.log(words)
            for reviewer in ("r1", "r2"):
                measured = round(seconds * rng.lognormvariate(0, noise), 2)
                found.append([f"s{session}", author, reviewer, measured, incorrect, omitted, words])
    return found


def written(folder, lines, columns=COLUMNS):
    path = folder / "log.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([columns, *lines])
    return path


def test_the_command_writes_weights_that_the_reviewer_reads_and_says_how_good(tmp_path, capsys):
    log, out = written(tmp_path, rows()), tmp_path / "made" / "ours.json"
    main_ok(["calibrate-time", "--log", str(log), "--out", str(out)])
    said = capsys.readouterr().out
    assert "42 notes of 14 sessions" in said
    assert all(name in said for name in ("shipped", "mean of the others", "refitted"))
    assert "shipped takes client_words as typical" in said
    assert f'reviewer = {{ name = "postedit", weights = "{out}" }}' in said
    known = from_file(str(out))
    assert (known.notes, known.sessions, known.source) == (42, 14, "own timings: log.csv")
    assert known.seconds.slopes["incorrect"] == pytest.approx(12, abs=4)
    assert known.seconds.slopes["omitted"] == pytest.approx(18, abs=4)
    assert known.omitted is not None
    assert Postedit(weights=str(out)).weights == str(out)


def main_ok(arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0


def test_refitted_figures_beat_the_mean_and_what_ships_where_the_team_is_another(tmp_path):
    found = refit(written(tmp_path, rows()))
    assert found.after.mae.value < found.mean.mae.value
    assert found.after.mae.value < found.before.mae.value
    assert found.after.rho.value > 0.8
    assert (found.after.mae.n, found.after.mae.clusters) == (42, 14)


def test_equal_logs_give_equal_bytes(tmp_path):
    texts = []
    for number, lines in enumerate((rows(), rows())):
        out = tmp_path / f"{number}.json"
        main_ok(["calibrate-time", "--log", str(written(tmp_path, lines)), "--out", str(out)])
        texts.append(out.read_bytes())
    assert texts[0] == texts[1]


def test_a_note_is_the_mean_of_its_reviewers_and_an_empty_cell_is_not_zero(tmp_path):
    log = written(
        tmp_path,
        [
            ["s1", "a", "r1", 100, 2, "", 200],
            ["s1", "a", "r2", 140, 4, "", 200],
            ["s1", "b", "", 90, "", "", ""],
        ],
    )
    both, bare = notes_of(read_log(log))
    assert both.seconds == 120
    assert both.values == {"incorrect": 3.0, "log_words": pytest.approx(math.log(200))}
    assert bare.values == {}


def test_a_slow_reviewer_with_the_worst_notes_does_not_make_errors_dear(tmp_path):
    rng = Random(3)
    lines = []
    for number in range(60):
        omitted = rng.randrange(10)
        slow = rng.random() < omitted / 10
        seconds = (40 + 10 * omitted) * (2.0 if slow else 1.0) * rng.lognormvariate(0, 0.05)
        reviewer = "slow" if slow else "fast"
        lines.append([f"s{number}", "one", reviewer, round(seconds, 2), "", omitted, ""])
    found = refit(written(tmp_path, lines))
    assert found.paces["slow"] / found.paces["fast"] == pytest.approx(2, rel=0.2)
    line = found.weights.seconds
    ratio = line.slopes["omitted"] / line.constant
    blind = refit(written(tmp_path, [[*line[:2], "", *line[3:]] for line in lines])).weights.seconds
    assert ratio == pytest.approx(0.25, rel=0.25)
    assert blind.slopes["omitted"] / abs(blind.constant) > 2 * ratio


def test_seconds_and_one_column_are_enough_and_the_rest_may_be_left_out(tmp_path):
    lines = [[line[0], line[3], line[5]] for line in rows() if line[2] == "r1"]
    lines = [[f"{line[0]}{place}", *line[1:]] for place, line in enumerate(lines)]
    found = refit(written(tmp_path, lines, ("session_id", "seconds", "omitted")))
    assert list(found.weights.seconds.slopes) == ["omitted"]
    assert found.weights.omitted.slopes == {}


def test_notes_that_lack_a_column_in_use_are_counted_and_passed_over(tmp_path):
    lines = rows(15)
    lines = [[*line[:6], ""] if line[0] == "s0" else line for line in lines]
    assert refit(written(tmp_path, lines)).passed_over == 3


def test_a_column_that_few_notes_have_is_not_used(tmp_path):
    lines = [[*line[:6], line[6] if line[0] == "s0" else ""] for line in rows()]
    found = refit(written(tmp_path, lines))
    assert "log_words" not in found.weights.seconds.slopes
    assert found.passed_over == 0


def test_what_would_save_time_is_left_out_and_said(tmp_path, capsys):
    lines = [[*line[:3], 400 - 20 * line[4] + 10 * line[5], *line[4:]] for line in rows()]
    log = written(tmp_path, lines)
    assert "incorrect" in refit(log).dropped
    main_ok(["calibrate-time", "--log", str(log), "--out", str(tmp_path / "out.json")])
    assert "incorrect: it would save time, so it is left out" in capsys.readouterr().out


def test_too_few_timings_are_refused_with_how_many_are_needed(tmp_path):
    with pytest.raises(InputError, match="24 notes of 8 sessions") as caught:
        refit(written(tmp_path, rows(8)))
    assert f"at least 40 notes of {SESSIONS} sessions for 3 predictors" in caught.value.fix
    few = [line[:5] for line in rows(SESSIONS - 1) if line[2] == "r1"]
    with pytest.raises(InputError, match=f"{SESSIONS - 1} sessions") as caught:
        refit(written(tmp_path, few, COLUMNS[:5]))
    assert f"at least {NOTES} notes" in caught.value.fix


def test_a_log_of_seconds_alone_is_refused(tmp_path):
    lines = [[line[0], line[3]] for line in rows()]
    with pytest.raises(InputError, match="no column that time could depend on"):
        refit(written(tmp_path, lines, ("session_id", "seconds")))


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (["", "a", "r", 60, 1, 1, 100], "session_id"),
        (["s", "a", "r", "", 1, 1, 100], "seconds"),
        (["s", "a", "r", 0, 1, 1, 100], "seconds"),
        (["s", "a", "r", 90_000, 1, 1, 100], "seconds"),
        (["s", "a", "r", "a minute", 1, 1, 100], "seconds"),
        (["s", "a", "r", 60, -1, 1, 100], "incorrect"),
        (["s", "a", "r", 60, 1, "nan", 100], "omitted"),
        (["s", "a", "r", 60, 1, 1, 0], "words"),
        (["s0", "one", "r1", 60, 1, 1, 100], "reviewer"),
    ],
)
def test_a_bad_cell_is_one_line_with_its_place_and_exit_code_2(tmp_path, capsys, bad, field):
    log = written(tmp_path, [*rows(1), bad])
    with pytest.raises(SystemExit) as ended:
        main(["calibrate-time", "--log", str(log), "--out", str(tmp_path / "out.json")])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert f"line 8, field '{field}'" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize("content", ["", "session_id,seconds\n", "session,seconds\na,1\n"])
def test_a_log_without_its_columns_or_lines_is_refused(tmp_path, content):
    path = tmp_path / "log.csv"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        read_log(path)
    assert caught.value.fix
