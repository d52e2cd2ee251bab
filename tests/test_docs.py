"""What the documents say is true."""

import re
from pathlib import Path

import pytest

from benchmarks.tneval import markdown, measure
from evalkit.decision import estimates
from evalkit.records import Case
from evalkit.reports.tables import summary
from evalkit.scorers.planted import counted
from tests import small

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_scorer_in_contributing_works_as_it_stands():
    code = re.search(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.S).group(1)
    names = {}
    exec(compile(code, "CONTRIBUTING.md", "exec"), names)
    note = small.draft(plan="Return next week.")
    case = Case(session=small.session(), approach=small.APPROACH, draft=note, findings=(), facts=())
    (score,) = names["Brevity"]().score(case)
    assert (score.scorer, score.value, score.unit) == ("words", 3, "words a note")


def test_every_make_target_and_file_the_readme_names_exists():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M)
    for target in re.findall(r"`make ([a-z]+)`", README):
        assert target in targets
    for path in re.findall(
        r"`((?:experiments|notebooks|evalkit|benchmarks|synthetic_data)/[^`]*)`", README
    ):
        assert (ROOT / path.split("{")[0]).exists(), path


def test_every_command_the_readme_names_exists():
    from evalkit.cli import app

    commands = {c.name or c.callback.__name__ for c in app.registered_commands}
    commands |= {group.name for group in app.registered_groups}
    named = set(re.findall(r"^\s*evalkit ([a-z]+)", README, re.M))
    assert named
    assert named <= commands


def test_the_table_of_real_notes_in_the_readme_is_what_is_measured(real_data):
    table, lines = measure(real_data("tneval").parent)
    for line in markdown(table).splitlines():
        assert line in README
    for name in ("both_vs_neither", "any_within_section", "note_rho"):
        line = next(one for one in lines if one.startswith(f"{name} p_unsupported"))
        assert f"{float(line.split()[2]):.2f} (" in README


@pytest.mark.xdist_group("quickstart")
def test_the_leaderboard_in_the_readme_is_what_the_demo_prints(quickstart):
    shown = {line.split("  ")[0].strip(): line for line in README.splitlines() if "[" in line}
    for approach, cells in summary(quickstart, estimates(quickstart)).iterrows():
        for cell in cells:
            assert cell in shown[approach], approach
    for line in counted(quickstart):
        for figures in re.findall(r"(\d+) of (\d+)", line):
            if figures[0] != "0":
                assert re.search(rf"{figures[0]} of\s(the )?{int(figures[1]):,}", README), line


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_documents_have_no_dashes_that_nobody_types(name):
    assert "\u2014" not in (ROOT / name).read_text()
