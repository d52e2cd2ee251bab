"""Sources of sessions: one file each, and each file's name is the source's.

`SRC` on the command line is `annomi:FILE`, `primock57:FOLDER`, or a bare path, which its suffix
gives away: `.jsonl`, `.csv`, `.vtt`, or a folder of `.vtt` files.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

from evalkit import registry
from evalkit.errors import InputError
from evalkit.sessions.sources._base import Source

SUFFIXES = {".jsonl": "jsonl", ".csv": "csv", ".vtt": "vtt"}
FORMS = "give NAME:PATH, a .jsonl, .csv or .vtt file, or a folder of .vtt files"


def open_source(src: str, therapist: str = "") -> Source:
    """The source that an `SRC` names; nothing is read yet.

    `therapist` is the label of the clinician, where the source has speakers by name.
    Raises InputError for an unknown name (with the nearest one) or a path of unknown kind.
    """
    named = registry.build_at(__name__, src)
    if named is not None:
        return cast(Source, named)
    path = Path(src)
    kind = SUFFIXES.get(path.suffix.lower())
    if path.is_dir():
        kind = "vtt"
    if kind is None:
        what = "not a source of sessions" if path.exists() else "there is no such file or folder"
        raise InputError(what, file=src, fix=FORMS)
    options = {"therapist": therapist} if therapist else {}
    return cast(Source, registry.build(__name__, {"name": kind, "path": src, **options}))
