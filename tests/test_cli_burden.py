"""`evalkit burden`: what it prints, what it writes, what it refuses."""

import csv
import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from evalkit.cli import main

from .burden.kept_run import LIE, write

SOLO = Path(__file__).parents[1] / "experiments" / "practice" / "solo.toml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("run"))


def call(*arguments):
    with pytest.raises(SystemExit) as ended:
        main(["burden", *map(str, arguments)])
    return ended.value.code


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_one_approach_has_its_figures_break_even_and_sensitivity(folder, capsys):
    assert call(SOLO, "--run", folder, "--approach", "quick") == 0
    said = capsys.readouterr().out
    for words in ("solo: 1 clinician", "quick: 8 notes of 8 sessions", "hours saved", "break-even"):
        assert words in said
    assert "widest first" in said


def test_several_approaches_stand_side_by_side_and_a_control_is_starred(folder, capsys):
    assert call(SOLO, "--run", folder) == 0
    said = capsys.readouterr().out
    assert [line.split("  ")[0] for line in said.splitlines()[4:7]] == ["quick", "slow", "lying *"]
    assert "* a control" in said


def test_the_folder_holds_tables_and_figures_of_every_approach(folder, tmp_path, capsys):
    out = tmp_path / "made"
    assert call(SOLO, "--run", folder, "--out", out) == 0
    assert "3 tables (CSV), 6 figures (SVG)" in capsys.readouterr().out
    whole = json.loads((out / "projections.json").read_text())
    assert [one["approach"] for one in whole] == ["quick", "slow", "lying"]
    saved = {
        one["approach"]: one for one in rows(out / "projections.csv") if one["name"] == "saved"
    }
    kept = next(one for one in whole[0]["quantities"] if one["name"] == "saved")
    assert float(saved["quick"]["value"]) == kept["value"]
    cost = [one for one in rows(out / "projections.csv") if one["name"] == "net"]
    assert {one["approach"] for one in cost} == {"quick", "slow", "lying"}
    for name in ("break_even", "tornado"):
        assert {one["approach"] for one in rows(out / f"{name}.csv")} == {"quick", "slow", "lying"}
        drawn = (out / f"{name}_quick.svg").read_text()
        assert ElementTree.fromstring(drawn).tag.endswith("svg")


def test_what_is_not_known_is_an_empty_cell(tmp_path):
    assert call(SOLO, "--review-minutes", 4.2, "--out", tmp_path) == 0
    found = {one["name"]: one for one in rows(tmp_path / "projections.csv")}
    assert found["surviving"]["value"] == ""
    assert found["surviving"]["reason"]
    assert float(found["saved"]["value"]) == pytest.approx(20.8)


def test_equal_seeds_give_equal_files_and_no_text_of_a_note(folder, tmp_path):
    for name in ("first", "again"):
        assert call(SOLO, "--run", folder, "--approach", "lying", "--out", tmp_path / name) == 0
    made = sorted((tmp_path / "first").iterdir())
    assert len(made) == 6
    for path in made:
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()
        assert LIE.text.encode() not in path.read_bytes()


def test_the_claims_are_printed_and_written_without_a_practice(tmp_path, capsys):
    assert call("--claims", "--out", tmp_path) == 0
    said = capsys.readouterr().out
    assert "10. Copy and paste" in said
    assert "does not hold [54 to 60 min a day" in said
    found = rows(tmp_path / "claims.csv")
    assert len({one["claim"] for one in found}) == 10
    trap = next(one for one in found if one["reading"].startswith("review takes 7.85"))
    assert (trap["claimed_low"], trap["claimed_high"]) == ("5", "")


def test_claims_beside_a_run_have_its_readings(folder, capsys):
    assert call(SOLO, "--run", folder, "--approach", "quick", "--claims") == 0
    assert "quick in solo, modelled" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "which practice?"),
        ((SOLO,), "either --run FOLDER or --review-minutes"),
        ((SOLO, "--review-minutes", 4, "--approach", "quick"), "field '--approach'"),
        ((SOLO, "--run", "nowhere"), "no such file"),
        (("nowhere.toml", "--review-minutes", 4), "no such file"),
        ((SOLO, "--group-review-minutes", 4), "give --review-minutes"),
    ],
)
def test_bad_arguments_are_one_line_and_exit_code_2(arguments, said, capsys):
    assert call(*arguments) == 2
    refused = capsys.readouterr().err
    assert said in refused
    assert refused.count("\n") == 1


def test_a_misspelt_approach_is_answered_with_the_nearest(folder, capsys):
    assert call(SOLO, "--run", folder, "--approach", "quik") == 2
    assert "did you mean 'quick'?" in capsys.readouterr().err


def test_a_run_of_an_older_version_says_how_to_mend_it(tmp_path, capsys):
    assert call(SOLO, "--run", write(tmp_path / "old", old=True)) == 2
    refused = capsys.readouterr().err
    assert "reviews.parquet" in refused
    assert "run the experiment again" in refused


def test_a_run_whose_reviewers_had_stopped_is_refused(tmp_path, capsys):
    assert call(SOLO, "--run", write(tmp_path / "stopped", stopped=0.4)) == 2
    assert "40 % of clinicians who do not review" in capsys.readouterr().err


def test_a_reviews_file_that_is_no_table_is_refused(tmp_path, capsys):
    folder = write(tmp_path / "broken")
    (folder / "reviews.parquet").write_text("none")
    assert call(SOLO, "--run", folder) == 2
    assert "not a Parquet table" in capsys.readouterr().err
