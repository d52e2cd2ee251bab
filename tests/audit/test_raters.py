import numpy as np
import pandas as pd
import pytest

from evalkit.audit.comparators import overlaps
from evalkit.audit.raters import (
    agreement,
    any_within_section,
    both_vs_neither,
    by_section,
    estimate,
    join,
    note_rho,
    note_rho_faithfulness,
    note_rho_of_sections,
    on,
    rater_against_rater,
    section_rho,
    spearman,
)
from evalkit.audit.statements import count_rho, counted, statement_auc, statements
from evalkit.errors import InputError
from evalkit.imports.primock57 import (
    LabelledStatement,
    NoteErrors,
    note_errors,
    statement_labels,
    statement_notes,
)
from evalkit.imports.tneval import LabelledSentence, RatedSection, tneval_labels, tneval_ratings
from evalkit.records import Claim, Finding
from evalkit.scoring import score
from tests import small


def table(rows):
    columns = ["session_id", "drafter", "section", "index", "rater_1", "rater_2", "p_unsupported"]
    return pd.DataFrame(rows, columns=columns).assign(verdict="supported")


HAND = table(
    [
        ("1", "a", "plan", 0, True, True, 0.9),
        ("1", "a", "plan", 1, False, False, 0.1),
        ("1", "b", "plan", 0, True, False, 0.4),
        ("2", "a", "plan", 0, False, False, 0.5),
        ("2", "a", "objective", 0, True, True, 0.3),
        ("2", "a", "objective", 1, False, True, 0.2),
        ("2", "b", "objective", 0, False, False, 0.25),
    ]
)


def test_both_vs_neither_leaves_out_what_raters_disagree_on():
    # rejected by both: .9, .3; by neither: .1, .5, .25: 5 of 6 pairs in order
    assert both_vs_neither(HAND) == pytest.approx(5 / 6)


def test_within_section_is_the_mean_over_sections():
    # plan: .9, .4 above .1, .5: 3 of 4; objective: .3, .2 above .25: 1 of 2
    assert any_within_section(HAND) == pytest.approx((3 / 4 + 1 / 2) / 2)


def test_a_section_of_one_kind_has_no_say():
    more = table([("3", "a", "subjective", n, False, False, n / 9) for n in range(3)])
    assert any_within_section(pd.concat([HAND, more])) == any_within_section(HAND)


def test_notes_are_ranked_by_their_means():
    # p: .5, .4, .333, .25; rejected: .5, .5, .5, 0
    assert note_rho(HAND) == pytest.approx(spearman(np.array([4, 3, 2, 1]), np.array([2, 2, 2, 1])))


def test_a_scorer_is_measured_by_its_own_column():
    better = HAND.assign(own=(HAND["rater_1"].astype(float) + HAND["rater_2"]) / 2)
    assert both_vs_neither(better, "own") == 1.0
    assert any_within_section(better, "own") == 1.0


def test_raters_who_agree_are_each_others_perfect_scorers():
    same = HAND.assign(rater_2=HAND["rater_1"])
    found = rater_against_rater(same)
    assert found["auc"] == found["auc_within_section"] == found["agree"] == 1.0
    assert found["note_rho"] == pytest.approx(1.0)
    assert rater_against_rater(HAND)["agree"] == pytest.approx(5 / 7)


def test_an_interval_comes_from_conversations_not_sentences():
    rng = np.random.default_rng(0)
    rows = []
    for session in range(12):
        bad = session % 2 == 0
        rows += [(str(session), "a", "plan", n, bad, bad, 0.6 if bad else 0.4) for n in range(50)]
    many = table(rows).assign(noise=np.repeat(rng.random(12), 50))
    found = estimate(many, on(both_vs_neither, "noise"), rng, 200)
    assert found.low < found.value < found.high
    assert found.high - found.low > 0.3
    assert (found.n, found.clusters) == (600, 12)
    sure = estimate(many, on(both_vs_neither, "p_unsupported"), rng, 50)
    assert sure[:3] == (1.0, 1.0, 1.0)


def test_a_measure_without_a_value_is_not_a_number_and_says_so():
    one = HAND[HAND["session_id"] == "1"].assign(rater_1=False, rater_2=False)
    found = estimate(one, both_vs_neither, np.random.default_rng(0), 10)
    assert np.isnan(found.value)
    assert np.isnan(found.low)


def ratings():
    for session, drafter, section, likert in (
        ("1", "a", "plan", 2.0), ("1", "b", "plan", 3.0), ("2", "a", "plan", 4.0),
        ("2", "a", "objective", 4.0), ("2", "b", "objective", 5.0),
    ):  # fmt: skip
        yield RatedSection(
            session_id=session,
            drafter=drafter,
            section=section,
            rater_1=likert,
            rater_2=likert,
            align_score=likert / 5,
            judges={"llama": 5.0, "mistral": likert},
        )


def test_faithfulness_goes_with_little_that_is_unsupported():
    sections = by_section(HAND, ratings())
    assert note_rho_faithfulness(sections) == pytest.approx(1.0)
    assert section_rho(sections, "align_score", "likert") == pytest.approx(1.0)
    assert np.isnan(section_rho(sections, "judge_llama"))
    assert sections["sentences"].tolist() == [2, 1, 2, 1, 1]
    assert note_rho_of_sections(sections, "judge_mistral") < 0


def finding(text, start, p, verdict="supported", session="1", drafter="a"):
    claim = Claim(section="note", index=0, text=text, start=start, end=start + len(text))
    return Finding(
        session_id=session, approach=drafter, format="free", finding_id=text, claim=claim,
        verdict=verdict, p_unsupported=p, category="other", severity="minor",
    )  # fmt: skip


def test_a_statement_is_as_bad_as_the_worst_sentence_it_shares():
    findings = [finding("No pain", 0, 0.2), finding("and fever.", 8, 0.7, "unsupported")]
    labels = [
        LabelledStatement(session_id="1", drafter="a", index=0, start=0, end=11, correct=False),
        LabelledStatement(session_id="1", drafter="a", index=1, start=0, end=7, correct=True),
        LabelledStatement(session_id="1", drafter="a", index=2, start=12, end=18, correct=None),
    ]
    found = statements(findings, labels)
    assert found["p_unsupported"].tolist() == [0.7, 0.2]
    assert found["flagged"].tolist() == [True, False]
    assert statement_auc(found) == 1.0
    with pytest.raises(InputError, match="no finding"):
        statements([], labels)


def test_errors_are_counted_by_note():
    findings = [
        finding("a", 0, 0.9, "unsupported"), finding("b", 2, 0.8, "contradicted"),
        finding("c", 0, 0.1, drafter="b"), finding("d", 0, 0.4, drafter="c"),
    ]  # fmt: skip
    errors = [
        NoteErrors(session_id="1", drafter=name, incorrect=count, omitted=None)
        for name, count in (("a", 3.0), ("b", 0.5), ("c", 1.0), ("gone", 2.0))
    ]
    found = counted(
        findings, [*errors, NoteErrors(session_id="1", drafter="a", incorrect=None, omitted=1)]
    )
    assert found["flagged"].tolist() == [2, 0, 0]
    assert count_rho(found) == pytest.approx(1.0)


def test_words_that_nobody_says_are_not_overlap():
    labels = [
        LabelledSentence(
            session_id="s1", drafter="a", section="plan", index=n, text=text, rater_1=True,
            rater_2=True,
        )
        for n, text in enumerate(["I keep waking up at three", "Zebras juggle", "!"])
    ]  # fmt: skip
    found = overlaps(labels, {"s1": small.session()})
    assert found["word_overlap"].tolist() == [0.0, 1.0, 0.0]
    assert found["rouge_l"].tolist() == [0.0, 1.0, 0.0]


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


CHECKLIST = """consultation,clinician,note,stmt,text,label
day1,Clinician_1,1,1,"No pain,",c
day1,Clinician_1,1,2,no fever.,i
day1,Clinician_1,1,3,Asthma.,
day1,Clinician_1,2,1,Well.,c
"""


def test_statements_lie_where_their_label_says(tmp_path):
    path = write(tmp_path / "checklist.csv", CHECKLIST)
    notes = {note.drafter: note.sections["note"] for note in statement_notes(path)}
    labels = list(statement_labels(path))
    assert [one.correct for one in labels] == [True, False, None, True]
    assert [notes[one.drafter][one.start : one.end] for one in labels] == [
        "No pain,", "no fever.", "Asthma.", "Well.",
    ]  # fmt: skip


def test_a_bad_checklist_or_count_names_its_line_and_field(tmp_path):
    bad = write(tmp_path / "bad.csv", CHECKLIST.replace(",i\n", ",perhaps\n"))
    with pytest.raises(InputError) as caught:
        list(statement_labels(bad))
    assert (caught.value.line, caught.value.field) == (3, "label")
    head = "consultation,model,incorrect_total,omission_total\n"
    counts = write(tmp_path / "counts.csv", head + "day1,doctor,,2\nday1,m,many,2\n")
    with pytest.raises(InputError) as caught:
        list(note_errors(counts))
    assert (caught.value.line, caught.value.field) == (3, "incorrect_total")
    good = write(tmp_path / "good.csv", head + "day1,doctor,,2\nday1,m,1.5,2\n")
    assert [one.incorrect for one in note_errors(good)] == [None, 1.5]


def test_on_real_notes_it_ranks_sentences_better_than_word_overlap_does(real_data):
    annomi = f"annomi:{real_data('annomi/AnnoMI-simple.csv')}"
    notes = real_data("tneval/notes_dev.json")
    run = score(annomi, f"tneval:{notes}").run
    labels = list(tneval_labels(real_data("tneval/sentences_dev.csv")))
    found = agreement(run.findings, labels)
    assert found["sentences"] == 1027
    assert found["both_vs_neither"] > 0.89
    assert found["any_within_section"] > 0.72
    from evalkit.sessions.sources import open_source

    sessions = {one.session_id: one for one in open_source(annomi).load()}
    both = join(run.findings, labels).merge(overlaps(labels, sessions))
    assert both_vs_neither(both, "word_overlap") < found["both_vs_neither"] - 0.05
    sections = by_section(both, tneval_ratings(notes))
    assert len(sections) > 320
    assert sections["align_score"].between(0, 1).all()
    assert abs(note_rho_faithfulness(sections, "rejected")) < 0.3  # ratings miss what raters mark


def test_on_real_statements_it_is_better_than_chance(real_data):
    checklist = real_data("primock57/checklist_statements_dev.csv")
    run = score(f"primock57:{checklist.parent}", statement_notes(checklist)).run
    judged = statements(run.findings, statement_labels(checklist))
    assert len(judged) == 225
    assert judged["incorrect"].sum() == 45
    assert statement_auc(judged) > 0.7
