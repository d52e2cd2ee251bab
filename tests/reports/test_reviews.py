"""What review comes to, in a run from end to end: tables, the figure, and the page."""

import re
from functools import cache
from html import unescape

import pandas as pd
import pytest

from evalkit.decision import decide, estimates
from evalkit.records import Approach, Clinicians, Experiment, Reviewing, SessionsConfig, Vigilance
from evalkit.reports import figures, grids, reviews, tables
from evalkit.reports.html import render
from evalkit.runner import run as run_experiment
from tests.samples import sample_decisions, sample_estimates, sample_run

APPROACHES = (
    Approach(name="lies", drafter="fabricating", control=True, workflow="in_ehr"),
    Approach(name="copy", drafter="extractive"),
)


@cache
def small_run(stopped=0.0):
    return run_experiment(
        Experiment(
            name="reviews",
            seed=5,
            sessions=SessionsConfig(options={"count": 2, "seed": 11, "minutes": [20, 25]}),
            approaches=APPROACHES,
            reviewing=Reviewing(
                clinicians=Clinicians(draws=500), vigilance=Vigilance(stopped=stopped)
            ),
        )
    )


@pytest.fixture(scope="module")
def run():
    return small_run()


@pytest.fixture(scope="module")
def rows(run):
    return reviews.by_clinician(run).set_index(["approach", "clinicians"])


def test_the_reviews_table_is_named_as_the_fields_of_a_review(run):
    table = tables.reviews_table(run)
    assert len(table) == len(run.reviews) == 4
    first = run.reviews[0]
    row = table[(table["approach"] == first.approach)].iloc[0]
    for name in ("low", "high", "mean_minutes", "scratch", "saved", "trap", "surviving", "slips"):
        assert row[name] == getattr(first, name)
    assert table["low"].lt(table["minutes"]).all()
    assert table["high"].gt(table["mean_minutes"]).all()


def test_of_a_run_that_knows_no_people_the_columns_are_missing_not_zero():
    table = tables.reviews_table(sample_run())
    assert table["minutes"].notna().all()
    assert table[["low", "saved", "trap", "caught", "slips"]].isna().all(axis=None)
    assert reviews.by_clinician(sample_run()).empty


def test_medians_lie_within_the_middle_of_the_clinicians(rows):
    assert rows["low"].lt(rows["median"]).all()
    assert rows["median"].lt(rows["high"]).all()


def test_who_has_stopped_takes_less_time_and_lets_everything_through(run, rows):
    for name in ("lies", "copy"):
        reading, stopped = rows.loc[(name, reviews.AS_SET)], rows.loc[(name, reviews.STOPPED)]
        assert stopped["median"] < reading["median"]
        assert stopped["saved"] > reading["saved"]
        assert (stopped["caught"], stopped["surviving"]) == (0, stopped["fabrications"])
        assert reading["caught"] + reading["surviving"] == pytest.approx(reading["fabrications"])
    planted = [draft.untrue for draft in run.drafts if draft.approach == "lies"]
    expected = 1000 * sum(map(len, planted)) / len(planted)
    assert rows.loc[("lies", reviews.AS_SET), "fabrications"] == pytest.approx(expected)
    assert expected > 0


def test_clinicians_who_all_have_stopped_are_the_row_of_those_who_have(rows):
    stopped = small_run(1.0)
    found = reviews.by_clinician(stopped).set_index(["approach", "clinicians"])
    for column in ("median", "low", "high", "caught", "surviving", "surviving_major", "slips"):
        for name in ("lies", "copy"):
            as_set = found.loc[(name, reviews.AS_SET), column]
            assert as_set == pytest.approx(rows.loc[(name, reviews.STOPPED), column]), column


def test_the_medians_of_those_who_read_do_not_depend_on_how_many_have_stopped(run):
    some = small_run(0.01)
    one, other = (
        reviews.by_clinician(each).set_index(["approach", "clinicians"])["median"]
        for each in (run, some)
    )
    pd.testing.assert_series_equal(one, other, rtol=0.03)


def test_the_leaderboard_has_minutes_saved_the_trap_and_what_survives(run):
    found = estimates(run)
    board = tables.leaderboard(run, decide(run, found), found)
    for measure in ("minutes_saved", "review_trap", "fabrications_surviving"):
        assert board[measure].notna().all()
        assert (board[f"{measure}_low"] <= board[measure]).all()
        assert (board[measure] <= board[f"{measure}_high"]).all()
    older = sample_run()
    made = sample_estimates(older)
    assert (
        tables.leaderboard(older, sample_decisions(older, made), made)["review_trap"].isna().all()
    )


def page(run):
    found = estimates(run)
    return render(run, decide(run, found), found)


def test_the_report_has_the_section_the_figure_and_each_approach(run):
    text = unescape(page(run))
    section = re.search(r'aria-labelledby="review">(.+?)</section>', text, re.S)[1]
    assert section.count("<img") == 1
    assert "lies (control)" in section
    assert "500 clinicians are drawn, the same for every note; none of them has stopped" in section
    survive = reviews.by_clinician(run).iloc[0]["surviving"]
    assert f">{survive:,.0f}" in section
    assert "1\u00a0% of them have stopped reviewing" in unescape(page(small_run(0.01)))


def test_the_figure_is_drawn_with_its_numbers_in_words_and_the_same_bytes(run):
    found = estimates(run)
    made = {one.name: one for one in figures.draw(run, decide(run, found), found)}
    again = {one.name: one for one in figures.draw(run, decide(run, found), found)}
    median = reviews.by_clinician(run).iloc[0]["median"]
    assert f"lies (control) {median:.1f} (" in made["review"].alt
    assert "from scratch" in made["review"].alt
    assert made["review"].svg == again["review"].svg


def test_a_run_of_old_has_no_section(run):
    older = sample_run()
    assert reviews.grid(older, tables.labels(older), ()) is None
    assert isinstance(reviews.grid(run, tables.labels(run), ()), grids.Grid)
