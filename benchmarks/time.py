"""Modelled review time against measured post-editing: leave one consultation out, on PriMock57.

    python -m benchmarks.time            # the figures
    python -m benchmarks.time --tried    # and every regression that was tried
    python -m benchmarks.time --write    # and replace evalkit/reviewers/postedit.json

Needs EVALKIT_DATA to hold primock57/. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.time_notes import MODELS, Timed, read
from benchmarks.time_tried import AUTOMATIC, FROM_TEXT, SHIPPED, WITH_COUNTS
from evalkit.audit.timing import (
    Floats,
    Plan,
    Timing,
    figure,
    fit,
    left_out,
    left_out_by_choice,
)
from evalkit.reviewers import _postedit_weights
from evalkit.reviewers._postedit_weights import REFERENCE, Weights, seconds_of

MEAN, AUTHOR = "mean alone", "who wrote it"
UNRANKED = (MEAN, AUTHOR)
"""They say nothing of one note rather than another; what rank they have comes of leaving out."""

KINDS = {"all": (True, False), "AI": (False,), "doctor": (True,)}


def rows(name: str, notes: Sequence[Timing], foretold: Floats) -> Iterator[str]:
    """A line a kind of author: MAE, rank and bias with intervals over consultations."""
    for kind, own in KINDS.items():
        here = [place for place, one in enumerate(notes) if one.own in own]
        if len({notes[place].session_id for place in here}) < 2:
            continue
        found = figure([notes[place] for place in here], foretold[here])
        mae, rho = found.mae, found.rho
        ranked = f"{rho.value:.2f} ({rho.low:.2f} to {rho.high:.2f})"
        ranked = "-" if name in UNRANKED else ranked
        yield (
            f"| {name} | {kind} | {mae.n} ({mae.clusters}) "
            f"| {mae.value:.1f} ({mae.low:.1f} to {mae.high:.1f}) | {ranked} | {found.bias:+.1f} |"
        )


def table(title: str, lines: Iterator[str], first: str = "fitted to other consultations") -> None:
    print(f"\n**{title}**\n")
    print(f"| {first} | notes | n (consultations) | MAE, s | rho | bias, s |")
    print("|---|---|---|---|---|---|")
    for line in lines:
        print(line)


def with_counts(known: Sequence[Timing]) -> Iterator[str]:
    yield from rows(MEAN, known, left_out(known, Plan(robust=False)))
    yield from rows("counts", known, left_out(known, WITH_COUNTS["counts"]))
    length = WITH_COUNTS["counts + log_client_words"]
    yield from rows("counts and client's words", known, left_out(known, length))
    yield from rows("shipped: reference slopes and client's words", known, left_out(known, SHIPPED))
    nested, chosen = left_out_by_choice(known, WITH_COUNTS)
    yield from rows("chosen among all that was tried, within each fold", known, nested)
    yield f"| chosen: {_often(chosen)} | | | | | |"
    values = np.array([REFERENCE.at(one.values) for one in known])
    yield from rows("reference line, which saw most of these notes", known, values)


def from_text(timed: Timed) -> Iterator[str]:
    known = timed.texts
    blind = left_out(known, Plan(terms=("topics", "log_words")))
    text = left_out(known, AUTOMATIC)
    said = left_out(known, FROM_TEXT["own + log_client_words"], timed.every)
    nested, chosen = left_out_by_choice(known, FROM_TEXT)
    yield from rows(MEAN, known, left_out(known, Plan(robust=False)))
    yield from rows(AUTHOR, known, left_out(known, Plan(terms=("own",))))
    yield from rows("topics left out, length", known, blind)
    yield from rows("a: who wrote it, topics left out, length", known, text)
    yield from rows("b: who wrote it, client's words (by all timed notes)", known, said)
    yield from rows("mean of a and b", known, (text + said) / 2)
    yield from rows("`postedit` as in a run without a ledger", known, in_a_run(timed))
    yield from rows("chosen among all that was tried, within each fold", known, nested)
    yield f"| chosen: {_often(chosen)} | | | | | |"


def in_a_run(timed: Timed) -> Floats:
    """(texts,) seconds by `postedit`: false sentences by our judge, omissions by what is usual."""
    found = []
    for note in timed.texts:
        others = (
            [one for one in part if one.session_id != note.session_id]
            for part in (timed.every, timed.counted, timed.texts)
        )
        known = weights(Timed(*others))
        ours = {"incorrect": note.values["expected_false"], "omitted": None}
        found.append(sum(seconds_of(known, {**note.values, **ours})))
    return np.array(found)


def _often(chosen: dict[str, int]) -> str:
    return "; ".join(f"{name} {count}" for name, count in sorted(chosen.items()))


def from_transcript(known: Sequence[Timing]) -> Iterator[str]:
    """No text of a note is needed, so that it can be said of every timed note."""
    yield from rows(MEAN, known, left_out(known, Plan(robust=False)))
    yield from rows(AUTHOR, known, left_out(known, Plan(terms=("own",))))
    said = FROM_TEXT["own + log_client_words"]
    yield from rows("who wrote it and client's words", known, left_out(known, said))


def as_they_are(timed: Timed) -> Iterator[str]:
    """Nothing is fitted but what ships in `postedit`, which has seen the open AI notes."""
    for name in MODELS if timed.texts else ():
        values = np.array([one.values[name] for one in timed.texts])
        yield from rows(name, timed.texts, values)
    line = _postedit_weights.shipped().seconds
    values = np.array([line.at(one.values) for one in timed.counted])
    yield from rows("postedit, by people's counts", timed.counted, values)


def tried(title: str, known: Sequence[Timing], plans: dict[str, Plan]) -> None:
    print(f"\n**{title}: {len(plans)} regressions on {len(known)} notes**\n")
    print("| terms | MAE, s: all | AI | doctor | rho |\n|---|---|---|---|---|")
    for name, plan in plans.items():
        foretold = left_out(known, plan)
        off = np.abs(foretold - [one.seconds for one in known])
        own = np.array([one.own for one in known])
        rho = figure(known, foretold, 1).rho.value
        print(
            f"| {name} | {off.mean():.1f} | {off[~own].mean():.1f} | {off[own].mean():.1f} "
            f"| {rho:.2f} |"
        )


def weights(timed: Timed) -> Weights:
    """What ships: fitted to the notes by models, since those are what a reviewer has before him.

    Where only the sum of errors is known (16 of the 88 open notes), its split is a guess.
    """
    drafts = [one for one in timed.every if not one.own]
    counted = [one for one in timed.counted if not one.own]
    missing = [one._replace(seconds=one.values["omitted"]) for one in counted]
    line, words = fit(drafts, SHIPPED), [one.values["log_words"] for one in timed.texts]
    held = {**line.held, **({"log_words": (min(words), max(words))} if words else {})}
    return Weights(
        source="PriMock57 (CC BY 4.0), AI notes of the open consultations; slopes of errors as "
        "fitted to all 188 AI notes",
        notes=len(drafts),
        sessions=len({one.session_id for one in drafts}),
        seconds=line.model_copy(update={"held": held}),
        omitted=fit(missing, Plan(terms=("log_client_words",), robust=False)),
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    asked.add_argument("--tried", action="store_true", help="print every regression tried")
    asked.add_argument("--write", action="store_true", help="replace the shipped weights")
    options = asked.parse_args()
    folder = Path(os.environ.get("EVALKIT_DATA", "../shared/data")) / "primock57"
    if not folder.is_dir():
        print("not measured: EVALKIT_DATA does not hold primock57/")
        return
    timed = read(folder)
    if timed.unheard:
        print(f"{timed.unheard} timed notes passed over: no transcript or no count of errors")
    if options.write:
        content = weights(timed).model_dump(mode="json", exclude_defaults=True)
        path = Path(_postedit_weights.__file__).with_name("postedit.json")
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        _postedit_weights.shipped.cache_clear()
        timed = read(folder)
    print("Over the 188 AI notes with both counts the mean alone misses by 34.5 s, and a line of")
    print("the counts by 20.7 s; the notes here are not all of those: each table has its own mean.")
    table("People's counts of errors; both counted", with_counts(timed.counted))
    table("The same, and notes with the sum alone, split in proportion", with_counts(timed.every))
    if timed.texts:
        table("Our own counts and the texts, where the note's text is there", from_text(timed))
    table("The transcript's length alone, every timed note", from_transcript(timed.every))
    table("The models as they ship", as_they_are(timed), "model, nothing fitted")
    if options.tried:
        tried("Tried with people's counts", timed.counted, WITH_COUNTS)
        if timed.texts:
            tried("Tried with our own counts", timed.texts, FROM_TEXT)


if __name__ == "__main__":
    main()
