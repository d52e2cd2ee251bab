"""The card can be read: as a section of the report, as a page, as Markdown."""

import re

import pytest

from evalkit.accuracy import shipped
from evalkit.records import GateResult
from evalkit.records.validity import Card, Corpus, Measured, Validity
from evalkit.reports import validity
from evalkit.reports.html import render
from tests.reports.test_html import page, tags
from tests.samples import sample_decisions, sample_estimates, sample_run


def measured(what, group="all", part="planted errors", **fields):
    given = {"value": 0.9, "low": 0.85, "high": 0.94, "n": 200, "unit": "sentences", **fields}
    return Measured(part=part, what=what, group=group, **given)


ONE = Validity(
    judge="<b>grounding</b>",
    weights="0123",
    evalkit="0.1.0",
    corpora=(Corpus(name="stress.jsonl", sha256="f" * 64, sessions=120, notes=480),),
    rows=(
        measured("sentence recall"),
        measured("precision", value=None, low=None, high=None, n=0),
        measured("sentence recall", "category: plan"),
        measured("AUC, any rater, within sections", "this judge", "TN-Eval", value=0.7123),
        measured("recall", "sarcasm", "traps"),
    ),
    missing=("PriMock57: no folder",),
)


def test_every_figure_has_its_interval_and_what_it_was_counted_over():
    grids = {grid.caption: grid for grid in validity.section(ONE).grids}
    planted = next(grid for caption, grid in grids.items() if "Wilson" in caption)
    row = [cell.replace("\u00a0", " ") for cell in planted.rows[0]]
    assert row[:3] == ["all", "90.0 % [85, 94] of 200", "–"]
    people = next(grid for caption, grid in grids.items() if "TN-Eval" in caption)
    assert "0.71 [0.85, 0.94], n 200" in [cell.replace("\u00a0", " ") for cell in people.rows[0]]


def test_the_page_is_self_contained_escaped_and_says_what_was_not_measured():
    text = validity.page((ONE,))
    for tag, attributes in tags(text):
        assert tag not in ("script", "iframe", "object", "form", "base")
        for name in ("src", "href"):
            assert (attributes.get(name) or "data:").startswith("data:")
    assert "<b>grounding" not in text
    assert "Not measured: PriMock57: no folder." in text
    assert not re.search(r"https?://", text)


def test_markdown_has_a_table_for_each_grid():
    text = validity.markdown((ONE,))
    section = validity.section(ONE)
    assert text.count("| ---") == len(section.grids) + len(section.more)
    assert "- Not measured: PriMock57: no folder." in text


def test_the_three_files_are_written_and_the_json_reads_back(tmp_path):
    files = validity.write((ONE,), tmp_path)
    assert [file.name for file in files] == ["validity.json", "validity.html", "validity.md"]
    assert Card.model_validate_json(files[0].read_text(encoding="utf-8")) == Card(judges=(ONE,))


def test_every_report_carries_the_card_of_its_judge():
    text = page(sample_run())
    known = shipped().of("grounding", ledger=True)
    assert known.weights in text
    assert "grounding, with the ledger of facts" in text
    assert "grounding, without the ledger of facts" in text
    assert "grounding, with the ledger of facts" not in page(sample_run(source="annomi"))


def test_a_judge_that_is_not_on_the_card_is_said_not_to_be():
    run = sample_run()
    found = sample_estimates(run)
    text = render(run, sample_decisions(run, found), found, card=Card())
    assert "is not on the card" in text
    assert "no rate is corrected" in text


@pytest.mark.parametrize("ledger", [True, False])
def test_the_judge_in_the_package_is_on_the_card(ledger):
    assert shipped().of("grounding", ledger=ledger) is not None


def test_withheld_numbers_are_told_at_the_verdict_and_beside_the_card():
    run = sample_run()
    found = sample_estimates(run)
    decisions = tuple(
        one.model_copy(update={"gates": tuple(map(withheld, one.gates)), "verdict": "collect more"})
        for one in sample_decisions(run, found)
    )
    text = render(run, decisions, found)
    assert "is withheld, as 3 of 40 &lt;were&gt; found" in text
    assert "<strong>Withheld from the decision:</strong> fabrication, review minutes." in text


def withheld(result: GateResult) -> GateResult:
    return result.model_copy(update={"outcome": "withheld", "reason": "3 of 40 <were> found"})
