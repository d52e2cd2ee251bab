"""The review app in a notebook.

No word of a note is in the widget's state, which a notebook may save: the page is asked for by a
message of its own, and so are the events sent.
"""

from __future__ import annotations

from pathlib import Path

import anywidget

from evalkit.errors import InputError
from evalkit.records import Draft, Session
from evalkit.review.desk import Desk
from evalkit.review.folder import check_reviewer
from evalkit.review.making import Choice, add_note, folder_of

APP = Path(__file__).parent / "app"
ALL = Choice()


class ReviewWidget(anywidget.AnyWidget):
    """The app on one reviewer's desk. `desk` is what it reads and writes."""

    _esm = (APP / "app.js").read_text(encoding="utf-8")
    _css = (APP / "app.css").read_text(encoding="utf-8")

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.on_msg(self._answer)

    def _answer(self, _widget: object, message: object, _buffers: object) -> None:
        answer = self.desk.answer(message)
        asked = message.get("id") if isinstance(message, dict) else None
        self.send(answer if asked is None else {**answer, "id": asked})

    def __repr__(self) -> str:
        return (
            f"Review by {self.desk.reviewer}: {self.desk.signed} of {len(self.desk.tasks)} "
            "notes signed"
        )


def show(
    what: Session | str | Path,
    draft: Draft | None = None,
    *,
    reviewer: str,
    folder: str | Path | None = None,
    choice: Choice = ALL,
) -> ReviewWidget:
    """The review app, to be the last line of a cell.

    `what` is the folder of a run or of a review, or a session with its `draft`; then `folder` is
    where the review is kept. `reviewer` is a short id, and `choice` says which notes of a run.
    Show it again, after a restart or another day, and the review goes on where it was.

        evalkit.review.show("../runs/quickstart", reviewer="ana", choice=Choice(limit=5))
        evalkit.review.show(session, draft, reviewer="ana", folder="review")
    """
    if not isinstance(what, Session):
        if draft is not None or folder is not None:
            raise InputError("draft and folder go with a session", field="what")
        return ReviewWidget(Desk(folder_of(Path(what), reviewer, choice), reviewer))
    if draft is None or folder is None:
        raise InputError("a session needs its draft and a folder for the review", field="folder")
    add_note(Path(folder), what, draft, check_reviewer(reviewer))
    return ReviewWidget(Desk(Path(folder), reviewer))
