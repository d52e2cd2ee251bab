"""De-identification by the Safe Harbor list: find the 18 classes, put surrogates in their place.

    found = check(session)                        # places and classes, never the words
    cleaner = Deidentifier(seed)                  # one for all the sessions of a corpus
    clean = [cleaner.deidentify(session) for session in sessions]
    left = check(clean[0], cleaner.surrogates(clean[0]))

Rules and lists find what they know. They miss a rare name without a title or an introduction, a
nickname, a place that is on no list, and a story that only one person could tell: an empty check
is not proof that a transcript is anonymous.
"""

from evalkit.deidentify.check import check, counts
from evalkit.deidentify.identifiers import KINDS, Identifier, Kind
from evalkit.deidentify.replace import Deidentifier, deidentify

__all__ = ["KINDS", "Deidentifier", "Identifier", "Kind", "check", "counts", "deidentify"]
