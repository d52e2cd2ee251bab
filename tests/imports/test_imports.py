"""Notes drafted elsewhere: what is read, what is refused, and the published files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evalkit import store
from evalkit.errors import InputError
from evalkit.imports import open_notes
from evalkit.imports.jsonl import Jsonl
from evalkit.imports.primock57 import PriMock57
from evalkit.imports.tneval import LabelledSentence, TNEval, tneval_labels
from evalkit.records import RecordedNote
from tests import small

RealData = Callable[[str], Path]
SECRET = "the xylophone under my bed"
SOAP = {"subjective": SECRET, "objective": "n/a", "assessment": "", "plan": "N/A"}


def line(**changes: Any) -> str:
    note = {"session_id": "1", "drafter": "vendor", "format": "soap", "sections": SOAP}
    return json.dumps({**note, **changes})


def write(folder: Path, content: Any, name: str = "notes.jsonl") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def refusal(spec: str) -> InputError:
    with pytest.raises(InputError) as caught:
        list(open_notes(spec).read())
    assert SECRET not in str(caught.value)
    assert caught.value.fix
    return caught.value


def test_an_import_is_known_by_its_prefix_and_a_bare_path_is_the_neutral_file() -> None:
    assert open_notes("tneval:a.json") == TNEval(path="a.json")
    assert open_notes("primock57:a.jsonl") == PriMock57(path="a.jsonl")
    assert open_notes("drafts.jsonl") == Jsonl(path="drafts.jsonl")
    with pytest.raises(InputError, match="did you mean 'tneval'"):
        open_notes("tnevl:a.json")


@pytest.mark.parametrize("name", ["jsonl", "tneval", "primock57"])
def test_a_file_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        list(open_notes(f"{name}:{tmp_path / 'nowhere'}").read())


@pytest.mark.parametrize("name", ["jsonl", "tneval", "primock57"])
def test_a_file_in_another_encoding_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_bytes(b'{"session_id": "caf\xe9"}')
    assert "not UTF-8" in refusal(f"{name}:{path}").what


# --- the neutral file ------------------------------------------------------------------------


def test_the_neutral_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    notes = [
        RecordedNote(session_id="1", drafter="a", format="soap", sections=SOAP),
        RecordedNote(session_id="1", drafter="b", format="soap", sections={"plan": "None"}),
        RecordedNote(session_id="1", drafter="a", format="dap", sections={"data": "Slept."}),
    ]
    store.write_records(tmp_path / "notes.jsonl", notes)
    assert list(open_notes(str(tmp_path / "notes.jsonl")).read()) == notes


@pytest.mark.parametrize(
    ("bad", "field", "says"),
    [
        (line()[:-2], None, "not JSON"),
        (f'["{SECRET}"]', None, "not a JSON object"),
        (line(drafter=""), "drafter", "at least 1 character"),
        (line(session_id=7), "session_id", "valid string"),
        (line(vendor=SECRET), "vendor", "not permitted"),
        (line(sections={"plan": [SECRET]}), "sections.plan", "valid string"),
        (line(sections={}), "sections", "at least 1 item"),
        (line(sections={"plan": " ", "objective": ""}), "sections", "every section is empty"),
        (line(format="sope"), "format", "did you mean 'soap'"),
        (line(sections={"Plan": SECRET}), "sections.Plan", "did you mean 'plan'"),
        (line(), "session_id", "already on line 1"),
    ],
)
def test_a_bad_line_is_named_with_its_field(
    tmp_path: Path, bad: str, field: str | None, says: str
) -> None:
    path = write(tmp_path, f"{line()}\n\n{bad}\n")
    with pytest.raises(InputError, match=says) as caught:
        list(Jsonl(path=str(path)).read())
    assert (caught.value.file, caught.value.line) in [(str(path), 3), (path, 3)]
    assert caught.value.field == field
    assert SECRET not in str(caught.value)


def test_an_empty_file_of_notes_is_refused(tmp_path: Path) -> None:
    assert refusal(str(write(tmp_path, "\n"))).what == "no note in it"


def test_a_note_of_five_megabytes_is_read_whole(tmp_path: Path) -> None:
    text = "word " * 1_000_000
    path = write(tmp_path, line(sections={"plan": text}))
    (note,) = open_notes(str(path)).read()
    assert note.sections["plan"] == text


# --- tneval ----------------------------------------------------------------------------------


def published(**changes: Any) -> dict[str, Any]:
    authors = ("human", "llm_llama31_70B")
    return {"id": "7", "mi_quality": "high", **{a: {"note": SOAP} for a in authors}, **changes}


def test_tneval_gives_a_note_for_every_author_and_keeps_na(tmp_path: Path) -> None:
    path = write(tmp_path, [published(), published(id=8)], "notes.json")
    notes = list(open_notes(f"tneval:{path}").read())
    assert [(note.session_id, note.drafter) for note in notes] == [
        ("7", "human"),
        ("7", "llm_llama31_70B"),
        ("8", "human"),
        ("8", "llm_llama31_70B"),
    ]
    assert all((note.format, note.sections) == ("soap", SOAP) for note in notes)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"notes": SECRET}, None),
        ([], None),
        ([SECRET], "0.id"),
        ([published(), published()], "1.id"),
        ([published(id=None)], "0.id"),
        ([{"id": "7"}], "0"),
        ([published(human={"text": SECRET})], "0.human.note"),
        ([published(human={"note": {"plans": SECRET}})], "0.human.note"),
        ([published(human={"note": {"plan": [SECRET]}})], "0.human.note.plan"),
        ([published(human={"note": {"plan": " "}})], "0.human.note"),
    ],
)
def test_a_file_unlike_the_published_one_is_refused_by_field(
    tmp_path: Path, content: Any, field: str | None
) -> None:
    error = refusal(f"tneval:{write(tmp_path, content, 'notes.json')}")
    assert error.field == field


def test_json_that_breaks_off_is_refused_by_line(tmp_path: Path) -> None:
    path = write(tmp_path, f'[\n{{"id": "7", "human": "{SECRET}"', "notes.json")
    with pytest.raises(InputError, match="line 2: not JSON") as caught:
        list(open_notes(f"tneval:{path}").read())
    assert SECRET not in str(caught.value)


HEADER = "transcript_id,note_source,section,sentence,text,faithful_ann1,faithful_ann2\n"


def test_a_label_is_faithful_unfaithful_or_not_given(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + '7,human,plan,2,"Stop, now.",1,0\n7,human,plan,3,N/A,,1\n')
    common = {"session_id": "7", "drafter": "human", "section": "plan"}
    assert list(tneval_labels(path)) == [
        LabelledSentence(**common, index=1, text="Stop, now.", rater_1=True, rater_2=False),
        LabelledSentence(**common, index=2, text="N/A", rater_1=None, rater_2=True),
    ]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (f",human,plan,1,{SECRET},1,1", "transcript_id"),
        ("7,human,plan,1,,1,1", "text"),
        (f"7,human,plans,1,{SECRET},1,1", "section"),
        (f"7,human,plan,0,{SECRET},1,1", "sentence"),
        (f"7,human,plan,1,a,{SECRET},1", "faithful_ann1"),
        (f"7,human,plan,1,{SECRET},1,2", "faithful_ann2"),
    ],
)
def test_a_bad_label_is_refused_by_line_and_field(tmp_path: Path, row: str, field: str) -> None:
    path = write(tmp_path, HEADER + row + "\n")
    with pytest.raises(InputError) as caught:
        list(tneval_labels(path))
    assert (caught.value.line, caught.value.field) == (2, field)
    assert SECRET not in str(caught.value)


def test_real_tneval_has_28_notes_by_each_of_three_authors(real_data: RealData) -> None:
    notes = list(open_notes(f"tneval:{real_data('tneval/notes_dev.json')}").read())
    authors = Counter(note.drafter for note in notes)
    assert authors == {"human": 28, "llm_llama31_70B": 28, "llm_mistral_large_v2": 28}
    assert sum(note.sections["plan"] == "N/A" for note in notes) == 3


def test_every_real_label_belongs_to_a_sentence_of_a_real_note(real_data: RealData) -> None:
    notes = {
        (note.session_id, note.drafter): note.sections
        for note in open_notes(f"tneval:{real_data('tneval/notes_dev.json')}").read()
    }
    labels = list(tneval_labels(real_data("tneval/sentences_dev.csv")))
    assert len(labels) == 1027
    assert sum(label.rater_1 is False and label.rater_2 is False for label in labels) == 184
    assert all(lb.text in notes[lb.session_id, lb.drafter][lb.section] for lb in labels)


# --- primock57 -------------------------------------------------------------------------------


def evaluated(**changes: Any) -> str:
    note = {"consultation": "day1_consultation01", "model": "model_5", "note": SECRET}
    return json.dumps({**note, "human": {"post_edit_time_s": 12.0}, **changes}) + "\n"


def test_primock57_notes_are_free_text_by_their_model(tmp_path: Path) -> None:
    path = write(tmp_path, evaluated() + evaluated(model="doctor"))
    notes = list(open_notes(f"primock57:{path}").read())
    assert [note.drafter for note in notes] == ["model_5", "doctor"]
    assert notes[0].sections == {"note": SECRET}
    assert (notes[0].session_id, notes[0].format) == ("day1_consultation01", "free")


def test_the_folder_of_primock57_gives_the_doctors_notes(tmp_path: Path) -> None:
    write(tmp_path, {"note": "A cough."}, "notes/day1_consultation02.json")
    (note,) = open_notes(f"primock57:{tmp_path}").read()
    assert (note.session_id, note.drafter) == ("day1_consultation02", "doctor")


@pytest.mark.parametrize(
    ("content", "at", "field"),
    [
        (evaluated(note=" "), 1, "note"),
        (evaluated(model=None), 1, "model"),
        (evaluated() + evaluated(note="b"), 2, "consultation"),
        ("", None, None),
    ],
)
def test_a_bad_primock57_note_is_refused(
    tmp_path: Path, content: str, at: int | None, field: str | None
) -> None:
    error = refusal(f"primock57:{write(tmp_path, content)}")
    assert (error.line, error.field) == (at, field)


def test_a_folder_without_primock57_notes_is_refused(tmp_path: Path) -> None:
    assert "no note" in refusal(f"primock57:{tmp_path}").what


def test_real_primock57_has_31_evaluated_notes_and_57_by_doctors(real_data: RealData) -> None:
    path = real_data("primock57/notes_with_human_eval_dev.jsonl")
    authors = Counter(note.drafter for note in open_notes(f"primock57:{path}").read())
    assert authors == {"doctor": 22, "model_5": 9}
    assert len(list(open_notes(f"primock57:{path.parent}").read())) == 57


def test_the_drafts_of_a_run_are_read_with_the_approach_as_drafter(tmp_path):
    ok = small.draft(plan="Return next week.")
    failed = ok.model_copy(update={"failure": "time-out", "sections": {}, "format": "dap"})
    path = tmp_path / "drafts.jsonl"
    path.write_text(ok.model_dump_json() + "\n" + failed.model_dump_json() + "\n")
    (note,) = Jsonl(path=str(path)).read()
    assert (note.drafter, note.sections) == (ok.approach, ok.sections)
