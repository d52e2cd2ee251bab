"""A practice as a small TOML file: who documents what, how long it takes, what time costs."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from evalkit.errors import InputError, did_you_mean, from_validation
from evalkit.records import Record
from evalkit.store import read_text

MONTHS = 12
"""A year is twelve of the practice's working months."""


class Practice(Record):
    """One practice. Sessions and groups are those that one clinician documents on a working day."""

    name: str = Field(min_length=1, max_length=100)
    clinicians: int = Field(default=1, ge=1, le=1000)
    """People who write notes."""
    sessions_a_day: float = Field(default=8.0, ge=0, le=50, allow_inf_nan=False)
    """Individual, couple and intake sessions, one note each: the article's 8 clients a day."""
    groups_a_day: float = Field(default=0.0, ge=0, le=20, allow_inf_nan=False)
    """Group sessions."""
    group_members: int = Field(default=8, ge=1, le=12)
    """Members of a group (CPT 90853 allows up to 12; 8 is our assumption)."""
    group_notes: Literal["one", "each member"] = "each member"
    """Whether a group session has one note, or one for each member."""
    group_shared: float = Field(default=0.0, ge=0, le=1)
    """Share of the review of a member's note, in [0, 1], that is spent once for the whole group
    because the text is the same for all members. 0, each note reviewed in full, is our assumption;
    how a session is shared between notes was not measured."""
    working_days: float = Field(default=20.0, gt=0, le=31)
    """Days a month with sessions: 20 is four weeks of five, a calendar month has 21.67."""
    individual_minutes: float = Field(default=12.0, gt=0, le=240)
    """Minutes to write one such note from scratch, mean over clinicians: the article's 12. A survey
    of 499 therapists (2023) gives 8.3 (2.5 h a week for 18 clients). A run's `scratch` minutes are
    those of a typical clinician; with paces as spread out as here, their mean is 12 % higher."""
    group_minutes: float = Field(default=30.0, gt=0, le=480)
    """Minutes to write all the notes of one group session from scratch: the article's 30."""
    measured: bool = True
    """Whether these minutes are those of this practice's own clinicians, so that the hours of
    writing are certain and nobody saves more than them. If false, the minutes are those of
    clinicians at large: how fast the practice's own ones write is drawn, and the interval wider."""
    spread: float = Field(default=0.47, ge=0, le=2)
    """Log s.d. of pace between people: .44 to .51 (DivEMT, nmt-pe-effects-2021)."""
    writing_with_reviewing: float = Field(default=0.5, ge=-1, le=1)
    """Correlation of a person's log pace in writing and in reviewing (our assumption)."""
    stopped: float = Field(default=0.0, ge=0, le=1)
    """Share of clinicians who sign what is drafted without reading it. In Biro 2025, 35 to 45 % of
    drafts were sent unedited, which is not the same but the nearest figure there is."""
    note_price_usd: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Dollars a drafted note. Where it is not given, what the run's drafts cost."""
    subscription_usd: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """Dollars a clinician a month for the drafting tool."""
    hourly_usd: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Dollars an hour of clinician time. Without it the value of time is not reckoned."""
    surviving_bound: float = Field(default=100.0, gt=0, allow_inf_nan=False)
    """Fabrications per 1,000 signed notes that the practice would put up with: one note in ten is
    our assumption. Clinicians' own notes held 1,720 items charted but not done per 1,000 notes
    (Weiner 2020), 356 AI notes 11.5 % with a hallucination (UC Davis 2026)."""

    @model_validator(mode="after")
    def _writes_notes(self) -> Self:
        if self.sessions_a_day + self.groups_a_day == 0:
            raise ValueError("sessions_a_day and groups_a_day are both 0: nobody writes a note")
        return self

    @property
    def individual_notes(self) -> float:
        """Notes of individual, couple and intake sessions a month, all clinicians together."""
        return self.clinicians * self.sessions_a_day * self.working_days

    @property
    def groups(self) -> float:
        """Group sessions a month, all clinicians together."""
        return self.clinicians * self.groups_a_day * self.working_days

    @property
    def notes_a_group(self) -> int:
        return self.group_members if self.group_notes == "each member" else 1

    @property
    def reviews_a_group(self) -> float:
        """Full reviews that the notes of one group session come to; what is shared counts once."""
        return 1 + (self.notes_a_group - 1) * (1 - self.group_shared)

    @property
    def notes(self) -> float:
        """Notes a month."""
        return self.individual_notes + self.groups * self.notes_a_group

    @property
    def notes_a_day(self) -> float:
        """Notes that one clinician signs on a working day."""
        return self.sessions_a_day + self.groups_a_day * self.notes_a_group

    @property
    def writing_hours(self) -> float:
        """Hours a month that writing all notes from scratch takes.

        >>> Practice(name="solo").writing_hours
        32.0
        """
        minutes = self.individual_notes * self.individual_minutes + self.groups * self.group_minutes
        return minutes / 60


def load_practice(path: str | Path) -> Practice:
    """The practice of a TOML file.

    Raises InputError, naming file and field, for bad TOML, values and misspelt fields.
    """
    file = Path(path)
    try:
        content = tomllib.loads(read_text(file))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not TOML: {error}", file=file) from None
    unknown = next((key for key in content if key not in Practice.model_fields), None)
    if unknown is not None:
        raise InputError(
            did_you_mean("field of a practice", unknown, Practice.model_fields),
            file=file,
            field=unknown,
        )
    try:
        return Practice.model_validate(content)
    except ValidationError as error:
        raise from_validation(error, file=file) from None
