"""The card that comes with evalkit: how well the judge in the house does against known truth.

    python -m benchmarks.validity            # measure, and print it
    python -m benchmarks.validity --write    # and replace evalkit/card.json

Takes synthetic_data/stress.jsonl and the real data in EVALKIT_DATA; `evalkit validate` measures
any judge in the same way. The card holds figures only, no text.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path

from evalkit.accuracy import CARD
from evalkit.audit.card import Truth, measure
from evalkit.judges.grounding import Grounding
from evalkit.records import Session
from evalkit.records.validity import Card
from evalkit.store import read_records, write_text

STRESS = Path(__file__).parent.parent / "synthetic_data" / "stress.jsonl"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    asked.add_argument("--write", action="store_true", help="replace the card in the package")
    write = asked.parse_args().write
    data = Path(os.environ.get("EVALKIT_DATA", "../shared/data"))
    truth = Truth(
        sessions=tuple(read_records(STRESS, Session)),
        file=STRESS,
        data=data if data.is_dir() else None,
    )
    card = Card(judges=asyncio.run(measure(Grounding(), truth)))
    for one in card.judges:
        print(f"{one.judge}, {'with' if one.ledger else 'without'} a ledger: {one.weights}")
        for row in one.rows:
            shown = "-" if row.value is None else f"{row.value:.3f}"
            ends = "" if row.low is None or row.high is None else f"[{row.low:.3f}, {row.high:.3f}]"
            print(f"  {row.part:<15}{row.what:<36}{row.group:<40}{shown} {ends} {row.n} {row.unit}")
        for line in one.missing:
            print(f"  {line}")
    if write:
        write_text(CARD, card.model_dump_json(indent=1) + "\n")


if __name__ == "__main__":
    main()
