"""What a note looks like after a reviewer's events: pure, the same in Python as on the screen.

Offsets count code points. An edit of [s, e) into n code points moves an offset p of a flag so:
p stays where p <= s, becomes p + n - (e - s) where p >= e, and in between s for a flag's start
and s + n for its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pydantic import Field, ValidationError

from evalkit.errors import InputError, from_validation
from evalkit.records import Flag, Record, ReviewEvent
from evalkit.review.origins import Origins

R = TypeVar("R", bound=Record)


class Edit(Record):
    """The data of an edit: the code points [start, end) of a section become `text`."""

    section: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str
    undo: bool = False


class Unflag(Record):
    """The data of an unflag."""

    flag_id: str


class Load(Record):
    """The data of a tlx event: the six scales of the NASA-TLX, 0 to 100."""

    mental: float = Field(ge=0, le=100)
    physical: float = Field(ge=0, le=100)
    temporal: float = Field(ge=0, le=100)
    performance: float = Field(ge=0, le=100)
    effort: float = Field(ge=0, le=100)
    frustration: float = Field(ge=0, le=100)


@dataclass(frozen=True)
class State:
    """A note under review. Sections that neither draft nor edits name have no entry in `texts`.

    `flags` have offsets in the texts as they stand now, `in_draft` holds the same flags with
    offsets in the draft (start = end where only what the reviewer had added was flagged). Both
    keep the quote as it read when it was flagged.
    """

    draft: Mapping[str, str]
    texts: Mapping[str, str]
    flags: tuple[Flag, ...] = ()
    in_draft: tuple[Flag, ...] = ()
    signed: bool = False
    tlx: dict[str, float] | None = None
    _origins: Mapping[str, Origins] = field(default_factory=dict, repr=False)

    def after(self, event: ReviewEvent) -> State:
        """The state after one more event.

        InputError, which never repeats a text, where the event does not fit: an edit or a flag
        beyond its section's text, a flag whose quote is not what stands there, a change of a
        signed note.
        """
        kind = event.kind
        if kind in ("edit", "flag", "unflag") and self.signed:
            raise InputError("the note is signed", field="kind", fix="open it again first")
        if kind == "edit":
            return self._edited(_data(Edit, event))
        if kind == "flag":
            return self._flagged(_data(Flag, event))
        if kind == "unflag":
            return self._unflagged(_data(Unflag, event).flag_id)
        if kind == "tlx":
            return replace(self, tlx=_data(Load, event).model_dump())
        if kind in ("sign", "reopen"):
            return replace(self, signed=kind == "sign")
        return self

    def _edited(self, edit: Edit) -> State:
        text = self.texts.get(edit.section, "")
        _check_range(edit.start, edit.end, len(text))
        origins = self._origins_of(edit.section).edited(edit.start, edit.end, edit.text, edit.undo)
        return replace(
            self,
            texts={
                **self.texts,
                edit.section: text[: edit.start] + edit.text + text[edit.end :],
            },
            flags=tuple(
                _moved(one, edit) if one.section == edit.section else one for one in self.flags
            ),
            _origins={**self._origins, edit.section: origins},
        )

    def _flagged(self, flag: Flag) -> State:
        text = self.texts.get(flag.section, "")
        _check_range(flag.start, flag.end, len(text))
        if flag.start == flag.end:
            raise InputError("no passage is marked", field="data.end")
        if text[flag.start : flag.end] != flag.quote:
            raise InputError("the quote is not what stands there", field="data.quote")
        rest = self._unflagged(flag.flag_id) if self._has(flag.flag_id) else self
        start, end = self._origins_of(flag.section).of(flag.start, flag.end)
        mapped = flag.model_copy(update={"start": start, "end": end})
        return replace(rest, flags=(*rest.flags, flag), in_draft=(*rest.in_draft, mapped))

    def _unflagged(self, flag_id: str) -> State:
        if not self._has(flag_id):
            raise InputError("there is no such flag", field="data.flag_id")
        return replace(
            self,
            flags=tuple(one for one in self.flags if one.flag_id != flag_id),
            in_draft=tuple(one for one in self.in_draft if one.flag_id != flag_id),
        )

    def _has(self, flag_id: str) -> bool:
        return any(one.flag_id == flag_id for one in self.flags)

    def _origins_of(self, section: str) -> Origins:
        return self._origins.get(section) or Origins.of_draft(self.draft.get(section, ""))


def start(draft_sections: Mapping[str, str]) -> State:
    """The state before any event.

    >>> start({"plan": "Return."}).texts
    {'plan': 'Return.'}
    """
    return State(draft=dict(draft_sections), texts=dict(draft_sections))


def replay(draft_sections: Mapping[str, str], events: Iterable[ReviewEvent]) -> State:
    """The note after the events of one task, in the order of the log; an event counts once.

    InputError names the event that does not fit.
    """
    state, seen = start(draft_sections), set()
    for event in events:
        if event.event_id in seen:
            continue
        seen.add(event.event_id)
        try:
            state = state.after(event)
        except InputError as error:
            what = f"event {event.event_id}: {error.what}"
            raise InputError(what, field=error.field, fix=error.fix) from None
    return state


def _data(kind: type[R], event: ReviewEvent) -> R:
    try:
        return kind.model_validate(event.data)
    except ValidationError as error:
        raise from_validation(error) from None


def _check_range(start: int, end: int, length: int) -> None:
    if not start <= end <= length:
        what = f"[{start}, {end}) is no place in a text of {length} characters"
        raise InputError(what, field="data.start")


def _moved(flag: Flag, edit: Edit) -> Flag:
    grown = len(edit.text) - (edit.end - edit.start)

    def moved(offset: int, inside: int) -> int:
        if offset <= edit.start:
            return offset
        return offset + grown if offset >= edit.end else inside

    start = moved(flag.start, edit.start)
    end = moved(flag.end, edit.start + len(edit.text))
    return flag.model_copy(update={"start": start, "end": end})
