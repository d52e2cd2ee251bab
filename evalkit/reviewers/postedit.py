"""A regression of the time to put a note right on its errors and on length.

Unlike `keystroke` it adds up no steps: it is fitted to clinicians who were timed while they
post-edited consultation notes (PriMock57), or to a team's own timings by `evalkit calibrate-time`.
The seconds measured are means of several people and stand for a typical one, though with a log s.d.
of .47 between people a mean is 12 % above the geometric mean.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from evalkit.records import THERAPIST, Case
from evalkit.reviewers._base import SIGN_MINUTES, AtDesk, Parts, omitted
from evalkit.reviewers._postedit_weights import (
    ERRORS,
    TERMS,
    Weights,
    from_file,
    seconds_of,
    shipped,
)

LENGTHS = tuple(term for term in TERMS if term not in ERRORS)


class Postedit(AtDesk):
    """Minutes by part: what errors add is `edit`; the rest, reading and checking, is `read`.

    `weights` is a file that `evalkit calibrate-time` wrote, None for those that ship: 6.3 s an
    incorrect statement and 10.2 s an omitted one, the reference over 188 AI notes, with a constant
    and a slope on the logarithm of the client's words fitted to 88 open AI notes. (Those 88 alone
    put 2 s on an incorrect statement: there the counts and the length rise together.)
    """

    name: ClassVar[str] = "postedit"
    weights: str | None = None

    def model_post_init(self, context: Any) -> None:
        if self.weights is not None:
            from_file(self.weights)

    def parts(self, case: Case) -> Parts:
        """A typical clinician's minutes; without a ledger omissions are those to expect."""
        known = shipped() if self.weights is None else from_file(self.weights)
        values = values_of(case)
        reasons = [_unseen(known, values), _held(known, values)]
        seconds = seconds_of(known, values)
        return Parts(
            read=seconds.read / 60,
            edit=seconds.edit / 60,
            transfer=self.transfer_minutes(case),
            sign=SIGN_MINUTES,
            slips=self.expected_slips(case),
            reason="; ".join(one for one in reasons if one),
        )


def values_of(case: Case) -> dict[str, float | None]:
    """What is known of a draft, by term; None where it is not known.

    False statements are the sum of `p_unsupported`, the number to expect, not the count of
    sentences past the cut. Over 84 published therapy notes with labels by two raters (TN-Eval, 28
    conversations) it misses their mean count by 1.28 sentences a note, the count by 1.36, and ranks
    notes better (rho .70 and .67). With a ledger (120 control notes) the two differ by .04 a note.
    A draft that is all slightly doubtful takes time, though no sentence of it is past the cut.
    """
    left_out = omitted(case)
    said = sum(len(turn.text.split()) for turn in case.session.turns if turn.speaker != THERAPIST)
    return {
        "incorrect": sum(one.p_unsupported for one in case.findings),
        "omitted": None if left_out is None else float(len(left_out)),
        "log_words": math.log(max(1, case.draft.words)),
        "log_client_words": math.log(said) if said else None,
    }


def _unseen(known: Weights, values: dict[str, float | None]) -> str:
    if values["omitted"] is not None or "omitted" not in known.seconds.slopes:
        return ""
    expected = known.seconds.within("omitted", None)
    if known.omitted is not None:
        expected = max(0.0, known.omitted.at(values))
    return f"no ledger: {expected:.1f} omissions priced, as in timed notes of such sessions"


def _held(known: Weights, values: dict[str, float | None]) -> str:
    """Which lengths lie beyond those that were timed."""
    beyond = []
    for term in LENGTHS:
        value = values[term]
        if value is None or term not in known.seconds.held:
            continue
        at = known.seconds.within(term, value)
        if at < value or (at > value and term in known.seconds.slopes):
            beyond.append(f"{term.removeprefix('log_').replace('_', ' ')} as {math.exp(at):,.0f}")
    return f"outside the lengths that were timed: {', '.join(beyond)}" if beyond else ""
