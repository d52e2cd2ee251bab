import stat

import pytest

from evalkit.errors import InputError
from evalkit.records import RecordedNote
from evalkit.store import read_records, write_records, write_text

NOTE = RecordedNote(
    session_id="1", drafter="a", format="soap", sections={"plan": "line\u2028separator"}
)


def test_records_come_back_as_they_went_and_equal_records_give_equal_bytes(tmp_path):
    write_records(tmp_path / "a.jsonl", [NOTE, NOTE])
    write_records(tmp_path / "b.jsonl", [NOTE, NOTE])
    assert list(read_records(tmp_path / "a.jsonl", RecordedNote)) == [NOTE, NOTE]
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_a_write_that_breaks_leaves_the_last_good_file(tmp_path):
    write_records(tmp_path / "a.jsonl", [NOTE])

    def broken():
        yield NOTE
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_records(tmp_path / "a.jsonl", broken())
    assert list(read_records(tmp_path / "a.jsonl", RecordedNote)) == [NOTE]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 2: not JSON"),
        ("[1]", "line 2: not a JSON object"),
        ('{"session_id": "1"}', "line 2, field 'drafter'"),
        ('{"session_id": "\\ud800"}', "line 2: holds half of a character"),
        ("[" * 100_000, "line 2: "),
        ('{"SECRET words of a note": 1}', "line 2, field"),
        ('{"session_id": "SECRET", "drafter": 1, "format": "soap"}', "line 2, field 'drafter'"),
    ],
)
def test_a_bad_line_is_named_and_its_text_is_not_repeated(tmp_path, line, says):
    write_text(tmp_path / "a.jsonl", NOTE.model_dump_json() + "\n" + line)
    with pytest.raises(InputError) as error:
        list(read_records(tmp_path / "a.jsonl", RecordedNote))
    assert says in str(error.value)
    assert "SECRET" not in str(error.value)


def test_what_is_written_is_its_owners_alone_also_where_others_may_read_the_folder(tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "b.txt").write_text("before")
    (tmp_path / "b.txt").chmod(0o644)
    write_records(tmp_path / "a.jsonl", [NOTE])
    write_text(tmp_path / "b.txt", "after")
    assert [stat.S_IMODE(p.stat().st_mode) for p in sorted(tmp_path.iterdir())] == [0o600, 0o600]
