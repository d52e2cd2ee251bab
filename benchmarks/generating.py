"""How fast sessions are made, and whether memory grows with their number.

    python -m benchmarks.generating            # 1,000 sessions and 250
    python -m benchmarks.generating --count 50000

Each count is a process of its own that streams to disk as `evalkit generate` does. The floor is
writing the same sessions again once they are made (serializing them to JSON).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

CODE = """
import json, resource, sys, time
from pathlib import Path
from evalkit.sessions.generate import generate
from evalkit.sessions.recipe import Recipe
from evalkit.store import write_records
count, out = int(sys.argv[1]), Path(sys.argv[2])
words = 0
def counted():
    global words
    for session in generate(count, 77, Recipe(minutes=(7, 9))):
        words += sum(len(turn.text.split()) for turn in session.turns)
        yield session
next(generate(1, 1))
start = time.process_time()
write_records(out, counted())
made = time.process_time() - start
again = list(generate(min(count, 100), 77, Recipe(minutes=(7, 9))))
start = time.process_time()
write_records(out.with_suffix(".again"), again)
floor = (time.process_time() - start) * count / len(again)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"words": words / count, "seconds": made, "floor": floor, "peak": peak}))
"""


def measure(count: int) -> dict[str, float]:
    """Mean words a session, CPU seconds for all, those of the floor, and peak RSS in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        out = subprocess.run(
            [sys.executable, "-c", CODE, str(count), str(Path(folder) / "made.jsonl")],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    found: dict[str, float] = json.loads(out)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    count = parser.parse_args().count
    for each in (count // 4, count):
        found = measure(each)
        seconds = found["seconds"]
        print(
            f"{each} sessions of {found['words']:.0f} words: {seconds:.1f} s of CPU "
            f"({1000 * seconds / each:.1f} ms each, {seconds / found['floor']:.0f} times the floor)"
            f", peak {found['peak']:.0f} MiB"
        )


if __name__ == "__main__":
    main()
