"""The regressions of post-editing time that were tried, all of them, by what they go by."""

from __future__ import annotations

from evalkit.audit.timing import Plan
from evalkit.reviewers._postedit_weights import REFERENCE

COUNTS = ("incorrect", "omitted")
SLOPES = dict(REFERENCE.slopes)
SHIPPED = Plan(terms=("log_client_words",), fixed=SLOPES)
"""The reference slopes of errors, which saw all 188 AI notes; the rest is fitted here."""

WITH_COUNTS = {
    "counts": Plan(terms=COUNTS),
    "counts, least squares": Plan(terms=COUNTS, robust=False),
    "sum of errors": Plan(terms=("errors",)),
    **{
        f"counts + {one}": Plan(terms=(*COUNTS, one))
        for one in (
            "log_client_words",
            "root_client_words",
            "log_all_words",
            "log_minutes",
            "log_concepts",
        )
    },
    "counts + log_client_words, least squares": Plan(
        terms=(*COUNTS, "log_client_words"), robust=False
    ),
    "counts + log_client_words, ridge 5": Plan(terms=(*COUNTS, "log_client_words"), ridge=5),
    "counts + log_client_words + own": Plan(terms=(*COUNTS, "log_client_words", "own")),
    "counts + log_client_words, log seconds": Plan(terms=(*COUNTS, "log_client_words"), logs=True),
    "reference slopes": Plan(fixed=SLOPES),
    "reference slopes + log_client_words": SHIPPED,
    "reference slopes + log_all_words": Plan(terms=("log_all_words",), fixed=SLOPES),
}
"""What was tried with people's counts of errors."""

AUTOMATIC = Plan(terms=("own", "topics", "log_words"))
"""Who wrote it, topics left out, length of the note."""

FROM_TEXT = {
    "own": Plan(terms=("own",)),
    "own + log_client_words": Plan(terms=("own", "log_client_words")),
    **{
        f"own + {one} + log_words": Plan(terms=("own", one, "log_words"))
        for one in (
            "topics",
            "root_topics",
            "topics_twice",
            "topics_thrice",
            "topics_any",
            "share_carried",
            "log_concepts",
            "expected_false",
            "flagged",
            "log_client_words",
        )
    },
    "own + topics": Plan(terms=("own", "topics")),
    "own + log_words": Plan(terms=("own", "log_words")),
    "own + topics + words": Plan(terms=("own", "topics", "words")),
    "topics + log_words": Plan(terms=("topics", "log_words")),
    "own + topics + log_words, least squares": AUTOMATIC.model_copy(update={"robust": False}),
    "own + topics + log_words, ridge 3": AUTOMATIC.model_copy(update={"ridge": 3.0}),
    "own + topics + log_words, log seconds": AUTOMATIC.model_copy(update={"logs": True}),
    **{
        f"own + topics + log_words + {one}": Plan(terms=(*AUTOMATIC.terms, one))
        for one in ("log_client_words", "expected_false", "flagged", "keystroke")
    },
    "own + keystroke": Plan(terms=("own", "keystroke")),
    "own + floor": Plan(terms=("own", "floor")),
}
"""What was tried with our own counts and the texts alone."""
