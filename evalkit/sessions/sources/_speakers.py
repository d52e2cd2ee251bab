"""Who is the therapist: labels of a transcript turned into evalkit's own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from evalkit.errors import InputError
from evalkit.records import THERAPIST, Session, SessionSpec, Turn

CLIENT = "client"
CLINICIAN = re.compile(
    r"\b((psycho)?therapist|clinician|counsell?or|psychologist|psychiatrist|social worker"
    r"|doctor|dr)\b",
    re.IGNORECASE,
)
PATIENT = re.compile(r"client|patient", re.IGNORECASE)
LABELS_SHOWN = 12


def relabel(labels: Iterable[str], therapist: str, session_id: str) -> dict[str, str]:
    """Map each speaker label of one session to `therapist`, `client`, or itself.

    `therapist` is the clinician's label, or several with commas between; empty means the one
    label that says so (therapist, counselor, Dr. Lee). Where one other label is left, it becomes
    `client`, so that a name in it goes no further.

    Raises InputError, listing the labels, if none or more than one could be the therapist's.

    >>> relabel(["Dr. Lee", "Ann"], "", "s1")
    {'Dr. Lee': 'therapist', 'Ann': 'client'}
    """
    present = list(dict.fromkeys(labels))
    meant = _named(present, therapist) if therapist.strip() else _told(present)
    if not meant:
        whom = f"none is {therapist!r}" if therapist.strip() else "none says who the therapist is"
        raise _refusal(session_id, present, whom)
    if not therapist.strip() and len(meant) > 1:
        raise _refusal(session_id, present, "more than one could be the therapist")
    others = [label for label in present if label not in meant]
    mapping = dict.fromkeys(meant, THERAPIST)
    for label in others:
        mapping[label] = CLIENT if len(others) == 1 or PATIENT.fullmatch(label) else label
    return mapping


def session_of(spec: SessionSpec, turns: Iterable[Turn], therapist: str, **known: Any) -> Session:
    """A session whose turns bear evalkit's speaker labels; `known` are its other fields.

    In a group or couple session every other label is a member.
    """
    heard = tuple(turns)
    labels = relabel((turn.speaker for turn in heard), therapist, spec.session_id)
    turns = tuple(turn.model_copy(update={"speaker": labels[turn.speaker]}) for turn in heard)
    others = tuple(dict.fromkeys(turn.speaker for turn in turns if turn.speaker != THERAPIST))
    members = others if spec.setting != "individual" else ()
    return Session(spec=spec, turns=turns, members=members, **known)


def _named(present: list[str], therapist: str) -> list[str]:
    wanted = {therapist.strip().casefold()}
    if not any(label.casefold() in wanted for label in present):
        wanted = {name.strip().casefold() for name in therapist.split(",")}
    return [label for label in present if label.casefold() in wanted]


def _told(present: list[str]) -> list[str]:
    exact = [label for label in present if label.casefold() == THERAPIST]
    return exact if len(exact) == 1 else [label for label in present if CLINICIAN.search(label)]


def _refusal(session_id: str, present: list[str], whom: str) -> InputError:
    """Labels are listed only if they look like labels: they may be text in the wrong column."""
    short = all(len(label) <= 40 and len(label.split()) <= 4 for label in present)
    listed = (
        ", ".join(repr(label) for label in present)
        if short and len(present) <= LABELS_SHOWN
        else f"{len(present)}, not shown because they do not look like labels"
    )
    return InputError(
        f"session {session_id!r}: {whom} (speaker labels: {listed})",
        field="speaker",
        fix="name one with the source's option `therapist`, or rename it to 'therapist'",
    )
