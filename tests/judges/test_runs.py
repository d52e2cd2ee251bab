"""Judges in a run: which one the scores rest on, what becomes of one that fails, what is kept."""

from __future__ import annotations

import json
import re
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from evalkit.audit.judges import agreement, agreement_table, by_approach, judge_table
from evalkit.cli import main
from evalkit.decision import decide, estimates
from evalkit.errors import EvalkitError, InputError
from evalkit.experiment import check, load_experiment
from evalkit.judges._base import Judge, Judgement
from evalkit.judges.grounding import Grounding
from evalkit.records import FALSE, Approach, Experiment, Gate, SessionsConfig
from evalkit.reports.html import render
from evalkit.runner import run
from evalkit.scorers.planted import counted, pairs
from tests.judges.answers import answer, row
from tests.local_server import LocalServer, Reply, says, status
from tests.small import draft, planted

HERE = "tests.judges.test_runs"


class Moody(Judge):
    """Fails on every second session: says so, or breaks."""

    name: ClassVar[str] = "moody"

    async def judge(self, session, drafts, llm=None):
        number = int(session.session_id[-1])
        if number % 4 == 1:
            raise RuntimeError(session.turns[0].text)
        if number % 2:
            return [Judgement(failure="not in the mood")] * len(drafts)
        found = await Grounding().judge(session, drafts)
        return [
            Judgement(tuple(self.signed(d, f) for f in one.findings))
            for d, one in zip(drafts, found, strict=True)
        ]


class Lazy(Judge):
    name: ClassVar[str] = "lazy"

    async def judge(self, session, drafts, llm=None):
        return []


def experiment(*judges, count=4, **changes):
    approach = Approach(
        name="a", drafter="fabricating", options={"hallucinated": 0.5}, control=True
    )
    return Experiment(
        name="t",
        sessions=SessionsConfig(options={"count": count}),
        approaches=(approach, Approach(name="b", drafter="form_fill")),
        **({"judges": judges} if judges else {}),
        **changes,
    )


def test_without_a_word_the_house_judges_alone_and_each_draft_is_accounted_for():
    done = run(experiment())
    assert done.judges == ("grounding",)
    assert done.first_findings == done.findings
    assert len(done.judged) == done.scored == 8
    assert sum(one.findings for one in done.judged) == len(done.findings)
    assert done.provenance.judges == {"grounding": Grounding().fingerprint}


def test_a_second_judge_changes_no_score_and_is_measured_beside_the_first():
    without = {"name": "grounding", "alias": "unaided", "use_ledger": False}
    alone, both = run(experiment()), run(experiment("grounding", without))
    assert both.first_findings == alone.findings
    assert both.scores[: len(alone.scores)] == alone.scores
    assert both.reviews == alone.reviews
    assert {one.scorer for one in both.findings} == {"grounding", "unaided"}
    found = {(one.approach, one.measure): one for one in estimates(both)}
    mine = [one for one in both.findings if one.scorer == "unaided" and one.approach == "a"]
    by_note = pd.Series([f.verdict in FALSE for f in mine]).groupby([f.session_id for f in mine])
    rate = found["a", "unsupported_sentences_unaided"]
    assert rate.mean == pytest.approx(by_note.mean().mean(), abs=1e-5)
    assert found["a", "fabrication_unaided"].mean == pytest.approx(by_note.any().mean())


def test_a_gate_may_rest_on_a_second_judge():
    gate = Gate(measure="fabrication_unaided", max=0.5)
    without = {"name": "grounding", "alias": "unaided", "use_ledger": False}
    with_gate = experiment("grounding", without, gates=(gate,))
    check(with_gate)
    done = run(with_gate)
    assert [one.gates[0].estimate is not None for one in decide(done)] == [True, True]
    with pytest.raises(InputError, match="fabrication_unaided"):
        check(experiment(gates=(gate,)))


def test_where_the_first_judge_fails_its_scores_are_missing_with_the_reason_and_counted():
    done = run(experiment(f"{HERE}:Moody", "grounding", count=8))
    failed = {one.cell for one in done.judged if one.judge == "moody" and one.failure}
    assert len(failed) == 8
    assert set(done.unjudged) == failed
    assert set(done.unjudged.values()) == {"not in the mood", "RuntimeError in judge"}
    assert len(done.reviews) == done.scored - 8
    for score in done.scores:
        if score.cell in failed and score.scorer in (
            "fabrication",
            "review_minutes",
            "false_alarms",
        ):
            assert score.value is None
            assert score.reason.startswith("not judged: ")
        if score.cell in failed and score.scorer in ("rouge1", "fidelity", "format"):
            assert score.value is not None
        if score.scorer == "fabrication_grounding":
            assert score.value is not None
    spoken = [turn.text for session in done.sessions for turn in session.turns]
    assert not any(text in reason for text in spoken for reason in done.unjudged.values())
    found = {(one.approach, one.measure): one for one in estimates(done)}
    assert found["a", "fabrication"].n_unscored == 4
    page = render(done, decide(done), estimates(done))
    assert "8 scored notes have no verdict of moody" in page
    (line,) = counted(done)
    judged = [draft for draft in done.drafts if draft.planted and draft.cell not in failed]
    lies = {
        (draft.cell, one.section, one.text)
        for draft in judged
        for one in draft.planted
        if one.kind == "hallucinated"
    }
    assert f"of {len(lies)} planted errors flagged" in line


def test_where_a_later_judge_fails_only_its_own_numbers_are_missing():
    done = run(experiment("grounding", f"{HERE}:Moody", count=8))
    assert not done.unjudged
    missing = {score.scorer for score in done.scores if "mood" in score.reason}
    assert missing == {"fabrication_moody", "unsupported_sentences_moody"}
    table = judge_table(done).set_index("judge")
    assert list(table["failed"]) == [0, 8]
    assert table.loc["moody", "common"] == table.loc["moody", "sentences"]
    assert table.loc["grounding", "common"] < table.loc["grounding", "sentences"]


def test_a_judge_that_forgets_a_draft_is_an_error():
    with pytest.raises(EvalkitError, match="gave 0 judgements of 2 drafts"):
        run(experiment(f"{HERE}:Lazy"))


@pytest.mark.parametrize(
    ("judges", "says"),
    [
        (("groundin",), "field 'judges.0': no judge named 'groundin'; did you mean 'grounding'?"),
        (("grounding", "grounding"), "field 'judges.1.alias': two judges are called 'grounding'"),
        (("grounding", {"name": "grounding", "alias": "strict"}), "'fabrication_strict' would be"),
        (({"name": "grounding", "use_leger": True},), "did you mean 'use_ledger'?"),
        (({"name": "grounding", "alias": "1 x"},), "field 'judges.0.alias'"),
        (("llm",), "field 'judges.0.model'"),
        (("tests.test_runner:Flaky",), "not a class derived from evalkit.judges"),
    ],
)
def test_a_mistake_in_the_judges_is_named(judges, says):
    with pytest.raises(InputError) as error:
        check(experiment(*judges))
    assert says in str(error.value)
    assert "\n" not in str(error.value)


FILE = """
name = "judged"
judges = ["grounding", {{ name = "llm", model = "openai/judge", api_base = "{base}", \
prompt = "rubric.md" }}]
[sessions]
options = {{ count = 3 }}
[[approaches]]
name = "form"
drafter = "form_fill"
[endpoint]
attempts = 2
max_wait_s = 0.1
prices = {{ "openai/judge" = [1.0, 2.0] }}
"""
EVERY_OTHER = answer(*(row(n, "unsupported" if n % 2 else "supported") for n in range(1, 60)))


def call(*arguments):
    with pytest.raises(SystemExit) as stop:
        main([str(one) for one in arguments])
    return stop.value.code


def write(tmp_path, base, text=FILE):
    (tmp_path / "rubric.md").write_text("Be strict.")
    path = tmp_path / "experiment.toml"
    path.write_text(text.format(base=base))
    return path


def test_a_model_judges_from_the_command_line_and_is_not_asked_twice(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    with LocalServer(status(429), says(EVERY_OTHER), always=says(EVERY_OTHER)) as server:
        path = write(tmp_path, server.url)
        assert call("run", path, "--out", tmp_path / "runs") == 0
        asked = len(server.requests)
        assert asked == 4
        folder = tmp_path / "runs" / "judged"
        names = ("findings.parquet", "scores.parquet", "judged.jsonl", "report.html")
        first = {name: (folder / name).read_bytes() for name in names}
        assert call("run", path, "--out", tmp_path / "runs", "--no-tracking") == 0
        assert len(server.requests) == asked
        assert {name: (folder / name).read_bytes() for name in names} == first
    findings = pd.read_parquet(folder / "findings.parquet")
    assert set(findings["judge"]) == {"grounding", "llm"}
    judged = [json.loads(line) for line in first["judged.jsonl"].decode().splitlines()]
    paid = [one["cost_usd"] for one in judged if one["judge"] == "llm"]
    assert paid == [pytest.approx(1400 / 1e6)] * 3
    page = first["report.html"].decode()
    assert "kappa" in page
    assert re.search(r"<td[^>]*>3,600</td>", page)  # tokens of three answers
    provenance = json.loads((folder / "provenance.json").read_text())
    assert set(provenance["judges"]) == {"grounding", "llm"}
    kept = json.loads((folder / "experiment.json").read_text())["judges"][1]["prompt"]
    assert (kept["name"], kept["text"]) == ("rubric", "Be strict.")


def test_another_rubric_is_another_judge(tmp_path):
    path = write(tmp_path, "http://127.0.0.1:9/v1")
    before = load_experiment(path)
    (tmp_path / "rubric.md").write_text("Be kind.")
    after = load_experiment(path)
    assert before != after
    (tmp_path / "rubric.md").unlink()
    with pytest.raises(InputError, match=r"judges\.1\.prompt.*no prompt file"):
        load_experiment(path)


def test_a_judge_without_a_key_is_one_line_and_nothing_is_written(tmp_path, monkeypatch, capfd):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    path = write(tmp_path, "https://models.example.org/v1")
    assert call("run", path, "--out", tmp_path / "runs") == 2
    assert not (tmp_path / "runs").exists()
    out, err = capfd.readouterr()
    assert len(err.strip().splitlines()) == 1
    assert "OPENAI_API_KEY" in err
    assert not out


def test_judges_are_listed(capsys):
    assert call("list", "judges") == 0
    assert capsys.readouterr().out.split() == ["entailment", "grounding", "labels", "llm"]


def test_nothing_is_sent_unless_the_experiment_names_the_judge(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    with LocalServer(always=Reply()) as server:
        monkeypatch.setenv("OPENAI_API_BASE", server.url)
        run(experiment(count=2))
        assert server.requests == []


def test_a_run_with_the_houses_judge_alone_has_no_section_on_judges():
    done = run(experiment())
    assert '<h2 id="judges">' not in render(done, decide(done), estimates(done))


def test_judges_that_agree_by_chance_alone_have_no_kappa_and_perfect_ones_have_one():
    ids = np.repeat(np.array(["a", "b", "c", "d"]), 25)
    rng = np.random.default_rng(3)
    flags = rng.random(100) < 0.3
    same = agreement(flags, flags, ids, rng)
    assert (same.agreement, same.kappa, same.kappa_low) == (1, 1, 1)
    never = np.zeros(100, dtype=bool)
    assert np.isnan(agreement(never, never, ids, rng).kappa)
    other = agreement(flags, rng.random(100) < 0.3, ids, rng)
    assert other.kappa_low < 0 < other.kappa_high
    assert (other.n, other.clusters) == (100, 4)
    nobody = np.array([], dtype=bool)
    assert agreement(nobody, nobody, np.array([], dtype=str), rng).n == 0


def test_kappa_is_that_of_scikit_learn():
    from sklearn.metrics import cohen_kappa_score

    rng = np.random.default_rng(5)
    ids = np.repeat(np.arange(20).astype(str), 10)
    for share in (0.05, 0.3, 0.5):
        left = rng.random(200) < share
        right = np.where(rng.random(200) < 0.8, left, ~left)
        ours = agreement(left, right, ids, rng).kappa
        assert ours == pytest.approx(cohen_kappa_score(left, right), abs=1e-12)


def test_pairs_are_compared_on_the_sentences_that_both_have_a_verdict_on():
    without = {"name": "grounding", "alias": "unaided", "use_ledger": False}
    done = run(experiment("grounding", without, f"{HERE}:Moody"))
    table = agreement_table(done).set_index(["judge", "other"])
    assert table.loc[("grounding", "unaided"), "n"] > table.loc[("grounding", "moody"), "n"]
    assert table.loc[("grounding", "moody"), "kappa"] == 1
    for one in table.to_dict("records"):
        assert one["both"] + one["first"] + one["second"] + one["neither"] == one["n"]
    shares = by_approach(done)
    assert set(shares["judge"]) == {"grounding", "unaided", "moody"}
    assert shares.groupby("approach")["sentences"].nunique().max() == 1


def test_the_published_raters_agree_as_published(real_data):
    """Kappa was .62 over all 50 conversations (TN-Eval); 28 of them are here."""
    notes = f"tneval:{real_data('tneval/notes_dev.json')}"
    labels = {"name": "labels", "path": f"tneval:{real_data('tneval/sentences_dev.csv')}"}
    options = {"path": str(real_data("annomi/AnnoMI-simple.csv"))}
    rated = Experiment(
        name="t",
        sessions=SessionsConfig(source="annomi", options=options),
        approaches=tuple(
            Approach(name=name, drafter="recorded", options={"path": notes, "author": name})
            for name in ("human", "llm_llama31_70B", "llm_mistral_large_v2")
        ),
        judges=tuple({**labels, "alias": name, "rater": name} for name in ("rater_1", "rater_2")),
        scorers=("fabrication",),
    )
    done = run(rated)
    (pair,) = agreement_table(done).to_dict("records")
    assert (pair["clusters"], pair["n"]) == (28, 1023)
    assert pair["kappa"] == pytest.approx(0.62, abs=0.05)
    assert pair["kappa_low"] < 0.62 < pair["kappa_high"]
    assert pair["agreement"] == pytest.approx(0.86, abs=0.02)


def test_planted_errors_of_every_category_are_counted_once():
    done = run(experiment(count=6))
    found = [
        (one, hit)
        for each in done.drafts
        for one, hit in pairs(each, [f for f in done.findings if f.cell == each.cell])
    ]
    assert {one.kind for one, _ in found} == {"hallucinated"}
    assert len(found) > 10
    assert len({one.category for one, _ in found}) > 2
    (line,) = counted(done)
    assert f"{sum(hit for _, hit in found)} of {len(found)} planted" in line


def test_a_planted_text_of_two_sentences_is_found_by_a_finding_on_either():
    lie = "Client has epilepsy. Client takes lamotrigine 100 mg daily."
    note = draft(planted=(planted(lie),), subjective=f"Client slept. {lie}")
    found = run_judge(note)
    assert [hit for _, hit in pairs(note, found)] == [True]
    true = note.model_copy(update={"planted": (planted("Client slept."),)})
    assert [hit for _, hit in pairs(true, found[1:])] == [False]


def run_judge(note):
    """Findings that call all but the first sentence false."""
    import asyncio

    from tests import small

    (judged,) = asyncio.run(Grounding().judge(small.session(), [note]))
    first, *others = judged.findings
    rest = [one.model_copy(update={"verdict": "unsupported"}) for one in others]
    return [first.model_copy(update={"verdict": "supported"}), *rest]
