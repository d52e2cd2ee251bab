"""Whether two notes on one session make the same claim, perhaps in other words."""

from __future__ import annotations

from evalkit.claims.likeness import Saying, alike, saying
from evalkit.records import FALSE, Finding

SAME_FROM = 0.4
"""Mean share of the words of each sentence that the other says, synonyms counting less.

Chosen on 60 generated sessions of seed 700001. On 60 of seed 700002 962 of 1,720 statements are
known again when they are put in other words from end to end (352 of the rest because their category
is another then), and 159 of 24,412 pairs of different statements of one session are taken for one.
So k of K is a lower bound where a model rewords what it makes up.
"""


def likeness(one: str, other: str) -> float:
    """How alike two sentences are, from 0 to 1; 0 where numbers, drugs or people differ.

    >>> likeness("Client takes sertraline 50 mg daily.", "Client takes sertraline 50 mg daily.")
    1.0
    >>> likeness("Client takes sertraline 50 mg daily.", "Client takes sertraline 150 mg daily.")
    0.0
    """
    first, second = saying(one), saying(other)
    if [token.stem for token in first.parsed.tokens] == [t.stem for t in second.parsed.tokens]:
        return 1.0
    return 0.0 if _apart(first, second) else alike(first, second, _alike_in_weight)


def same_claim(finding: Finding, other: Finding) -> float:
    """The likeness of two findings' sentences if they make the same claim, else 0.

    The same claim has the same category, is false (or not) as the other is, and is at least
    `SAME_FROM` alike.
    """
    if finding.category != other.category or _kind(finding) != _kind(other):
        return 0.0
    found = likeness(finding.claim.text, other.claim.text)
    return found if found >= SAME_FROM else 0.0


def _kind(finding: Finding) -> str:
    return "false" if finding.verdict in FALSE else finding.verdict


def _apart(one: Saying, other: Saying) -> bool:
    people = one.people and other.people and one.people != other.people
    drugs = one.drugs and other.drugs and one.drugs != other.drugs
    return bool(people or drugs) or one.numbers != other.numbers


def _alike_in_weight(stem: str) -> float:
    return 1.0
