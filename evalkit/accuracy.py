"""How far a judge's verdicts can be trusted: on the run's own controls, else by the card.

A control's note is one whose truth is known: what was planted in it is false, the rest is true.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import ValidationError

from evalkit.errors import from_validation
from evalkit.experiment import build_judges
from evalkit.records import FALSE, STRICT, Draft, Finding, Planted, Record, Run
from evalkit.records.validity import Card, Validity
from evalkit.scorers.fabrication import verdicts
from evalkit.scorers.planted import is_on
from evalkit.stats import Share
from evalkit.store import read_text

Unit = Literal["sentence", "claim"]
OWN = "the run's own controls"
CARD = Path(__file__).with_name("card.json")
ENOUGH = 20
"""Planted errors, different from one another, from which a run's own controls are heeded: half
the width of Wilson's interval around .85 is then .15 (our choice)."""

GROUPS = ("held-out words", "other words")
"""Groups of the card that stand for a candidate's notes, the best first: such notes are not in the
words of the ledger, nor in any that a judge was shown."""


class Checked(NamedTuple):
    """A planted error, or a true sentence, with the judge's findings on it."""

    draft: Draft
    text: str
    section: str
    planted: Planted | None
    findings: tuple[Finding, ...]

    def flagged(self, strict: bool = False) -> bool:
        """Whether a finding says it is false; strictly, also that it is merely inferred."""
        return any(one.verdict in (STRICT if strict else FALSE) for one in self.findings)

    def claims(self) -> list[bool]:
        """Of each claim whether it is flagged."""
        return [verdict in FALSE for one in self.findings for verdict in verdicts(one)]


def checked(drafts: Iterable[Draft], findings: Iterable[Finding]) -> Iterator[Checked]:
    """What controls invented, and their true sentences; in the order of drafts and sentences.

    Notes that the judge has no finding on are left out, and so are sentences that are false in
    another way, such as a fact ascribed to the wrong person.
    """
    of_note: dict[object, list[Finding]] = defaultdict(list)
    for one in findings:
        of_note[one.cell].append(one)
    for draft in drafts:
        found = of_note.get(draft.cell, [])
        if draft.planted is None or not found:
            continue
        false: set[str] = set()
        for lie in draft.untrue or ():
            on_it = tuple(one for one in found if is_on(one, lie, draft))
            false |= {one.finding_id for one in on_it}
            if lie.kind == "hallucinated":
                yield Checked(draft, lie.text, lie.section, lie, on_it)
        for one in found:
            if one.finding_id not in false:
                yield Checked(draft, one.claim.text, one.claim.section, None, (one,))


class Accuracy(Record):
    """A judge's sensitivity and specificity for one unit, and where they were measured.

    `planted` false ones and `true` ones, different from one another, were looked at.
    """

    unit: Unit
    sensitivity: float
    planted: int
    specificity: float
    true: int
    source: str

    @property
    def shares(self) -> tuple[Share, Share]:
        """Sensitivity and specificity, each with its n."""
        return Share(self.sensitivity, self.planted), Share(self.specificity, self.true)

    def __str__(self) -> str:
        hits = round(self.sensitivity * self.planted)
        share = f"{100 * self.sensitivity:.0f} %"
        return f"{hits} of {self.planted} planted errors were found ({share}), by {self.source}"


@cache
def shipped() -> Card:
    """The card that comes with evalkit; `python -m benchmarks.validity --write` makes it."""
    return Card.model_validate_json(CARD.read_text(encoding="utf-8"))


def read(path: str | Path) -> Card:
    """The judges of a `validity.json` that `evalkit validate` wrote, before those of the package.

    Raises InputError if it is none.
    """
    file = Path(path)
    try:
        own = Card.model_validate_json(read_text(file))
    except ValidationError as error:
        raise from_validation(error, file=file) from None
    return Card(judges=(*own.judges, *shipped().judges))


def validity(run: Run, card: Card | None = None, *, ledger: bool = True) -> Validity | None:
    """What the card says of the run's first judge on such sessions; None if it is not on it.

    With `ledger` false, what it says of that judge on sessions without one.
    """
    judge = build_judges(run.experiment)[0]
    ledger = ledger and getattr(judge, "use_ledger", False)
    ledger = ledger and all(one.has_ledger for one in run.sessions)
    for one in (card or shipped()).judges:
        same = _bare(one.settings) == _bare(judge.settings())
        if (one.judge, one.ledger) == (judge.name, ledger) and same:
            return one
    return None


def _bare(settings: dict[str, object]) -> dict[str, object]:
    """What a judge was set to; what stands at None was not set."""
    return {k: v for k, v in settings.items() if k != "use_ledger" and v is not None}


def recall(run: Run, card: Card | None = None) -> Accuracy | None:
    """What the first judge finds: of all that the run's controls planted, if it is `ENOUGH`, else
    by the card. None where neither is known."""
    own = of_checked(_of_controls(run), "sentence", OWN)
    if own is not None and own.planted >= ENOUGH:
        return own
    known = validity(run, card)
    return None if known is None else of_card(known, "sentence")


def accuracy(run: Run, unit: Unit, card: Card | None = None) -> Accuracy | None:
    """What a rate of the first judge is corrected by, for notes in words of their own.

    From the card if it has figures on words that the judge was not shown: it was shown those of
    the run's controls, as they are in the ledger. Else from the run's own controls, if there is
    `ENOUGH` planted in them and `ENOUGH` that is true and in other words than the ledger's, else
    from the card all the same. None where neither has it.
    """
    known = validity(run, card)
    best = None if known is None else of_card(known, unit, GROUPS[:1])
    if best is not None:
        return best
    found = list(_of_controls(run))
    ledger = {
        (session.session_id, fact.statement) for session in run.sessions for fact in session.facts
    }
    apart = [one for one in found if (one.draft.session_id, one.text) not in ledger]
    own = of_checked(apart, unit, f"{OWN} (true ones in other words than the ledger's)")
    if own is not None and min(own.planted, own.true) >= ENOUGH:
        return own
    return None if known is None else of_card(known, unit)


def _of_controls(run: Run) -> Iterator[Checked]:
    controls = {one.name for one in run.experiment.approaches if one.control}
    drafts = [one for one in run.drafts if one.approach in controls]
    return checked(drafts, run.first_findings)


def of_checked(found: Iterable[Checked], unit: Unit, source: str) -> Accuracy | None:
    """Shares of planted errors flagged and of true ones let pass.

    The same text on the same session counts once, with its mean. For claims, the false ones are
    the assertions of planted sentences that make no other, the true ones those of true sentences.
    """
    hits: dict[tuple[str, str], list[float]] = defaultdict(list)
    passes: dict[tuple[str, str], list[float]] = defaultdict(list)
    for one in found:
        flags = [one.flagged()] if unit == "sentence" else one.claims()
        key = (one.draft.session_id, one.text)
        if one.planted is None:
            for number, flag in enumerate(flags):
                passes[one.draft.session_id, f"{number} {one.text}"].append(not flag)
        elif unit == "sentence" or len(flags) == 1:
            hits[key].append(flags[0])
    if not hits or not passes:
        return None
    return Accuracy(
        unit=unit,
        sensitivity=_mean(hits),
        planted=len(hits),
        specificity=_mean(passes),
        true=len(passes),
        source=source,
    )


def _mean(of: dict[tuple[str, str], list[float]]) -> float:
    return round(sum(sum(each) / len(each) for each in of.values()) / len(of), 6)


def of_card(known: Validity, unit: Unit, groups: tuple[str, ...] = GROUPS) -> Accuracy | None:
    """The card's sensitivity and specificity for a unit, of the first group that has them."""
    for group in groups:
        recall = known.row("planted errors", f"{unit} recall", group)
        clear = known.row("planted errors", f"{unit} specificity", group)
        if recall is None or clear is None or recall.value is None or clear.value is None:
            continue
        return Accuracy(
            unit=unit,
            sensitivity=recall.value,
            planted=recall.n,
            specificity=clear.value,
            true=clear.n,
            source=f"the card, {group}",
        )
    return None
