"""Tables add up, keep their order, and never show a missing value as zero."""

import math

import pandas as pd
import pytest

from evalkit.errors import EvalkitError
from evalkit.records import Gate, GateResult
from evalkit.reports import tables
from evalkit.stats import wilson
from tests.samples import (
    BAIT,
    assemble,
    sample_decisions,
    sample_estimates,
    sample_run,
)


@pytest.fixture(scope="module")
def run():
    return sample_run()


@pytest.fixture(scope="module")
def board(run):
    found = sample_estimates(run)
    return tables.leaderboard(run, sample_decisions(run, found), found)


def test_the_leaderboard_goes_by_verdict_and_then_by_fabrication(board):
    ranks = [tables.VERDICTS.index(verdict) for verdict in board["verdict"]]
    keys = list(zip(ranks, board["fabrication"], strict=True))
    assert keys == sorted(keys)
    assert len(set(ranks)) > 1
    assert board.iloc[-1]["approach"] == "careless"


def test_the_leaderboard_carries_the_estimates_and_marks_the_control(run, board):
    estimates = {(e.approach, e.measure): e for e in sample_estimates(run)}
    for row in board.to_dict("records"):
        for measure in ("fabrication", "unsupported_sentences_strict", "review_minutes"):
            found = estimates[row["approach"], measure]
            assert (row[measure], row[measure + "_low"], row[measure + "_high"]) == (
                found.mean,
                found.low,
                found.high,
            )
        assert row["control"] == (row["approach"] == "fabricating")


def test_the_deciding_gate_is_told_in_words(run, board):
    words = board.set_index("approach").at["careless", "decided_by"]
    assert words.startswith("fabrication 91.7 % (95 % interval ")
    assert words.endswith(", allowed at most 35 %")


def test_a_gate_without_a_value_says_so(run):
    result = GateResult(
        gate=Gate(measure="fidelity", min=0.8),
        outcome="open",
        estimate=None,
        low=None,
        high=None,
        n=0,
        n_unscored=12,
    )
    expected = "fidelity has no value (12 notes unscored), allowed at least 80 %"
    assert tables.in_words(run, result) == expected


def test_sessions_without_a_ledger_leave_fidelity_missing_not_zero():
    run = sample_run(source="annomi")
    found = sample_estimates(run)
    board = tables.leaderboard(run, sample_decisions(run, found), found)
    assert board["fidelity"].isna().all()
    assert board["fabrication"].notna().all()
    assert tables.by_trap(run).empty


def test_an_approach_without_a_decision_is_an_error(run):
    found = sample_estimates(run)
    with pytest.raises(EvalkitError, match="no decision on approach 'fabricating'"):
        tables.leaderboard(run, sample_decisions(run, found)[:-1], found)


def test_planned_is_scored_plus_failed_plus_excluded(run):
    table = tables.accounting(run)
    total = table[["scored", "failed", "excluded"]].sum(axis=1)
    assert (total == table["planned"]).all()
    assert table["planned"].sum() == run.planned
    last = table.iloc[-1]
    assert (last["failed"], last["why_failed"]) == (1, "timed out (1)")


def test_cells_nobody_could_draft_are_excluded_by_approach(run):
    kept = tuple(d for d in run.drafts if not (d.approach == "careful" and d.format == "dap"))
    cells = {draft.cell for draft in kept}
    found = tuple(finding for finding in run.findings if finding.cell in cells)
    part = assemble(run.sessions, kept, found, ("soap", "dap"), tuple(tables.approach_names(run)))
    assert list(tables.accounting(part)["excluded"]) == [6, 0, 0, 0]


def test_a_run_that_does_not_add_up_is_refused(run):
    with pytest.raises(EvalkitError, match="does not add up"):
        tables.accounting(run.model_copy(update={"excluded": 3}))


def test_the_tables_by_category_and_section_count_the_same_fabrications(run):
    categories, sections = tables.by_category(run), tables.by_section(run)
    false = [f for f in run.findings if f.verdict in ("unsupported", "contradicted")]
    strict = [f for f in run.findings if f.verdict != "supported"]
    assert categories["claims"].sum() == sections["unsupported"].sum() == len(false)
    assert categories["claims_strict"].sum() == sections["unsupported_strict"].sum() == len(strict)
    assert sections["sentences"].sum() == len(run.findings)
    assert (sections["share"] <= sections["share_strict"]).all()


def test_sections_stand_in_the_order_of_the_note(run):
    table = tables.by_section(run)
    soap = table[(table["approach"] == "careful") & (table["format"] == "soap")]
    assert list(soap["section"]) == ["subjective", "objective", "assessment", "plan"]


def test_a_note_falls_into_a_trap_where_it_states_the_bait(run):
    table = tables.by_trap(run).set_index("approach")
    fell = {f.cell for f in run.findings if f.approach == "careless" and f.claim.text == BAIT}
    assert fell
    assert table.at["careless", "fell"] == len(fell)
    assert table.at["careful", "fell"] == 0
    assert table.at["fabricating", "notes"] == 11


def test_the_outcomes_of_a_trap_add_up_and_their_interval_is_wilsons(run):
    table = tables.by_trap(run)
    assert len(table) == 4
    assert (table[["fell", "avoided", "not_mentioned"]].sum(axis=1) == table["notes"]).all()
    for row in table.to_dict("records"):
        assert row["share"] == row["fell"] / row["notes"]
        assert (row["low"], row["high"]) == wilson(row["fell"], row["notes"])
    assert table["avoided"].sum() > 0


def test_a_table_by_category_has_no_row_for_privacy(run):
    assert "privacy" not in set(tables.by_category(run)["category"])
    assert "risk" in set(tables.by_category(run)["category"])


def test_minutes_by_part_add_up_to_the_minutes_of_the_reviews(run):
    table = tables.minutes_by_part(run)
    total = (table["minutes"] * table["notes"]).sum()
    assert math.isclose(total, sum(review.minutes for review in run.reviews))
    parts = table[["read", "verify", "edit", "transfer", "sign"]].sum(axis=1)
    assert list(parts) == pytest.approx(list(table["minutes"]))


def test_an_approach_that_only_failed_has_missing_numbers(run):
    failed = sample_run(rates={"careful": 0.0, "down": 0.1}, fail=12)
    minutes = tables.minutes_by_part(failed).set_index("approach")
    assert math.isnan(minutes.at["down", "minutes"])
    forms = tables.by_format(failed).set_index("approach")
    assert forms.loc["down", "fabrication"].isna().all()
    assert (
        tables.by_category(failed).set_index("approach").loc["down", "per_100_notes"].isna().all()
    )


def test_formats_stand_side_by_side(run):
    table = tables.by_format(run)
    assert list(table["format"][:2]) == ["soap", "dap"]
    assert table["notes"].sum() == run.scored


def test_the_worst_notes_take_each_approach_in_turn(run):
    table = tables.worst_notes(run, 6)
    assert list(table["approach"][:3]) == ["extractive", "careless", "fabricating"]
    assert "careful" not in set(table["approach"])
    mine = table[table["approach"] == "careless"]
    assert list(mine["major"]) == sorted(mine["major"], reverse=True)


def test_flat_tables_have_a_row_for_every_record_in_a_fixed_order(run):
    shuffled = run.model_copy(
        update={name: getattr(run, name)[::-1] for name in ("drafts", "reviews")}
    )
    assert len(tables.findings_table(run)) == len(run.findings)
    assert len(tables.scores_table(run)) == len(run.scores)
    pd.testing.assert_frame_equal(tables.drafts_table(run), tables.drafts_table(shuffled))
    pd.testing.assert_frame_equal(tables.reviews_table(run), tables.reviews_table(shuffled))


def test_flat_tables_of_nothing_keep_their_columns(run):
    empty = run.model_copy(update={"drafts": (), "findings": (), "scores": (), "reviews": ()})
    for table in (tables.drafts_table, tables.findings_table, tables.scores_table):
        assert list(table(empty).columns) == list(table(run).columns)
        assert table(empty).empty
    assert tables.by_section(empty).empty
    assert tables.worst_notes(empty).empty


def test_findings_carry_their_turns_and_quotes(run):
    row = tables.findings_table(run).iloc[0]
    finding = next(f for f in run.findings if f.finding_id == row["finding_id"])
    assert row["turns"] == str(finding.evidence[0].turn)
    assert row["evidence"] == finding.evidence[0].quote


@pytest.mark.parametrize(
    ("value", "share", "said"),
    [(None, True, "not scored"), (float("nan"), False, "not scored"), (0.0, True, "0.0 %")],
)
def test_a_missing_number_is_said_and_zero_is_zero(value, share, said):
    assert tables.amount(value, share) == said
