"""How many false statements a reviewer catches, and how many survive into the signed record.

The log-odds that a reviewer who reads the note catches a major error are

    a + b * log-odds(prevalence) - c * clean + log2(notes a day / 8) * ln(odds of twice as many)

and less by a constant for a minor one. `prevalence` is the share of the note's sentences that are
false: the rarer the target, the more is missed. `clean` is how clean the draft looks, 1 minus the
mean doubt over its sentences, and carries automation bias: nobody searches what looks right. a, b
and c are solved from three published shares (`proofreading`, `rare` and `trusting` of `Vigilance`).
A nudge adds points for those who read; those who have stopped catch nothing.

The published shares contradict each other. Proofreaders who look for errors catch 75 to 90 %,
searchers for rare targets 60 to 70 %, but physicians who were handed a model's drafts 25 to 35 %.
A trial puts the price of wrong advice at 14 points (n = 44); a clean look costs 24 here, at one
error in eight sentences. The first three are read as three conditions, and the trial is not fitted.
The study of physicians is nearest to the task, and the default follows it, in two parts: the 40 %
who sent the draft unedited count as stopped (too many: some read it and saw nothing), and the
others then caught 50 %. So the default, where nobody has stopped, is more hopeful than that study
as a whole; `stopped = 0.4` gives its 30 %. Not in the figures: a therapist was in the session that
the note is about, and those physicians were not; nobody has measured how much that helps.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from evalkit.records import Case, Record, Severity, Vigilance
from evalkit.reviewers._base import false_findings

RARE, TRUSTING, COMMON = 0.015, 0.125, 0.5
"""Prevalences at which the three shares hold; 1 in 8 sentences is our reading of one planted error
in a short draft."""

LEAST_PREVALENCE = 0.002


class Watched(Record):
    """Expected numbers a note; `surviving` counts the major ones too."""

    fabrications: int
    fabrications_major: int
    caught: float
    surviving: float
    surviving_major: float


class Look(NamedTuple):
    """What a note looks like to its reviewer, both in [0, 1]."""

    prevalence: float
    clean: float


def catch(vigilance: Vigilance, look: Look, severity: Severity) -> float:
    """Chance in [0, 1] that a clinician of the population catches one false statement.

    Physicians who were handed clean drafts with a planted error, 40 % of whom sent them unedited:

    >>> draft = Look(prevalence=1 / 8, clean=1)
    >>> round(catch(Vigilance(stopped=0.4), draft, "major"), 3)
    0.3
    >>> suspicious = Look(prevalence=0.015, clean=0)
    >>> round(1 - catch(Vigilance(), suspicious, "major"), 3)
    0.35
    """
    common, rare = _log_odds(vigilance.proofreading), _log_odds(vigilance.rare)
    by_prevalence = (common - rare) / (_log_odds(COMMON) - _log_odds(RARE))
    alert = common + by_prevalence * _log_odds(TRUSTING)
    bias = alert - _log_odds(vigilance.trusting)
    prevalence = min(COMMON, max(LEAST_PREVALENCE, look.prevalence))
    odds = common + by_prevalence * _log_odds(prevalence) - bias * look.clean
    odds += math.log2(vigilance.notes_a_day / 8) * math.log(vigilance.twice_the_notes_odds)
    if severity == "minor":
        odds += math.log(vigilance.minor_odds)
    share = 1 / (1 + math.exp(-odds))
    if vigilance.nudge:
        share = min(1.0, share + vigilance.nudged)
    return (1 - vigilance.stopped) * share


def watched(vigilance: Vigilance, case: Case) -> Watched:
    """What becomes of the false statements of a draft.

    In a control they are what was planted, whatever the judge says, since a false alarm on a true
    sentence harms nobody; in any other draft, the sentences that the run's first judge holds to be
    false, so there they share its false alarms and its misses.
    """
    planted = case.draft.untrue
    severities = [one.severity for one in (false_findings(case) if planted is None else planted)]
    look = _look(case, len(severities))
    missed = [(1 - catch(vigilance, look, severity), severity) for severity in severities]
    surviving = sum(share for share, _ in missed)
    return Watched(
        fabrications=len(severities),
        fabrications_major=severities.count("major"),
        caught=round(len(severities) - surviving, 6),
        surviving=round(surviving, 6),
        surviving_major=round(sum(share for share, one in missed if one == "major"), 6),
    )


def _look(case: Case, false: int) -> Look:
    sentences = max(1, len(case.findings))
    doubt = sum(one.p_unsupported for one in case.findings) / sentences
    return Look(prevalence=min(1.0, false / sentences), clean=1 - doubt)


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share))
