"""What is taken out of a draft's layout so that it does not tell which approach wrote it.

Words, their order, figures, case and the order of sections are never touched, and a list stays a
list: that would be to change what is measured. So length, style and empty sections can still give
an approach away, and a study cannot be blinder than that.
"""

from __future__ import annotations

import re
import unicodedata

from evalkit.claims.split import sentences
from evalkit.records import Draft

_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x85]")
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n{2,}")
_HEADING = re.compile(r"^#{1,6}[ ]+(?=\S)", re.MULTILINE)
_STRESS = re.compile(r"(\*\*|__)(?=\S)([^*_\n]*?\S)\1")
_BULLET = re.compile(
    r"^(?:[*+\u2022\u25cf\u25e6\u25aa\u2023\u2013\u2014\u00b7]|-)[ ]+", re.MULTILINE
)
_STRAIGHT = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})


def plain(text: str) -> str:
    """A section's text with its layout made alike.

    Line ends, runs of spaces and blank lines, marks of bullets, headings and stress (Markdown),
    and curly quotes. Text in which this would move the border of a sentence is left alone but for
    its ends, since labels are counted by sentence.

    >>> plain("## Plan\\r\\n\\r\\n*  **Sleep** log \\u2019til Friday")
    "Plan\\n- Sleep log 'til Friday"
    """
    found = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text)).translate(_STRAIGHT)
    found = _SPACES.sub(" ", found)
    found = "\n".join(line.strip(" ") for line in found.split("\n"))
    found = _STRESS.sub(r"\2", _HEADING.sub("", found))
    found = _BULLET.sub("- ", _BLANK_LINES.sub("\n", found)).strip()
    return found if len(sentences(found)) == len(sentences(text)) else text.strip()


def blinded(draft: Draft) -> Draft:
    """The draft with plain sections; the planted errors of a control with plain texts."""
    planted = draft.planted and tuple(
        one.model_copy(update={"text": plain(one.text)}) for one in draft.planted
    )
    return draft.model_copy(
        update={
            "sections": {name: plain(text) for name, text in draft.sections.items()},
            "planted": planted,
        }
    )
