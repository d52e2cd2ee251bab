"""Rates stand per sentence, claim and note, with what they are counted over, and corrected."""

import math

import pytest

from evalkit.accuracy import Accuracy
from evalkit.records import Assertion, AssertionFinding
from evalkit.reports import rates
from evalkit.reports.flat import labels
from evalkit.stats import Share, rogan_gladen
from tests.samples import sample_run

NOBODY = rates.Known(None, None)


def known(sensitivity, specificity):
    fields = {"sensitivity": sensitivity, "planted": 300, "specificity": specificity, "true": 3000}
    return rates.Known(
        *(Accuracy(unit=unit, source="a test", **fields) for unit in ("sentence", "claim"))
    )


def rows(run, judge=NOBODY):
    return rates.by_unit(run, judge).set_index(["approach", "unit"])


def test_each_rate_is_counted_over_things_of_its_unit():
    run = sample_run()
    table = rows(run)
    mine = [one for one in run.findings if one.approach == "careless"]
    false = [one for one in mine if one.verdict in ("unsupported", "contradicted")]
    sentence, note = table.loc[("careless", "sentence")], table.loc[("careless", "note")]
    assert (sentence["n"], note["n"]) == (len(mine), 12)
    assert sentence["unsupported"] == pytest.approx(len(false) / len(mine))
    assert note["unsupported"] == len({one.cell for one in false}) / 12
    assert (table["unsupported"] <= table["unsupported_strict"]).all()
    assert table["corrected"].isna().all()


def test_a_sentence_of_two_claims_counts_twice_among_the_claims():
    run = sample_run(rates={"careless": 0.5}, fail=0)
    said = Assertion(text="x", start=0, end=1)
    two = tuple(
        AssertionFinding(assertion=said, verdict=verdict, p_unsupported=0.5)
        for verdict in ("supported", "unsupported")
    )
    split = tuple(one.model_copy(update={"assertions": two}) for one in run.findings)
    table = rows(run.model_copy(update={"findings": split}))
    claim = table.loc[("careless", "claim")]
    assert (claim["n"], claim["unsupported"]) == (2 * len(run.findings), 0.5)


def test_the_correction_is_rogan_and_gladens_with_its_interval_around_it():
    table = rows(sample_run(sessions=20), known(0.8, 0.99))
    row = table.loc[("careless", "sentence")]
    expected = rogan_gladen(Share(row["unsupported"], 1), Share(0.8, 1), Share(0.99, 1))
    assert row["corrected"] == pytest.approx(expected.value)
    assert row["corrected_low"] < row["corrected"] < row["corrected_high"]
    assert row["corrected"] > row["unsupported"]
    assert math.isnan(table.loc[("careless", "note")]["corrected"])


def test_controls_are_not_corrected_since_their_rate_is_known():
    table = rows(sample_run(), known(0.8, 0.99))
    assert math.isnan(table.loc[("fabricating", "sentence")]["corrected"])


def test_a_rate_that_the_false_alarms_cannot_explain_is_left_uncorrected():
    table = rows(sample_run(sessions=40, rates={"careful": 0.0}, fail=0), known(0.9, 0.8))
    assert math.isnan(table.loc[("careful", "sentence")]["corrected"])


def test_no_unsupported_sentence_still_allows_some():
    row = rows(sample_run(rates={"careful": 0.0}, fail=0)).loc[("careful", "sentence")]
    assert row["unsupported"] == 0
    assert 0 < row["unsupported_high"] < 0.2


def test_the_table_says_what_each_rate_is_counted_over():
    run = sample_run()
    grid = rates.grid(run, labels(run), known(0.8, 0.99))
    assert [column.title for column in grid.columns][1:4] == [
        "Inference-aware",
        "Strict",
        "Corrected",
    ]
    assert grid.rows[0][0] == "careful, sentences"
    assert grid.rows[2][-1] == "12 notes"
