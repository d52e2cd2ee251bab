"""Payer elements: the golden thread from diagnosis to plan, and a billing code that fits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import ClassVar, NamedTuple

from evalkit.claims.reading import Sentence, read
from evalkit.claims.text import is_content, tokens
from evalkit.records import Case, Draft, Measure, Score, Session
from evalkit.scorers._base import Scorer
from evalkit.scorers._rubric import Item, content_of, item

DATA = Path(__file__).with_name("payer.toml")
SHARED = 0.5
"""Share of the content words of a goal in the chart that a sentence must hold to name it."""

_CODE = re.compile(r"\b(90\d{3})\b")
_MINUTES = re.compile(r"\b(\d{1,3})[- ]?min(?:ute)?s?\b", re.IGNORECASE)
_SPAN = re.compile(
    r"\b(\d{1,2}):(\d{2})\s*([ap]?)\.?m?\.?\s*(?:to|-|\u2013|until)\s*(\d{1,2}):(\d{2})\s*([ap]?)",
    re.IGNORECASE,
)


class Code(NamedTuple):
    """A CPT code: minutes it is for, None where there is no bound, and settings it is tied to."""

    low: int | None = None
    high: int | None = None
    settings: tuple[str, ...] = ()

    def misfit(self, minutes: float | None, setting: str) -> str:
        """What does not fit, in words; "" where all that is known does."""
        if self.settings and setting not in self.settings:
            return f"is for {' or '.join(self.settings)}, not {setting}"
        low, high = self.low or 0, self.high or 24 * 60
        if minutes is None or low <= minutes <= high:
            return ""
        bound = f"{low} to {high}" if self.high else f"{low} or more"
        return f"is for {bound} minutes, not {minutes:g}"


class Payer(Scorer):
    """Share of the elements that a payer asks for that the note tells, and codes that do not fit.

    Minutes are those that the note states, else the session's. With `form_counts`, the diagnosis
    and the times count where the form that goes with the note has them.
    """

    name: ClassVar[str] = "payer"
    reads_findings: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            name="payer_elements",
            unit="share of elements",
            better="higher",
            meaning="diagnosis, times, named intervention, response, goal, plan and medical "
            "necessity, of which the note tells",
        ),
        Measure(
            name="cpt_misfit",
            unit="share of notes",
            better="lower",
            meaning="notes with a CPT code that does not fit the minutes or the setting",
            proportion=True,
        ),
    )
    form_counts: bool = False

    def score(self, case: Case) -> Iterator[Score]:
        missing = self.missing(case)
        n = len(elements())
        why = f"missing: {', '.join(missing)}" if missing else f"all {n} elements"
        yield self.of(case, "payer_elements", 1 - len(missing) / n, why)
        codes = [code for code in _CODE.findall(case.draft.text) if code in codes_known()]
        if not codes:
            yield self.of(case, "cpt_misfit", None, "no CPT code in the note")
            return
        minutes, setting = minutes_of(case.draft, case.session), case.session.spec.setting
        wrong = {code: codes_known()[code].misfit(minutes, setting) for code in codes}
        if minutes is None and not any(wrong.values()):
            yield self.of(case, "cpt_misfit", None, "neither note nor session tells the minutes")
            return
        said = "; ".join(f"{code} {why}" for code, why in wrong.items() if why)
        yield self.of(case, "cpt_misfit", bool(said), said)

    def missing(self, case: Case) -> list[str]:
        """Names of the elements that the note does not tell."""
        sentences = read(case.draft)
        carried = [one.fact for one in case.facts if one.outcome == "carried"]
        told = {
            name
            for name, one in elements().items()
            if any(map(one.answered_by, sentences)) or any(map(one.is_told_by, carried))
        }
        if "goal" not in told and _names_goal(sentences, case.session):
            told.add("goal")
        form = case.session.form if self.form_counts else {}
        if form.get("diagnosis"):
            told.add("diagnosis")
        if form.get("start_time") and form.get("end_time"):
            told.add("times")
        return [name for name in elements() if name not in told]


def minutes_of(draft: Draft, session: Session) -> float | None:
    """Minutes of the session by the note's clock times, else its minutes, else by the session.

    A note that states several lengths (an exercise of 5 minutes) is read by the session's own
    minutes where it states them too, else by the longest.
    """
    span = _SPAN.search(draft.text)
    if span:
        return _between(span)
    stated = [int(found) for found in _MINUTES.findall(draft.text)]
    known = session.spec.minutes
    if not stated or (known is not None and known in stated):
        return known
    return float(max(stated))


def _between(span: re.Match[str]) -> float:
    """Minutes from the first clock time to the second; over noon or midnight where it must be."""
    start = 60 * int(span[1]) + int(span[2])
    end = 60 * int(span[4]) + int(span[5])
    day = 24 * 60 if int(span[1]) > 12 or span[3] else 12 * 60
    return float((end - start) % day)


def _names_goal(sentences: tuple[Sentence, ...], session: Session) -> bool:
    """A sentence holds half of the content words of a goal in the chart."""
    for goal in session.chart.goals if session.chart else ():
        words = {token.stem for token in tokens(goal) if is_content(token)} - {"client"}
        if any(len(words & one.content) >= SHARED * len(words) for one in sentences if words):
            return True
    return False


@cache
def elements() -> dict[str, Item]:
    """The elements by name, in the file's order."""
    return {name: item(DATA, name, table) for name, table in content_of(DATA)["elements"].items()}


@cache
def codes_known() -> dict[str, Code]:
    """The CPT codes with their bounds."""
    return {
        code: Code(row.get("low"), row.get("high"), tuple(row.get("settings", ())))
        for code, row in content_of(DATA)["cpt"].items()
    }
