"""Each source on its own: what it reads, and the real files where they are there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit import store
from evalkit.errors import InputError
from evalkit.records import Chart, Fact, Session, SessionSpec, Turn
from evalkit.sessions.sources import open_source
from evalkit.sessions.sources._textgrid import read_textgrid
from evalkit.sessions.sources.annomi import AnnoMI
from evalkit.sessions.sources.csv import Csv
from evalkit.sessions.sources.jsonl import Jsonl
from evalkit.sessions.sources.primock57 import PriMock57
from evalkit.sessions.sources.vtt import Vtt

RealData = Callable[[str], Path]

SHORT_GRID = """File type = "ooTextFile"
Object class = "TextGrid"

0
6
<exists>
1
"IntervalTier"
"Speaker"
0
6
3
0
2
""
2
4
"She said ""no"", <UNSURE>twice</UNSURE>, <UNIN/>
and left."
4
6
"<INAUDIBLE_SPEECH/>"
"""


def write(folder: Path, name: str, content: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding=encoding)
    return path


# --- which source an SRC is ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("src", "source"),
    [
        ("annomi:a.csv", AnnoMI(path="a.csv")),
        ("primock57:folder", PriMock57(path="folder")),
        ("csv:with:colon.txt", Csv(path="with:colon.txt")),
        ("sessions.jsonl", Jsonl(path="sessions.jsonl")),
        ("deep/sessions.CSV", Csv(path="deep/sessions.CSV")),
        ("talk.vtt", Vtt(path="talk.vtt")),
    ],
)
def test_a_source_is_known_by_its_prefix_or_its_suffix(src: str, source: object) -> None:
    assert open_source(src) == source


def test_a_folder_is_one_of_captions(tmp_path: Path) -> None:
    assert open_source(str(tmp_path)) == Vtt(path=str(tmp_path))


def test_a_file_with_a_colon_in_its_name_needs_no_prefix(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "monday:ann.csv", "")
    assert open_source("monday:ann.csv") == Csv(path="monday:ann.csv")


@pytest.mark.parametrize(
    ("src", "says"),
    [
        ("anomi:a.csv", "did you mean 'annomi'"),
        ("nowhere", "there is no such file or folder"),
        ("notes.txt", "NAME:PATH"),
    ],
)
def test_an_unknown_source_is_refused_with_the_choices(src: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        open_source(src)


# --- annomi ----------------------------------------------------------------------------------

HEADER = "transcript_id,topic,utterance_id,interlocutor,timestamp,utterance_text"


def test_annomi_orders_turns_by_utterance_and_keeps_words_that_look_missing(tmp_path: Path) -> None:
    rows = [
        HEADER,
        "9,smoking ,1,client,00:01:05,None",
        "9,smoking ,0,therapist,00:00:59,n/a",
        "10,alcohol,0,client,01:00:00,NA",
    ]
    first, second = AnnoMI(path=str(write(tmp_path, "a.csv", "\n".join(rows)))).load()
    assert first.spec == SessionSpec(
        session_id="9", modality="MI", problem="smoking", source="annomi"
    )
    assert [(turn.text, turn.start_s) for turn in first.turns] == [("n/a", 59.0), ("None", 65.0)]
    assert second.turns == (Turn(speaker="client", text="NA", start_s=3600.0),)


def test_annomi_full_repeats_an_utterance_for_each_annotator_and_is_read_once(
    tmp_path: Path,
) -> None:
    rows = [HEADER + ",annotator_id"]
    rows += [f"9,x,0,therapist,00:00:01,Hi.,{annotator}" for annotator in range(3)]
    (session,) = AnnoMI(path=str(write(tmp_path, "full.csv", "\n".join(rows)))).load()
    assert len(session.turns) == 1


def test_annomi_refuses_one_utterance_with_two_texts(tmp_path: Path) -> None:
    rows = [HEADER + ",annotator_id", "9,x,0,client,1,a,0", "9,x,0,client,1,b,1"]
    with pytest.raises(InputError, match=r"line 3.*already given utterance 0 on line 2"):
        list(AnnoMI(path=str(write(tmp_path, "full.csv", "\n".join(rows)))).load())


def test_real_annomi_has_133_transcripts_and_9699_utterances(real_data: RealData) -> None:
    path = real_data("annomi/AnnoMI-simple.csv")
    sessions = list(open_source(f"annomi:{path}").load())
    assert len(sessions) == 133
    assert sum(len(session.turns) for session in sessions) == 9699
    assert all(turn.start_s is not None for session in sessions for turn in session.turns)
    speakers = {turn.speaker for session in sessions for turn in session.turns}
    assert speakers == {"therapist", "client"}


# --- primock57 -------------------------------------------------------------------------------


def test_primock57_merges_both_speakers_by_time_and_drops_the_marks(tmp_path: Path) -> None:
    write(tmp_path, "transcripts/day1_consultation01_doctor.TextGrid", SHORT_GRID)
    patient = SHORT_GRID.replace('"<INAUDIBLE_SPEECH/>"', '"Bye."').replace("\n2\n4\n", "\n1\n4\n")
    write(tmp_path, "transcripts/day1_consultation01_patient.TextGrid", patient)
    note = {"note": "A cough.", "presenting_complaint": "cough"}
    write(tmp_path, "notes/day1_consultation01.json", json.dumps(note))
    (session,) = PriMock57(path=str(tmp_path)).load()
    said = 'She said "no", twice, and left.'
    assert [(turn.speaker, turn.text, turn.start_s, turn.end_s) for turn in session.turns] == [
        ("client", said, 1.0, 4.0),
        ("therapist", said, 2.0, 4.0),
        ("client", "Bye.", 4.0, 6.0),
    ]
    assert session.session_id == "day1_consultation01"
    assert session.spec.problem == "cough"
    (reference,) = session.references
    assert (reference.format, reference.sections) == ("free", {"note": "A cough."})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_textgrid_is_read_in_each_encoding_that_praat_writes(
    tmp_path: Path, encoding: str
) -> None:
    path = write(tmp_path, "a.TextGrid", SHORT_GRID.replace("left", "café"), encoding)
    assert read_textgrid(path)["Speaker"][1].text.endswith("café.")


def test_a_textgrid_names_the_line_where_a_quote_is_not_doubled(tmp_path: Path) -> None:
    path = write(tmp_path, "a.TextGrid", SHORT_GRID.replace('""no""', '"no"'))
    with pytest.raises(InputError) as caught:
        read_textgrid(path)
    assert caught.value.line == 18
    assert "no" not in str(caught.value).split(": ", 1)[1].split()


def test_a_textgrid_that_breaks_off_is_refused_at_its_end(tmp_path: Path) -> None:
    path = write(tmp_path, "a.TextGrid", SHORT_GRID.rsplit("4\n6\n", 1)[0])
    with pytest.raises(InputError, match="line 20: the file ends where a number belongs"):
        read_textgrid(path)


def test_real_primock57_has_57_consultations_each_with_a_note(real_data: RealData) -> None:
    sessions = list(open_source(f"primock57:{real_data('primock57')}").load())
    assert len(sessions) == 57
    assert sum(len(session.turns) for session in sessions) == 6712
    assert all(len(session.references) == 1 for session in sessions)
    texts = [turn.text for session in sessions for turn in session.turns]
    assert not any("<" in text or ">" in text or not text.strip() for text in texts)
    for session in sessions:
        starts = [turn.start_s for turn in session.turns]
        assert starts == sorted(starts)
        assert {turn.speaker for turn in session.turns} == {"therapist", "client"}


# --- csv -------------------------------------------------------------------------------------


def test_csv_keeps_what_is_known_of_a_session(tmp_path: Path) -> None:
    text = (
        "session_id,speaker,text,start_s,end_s,setting,modality,problem,room\n"
        's1,Dr. Lee,"Hello, you.\nSit down.",0,1.5,group,CBT,grief,12\n'
        "s1,Ann,NA,00:01:02.5,,group,CBT,grief,12\n"
        "s1,Bo,null,,,,,,\n"
        "\n"
        "s2,therapist,Hi.,,,,,,\n"
    )
    first, second = Csv(path=str(write(tmp_path, "a.csv", text))).load()
    assert first.spec == SessionSpec(
        session_id="s1", setting="group", modality="CBT", problem="grief", source="csv"
    )
    assert first.turns == (
        Turn(speaker="therapist", text="Hello, you.\nSit down.", start_s=0.0, end_s=1.5),
        Turn(speaker="Ann", text="NA", start_s=62.5),
        Turn(speaker="Bo", text="null"),
    )
    assert first.members == ("Ann", "Bo")
    assert second.spec.setting == "individual"


def test_a_line_number_counts_lines_and_not_rows(tmp_path: Path) -> None:
    text = 'session_id,speaker,text\ns,therapist,"one\ntwo\nthree"\n\ns,Ann,\n'
    with pytest.raises(InputError) as caught:
        list(Csv(path=str(write(tmp_path, "a.csv", text))).load())
    assert caught.value.line == 6


# --- who is the therapist --------------------------------------------------------------------


@pytest.mark.parametrize(
    "label", ["Therapist", "CLINICIAN", "Counselor 2", "the counsellor", "Doctor", "Dr. Lee", "DR"]
)
def test_a_clinician_is_known_by_the_label(tmp_path: Path, label: str) -> None:
    path = write(tmp_path, "a.csv", f"session_id,speaker,text\ns,Andrea,a\ns,{label},b\n")
    (session,) = Csv(path=str(path)).load()
    assert [turn.speaker for turn in session.turns] == ["client", "therapist"]


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (["Ann", "Bo"], "none says who the therapist is"),
        (["Dr. Lee", "Dr. Kim"], "more than one"),
    ],
)
def test_where_the_therapist_is_not_plain_the_labels_are_listed(
    tmp_path: Path, labels: list[str], says: str
) -> None:
    rows = "".join(f"s,{label},a\n" for label in labels)
    path = write(tmp_path, "a.csv", "session_id,speaker,text\n" + rows)
    with pytest.raises(InputError, match=says) as caught:
        list(Csv(path=str(path)).load())
    assert all(repr(label) in str(caught.value) for label in labels)
    assert "option `therapist`" in str(caught.value)
    (session,) = Csv(path=str(path), therapist=labels[1].lower()).load()
    assert [turn.speaker for turn in session.turns] == ["client", "therapist"]


def test_two_therapists_are_named_with_a_comma(tmp_path: Path) -> None:
    rows = "s,Lee,a\ns,Kim,b\ns,Ann,c\n"
    path = write(tmp_path, "a.csv", "session_id,speaker,text\n" + rows)
    (session,) = Csv(path=str(path), therapist="Lee, Kim").load()
    assert [turn.speaker for turn in session.turns] == ["therapist", "therapist", "client"]


def test_a_therapist_who_is_not_there_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "session_id,speaker,text\ns,Therapist,a\ns,Ann,b\n")
    with pytest.raises(InputError, match=r"none is 'Lee' \(speaker labels: 'Therapist', 'Ann'\)"):
        list(Csv(path=str(path), therapist="Lee").load())


# --- jsonl -----------------------------------------------------------------------------------


def test_whole_sessions_come_back_as_they_were_written(tmp_path: Path) -> None:
    session = Session(
        spec=SessionSpec(session_id="s", seed=3, setting="couple", source="generated"),
        turns=(Turn(speaker="therapist", text="Hi.\u2028"), Turn(speaker="Ann", text="No.")),
        facts=(Fact(fact_id="f", kind="symptom", statement="No.", turns=(1,)),),
        members=("Ann", "Bo"),
    )
    store.write_records(tmp_path / "s.jsonl", [session])
    assert list(Jsonl(path=str(tmp_path / "s.jsonl")).load()) == [session]


def test_the_light_form_carries_jottings_chart_and_form(tmp_path: Path) -> None:
    row = {
        "session_id": "s",
        "turns": [{"speaker": "Lee", "text": "Hi.", "start_s": 1}, {"speaker": "A", "text": "No"}],
        "jottings": "sleep bad",
        "chart": {"diagnosis": "F41.1"},
        "form": {"mood": "low"},
        "modality": "CBT",
    }
    path = write(tmp_path, "a.jsonl", json.dumps(row))
    (session,) = Jsonl(path=str(path), therapist="Lee").load()
    assert [turn.speaker for turn in session.turns] == ["therapist", "client"]
    assert session.turns[0].start_s == 1.0
    assert (session.jottings, session.form) == ("sleep bad", {"mood": "low"})
    assert session.chart == Chart(diagnosis="F41.1")
    assert (session.spec.modality, session.spec.source) == ("CBT", "jsonl")


def test_a_fact_without_its_turn_is_refused_by_line(tmp_path: Path) -> None:
    fact = {"fact_id": "f", "kind": "symptom", "statement": "No.", "turns": [4]}
    row = {"spec": {"session_id": "s"}, "turns": [{"speaker": "a", "text": "b"}], "facts": [fact]}
    path = write(tmp_path, "a.jsonl", "\n" + json.dumps(row))
    with pytest.raises(InputError, match=r"line 2.*facts\.0\.turns"):
        list(Jsonl(path=str(path)).load())


# --- vtt -------------------------------------------------------------------------------------


def captions(*cues: str) -> str:
    timed = [f"00:0{i // 60}:{i % 60:02}.500 --> 00:10:00.000\n{c}\n" for i, c in enumerate(cues)]
    return "WEBVTT\n\nNOTE exported\n\n" + "\n".join(timed)


def said(path: Path, therapist: str = "") -> list[tuple[str, str]]:
    (session,) = Vtt(path=str(path), therapist=therapist).load()
    return [(turn.speaker, turn.text) for turn in session.turns]


def test_voice_tags_say_who_speaks(tmp_path: Path) -> None:
    text = captions(
        "<v.loud Dr. Lee>How <b>are</b> you &amp; yours?</v>",
        "<v Ann>Fine: thanks.</v> <v Dr. Lee>Good.</v>",
        "So",
        "we\nbegin.",
    )
    assert said(write(tmp_path, "a.vtt", text)) == [
        ("therapist", "How are you & yours?"),
        ("client", "Fine: thanks."),
        ("therapist", "Good. So we begin."),
    ]


def test_cue_times_are_seconds_and_a_turn_lasts_to_its_last_cue(tmp_path: Path) -> None:
    text = (
        "WEBVTT\n\n1\n01:00:01.250 --> 01:00:02.000\nDr. Lee: Hi.\n\n"
        "01:00:03.000 --> 01:00:04.500\nwell\n"
    )
    (session,) = Vtt(path=str(write(tmp_path, "monday.vtt", text))).load()
    assert session.session_id == "monday"
    assert session.turns == (
        Turn(speaker="therapist", text="Hi. well", start_s=3601.25, end_s=3604.5),
    )


def test_prefixes_say_who_speaks_where_there_are_no_voice_tags(tmp_path: Path) -> None:
    text = captions("Maria Lee: It is 3: or so.", "and you?", "Éva (Guest): No.")
    assert said(write(tmp_path, "a.vtt", text), "Maria Lee") == [
        ("therapist", "It is 3: or so. and you?"),
        ("client", "No."),
    ]


def test_a_word_before_a_colon_is_no_speaker_where_others_speak_often(tmp_path: Path) -> None:
    text = captions(*["Lee: And?", "Ann: Well."] * 5, "Listen: I left.", "Client: Me too.")
    heard = said(write(tmp_path, "a.vtt", text), "Lee")
    assert heard[9:] == [("Ann", "Well. Listen: I left."), ("client", "Me too.")]


def test_a_folder_of_captions_is_a_session_a_file(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write(tmp_path, f"{name}.vtt", captions("Therapist: Hi.", "Ann: No."))
    write(tmp_path, "readme.txt", "not captions")
    sessions = list(open_source(str(tmp_path)).load())
    assert [session.session_id for session in sessions] == ["a", "b"]


def test_a_folder_without_captions_is_refused_with_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no \.vtt file.*primock57:FOLDER"):
        list(open_source(str(tmp_path)).load())


def test_captions_of_a_group_keep_the_members_apart(tmp_path: Path) -> None:
    path = write(tmp_path, "a.vtt", captions("Therapist: Hi.", "Ann: No.", "Bo: Yes."))
    (session,) = Vtt(path=str(path), setting="group").load()
    assert session.members == ("Ann", "Bo")
