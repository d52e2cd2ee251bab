"""Recall and precision on facts that a control put into the wrong section or onto a wrong person.

    python -m benchmarks.placing            # stress and curated, SOAP, three wordings

The notes state the facts in the ledger's first wording, in its second, or in the second while the
ledger is told the first alone: only that says how well words that no ledger has are seen.
Placement by the ledger and attribution are counted over facts, placement by words alone over
sentences; intervals are Wilson's.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from pathlib import Path
from typing import cast

from evalkit import formats
from evalkit.claims.belonging import belonging
from evalkit.claims.carried import carried
from evalkit.drafters._base import Request
from evalkit.drafters.misplacing import Misplacing
from evalkit.llm import Client
from evalkit.records import Approach, Case, Draft, Session
from evalkit.scorers.attribution import Attribution
from evalkit.scorers.placement import Placement
from evalkit.sessions.sources import open_source
from evalkit.stats import wilson

DATA = Path(__file__).parents[1] / "synthetic_data"
CONTROL = Approach(name="misplacing", drafter="misplacing", control=True)
OFFLINE = cast(Client, None)
"""The control asks no model."""


WORDINGS = {
    "the ledger's words": (False, False),
    "its other words": (True, False),
    "words that the ledger does not know": (True, True),
}
"""Whether the note is in the second wording, and whether that is hidden from the ledger."""


def case_of(session: Session, format: str, seed: int, wording: str) -> Case:
    """One note by the control, with what became of each fact."""
    reworded, hidden = WORDINGS[wording]
    request = Request(session, formats.load(format), CONTROL, 0, seed, OFFLINE)
    written = asyncio.run(Misplacing(reworded=reworded).write(request))
    draft = Draft(
        session_id=session.session_id,
        approach=CONTROL.name,
        approach_id=CONTROL.approach_id,
        format=format,
        sections=written.sections,
        planted=written.planted,
    )
    if hidden:
        facts = tuple(fact.model_copy(update={"reworded": ""}) for fact in session.facts)
        session = session.model_copy(update={"facts": facts})
    return Case(session, CONTROL, draft, (), carried(session, draft))


def tally(case: Case, written: dict[str, str]) -> Counter[str]:
    """Planted, found, flagged, and rightly flagged of one note: for each of the three measures.

    `written` are the words of each fact by its id, as the control would put them.
    """
    planted = case.draft.planted or ()
    moved = {one.text for one in planted if one.kind == "misplaced"}
    ascribed = {one.text for one in planted if one.kind == "misattributed"}
    flagged = {written[fact_id] for fact_id, _, _ in Placement().misplaced(case)}
    wrong = [one.sentence for one, _ in Attribution().misattributed(case)]
    odd = {
        one.sentence.text for one in belonging(case.draft) if one.section and one.elsewhere >= 0.9
    }
    hit = Counter(any(said in text for said in wrong) for text in ascribed)
    return Counter(
        {
            "placement planted": len(moved),
            "placement found": len(moved & flagged),
            "placement flagged": len(flagged),
            "placement right": len(moved & flagged),
            "attribution planted": len(ascribed),
            "attribution found": hit[True],
            "attribution flagged": len(wrong),
            "attribution right": sum(any(said in text for text in ascribed) for said in wrong),
            "by words planted": len(moved),
            "by words found": sum(any(said in text for said in odd) for text in moved),
            "by words flagged": len(odd),
            "by words right": sum(any(said in text for text in moved) for said in odd),
        }
    )


def share(hits: int, n: int) -> str:
    if not n:
        return "none to count"
    low, high = wilson(hits, n)
    return f"{hits} of {n} = {hits / n:.3f} ({low:.3f}-{high:.3f})"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    asked.add_argument("--corpora", nargs="+", default=["stress", "curated"])
    asked.add_argument("--format", default="soap")
    given = asked.parse_args()
    for name in given.corpora:
        sessions = list(open_source(str(DATA / f"{name}.jsonl")).load())
        for wording, (reworded, _) in WORDINGS.items():
            total: Counter[str] = Counter()
            for number, session in enumerate(sessions):
                words = {
                    fact.fact_id: (reworded and fact.reworded) or fact.statement
                    for fact in session.discussed
                }
                total += tally(case_of(session, given.format, number, wording), words)
            print(f"{name}, {given.format}, {wording}, {len(sessions)} notes")
            for measure in ("placement", "attribution", "by words"):
                found, planted = total[f"{measure} found"], total[f"{measure} planted"]
                right, flagged = total[f"{measure} right"], total[f"{measure} flagged"]
                print(f"  {measure:<12} recall {share(found, planted)}")
                print(f"  {'':<12} precision {share(right, flagged)}")


if __name__ == "__main__":
    main()
