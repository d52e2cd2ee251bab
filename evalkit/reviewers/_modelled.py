"""From a reviewer model to the modelled review of a note: people, scratch minutes, vigilance."""

from __future__ import annotations

from typing import NamedTuple

from evalkit.records import Case, Experiment, Review, digest
from evalkit.reviewers._base import Parts, Reviewer
from evalkit.reviewers._population import Population, scratch_minutes, spread
from evalkit.reviewers._vigilance import watched


class Modelled:
    """Reviews drafts one by one; what it says of one does not depend on the others.

    Minutes are those of a review that mends all the judge found and adds all that is missing.
    Clinicians who have stopped reviewing only copy the note over and sign it: they are among the
    people whom `low`, `high`, `mean_minutes`, `saved` and `trap` are about, and the parts `read`,
    `verify` and `edit` are those of a typical clinician times the share who still review.
    """

    def __init__(self, reviewer: Reviewer, experiment: Experiment) -> None:
        self.reviewer, self.reviewing = reviewer, experiment.reviewing
        stopped = self.reviewing.vigilance.stopped
        self.population = Population(self.reviewing.clinicians, experiment.seed, stopped)

    def review(self, case: Case) -> Review:
        draft = case.draft
        parts = self.reviewer.parts(case)
        scratch, unknown = scratch_minutes(case.session, self.reviewing.scratch)
        typical = Minutes.of(parts)
        residuals = self.population.residuals(note_number(case), len(case.findings))
        people = spread(
            self.population.minutes(typical.reviewed, typical.unread, residuals[0]),
            self.population.from_scratch(scratch, residuals[1]),
        )
        seen = watched(self.reviewing.vigilance, case)
        active = 1 - self.reviewing.vigilance.stopped
        return Review(
            session_id=draft.session_id,
            approach=draft.approach,
            format=draft.format,
            replicate=draft.replicate,
            reviewer=self.reviewer.name,
            read=active * parts.read,
            verify=active * parts.verify,
            edit=active * parts.edit,
            transfer=parts.transfer,
            sign=parts.sign,
            low=people.low,
            high=people.high,
            mean_minutes=people.mean,
            scratch=scratch,
            saved=people.saved,
            trap=people.trap,
            **seen.model_dump(),
            slips=parts.slips,
            reason="; ".join(each for each in (parts.reason, unknown) if each),
        )


class Minutes(NamedTuple):
    """Typical minutes of a clinician who reviews, and of one who signs without reading."""

    reviewed: float
    unread: float

    @classmethod
    def of(cls, parts: Parts) -> Minutes:
        unread = parts.transfer + parts.sign
        return cls(parts.read + parts.verify + parts.edit + unread, unread)


def note_number(case: Case) -> int:
    """The note's own number: it depends on what the note is, not on the approach's name."""
    draft = case.draft
    return int(digest([draft.session_id, draft.approach_id, draft.format, draft.replicate]), 16)
