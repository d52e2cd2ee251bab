"""A run's folder as a pilot."""

import json

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import InputError
from evalkit.power.pilot import read_pilot
from tests.power.runs import SESSIONS, scores, write_run


def test_a_pilot_tells_means_difference_and_spread(tmp_path):
    write_run(tmp_path, scores())
    found = read_pilot(tmp_path, "review_minutes", ("slow", "fast"), 0)
    assert found.sessions == SESSIONS
    assert found.formats == ("soap", "dap")
    assert found.replicates == 2
    assert found.means[0] - found.means[1] == pytest.approx(found.seen.mean)
    assert found.seen.n == SESSIONS * 4
    assert found.spread.replicates_known
    assert found.price_usd == pytest.approx(0.02)


def test_shuffled_rows_tell_the_same(tmp_path):
    table = scores()
    write_run(tmp_path / "a", table)
    write_run(tmp_path / "b", table.sample(frac=1, random_state=1))
    first, second = (
        read_pilot(tmp_path / name, "review_minutes", ("slow", "fast"), 0) for name in "ab"
    )
    assert first.spread.careful.session == pytest.approx(second.spread.careful.session)
    assert first.seen.se == pytest.approx(second.seen.se)


def test_equal_seeds_read_the_same_pilot(tmp_path):
    write_run(tmp_path, scores())
    first, second = (read_pilot(tmp_path, "review_minutes", ("slow", "fast"), 3) for _ in range(2))
    assert first == second


def test_a_missing_value_is_counted_and_no_zero(tmp_path):
    table = scores()
    table.loc[table.index[:3], "value"] = np.nan
    write_run(tmp_path, table)
    found = read_pilot(tmp_path, "review_minutes", ("slow", "fast"), 0)
    assert (found.seen.n, found.seen.missing) == (SESSIONS * 4 - 3, 3)


def test_shares_of_notes_get_an_interval_for_shares(tmp_path):
    table = scores()
    table["unit"] = "share of notes"
    table["value"] = (table["approach"] == "slow").astype(float)
    table.loc[table["session_id"] == "s0", "value"] = 0.0
    write_run(tmp_path, table)
    found = read_pilot(tmp_path, "review_minutes", ("slow", "fast"), 0)
    assert found.seen.high <= 1


def test_what_evalkit_score_wrote_is_read_too(tmp_path):
    table = scores().query("format == 'soap' and replicate == 0")
    table = table.rename(columns={"approach": "drafter"}).drop(columns=["format", "replicate"])
    write_run(tmp_path, table)
    found = read_pilot(tmp_path, "review_minutes", ("slow", "fast"), 0)
    assert (found.sessions, found.replicates) == (SESSIONS, 1)


def test_without_every_cost_the_price_is_not_known(tmp_path):
    write_run(tmp_path, scores())
    with (tmp_path / "drafts.jsonl").open("a") as file:
        file.write(json.dumps({"approach": "fast", "cost_usd": None}) + "\n")
    assert read_pilot(tmp_path, "review_minutes", ("slow", "fast"), 0).price_usd is None
    (tmp_path / "drafts.jsonl").unlink()
    assert read_pilot(tmp_path, "review_minutes", ("slow", "fast"), 0).price_usd is None


@pytest.mark.parametrize(
    ("measure", "approaches", "words"),
    [
        ("review_minute", ("slow", "fast"), "did you mean 'review_minutes'"),
        ("review_minutes", ("slow", "fat"), "did you mean 'fast'"),
        ("review_minutes", ("slow", "slow"), "does not differ from itself"),
        ("unscored", ("slow", "fast"), "no note has unscored"),
        ("constant", ("slow", "fast"), "the same in every note"),
    ],
)
def test_what_a_run_cannot_tell_is_named(tmp_path, measure, approaches, words):
    table = scores()
    write_run(
        tmp_path,
        pd.concat(
            [
                table,
                table.assign(scorer="unscored", value=np.nan, reason="client said so"),
                table.assign(scorer="constant", value=1.0),
            ]
        ),
    )
    with pytest.raises(InputError, match=words) as error:
        read_pilot(tmp_path, measure, approaches, 0)
    assert "client said so" not in str(error.value)


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(InputError, match="no scores lie here"):
        read_pilot(tmp_path, "fabrication", ("a", "b"), 0)
    with pytest.raises(InputError, match="no such folder"):
        read_pilot(tmp_path / "none", "fabrication", ("a", "b"), 0)


def test_a_broken_table_is_named_without_its_content(tmp_path):
    (tmp_path / "scores.parquet").write_bytes(b"client said so")
    with pytest.raises(InputError, match="not a Parquet table") as error:
        read_pilot(tmp_path, "fabrication", ("a", "b"), 0)
    assert "client" not in str(error.value)
    scores().drop(columns="unit").to_parquet(tmp_path / "scores.parquet")
    with pytest.raises(InputError, match="unit"):
        read_pilot(tmp_path, "fabrication", ("a", "b"), 0)
