"""People's labels: what a file may say, what is refused, and what becomes of them."""

from __future__ import annotations

import asyncio
import csv
import io
import json

import pytest

from evalkit.errors import InputError
from evalkit.imports._labels import agreed, by_sentence, read_labels
from evalkit.judges.labels import Labels
from tests import small

NOTE = small.draft(
    subjective="Client keeps waking up at three. Client denies suicidal ideation.",
    plan="Client will attend a yoga class.",
)
SECRET = "the xylophone under my bed"


def line(section="plan", index=0, label="unfaithful", **more):
    fields = {"session_id": "s1", "drafter": "hand", "section": section, "index": index}
    return {**fields, "label": label, **more}


def write(folder, rows, name="labels.csv"):
    path = folder / name
    if name.endswith(".jsonl"):
        path.write_text("\n".join(json.dumps(row) for row in rows))
    else:
        names = list(dict.fromkeys(name for row in rows for name in row))
        out = io.StringIO()
        writer = csv.DictWriter(out, names)
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(out.getvalue())
    return str(path)


def judged(path, note=NOTE, **options):
    (judgement,) = asyncio.run(Labels(path=path, **options).judge(small.session(), [note]))
    return judgement


RATED = [
    line("subjective", 0, "faithful", rater="a"),
    line("subjective", 0, "Unfaithful", rater="b"),
    line("subjective", 0, "contradicted", rater="c"),
    line("plan", 0, "inferred", rater="a"),
    line("plan", 0, "unfaithful", rater="b"),
]


@pytest.mark.parametrize("name", ["labels.csv", "labels.jsonl"])
def test_the_majority_settles_a_sentence_and_one_without_a_label_is_left_out(tmp_path, name):
    judgement = judged(write(tmp_path, RATED, name))
    verdicts = [(one.claim.section, one.verdict, one.p_unsupported) for one in judgement.findings]
    assert verdicts == [
        ("subjective", "contradicted", pytest.approx(2 / 3, abs=1e-6)),
        ("plan", "inferred", 0.5),
    ]
    assert judgement.unlabelled == 1


def test_any_takes_the_gravest_and_one_rater_can_be_taken_alone(tmp_path):
    path = write(tmp_path, RATED)
    said = [one.verdict for one in judged(path, rule="any").findings]
    assert said == ["contradicted", "unsupported"]
    assert [one.verdict for one in judged(path, rater="a").findings] == ["supported", "inferred"]
    with pytest.raises(InputError, match="no rater named 'd'"):
        Labels(path=path, rater="d")


def test_the_order_of_raters_does_not_matter(tmp_path):
    labels = read_labels(write(tmp_path, RATED))
    for rule in ("majority", "any"):
        for found in by_sentence(labels).values():
            assert agreed(found, rule) == agreed(found[::-1], rule)


def test_category_and_severity_are_the_raters_where_they_say(tmp_path):
    rows = [line(category="privacy", severity="major"), line("subjective", 0)]
    first, second = judged(write(tmp_path, rows, "labels.jsonl")).findings
    assert (second.category, second.severity) == ("privacy", "major")
    assert first.category != "privacy"


def test_a_label_with_its_text_finds_the_sentence_though_the_note_was_split_otherwise(tmp_path):
    rows = [
        line("subjective", 0, text="Client  denies suicidal\nideation."),
        line("subjective", 1, text="No such sentence."),
    ]
    judgement = judged(write(tmp_path, rows, "labels.jsonl"))
    assert [one.claim.index for one in judgement.findings] == [1]


def test_a_note_without_a_label_is_a_failure_and_labels_of_another_format_are_not_its_own(tmp_path):
    path = write(tmp_path, [line(format="dap")])
    assert judged(path).failure == "none of its 3 sentences is labelled"
    assert judged(path).unlabelled == 3
    assert judged(path, small.draft(format="dap", plan="Return.")).findings


def test_an_approach_may_bear_another_name_than_the_file_has(tmp_path):
    path = write(tmp_path, [line(drafter="vendor 1.2")])
    assert judged(path).failure
    assert judged(path, drafters={"hand": "vendor 1.2"}).findings


def test_the_fingerprint_is_that_of_what_the_file_says(tmp_path):
    one = Labels(path=write(tmp_path, RATED)).fingerprint
    copy = tmp_path / "copy"
    copy.mkdir()
    assert Labels(path=write(copy, RATED)).fingerprint == one
    assert Labels(path=write(copy, RATED[:-1])).fingerprint != one


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([line(label="0")], "line 2, field 'label'"),
        ([line(label="unfaithfull")], "did you mean 'unfaithful'"),
        ([line(label=SECRET)], "write one of supported"),
        ([line(), line()], "already on line 2"),
        ([line(index=-1)], "field 'index'"),
        ([line(index="one")], "field 'index'"),
        ([line(category="diagnosis")], "field 'category'"),
        ([line(session_id="")], "line 2, field 'session_id': empty"),
        ([{"session_id": "s1"}], "field 'drafter'"),
    ],
)
def test_a_bad_label_is_named_and_never_repeated(tmp_path, rows, says):
    path = write(tmp_path, rows)
    with pytest.raises(InputError) as error:
        Labels(path=path)
    assert says in str(error.value)
    assert path in str(error.value)
    assert SECRET not in str(error.value)


def test_files_that_hold_no_labels_are_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        Labels(path=str(tmp_path / "none.csv"))
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(InputError, match="no label in it"):
        Labels(path=str(tmp_path / "empty.jsonl"))
    (tmp_path / "labels.xlsx").write_text("x")
    with pytest.raises(InputError, match="rename or convert"):
        Labels(path=str(tmp_path / "labels.xlsx"))


def test_published_labels_are_read_for_both_raters(real_data):
    labels = read_labels(f"tneval:{real_data('tneval/sentences_dev.csv')}")
    assert {label.rater for label in labels} == {"rater_1", "rater_2"}
    assert len(by_sentence(labels)) == 1027
    both = sum(agreed(found)[1] == 1 for found in by_sentence(labels).values())
    either = sum(agreed(found, "any")[0] == "unsupported" for found in by_sentence(labels).values())
    assert 0 < both < either < 1027
