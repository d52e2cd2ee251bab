"""What holds for every source: what a good file gives, and how a bad one is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from evalkit import registry
from evalkit.errors import InputError
from evalkit.records import THERAPIST, Session
from evalkit.sessions.sources import open_source

SECRET = "the xylophone under my bed"
ANNOMI = "transcript_id,topic,utterance_id,interlocutor,timestamp,utterance_text\n"
CSV = "session_id,speaker,text\n"
VTT = "WEBVTT\n\n"
MUTE = '{"spec": {"session_id": "s"}, "turns": [{"speaker": "client", "text": ""}]}\n'
FACT = '[[facts]]\nid = "f1"\nkind = "symptom"\nstatement = "Client is well."\n'
CUE = "00:00:01.000 --> 00:00:02.000\n"


def grid(*texts: str, tiers: int = 1) -> str:
    """A TextGrid of the long kind, one interval of two seconds for each text."""
    end = 2 * len(texts)
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0"]
    lines += [f"xmax = {end}", "tiers? <exists>", f"size = {tiers}", "item []:", "    item [1]:"]
    lines += ['        class = "IntervalTier"', '        name = "Speaker"', "        xmin = 0"]
    lines += [f"        xmax = {end}", f"        intervals: size = {len(texts)}"]
    for i, text in enumerate(texts):
        quoted = text.replace('"', '""')
        lines += [f"        intervals [{i + 1}]:", f"            xmin = {2 * i}"]
        lines += [f"            xmax = {2 * i + 2}", f'            text = "{quoted}"']
    return "\n".join(lines) + "\n"


def light(session_id: str, *texts: str) -> str:
    turns = [{"speaker": ("Therapist", "Ann")[i % 2], "text": text} for i, text in enumerate(texts)]
    return json.dumps({"session_id": session_id, "turns": turns}) + "\n"


class Case(NamedTuple):
    source: str
    files: dict[str, str | bytes]
    line: int | None = None
    field: str | None = None

    def write(self, folder: Path) -> str:
        """Put the files there; the SRC that reads them."""
        for name, content in self.files.items():
            file = folder / name
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        place = folder if self.source == "primock57" else folder / next(iter(self.files))
        if self.source == "vtt" and len(self.files) > 1:
            place = folder
        return f"{self.source}:{place}"


def consultation(doctor: str | bytes, patient: str | bytes = grid("", "Hello.")) -> dict:
    return {"a_doctor.TextGrid": doctor, "a_patient.TextGrid": patient}


GOOD = {
    "annomi": Case(
        "annomi", {"a.csv": ANNOMI + "7,x,0,therapist,00:00:01,Hi.\n7,x,1,client,00:00:02,No\n"}
    ),
    "csv": Case("csv", {"a.csv": CSV + "s,Dr. Lee,Hi.\ns,Ann,None\n"}),
    "jsonl": Case("jsonl", {"a.jsonl": light("s", "Hi.", "n/a")}),
    "primock57": Case("primock57", consultation(grid("Hi."))),
    "script": Case("script", {"a.toml": 'transcript = """\nT: Hi.\nC@f1: No.\n"""\n' + FACT}),
    "vtt": Case("vtt", {"a.vtt": VTT + CUE + "<v Therapist>Hi.\n\n" + CUE + "<v Ann>No.\n"}),
}

MALFORMED = [
    Case("annomi", {"a.csv": ANNOMI + f'7,x,0,client,00:00:01,"{SECRET}\n'}, 2),
    Case("annomi", {"a.csv": ANNOMI + f"7,x,0,client,00:00:01,well, {SECRET}\n"}, 2),
    Case("annomi", {"a.csv": ANNOMI + f"7,x,zero,client,00:00:01,{SECRET}\n"}, 2, "utterance_id"),
    Case("annomi", {"a.csv": ANNOMI + f"7,x,0,{SECRET},00:00:01,a\n"}, 2, "interlocutor"),
    Case("annomi", {"a.csv": ANNOMI + f"7,x,0,client,{SECRET},a\n"}, 2, "timestamp"),
    Case("annomi", {"a.csv": ANNOMI + f"7,x,0,client,00:00:75,{SECRET}\n"}, 2, "timestamp"),
    Case("csv", {"a.csv": CSV + f's,Dr. Lee,"{SECRET}" and\n'}, 2),
    Case("csv", {"a.csv": CSV + f"s,Dr. Lee,Hi.\ns,Ann,well, {SECRET}\n"}, 3),
    Case("csv", {"a.csv": CSV + f",Ann,{SECRET}\n"}, 2, "session_id"),
    Case("csv", {"a.csv": CSV[:-1] + f",start_s\ns,Ann,a,{SECRET}\n"}, 2, "start_s"),
    Case("csv", {"a.csv": CSV[:-1] + f",end_s\ns,Ann,{SECRET},-1\n"}, 2, "end_s"),
    Case("csv", {"a.csv": CSV[:-1] + f",setting\ns,Dr. Lee,a,{SECRET}\n"}, 2, "setting"),
    Case("csv", {"a.csv": CSV + f"s,a,b\ns,{SECRET} since I was ten,b\n" * 9}, 2, "speaker"),
    Case("script", {"a.toml": f"transcript = {SECRET}\n"}),
    Case("script", {"a.toml": f'transcript = "{SECRET}"\n'}, None, "transcript"),
    Case("script", {"a.toml": f'transcript = "T@f2: {SECRET}"\n' + FACT}),
    Case("script", {"a.toml": f'transcript = "T: {SECRET}"\ntrancript = "x"\n'}, None, "trancript"),
    Case("script", {"a.toml": f'transcript = "T: {SECRET}"\n' + FACT.replace("symptom", "x")}),
    Case("jsonl", {"a.jsonl": light("s", "a", "b") + f'{{"session_id": "{SECRET}\n'}, 2),
    Case("jsonl", {"a.jsonl": f'["{SECRET}"]\n'}, 1),
    Case("jsonl", {"a.jsonl": light("s", "a", SECRET).replace("speaker", "speker")}, 1),
    Case("jsonl", {"a.jsonl": light("s", "a", "b").replace('"a"', '["' + SECRET + '"]')}, 1),
    Case("jsonl", {"a.jsonl": json.dumps({"spec": {"session_id": "s"}, "turns": SECRET})}, 1),
    Case(
        "primock57", consultation(grid("a", SECRET).replace("xmax = 4\n            text", "text"))
    ),
    Case("primock57", consultation(grid("a", SECRET).replace(f'{SECRET}"', SECRET))),
    Case("primock57", consultation(grid(SECRET).replace("TextGrid", "PitchTier"))),
    Case("primock57", consultation(grid(SECRET).replace("IntervalTier", "TextTier"))),
    Case("primock57", consultation(grid(SECRET, tiers=2))),
    Case(
        "primock57", consultation(grid(SECRET).replace("xmax = 2\n            t", "xmax = -2\n t"))
    ),
    Case("primock57", {**consultation(grid("a")), "notes/a.json": f'{{"note": "{SECRET}'}, 1),
    Case("vtt", {"a.vtt": f"<v Therapist>{SECRET}\n"}, 1),
    Case("vtt", {"a.vtt": VTT + "00:01,000 --> 00:02,000\n" + SECRET}, 3, "timing"),
    Case("vtt", {"a.vtt": VTT + "00:75.000 --> 00:76.000\n" + SECRET}, 3, "timing"),
    Case("vtt", {"a.vtt": VTT + CUE[:-1] + f" {SECRET}\n"}, 3, "timing"),
    Case("vtt", {"a.vtt": VTT + CUE + SECRET}, 3, "speaker"),
]

NOT_UTF8 = [
    Case("annomi", {"a.csv": ANNOMI.encode() + b"7,x,0,client,00:00:01,caf\xe9\n"}, 2),
    Case("csv", {"a.csv": CSV.encode() + b"s,Ann,a\ns,Dr. Lee,caf\xe9\n"}, 3),
    Case("jsonl", {"a.jsonl": light("s", "a", "b").encode() + b'{"session_id": "caf\xe9"}\n'}, 2),
    Case("primock57", consultation(grid("cafe").encode().replace(b"cafe", b"caf\xe9")), 18),
    Case("primock57", consultation(b"\xff\xfe" + grid("a").encode("utf-16-le") + b"\x00")),
    Case("vtt", {"a.vtt": (VTT + CUE).encode() + b"<v Therapist>caf\xe9\n"}, 4),
]

MISSING = [
    Case("annomi", {"a.csv": ANNOMI.replace("topic", "theme") + "7,x,0,client,1,a\n"}, 1, "topic"),
    Case("annomi", {"a.csv": f"7,x,0,client,00:00:01,{SECRET}\n"}, 1, "transcript_id"),
    Case("csv", {"a.csv": CSV.replace("speaker", "speakr") + f"s,Ann,{SECRET}\n"}, 1, "speaker"),
    Case("csv", {"a.csv": f"s,Ann,{SECRET}\ns,Dr. Lee,a\n"}, 1, "session_id"),
    Case("csv", {"a.csv": "session_id,speaker,text,text\ns,Ann,a,b\n"}, 1, "text"),
    Case("jsonl", {"a.jsonl": light("s", "a", SECRET).replace("session_id", "id")}, 1),
    Case("primock57", {"a_doctor.TextGrid": grid(SECRET)}, None, "a"),
    Case("primock57", {**consultation(grid(SECRET)), "notes/a.json": "{}"}, None, "note"),
    Case("vtt", {"a.vtt": VTT + CUE + SECRET}, 3, "speaker"),
]

WITHOUT_TURNS = [
    Case("annomi", {"a.csv": ANNOMI}),
    Case("annomi", {"a.csv": ""}, 1, "transcript_id"),
    Case("csv", {"a.csv": CSV}),
    Case("csv", {"a.csv": ""}, 1, "session_id"),
    Case("jsonl", {"a.jsonl": ""}),
    Case("jsonl", {"a.jsonl": '{"session_id": "s", "turns": []}\n'}, 1, "turns"),
    Case("jsonl", {"a.jsonl": '{"session_id": "s"}\n'}, 1, "turns"),
    Case("jsonl", {"a.jsonl": '{"spec": {"session_id": "s"}, "turns": []}\n'}, 1, "turns"),
    Case("primock57", consultation(grid("", "<UNIN/>"), grid("<INAUDIBLE_SPEECH/>."))),
    Case("primock57", {"README.md": "nothing"}),
    Case("vtt", {"a.vtt": "WEBVTT\n"}),
    Case("vtt", {"a.vtt": ""}, 1),
    Case("vtt", {"a.vtt": VTT + CUE + "<v Therapist></v>\n"}),
]

TWICE = [
    Case("annomi", {"a.csv": ANNOMI + f"7,x,0,client,1,a\n7,x,0,client,1,{SECRET}\n"}, 3),
    Case(
        "csv", {"a.csv": CSV + "s,Dr. Lee,a\nt,Dr. Lee,b\n" + f"s,Ann,{SECRET}\n"}, 4, "session_id"
    ),
    Case("jsonl", {"a.jsonl": light("s", "a", "b") + light("s", SECRET)}, 2, "session_id"),
    Case("primock57", {**consultation(grid("a")), "a_doctor.textgrid": grid(SECRET)}),
    Case(
        "vtt",
        dict.fromkeys(("a.vtt", "a.VTT"), f"{VTT}{CUE}<v Therapist>a\n\n{CUE}<v B>{SECRET}"),
    ),
]

EMPTY_TEXT = [
    Case("annomi", {"a.csv": ANNOMI + "7,x,0,client,1,a\n7,x,1,client,2, \n"}, 3, "utterance_text"),
    Case("csv", {"a.csv": CSV + "s,Dr. Lee,a\ns,Ann,\n"}, 3, "text"),
    Case("csv", {"a.csv": CSV + f"s,,{SECRET}\n"}, 2, "speaker"),
    Case("jsonl", {"a.jsonl": light("s", SECRET, " ")}, 1, "turns.1.text"),
    Case("jsonl", {"a.jsonl": light("s", SECRET, "a").replace("Ann", " ")}, 1, "turns.1.speaker"),
    Case(
        "jsonl",
        {"a.jsonl": '{"spec": {"session_id": "s"}, "turns": [{"speaker": "client", "text": ""}]}'},
        1,
        "turns",
    ),
]


def load(case: Case, folder: Path) -> list[Session]:
    return list(open_source(case.write(folder)).load())


def named(case: Case) -> str:
    return case.source


def test_every_source_has_its_example_here() -> None:
    made = {"generate"}  # has no file
    assert set(GOOD) | made == set(registry.names("evalkit.sessions.sources"))


@pytest.mark.parametrize("case", GOOD.values(), ids=named)
def test_a_good_file_gives_a_therapist_and_a_client(case: Case, tmp_path: Path) -> None:
    (session,) = load(case, tmp_path)
    assert [turn.speaker for turn in session.turns] == [THERAPIST, "client"]
    assert session.spec.source == case.source


@pytest.mark.parametrize("case", GOOD.values(), ids=named)
def test_the_same_file_gives_the_same_sessions(case: Case, tmp_path: Path) -> None:
    assert load(case, tmp_path) == load(case, tmp_path)


@pytest.mark.parametrize("case", GOOD.values(), ids=named)
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(case: Case, tmp_path: Path) -> None:
    files = {
        name: b"\xef\xbb\xbf" + content.replace("\n", "\r\n").encode()
        for name, content in case.files.items()
        if isinstance(content, str)
    }
    (tmp_path / "windows").mkdir()
    assert load(case._replace(files=files), tmp_path / "windows") == load(case, tmp_path)


@pytest.mark.parametrize("source", GOOD)
def test_a_place_that_is_not_there_is_named(source: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        list(open_source(f"{source}:{tmp_path / 'nowhere'}").load())


def refusal(case: Case, folder: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        load(case, folder)
    error = caught.value
    assert SECRET not in str(error)
    assert caught.value.__cause__ is None
    assert error.file is not None
    assert Path(error.file).is_relative_to(folder)
    if case.line is not None:
        assert error.line == case.line
    if case.field is not None:
        assert error.field == case.field
    return error


@pytest.mark.parametrize("case", MALFORMED, ids=named)
def test_a_malformed_file_is_refused_by_line(case: Case, tmp_path: Path) -> None:
    assert refusal(case, tmp_path).what


@pytest.mark.parametrize("case", NOT_UTF8, ids=named)
def test_a_file_in_another_encoding_is_refused(case: Case, tmp_path: Path) -> None:
    error = refusal(case, tmp_path)
    assert "not UTF-" in error.what
    assert error.fix == "save it as UTF-8"


@pytest.mark.parametrize("case", MISSING, ids=named)
def test_what_is_missing_is_named_with_its_fix(case: Case, tmp_path: Path) -> None:
    assert refusal(case, tmp_path).fix


@pytest.mark.parametrize("case", WITHOUT_TURNS, ids=named)
def test_a_session_without_turns_is_refused(case: Case, tmp_path: Path) -> None:
    assert refusal(case, tmp_path).fix


@pytest.mark.parametrize("case", TWICE, ids=named)
def test_a_session_that_comes_twice_is_refused(case: Case, tmp_path: Path) -> None:
    error = refusal(case, tmp_path)
    assert "already" in error.what
    assert error.fix


@pytest.mark.parametrize("case", EMPTY_TEXT, ids=named)
def test_a_turn_without_text_is_refused(case: Case, tmp_path: Path) -> None:
    assert refusal(case, tmp_path).fix


LONG = ("word " * 1_000_000).strip()
SHORT = ("word " * 20).strip()


def big(source: str, text: str, times: int) -> Case:
    """Two speakers, each with `times` turns of one `text`."""
    rows = range(times)
    if source == "annomi":
        body = "".join(
            f"7,x,{2 * i},therapist,00:00:01,{text}\n7,x,{2 * i + 1},client,00:00:02,{text}\n"
            for i in rows
        )
        return Case(source, {"a.csv": ANNOMI + body})
    if source == "csv":
        return Case(source, {"a.csv": CSV + f"s,Therapist,{text}\ns,Ann,{text}\n" * times})
    if source == "jsonl":
        return Case(source, {"a.jsonl": light("s", *[text] * (2 * times))})
    if source == "primock57":
        one = grid(*[text] * times)
        return Case(source, consultation(one, one))
    if source == "script":
        said = f"T: {text}\nC: {text}\n" * times
        return Case(source, {"a.toml": f'transcript = """\n{said}"""\n'})
    cue = f"{CUE}<v Therapist>{text}\n\n{CUE}<v Ann>{text}\n\n"
    return Case(source, {"a.vtt": VTT + cue * times})


@pytest.mark.parametrize("source", GOOD)
def test_five_megabytes_in_one_turn_are_read_whole(source: str, tmp_path: Path) -> None:
    (session,) = load(big(source, LONG, 1), tmp_path)
    assert [len(turn.text) for turn in session.turns] == [len(LONG)] * 2


@pytest.mark.parametrize("source", GOOD)
def test_five_megabytes_of_short_turns_are_read_whole(source: str, tmp_path: Path) -> None:
    times = 30_000 if source in ("annomi", "jsonl", "csv") else 15_000
    (session,) = load(big(source, SHORT, times), tmp_path)
    assert len(session.turns) == 2 * times
