"""Notes drafted elsewhere, from the files they were published in: one file a kind.

Each yields `RecordedNote`s, the lines of a drafts JSONL: session_id, drafter, format, sections.
"""

from __future__ import annotations

from typing import cast

from evalkit import registry
from evalkit.imports._base import Importer


def open_notes(spec: str) -> Importer:
    """The notes at `tneval:FILE`, `primock57:FILE`, or the path of a drafts JSONL.

    Nothing is read yet. Raises InputError, with the nearest name, for an unknown kind.
    """
    named = registry.build_at(__name__, spec)
    if named is None:
        named = registry.build(__name__, {"name": "jsonl", "path": spec})
    return cast(Importer, named)
