"""The card is measured on notes whose truth is known, and says what it could not measure."""

import asyncio
import json
from typing import ClassVar

import pytest
from pydantic import Field

from evalkit.accuracy import CARD, Checked, checked, shipped
from evalkit.audit import card, labelled, raters
from evalkit.audit.controls import (
    HALLUCINATED,
    Known,
    Note,
    Sentence,
    controls,
    in_one_wording,
    judged,
    traps_told,
    without_traps,
)
from evalkit.audit.validity import figures, planted_rows, trap_rows
from evalkit.claims.extract import claims
from evalkit.errors import InputError
from evalkit.imports._labels import Label
from evalkit.judges._base import Judge, Judgement
from evalkit.judges.grounding import Grounding
from evalkit.records import Claim, Draft, Finding, Planted, finding_id
from evalkit.sessions.generate import generate
from evalkit.stats import wilson
from tests import small

SESSIONS = list(generate(4, 77))


class Told(Judge):
    """Flags what it is told to: planted errors, true sentences, both or neither."""

    name: ClassVar[str] = "told"
    planted: bool = True
    true: bool = False

    async def judge(self, session, drafts, llm=None):
        return [Judgement(tuple(self._findings(draft))) for draft in drafts]

    def _findings(self, draft):
        lies = {(one.section, one.text) for one in draft.planted or ()}
        for parsed in claims(draft):
            false = (parsed.claim.section, parsed.claim.text) in lies
            yield finding(draft, parsed.claim, self.planted if false else self.true)


class Watching(Told):
    """Keeps what it was shown of the sessions."""

    seen: list = Field(default_factory=list)

    async def judge(self, session, drafts, llm=None):
        self.seen.append(session)
        return await super().judge(session, drafts, llm)


class Failing(Told):
    async def judge(self, session, drafts, llm=None):
        return [Judgement(failure="no answer") for _ in drafts]


def finding(draft, claim, false, category="other"):
    verdict = "unsupported" if false else "supported"
    return Finding(
        **draft.cell._asdict(),
        finding_id=finding_id(draft, claim, verdict, "told"),
        claim=claim,
        verdict=verdict,
        p_unsupported=0.9 if false else 0.1,
        category=category,
        severity="minor",
        scorer="told",
    )


def looked_at(judge, **options):
    async def work():
        made = await controls(SESSIONS)
        return made, await judged(judge, made, **options)

    return asyncio.run(work())


def table(rows):
    return {(row.what, row.group): row for row in rows}


def test_a_judge_that_knows_finds_all_and_flags_nothing_else():
    _, known = looked_at(Told())
    rows = table(planted_rows(known))
    for group in ("all", "own words", "other words"):
        for what in ("sentence recall", "precision", "sentence specificity", "note specificity"):
            assert rows[what, group].value == 1
            assert rows[what, group].low < 1
    assert rows["precision at the published rate", "all"].value == 1


def test_a_judge_that_flags_nothing_has_no_precision_rather_than_a_perfect_one():
    _, known = looked_at(Told(planted=False))
    rows = table(planted_rows(known))
    assert rows["sentence recall", "all"].value == 0
    assert rows["sentence specificity", "all"].value == 1
    assert rows["precision", "all"].value is None
    assert rows["precision", "all"].note == "no flagged sentences"


def sentence(flagged, planted=None, own=True, text="x", session="s1"):
    draft = Draft(session_id=session, approach="c", approach_id="", format="soap")
    claim = Claim(section="plan", index=0, text=text, start=0, end=1)
    return Sentence(Checked(draft, text, "plan", planted, (finding(draft, claim, flagged),)), own)


def lie(category="plan", trap=None):
    return Planted(
        kind="hallucinated",
        category=category,
        severity="minor",
        text="x",
        section="plan",
        trap=trap,
    )


def test_figures_are_counted_as_by_hand():
    # 3 of 4 planted errors are found, and 1 of 10 true sentences is flagged
    false = [sentence(number != 3, lie()) for number in range(4)]
    true = [sentence(number == 0) for number in range(10)]
    rows = table(figures(Known((*false, *true), (), 0), "all"))
    recall = rows["sentence recall", "all"]
    assert (recall.value, recall.n) == (0.75, 4)
    assert (recall.low, recall.high) == pytest.approx(wilson(3, 4), abs=1e-6)
    assert (rows["precision", "all"].value, rows["precision", "all"].n) == (0.75, 4)
    assert (rows["sentence specificity", "all"].value, true.__len__()) == (0.9, 10)
    at_published = 0.0147 * 0.75 / (0.0147 * 0.75 + 0.9853 * 0.1)
    assert rows["precision at the published rate", "all"].value == pytest.approx(
        at_published, abs=1e-6
    )


def test_recall_by_category_and_trap_and_wording_is_kept_apart():
    found = (
        sentence(True, lie("plan", "sarcasm")),
        sentence(False, lie("plan", "sarcasm"), own=False),
        sentence(True, lie("risk")),
        sentence(False),
    )
    rows = table(planted_rows(Known(found, (), 0)))
    assert (rows["sentence recall", "category: plan"].value, 2) == (0.5, 2)
    assert rows["sentence recall", "category: plan, other words"].value == 0
    assert rows["sentence recall", "category: risk"].value == 1
    assert rows["sentence recall", "trap: sarcasm"].n == 2
    assert ("sentence recall", "category: risk, other words") not in rows


def test_notes_count_as_true_where_nothing_was_planted():
    notes = (
        Note("s1", own=True, false=False, flagged=True),
        Note("s2", own=True, false=False, flagged=False),
        Note("s1", own=True, false=True, flagged=True),
    )
    rows = table(figures(Known((), notes, 0), "all"))
    assert (rows["note specificity", "all"].value, rows["note specificity", "all"].n) == (0.5, 2)
    assert rows["note recall", "all"].value == 1


def test_controls_plant_about_as_often_as_they_say_in_both_wordings():
    made, known = looked_at(Told())
    assert [draft.approach for _, draft in made[:4]] == [
        "planted",
        "planted reworded",
        "true",
        "true reworded",
    ]
    again = asyncio.run(controls(SESSIONS))
    assert [draft for _, draft in again] == [draft for _, draft in made]
    planted = [one for one in known.sentences if one.checked.planted]
    assert abs(len(planted) / len(known.sentences) - HALLUCINATED) < 0.1
    assert sum(not one.own for one in planted) > len(planted) / 4
    assert {draft.format for _, draft in made} == {"soap", "dap", "birp"}


def test_a_judge_is_shown_no_more_than_the_group_says():
    watching = Watching(seen=[])
    looked_at(watching, shown=in_one_wording)
    assert len(watching.seen) == len(SESSIONS)
    for session in watching.seen:
        assert not any(one.reworded for one in (*session.facts, *session.traps))
    watching = Watching(seen=[])
    looked_at(watching, shown=without_traps)
    assert not any(session.traps for session in watching.seen)


def test_a_planted_error_of_two_sentences_is_found_where_one_of_them_is_flagged():
    text = "Client slept. Client takes lithium."
    planted = small.planted(text)
    note = small.draft(planted=(planted,), subjective=f"Client came. {text}")
    found = [
        finding(note, one.claim, one.claim.text == "Client takes lithium.") for one in claims(note)
    ]
    lies = [one for one in checked([note], found) if one.planted]
    true = [one for one in checked([note], found) if not one.planted]
    assert [one.flagged() for one in lies] == [True]
    assert [one.text for one in true] == ["Client came."]


def test_traps_are_told_as_fallen_into_where_their_bait_was_planted():
    made = asyncio.run(controls(list(generate(12, 77))))
    told = traps_told(made)
    rows = {(row.what, row.group): row for row in trap_rows(told)}
    planted = sum(
        one.trap is not None
        for _, draft in made
        for one in draft.planted or ()
        if one.kind == "hallucinated"
    )
    assert rows["recall", "all"].n == planted
    assert rows["recall", "all"].value > 0.5


def test_without_real_data_the_card_says_which_rows_are_missing_and_why(tmp_path):
    (found,) = card.measured(Told(), card.Truth(tuple(SESSIONS)))
    assert len(found.missing) == 2
    assert all("no folder of real data was named" in line for line in found.missing)
    (found,) = card.measured(Told(), card.Truth(tuple(SESSIONS), data=tmp_path))
    assert "tneval/notes_dev.json" in found.missing[0]
    assert "primock57/checklist_statements_dev.csv" in found.missing[1]


def test_a_judge_that_fails_on_every_note_has_no_figures_and_the_card_says_so():
    (found,) = card.measured(Failing(), card.Truth(tuple(SESSIONS)))
    assert found.rows == ()
    assert "the judge failed on 16 of 16 notes" in found.missing[0]


def test_a_file_without_a_ledger_is_refused(tmp_path):
    from evalkit.store import write_records

    file = tmp_path / "bare.jsonl"
    write_records(file, [small.session(facts=())])
    with pytest.raises(InputError, match="no session with a ledger"):
        card.truth(file)


def test_ones_own_labels_are_compared_with_the_verdicts():
    notes = [
        Draft(
            session_id=f"s{number}",
            approach="a",
            approach_id="",
            format="soap",
            sections={"plan": "Client slept. Client ate."},
        )
        for number in range(4)
    ]
    found = [
        finding(note, one.claim, one.claim.index == 1) for note in notes for one in claims(note)
    ]
    labels = [
        Label(session_id=note.session_id, drafter="a", section="plan", index=index, label=said)
        for number, note in enumerate(notes)
        for index, said in enumerate(
            ("supported", "unsupported") if number else ("unsupported", "unsupported")
        )
    ]
    rows = {row.what: row for row in labelled.own_rows(found, labels)}
    assert (rows["sentence recall"].value, rows["sentence recall"].n) == (0.8, 5)
    assert (rows["sentence specificity"].value, rows["sentence specificity"].n) == (1, 3)
    with pytest.raises(InputError, match="0 of 8 labelled sentences"):
        labelled.own_rows([], labels)


def test_the_labels_of_tneval_give_the_same_figures_as_the_comparison_with_raters(real_data):
    data = real_data("tneval/notes_dev.json").parents[1]
    real_data("annomi/AnnoMI-simple.csv")
    found = card.measured(Grounding(use_ledger=False), card.Truth(tuple(SESSIONS), data=data))
    rows = {(row.what, row.group): row for row in found[0].rows if row.part == "TN-Eval"}
    ours = rows[labelled.BOTH, labelled.OURS]
    assert (ours.n, ours.clusters) == (1027, 28)
    assert 0.5 < ours.low < ours.value < ours.high < 1
    assert rows[labelled.SHARE, labelled.OURS].n == 84
    assert rows[labelled.BOTH, "word overlap"].value == pytest.approx(0.829, abs=0.001)
    assert rows["agreement", labelled.RATERS].value == pytest.approx(0.849, abs=0.001)
    assert rows["note rho, rated faithfulness", "AlignScore"].value is not None
    assert any(row.part == "PriMock57" for row in found[0].rows)
    assert any(row.part == "completeness" for row in found[0].rows)


def test_more_unsupported_means_less_faithful_for_every_scorer():
    import pandas as pd

    sections = pd.DataFrame(
        {
            "session_id": ["1", "2", "3"],
            "drafter": "a",
            "section": "plan",
            "sentences": 1,
            "likert": [5.0, 3.0, 1.0],
            "align_score": [0.9, 0.5, 0.1],
            "judge_x": [5.0, 4.0, 2.0],
        }
    )
    turned = labelled._turned(sections)
    for score in ("align_score", "judge_x"):
        assert raters.section_rho(turned, score, "unfaithful") == pytest.approx(1)


def test_the_card_in_the_package_is_of_the_weights_and_verdicts_in_the_package():
    judges = shipped().judges
    assert [(one.judge, one.ledger) for one in judges] == [
        ("grounding", True),
        ("grounding", False),
    ]
    for one in judges:
        judge = Grounding(use_ledger=one.ledger)
        stale = "run: python -m benchmarks.validity --write"
        assert one.weights == card.weights(judge), stale
        assert one.answers == asyncio.run(card.answers(judge)), stale


def test_the_card_in_the_package_holds_figures_and_no_sentence_of_a_note():
    content = json.loads(CARD.read_text(encoding="utf-8"))
    texts = set()

    def walk(value):
        if isinstance(value, dict):
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)
        elif isinstance(value, str):
            texts.add(value)

    walk(content)
    assert max(map(len, texts)) < 80
    assert not any(text.endswith(".") for text in texts)
    assert shipped().of("grounding", ledger=True).row("planted errors", "sentence recall").n > 1000
