"""What may leave the run's folder for MLflow.

Real transcripts never do: of sessions that were not generated, the tables carry turn numbers
instead of quotes, neither drafts nor findings carry their text (a note may copy its transcript),
and the report is the one without. To a server that is not on this machine no text goes at all.
With `texts=True` the notes go, the quotes do not.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from evalkit.records import Record, Run

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Privacy(Record):
    """Which texts may go to MLflow: those of notes, and those that quote a session."""

    notes: bool
    quotes: bool

    @property
    def withheld(self) -> tuple[str, ...]:
        kept = [] if self.quotes else ["quotes of sessions"]
        return (*kept, *([] if self.notes else ["texts of notes"]))


def may_log(run: Run, uri: str, texts: bool) -> Privacy:
    """What of a run may go to `uri`: everything of generated sessions, if it is on this machine.

    A note may repeat its transcript word for word, so those of real sessions, and any to another
    machine, go only where the caller says `texts=True`; quotes of real sessions never go.
    """
    generated = all(session.spec.source == "generated" for session in run.sessions)
    here = is_local(uri) or texts
    return Privacy(notes=texts or (here and generated), quotes=here and generated)


def is_local(uri: str) -> bool:
    """True where what is logged stays on this machine.

    >>> is_local("sqlite:////data/mlflow.db"), is_local("http://127.0.0.1:5000")
    (True, True)
    >>> is_local("https://mlflow.example.org"), is_local("databricks")
    (False, False)
    """
    parts = urlsplit(uri)
    return parts.scheme == "sqlite" or parts.hostname in LOOPBACK
