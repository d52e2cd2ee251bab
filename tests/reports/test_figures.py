"""Figures are the same bytes every time, say what they show, and survive odd input."""

import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from evalkit.reports import figures, tables
from tests.samples import sample_decisions, sample_estimates, sample_run


def drawn(run):
    found = sample_estimates(run)
    return figures.draw(run, sample_decisions(run, found), found)


@pytest.fixture(scope="module")
def made():
    return drawn(sample_run())


def test_there_are_four_figures_each_with_a_caption_and_an_alternative_text(made):
    assert [one.name for one in made] == ["fabrication", "categories", "minutes", "trade_off"]
    assert all(one.alt and one.caption for one in made)


def test_the_same_run_gives_the_same_bytes(made):
    assert [one.svg for one in drawn(sample_run())] == [one.svg for one in made]


def test_figures_are_svg_without_date_script_or_outside_reference(made):
    for one in made:
        root = ET.fromstring(one.svg)
        assert root.tag.endswith("svg")
        tags = {element.tag.rsplit("}")[-1] for element in root.iter()}
        assert not tags & {"script", "date", "image", "foreignObject"}
        links = [v for e in root.iter() for k, v in e.attrib.items() if k.endswith("href")]
        assert all(link.startswith("#") for link in links)


def test_the_alternative_text_gives_both_readings(made):
    assert "careful 0.0 % inference-aware, 100.0 % strict" in made[0].alt
    assert "fabricating (control)" in made[0].alt


def test_names_with_markup_and_dollars_are_drawn_as_they_are():
    run = sample_run(rates={"<script>alert(1)</script> & $x_1$": 0.2, "a--b\u4e2d": 0.1})
    for one in drawn(run):
        assert "<script" not in one.svg
        ET.fromstring(one.svg)


def test_a_single_approach_and_no_fabrication_still_make_figures():
    made = drawn(sample_run(rates={"careful": 0.0}, fail=0))
    assert [one.name for one in made] == ["fabrication", "minutes", "trade_off"]


def test_an_approach_that_only_failed_is_shown_as_not_scored():
    made = drawn(sample_run(rates={"careful": 0.0, "down": 0.1}, fail=12))
    assert "down not scored inference-aware, not scored strict" in made[0].alt


def test_nothing_scored_gives_no_figures():
    assert drawn(sample_run(rates={"down": 0.1}, fail=12)) == ()


def test_the_front_holds_those_that_nobody_beats_on_both():
    board = pd.DataFrame(
        {
            "approach": ["quick", "clean", "neither", "unknown"],
            "review_minutes": [2.0, 5.0, 5.0, 1.0],
            "fabrication": [0.5, 0.1, 0.6, None],
            "control": False,
        }
    )
    assert figures.front(board) == ["quick", "clean"]
    controlled = board.assign(control=[True, False, False, False])
    assert figures.front(controlled) == ["clean"]
    assert figures.front(board.assign(control=True)) == ["quick", "clean"]


def test_drawing_leaves_the_settings_of_the_caller_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    drawn(sample_run())
    assert dict(matplotlib.rcParams) == before


def test_a_figure_can_be_made_from_its_table_alone():
    table = tables.minutes_by_part(sample_run())
    figure = figures.minutes(table, {name: name for name in table["approach"]})
    widths = [bar.get_width() for bar in figure.axes[0].patches if bar.get_width()]
    assert sum(widths) == pytest.approx(table["minutes"].sum())


def test_titles_name_ties_together_and_pass_over_controls():
    table = pd.DataFrame({"approach": ["a", "b", "c", "d"], "fabrication": [0.1, 0.1, 0.4, 0.0]})
    shown = {"a": "a", "b": "b", "c": "c", "d": "d (control)"}
    said = figures._extremes(table, "fabrication", "notes with a fabrication", shown)
    assert said == "Fewest notes with a fabrication: a, b (10.0 %); most: c (40.0 %)"
