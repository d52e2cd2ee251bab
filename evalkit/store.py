"""The only door to disk: JSONL of records, Parquet tables, whole files written at once.

A file appears under its name only when it is complete, so an interrupted run leaves the last
good one in place.
"""

from __future__ import annotations

import csv
import difflib
import errno
import io
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from evalkit.errors import InputError, from_validation
from evalkit.records import Record

if TYPE_CHECKING:
    import pandas as pd

R = TypeVar("R", bound=Record)


def read_text(path: Path) -> str:
    """A UTF-8 text file (a byte-order mark is dropped); InputError names what is wrong with it."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError("there is no such file", file=path) from None
    except IsADirectoryError:
        raise InputError("this is a folder, not a file", file=path) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=path) from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise InputError(
            f"not UTF-8 (byte {error.start})", file=path, line=line, fix="save it as UTF-8"
        ) from None


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, object) of a JSONL file; blank lines are passed over.

    Lines end at a line feed alone: a string may hold U+2028 and its like.
    """
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if "\\ud" in line.lower():  # half of a character, which no file can hold
                json.dumps(row, ensure_ascii=False).encode()
        except json.JSONDecodeError as error:
            raise InputError(
                f"not JSON ({error.msg} at column {error.colno})",
                file=path,
                line=number,
                fix="one JSON object a line",
            ) from None
        except UnicodeEncodeError:
            raise InputError(
                "holds half of a character (a lone surrogate)",
                file=path,
                line=number,
                fix="export it again as UTF-8",
            ) from None
        except (ValueError, RecursionError):
            raise InputError("JSON that cannot be read", file=path, line=number) from None
        if not isinstance(row, dict):
            raise InputError("not a JSON object", file=path, line=number)
        yield number, row


def read_json(path: Path) -> Any:
    """The value of a JSON file."""
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise InputError(
            f"not JSON ({error.msg} at column {error.colno})", file=path, line=error.lineno
        ) from None


def read_csv(path: Path, columns: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, row) of a CSV file with a header that has at least `columns`; all is text.

    Other columns are passed on. An unknown header cell is never repeated in an error: where the
    header is missing, it is a line of the transcript.
    """
    text = read_text(path)
    # The reader refuses cells of more than 128 KiB unless told otherwise, for the whole process.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _check_header(path, header, list(columns))
        start = reader.line_num + 1
        for cells in reader:
            if cells and len(cells) != len(header):
                raise InputError(
                    f"{len(cells)} cells where the header has {len(header)}",
                    file=path,
                    line=start,
                    fix="put quotes around a text that holds a comma",
                )
            if cells:
                yield start, dict(zip(header, cells, strict=True))
            start = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"not CSV ({error})",
            file=path,
            line=reader.line_num,
            fix="put quotes around a text that holds a comma, and double the quotes in it",
        ) from None


def _check_header(path: Path, header: list[str], columns: list[str]) -> None:
    for name in columns:
        if header.count(name) == 1:
            continue
        close = difflib.get_close_matches(name, header, n=1)
        hint = f" (is it {close[0]!r}?)" if close else ""
        what = (
            f"the column stands there {header.count(name)} times"
            if name in header
            else (f"no such column{hint}")
        )
        raise InputError(
            what, file=path, line=1, field=name, fix=f"the first line needs {', '.join(columns)}"
        )


def read_records(path: Path, kind: type[R]) -> Iterator[R]:
    """The records of a JSONL file; InputError names the line and the field of a bad one."""
    for number, row in read_rows(path):
        try:
            yield kind.model_validate(row)
        except ValidationError as error:
            raise from_validation(error, file=path, line=number) from None


def folder_for(path: Path) -> Path:
    """Make a folder that can be written to (by its owner alone, if it is new)."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise InputError(
            f"cannot be written to ({error.strerror})", file=path, fix="name another folder"
        ) from None
    return path


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A name to write under; the file appears under its own name once it is complete.

    It is its owner's alone, since it may hold notes, also in a folder that others can read.
    """
    folder_for(path.parent)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_WRONLY, 0o600))
        yield part
        os.replace(part, path)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", file=path) from None
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a whole file or nothing."""
    with _replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def write_records(path: Path, records: Iterable[Record]) -> int:
    """One record a line, fields in the order of their class: equal records give equal bytes.

    Records are written as they come, so that a generator of any length needs no more memory than
    one of them. Returns how many there were.
    """
    count = 0
    with _replacing(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            file.write(json.dumps(record.model_dump(mode="json"), ensure_ascii=False) + "\n")
            count += 1
    return count


def write_table(path: Path, table: pd.DataFrame) -> None:
    """A Parquet table, whole or not at all."""
    with _replacing(path) as part:
        table.to_parquet(part, index=False)
