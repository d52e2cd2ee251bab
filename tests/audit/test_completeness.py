"""The rubric beside the raters of TN-Eval."""

import json

import pandas as pd
import pytest

from evalkit.audit.completeness import (
    ITEMS,
    by_item,
    completeness_agreement,
    join_rubric,
    judges_of,
)
from evalkit.errors import InputError
from evalkit.imports._rubric import tneval_rubric
from evalkit.imports.tneval import TNEval
from evalkit.records import Draft
from evalkit.scorers._rubric import load

NOTE = {
    "subjective": "Client felt tense.",
    "objective": "Client appeared calm.",
    "assessment": "Client is in contemplation.",
    "plan": "Return in two weeks.",
}


def published(raters=(1, 0), judge=1):
    def answers(value):
        return {
            section: {
                "rubric_completeness_raw": {
                    item: value for item in ITEMS if item.startswith(section)
                }
            }
            for section in NOTE
        }

    return {
        "note": NOTE,
        "metrics_human": [answers(value) for value in raters],
        "metrics_big": answers(judge),
    }


def drafts(path):
    return [
        Draft(
            session_id=one.session_id,
            approach=one.drafter,
            approach_id="",
            format="soap",
            sections=one.sections,
        )
        for one in TNEval(path=str(path)).read()
    ]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "notes.json"
    rows = [{"id": n, "human": published((1, n % 2), n % 2)} for n in range(4)]
    path.write_text(json.dumps(rows))
    return path


def test_every_published_item_has_one_of_ours():
    ours = {item.name for _, item in load("soap").items()}
    assert set(ITEMS.values()) == ours
    assert len(ITEMS) == 23


def test_one_row_an_item_of_a_note_with_both_raters_and_the_judge(file):
    table = join_rubric(drafts(file), tneval_rubric(file))
    assert len(table) == 4 * 23
    assert judges_of(table) == ["big"]
    told = table[(table["session_id"] == "0") & (table["evalkit"] == 1)]
    assert {"symptoms", "mental_status", "stage", "follow_up"} <= set(told["item"])
    assert set(table["rater_1"]) == {1}


def test_agreement_is_perfect_with_oneself_and_none_by_chance():
    rows = [
        {"session_id": str(n // 2), "drafter": "ab"[n % 2], "section": "plan", "item": item}
        | dict.fromkeys(("sentences", "evalkit", "rater_1", "rater_2"), value)
        | {"odd": 1 - value}
        for item, values in (("x", [1, 0, 1, 0]), ("y", [1, 1, 0, 0]))
        for n, value in enumerate(values)
    ]
    found = completeness_agreement(pd.DataFrame(rows))
    assert found["kappa"] == found["auc"] == found["note_rho"] == found["raters_kappa"] == 1
    assert found["odd_kappa"] == found["odd_rho"] == -1
    assert (found["answers"], found["notes"], found["sessions"]) == (8, 4, 2)


def test_an_item_that_all_always_answer_alike_has_no_kappa(file):
    table = join_rubric(drafts(file), tneval_rubric(file))
    table[["evalkit", "rater_1", "rater_2"]] = 1
    assert by_item(table)["kappa"].isna().all()


def test_answers_on_other_notes_are_refused(file):
    with pytest.raises(InputError, match="0 of 92 answers"):
        join_rubric([], tneval_rubric(file))


def test_an_answer_that_is_no_0_or_1_is_refused_by_its_field(tmp_path):
    path = tmp_path / "notes.json"
    path.write_text(json.dumps([{"id": 1, "human": published((1, 7))}]))
    with pytest.raises(InputError) as refused:
        list(tneval_rubric(path))
    assert refused.value.field == "0.human.subjective.rubric_completeness_raw"
    path.write_text(json.dumps([{"id": 1, "human": {"note": NOTE}}]))
    with pytest.raises(InputError, match="not the answers of two raters"):
        list(tneval_rubric(path))


def test_on_tneval_the_rubric_agrees_with_raters_as_well_as_they_with_each_other(real_data):
    path = real_data("tneval/notes_dev.json")
    found = completeness_agreement(join_rubric(drafts(path), tneval_rubric(path)))
    assert found["answers"] == 23 * found["notes"]
    assert found["kappa"] > found["raters_kappa"] - 0.05
    assert found["note_rho"] > 0.4
