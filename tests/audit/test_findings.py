"""Findings are found by what they are about or by their id, and shown with all behind them."""

import itertools
import json
import shutil

import pytest

from evalkit.audit.findings import Wanted, find, listed, select
from evalkit.audit.kept import (
    FINDINGS,
    HASHES,
    PROVENANCE,
    SESSIONS,
    Kept,
    cell_key,
    keep,
    open_folder,
    run_folders,
)
from evalkit.audit.shown import show
from evalkit.errors import InputError
from evalkit.provenance import fingerprint
from evalkit.records import FALSE, Evidence, Turn, digest
from evalkit.reports.flat import findings_table
from evalkit.runner import run
from tests import small
from tests.audit.kept import BASELINES
from tests.audit.kept import kept as kept_in


@pytest.fixture(scope="module")
def made():
    return run(BASELINES)


@pytest.fixture(scope="module")
def kept(made, tmp_path_factory) -> Kept:
    folder = tmp_path_factory.mktemp("run")
    keep(made, folder)
    return open_folder(folder)


def lies(kept):
    return select(kept.findings, Wanted(approach=("fabricating",), verdict=FALSE))


def test_what_is_kept_comes_back_as_it_was(made, kept):
    assert kept.findings == made.findings
    assert tuple(kept.drafts.values()) == made.drafts
    assert tuple(kept.sessions.values()) == made.sessions
    assert (kept.experiment, kept.provenance) == (made.experiment, made.provenance)
    assert set(kept.formats) == {"soap", "dap"}
    assert kept.missing == ()


def test_keeping_the_same_run_twice_gives_the_same_bytes(made, tmp_path):
    for name in ("a", "b"):
        keep(made, tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_a_fingerprint_outlives_a_new_field_with_a_default():
    turn = Turn(speaker="client", text="Hm.")
    assert fingerprint(turn) == fingerprint(Turn(speaker="client", text="Hm.", start_s=None))
    assert fingerprint(turn) != fingerprint(Turn(speaker="client", text="Hm.", start_s=1.0))


def test_the_gravest_come_first(kept):
    found = select(kept.findings, Wanted())
    assert len(found) == len(kept.findings)
    false = [one.verdict in FALSE for one in found]
    assert any(false)
    assert false == sorted(false, reverse=True)
    worst = [one for one in found if one.verdict in FALSE]
    assert [one.severity for one in worst] == sorted(one.severity for one in worst)
    majors = [one.p_unsupported for one in worst if one.severity == "major"]
    assert majors == sorted(majors, reverse=True)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(approach=("extractive",)), "approach"),
        (Wanted(category=("medication", "risk")), "category"),
        (Wanted(severity=("major",)), "severity"),
        (Wanted(verdict=("supported",)), "verdict"),
        (Wanted(session=("gen-3-0001",)), "session_id"),
    ],
)
def test_a_filter_lets_through_what_it_names_and_all_of_it(kept, wanted, field):
    allowed = next(value for _, value in wanted if value)
    found = select(kept.findings, wanted)
    assert 0 < len(found) < len(kept.findings)
    assert {getattr(one, field) for one in found} <= set(allowed)
    assert len(found) == sum(getattr(one, field) in allowed for one in kept.findings)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Wanted(approach=("extractiv",)), "did you mean 'extractive'?"),
        (Wanted(category=("medications",)), "did you mean 'medication'?"),
        (Wanted(verdict=("unsuported",)), "did you mean 'unsupported'?"),
        (Wanted(session=("gen-3-0009",)), "no session named 'gen-3-0009'"),
    ],
)
def test_a_misspelt_filter_is_met_with_the_nearest(kept, wanted, says):
    with pytest.raises(InputError) as error:
        select(kept.findings, wanted)
    assert says in str(error.value)


def test_a_category_that_no_finding_has_is_an_empty_list_and_no_error(kept):
    one = [finding for finding in kept.findings if finding.category == "medication"]
    assert select(one, Wanted(category=("privacy",))) == []


def test_a_list_has_a_line_a_finding_and_texts_only_when_asked_for(kept):
    found = lies(kept)[:3]
    plain, told = listed(found), listed(found, texts=True)
    assert len(plain.splitlines()) == 4
    assert all(one.finding_id in plain for one in found)
    assert not [one for one in found if one.claim.text in plain]
    assert all(one.claim.text in told for one in found)


def test_an_id_may_be_cut_short_as_long_as_it_names_one(kept):
    ids = sorted(one.finding_id for one in kept.findings)
    assert len(set(ids)) == len(ids)
    pairs = itertools.pairwise(ids)
    shared = max(
        next(n for n in range(13) if one[: n + 1] != other[: n + 1]) for one, other in pairs
    )
    wanted = ids[0]
    assert find(kept.findings, wanted[: shared + 1], "here").finding_id == wanted
    assert find(kept.findings, wanted.upper(), "here").finding_id == wanted
    assert find(kept.findings, "zz", "here") is None
    with pytest.raises(InputError, match=rf"{len(ids)} findings of here start with ''.*, \.\.\.;"):
        find(kept.findings, "", "here")


def test_findings_by_the_start_of_their_id_are_read_alone(kept):
    wanted = kept.findings[5]
    assert kept.starting(wanted.finding_id) == [wanted]
    brief = {one.finding_id: one for one in kept.in_brief()}
    assert len(brief) == len(kept.findings)
    assert brief[wanted.finding_id].claim == wanted.claim


def test_a_finding_is_shown_with_claim_verdict_evidence_and_origin(made, kept):
    finding = next(one for one in lies(kept) if any(e.turn is not None for e in one.evidence))
    page = str(show(kept, finding))
    session = kept.sessions[finding.session_id]
    assert finding.claim.text in page
    assert f"[[{finding.claim.text}]]" in page
    assert finding.verdict in page
    turn = next(one.turn for one in finding.evidence if one.turn is not None)
    assert f"-> [{turn}] {session.turns[turn].speaker}: " in page
    before, after = max(0, turn - 1), min(turn + 1, len(session.turns) - 1)
    assert f"[{before}] " in page
    assert f"[{after}] " in page
    assert '"hallucinated": 0.4' in page
    assert f"seed       {BASELINES.seed}, of this cell " in page
    assert made.provenance.code_hash in page
    assert fingerprint(session) in page
    assert f"evalkit findings reproduce {finding.finding_id} {kept.folder}" in page
    assert "not kept by this run" not in page


def test_quotes_are_marked_where_their_offsets_say(kept):
    finding = kept.findings[0]
    session = kept.sessions[finding.session_id]
    turn = next(place for place, one in enumerate(session.turns) if len(one.text) > 30)
    text = session.turns[turn].text
    evidence = (
        Evidence(source="transcript", quote=text[4:9], turn=turn, start=4, end=9),
        Evidence(source="transcript", quote=text[12:20], turn=turn, start=12, end=20),
        Evidence(source="ledger", quote=session.facts[0].statement),
    )
    shown = show(kept, finding.model_copy(update={"evidence": evidence}), context=0)
    marked = f"{text[:4]}[[{text[4:9]}]]{text[9:12]}[[{text[12:20]}]]{text[20:]}"
    assert (
        f"-> [{turn}] {session.turns[turn].speaker}: {' '.join(marked.split())}" in shown.evidence
    )
    assert f"ledger: [[{session.facts[0].statement}]]" in shown.evidence
    assert len(shown.evidence) == 2


def test_a_finding_without_evidence_says_so(kept):
    bare = kept.findings[0].model_copy(update={"evidence": ()})
    assert show(kept, bare).evidence == ("none: nothing in the material comes near",)


def test_each_assertion_of_a_sentence_is_shown_with_its_verdict(kept):
    from evalkit.records import Assertion, AssertionFinding

    said = Assertion(text="takes lithium", start=0, end=13, concepts=("lithium",), subject="mother")
    one = AssertionFinding(assertion=said, verdict="contradicted", p_unsupported=0.9)
    page = str(show(kept, kept.findings[0].model_copy(update={"assertions": (one,)})))
    assert "asserts   takes lithium" in page
    assert "contradicted (p 0.900); of mother: lithium, affirmed, current, stated" in page


def test_a_run_of_before_is_listed_and_shown_with_what_it_lacks(made, kept, tmp_path):
    shutil.copytree(kept.folder, tmp_path, dirs_exist_ok=True)
    for name in (FINDINGS, HASHES):
        (tmp_path / name).unlink()
    old = json.loads((tmp_path / PROVENANCE).read_text())
    for name in ("code", "code_hash", "judges"):
        del old[name]
    (tmp_path / PROVENANCE).write_text(json.dumps(old))
    findings_table(made).to_parquet(tmp_path / "findings.parquet", index=False)
    older = open_folder(tmp_path)
    assert [one.finding_id for one in older.in_brief()] == [
        one.finding_id
        for approach in BASELINES.approaches
        for one in made.findings
        if one.approach == approach.name
    ]
    wanted = lies(kept)[0]
    (again,) = older.starting(wanted.finding_id)
    assert (again.claim.text, again.verdict) == (wanted.claim.text, wanted.verdict)
    page = str(show(older, again))
    assert wanted.claim.text in page
    assert "not kept by this run" in page
    assert "the hash of the code (this run was logged before evalkit kept it)" in page
    assert "hashes of each session and draft" in page


def test_a_copy_without_texts_holds_none(made, tmp_path):
    keep(made, tmp_path, notes=False, quotes=False)
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not (tmp_path / SESSIONS).exists()
    for session in made.sessions:
        for turn in session.turns:
            assert len(turn.text) < 25 or turn.text.encode() not in held
    for finding in made.findings:
        assert finding.claim.text.encode() not in held
    bare = open_folder(tmp_path)
    assert bare.missing == (
        "sessions and quotes of them (kept out of MLflow)",
        "texts of notes (kept out of MLflow)",
    )
    assert [one.finding_id for one in bare.findings] == [one.finding_id for one in made.findings]
    key = cell_key(made.drafts[0].cell)
    assert bare.hashes.drafts[key] == fingerprint(made.drafts[0])


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(InputError, match="no run lies in this folder"):
        open_folder(tmp_path)
    with pytest.raises(InputError, match="there is no such folder"):
        open_folder(tmp_path / "none")


def test_runs_come_latest_first(tmp_path):
    import os

    for age, name in enumerate(("old", "new")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "experiment.json").write_text("{}")
        os.utime(tmp_path / name / "experiment.json", (age, age))
    (tmp_path / "artifacts").mkdir()
    assert [one.name for one in run_folders(tmp_path)] == ["new", "old"]


def test_a_damaged_file_is_named_with_its_line_and_without_its_text(kept, tmp_path):
    shutil.copytree(kept.folder, tmp_path, dirs_exist_ok=True)
    with (tmp_path / FINDINGS).open("a") as file:
        file.write('{"claim": "SECRET words"}\n')
    with pytest.raises(InputError) as error:
        open_folder(tmp_path).in_brief()
    assert f"line {len(kept.findings) + 1}, field 'session_id'" in str(error.value)
    assert "SECRET" not in str(error.value)


def test_prompt_and_model_are_shown(tmp_path):
    from tests.audit.kept import LIE, PROMPT, answers, drafted_by_model, the_lie
    from tests.local_server import LocalServer

    with LocalServer(always=answers(LIE)) as server:
        kept = drafted_by_model(tmp_path, server.url)
    page = str(show(kept, the_lie(kept)))
    assert "model      openai/test-model, answered as test-model-1" in page
    assert f"| {PROMPT}" in page
    assert digest(PROMPT) in page
    assert str(tmp_path / "mine.md") in page
    assert ", sent to the model as " in page
    assert '"temperature": 0.0' in page


def test_small_session_fingerprints_differ():
    one, other = small.session(), small.session(jottings="Slept badly.")
    assert fingerprint(one) != fingerprint(other)


def test_a_second_keeping_in_one_folder_replaces_the_first(made, tmp_path):
    kept_in(tmp_path)
    part = made.model_copy(update={"findings": made.findings[:3]})
    keep(part, tmp_path)
    assert len(open_folder(tmp_path).findings) == 3
