"""The arithmetic of the article's claims: each function takes named inputs and gives one figure.

Units are those that `claims.toml` states for each input.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from evalkit.records import Clinicians
from evalkit.reviewers._base import CLICK_S, H_S, M_S, P_S
from evalkit.stats import wilson

FOUR_WEEKS = 28
MONTHS = 12


def hours_a_day(sessions_a_day: float, minutes: float) -> float:
    return sessions_a_day * minutes / 60


def hours_written(sessions_a_day: float, days: float, minutes: float) -> float:
    """Hours a month without a draft."""
    return sessions_a_day * days * minutes / 60


def share_of_writing(sessions_a_day: float, days: float, minutes: float, hours: float) -> float:
    """Percent of the writing that those hours are."""
    return 100 * hours / hours_written(sessions_a_day, days, minutes)


def minutes_needed(sessions_a_day: float, days: float, hours: float) -> float:
    """Minutes that each note must save for those hours a month."""
    return 60 * hours / (sessions_a_day * days)


def saved_by_review(sessions_a_day: float, days: float, minutes: float, review: float) -> float:
    """Hours a month, where a review takes those minutes instead of writing."""
    return sessions_a_day * days * (minutes - review) / 60


def saved_by_post_edit(
    sessions_a_day: float, days: float, minutes: float, post_edit: float
) -> float:
    """The same, where a review takes as many seconds as a post-edit."""
    return saved_by_review(sessions_a_day, days, minutes, post_edit / 60)


def saved_by_scribe(days: float, scribe: float) -> float:
    """Hours a month of so many minutes a day."""
    return days * scribe / 60


def saved_by_visit(sessions_a_day: float, days: float, visit: float) -> float:
    """Hours a month of so many seconds an appointment."""
    return sessions_a_day * days * visit / 3600


def saved_in_trial(sessions_a_day: float, days: float, trial: float) -> float:
    """Hours a month of so many seconds a note."""
    return sessions_a_day * days * trial / 3600


def workdays(hours: float, month_days: float, workday: float) -> float:
    """Workdays every four weeks that those hours a month are."""
    return hours * FOUR_WEEKS / month_days / workday


def percent_above(lower: float, higher: float) -> float:
    return 100 * (higher - lower) / lower


def percent_below(lower: float, higher: float) -> float:
    return 100 * (lower - higher) / higher


def points(lower: float, higher: float) -> float:
    return higher - lower


def odds_ratio(lower: float, higher: float) -> float:
    """Odds of the lower share over those of the higher."""
    low, high = lower / 100, higher / 100
    return low / (1 - low) / (high / (1 - high))


def group_minutes_saved(groups_a_day: float, before: float, after: float) -> float:
    return groups_a_day * (before - after)


def member_minutes_saved(
    groups_a_day: float, before: float, members: float, seconds: float
) -> float:
    """Minutes a day, where every member has a note that takes those seconds to review."""
    return groups_a_day * (before - members * seconds / 60)


def notes_read(minutes: float, wpm: float, words: float) -> float:
    return minutes * wpm / words


def notes_checked(minutes: float, wpm: float, words: float, transcript: float) -> float:
    """Notes that can be held against what was said, read in full."""
    return minutes * wpm / (words + transcript)


def allowed_rate(clean: float) -> float:
    """Highest percent of wrong notes that leaves a 5 % chance of that many clean ones."""
    return 100 * (1 - 0.05 ** (1 / clean))


def rule_of_three(clean: float) -> float:
    return 100 * 3 / clean


def wilson_high(clean: float) -> float:
    return 100 * wilson(0, clean)[1]


def notes_to_meet_one(rate: float) -> float:
    """Whole notes for a 95 % chance of at least one wrong among them."""
    return float(math.ceil(math.log(0.05) / math.log(1 - rate / 100)))


def false_sentences(sessions_a_day: float, days: float, sentences: float, rate: float) -> float:
    return sessions_a_day * days * sentences * rate / 100


def major_sentences(
    sessions_a_day: float, days: float, sentences: float, rate: float, major: float
) -> float:
    return false_sentences(sessions_a_day, days, sentences, rate) * major / 100


def notes_with_one(sessions_a_day: float, days: float, notes_with: float) -> float:
    return sessions_a_day * days * notes_with / 100


def trapped(
    review: float, minutes: float, spread: float, residual: float, sentences: float
) -> float:
    """Percent of notes whose review takes as long as writing them.

    Paces in both are log-normal over people and correlated (`Clinicians`); the residual of a note
    in either is that of its sentences together.
    """
    together = Clinicians().writing_with_reviewing
    variance = 2 * spread**2 * (1 - together) + 2 * residual**2 / sentences
    return 100 * NormalDist().cdf(math.log(review / minutes) / math.sqrt(variance))


def linked(risk: float, sessions: float) -> float:
    """Percent chance that at least one of the sessions is linked to its client."""
    return 100 * (1 - (1 - risk / 100) ** sessions)


def copy_seconds(fields: float, key: float) -> float:
    """Copying a note by hand, by operators of the keystroke-level model.

    A field takes two mental steps (which field is next, does it stand there rightly), three
    pointings with a click (start and end of the text, the target), two moves of the hand between
    mouse and keyboard, and six keys: copy, the other window, paste.
    """
    return fields * (2 * M_S + 3 * (P_S + CLICK_S) + 2 * H_S + 6 * key)


def copy_hours(sessions_a_day: float, days: float, fields: float, key: float) -> float:
    return sessions_a_day * days * copy_seconds(fields, key) / 3600


def slips_a_year(sessions_a_day: float, days: float, fields: float, slip: float) -> float:
    return MONTHS * sessions_a_day * days * fields * slip
