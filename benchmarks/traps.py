"""Which trap a note fell into: is it seen, and is a note that did not fall left alone?

    python -m benchmarks.traps            # 300 sessions, seed 600001
    python -m benchmarks.traps --known    # with every wording known, as on a control's note
    python -m benchmarks.traps --misses   # and the sentences that were taken wrongly
    python -m benchmarks.traps --learn    # the weights of evalkit.claims.sides, from other seeds

A note is made of the facts of its session in other words than the ledger's. For each trap, at
random, the bait is put in, or what is true of the matter, or neither; half of the notes hold an
invention that no trap invites, too. What is compared never knows the wording that stands in the
note: of bait and facts it is shown one wording, and the note has the other.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Literal, NamedTuple

from evalkit import formats
from evalkit.claims.extract import claims
from evalkit.claims.likeness import Saying
from evalkit.claims.sides import Sides, Signs
from evalkit.claims.trapped import trapped
from evalkit.drafters.fabricating import inventions
from evalkit.records import Draft, Fact, Session, Trap, TrapOutcome
from evalkit.sessions.generate import generate
from evalkit.stats import wilson

SEED, COUNT = 600_001, 300
LEARN_SEED = 610_001
Arm = Literal["fell", "avoided", "not_mentioned"]
ARMS: tuple[Arm, ...] = ("fell", "avoided", "not_mentioned")


class Note(NamedTuple):
    """A note, the session as the comparison may know it, and what the note does with each trap.

    `baits` are the wordings that stand in the note where it fell; `held_out` says of each trap
    whether the comparison knows its bait in another wording only.
    """

    session: Session
    draft: Draft
    arms: tuple[Arm, ...]
    baits: tuple[str, ...]
    held_out: tuple[bool, ...]


def note(session: Session, rng: Random, known_words: bool = False) -> Note:
    """One note on a session; with `known_words` the comparison knows all its wordings."""
    told: list[tuple[str, str]] = []
    arms: list[Arm] = []
    known: list[Trap] = []
    baits: list[str] = []
    held_out: list[bool] = []
    left_out: set[str] = set()
    for trap in session.traps:
        of_trap = [fact for fact in session.facts if _same_matter(fact, trap)]
        arm: Arm = rng.choice(ARMS)
        if arm == "avoided" and not of_trap and not trap.truth:
            arm = "not_mentioned"
        if arm == "avoided" and not any(fact.discussed for fact in of_trap):
            told += [(fact.kind, fact.reworded or fact.statement) for fact in of_trap]
            told += [] if of_trap else [(trap.fact_kind, trap.truth)]
        if arm != "avoided":
            left_out |= {fact.fact_id for fact in of_trap}
        wordings = [trap.bait, trap.reworded or trap.bait]
        rng.shuffle(wordings)
        if arm == "fell":
            told.append((trap.fact_kind, wordings[1]))
        known.append(trap.model_copy(update={"bait": wordings[0], "reworded": ""}))
        baits.append(wordings[1])
        held_out.append(bool(trap.reworded))
        arms.append(arm)
    told += [
        (fact.kind, fact.reworded or fact.statement)
        for fact in session.discussed
        if fact.fact_id not in left_out
    ]
    open_ = {fact.kind for fact in session.facts if not fact.discussed}
    lies = [lie for lie in inventions(session) if lie.trap is None and lie.category not in open_]
    if lies and rng.random() < 0.5:
        lie = rng.choice(lies)
        told.append((lie.kind, lie.text))
    rng.shuffle(told)
    soap = formats.load("soap")
    sections = {
        name: [text for kind, text in told if soap.section_for(kind) == name] for name in soap.names
    }
    facts = tuple(fact.model_copy(update={"reworded": ""}) for fact in session.facts)
    less = session.model_copy(update={"facts": facts, "traps": tuple(known)})
    return Note(
        session if known_words else less,
        Draft(
            session_id=session.session_id,
            approach="made",
            approach_id="",
            format="soap",
            sections={name: " ".join(texts) for name, texts in sections.items()},
        ),
        tuple(arms),
        tuple(baits),
        tuple(held_out),
    )


def _same_matter(fact: Fact, trap: Trap) -> bool:
    """The fact is what is true where the trap is set."""
    if trap.truth and trap.truth in (fact.statement, fact.reworded):
        return True
    if not fact.discussed:
        return fact.kind == trap.fact_kind
    return bool(set(fact.turns) & set(trap.turns))


def learn(count: int, seed: int) -> None:
    """Print weights of `Signs` learned from the sentences that nothing clears."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    rng = Random(seed)
    rows: list[Signs] = []
    says_bait: list[bool] = []
    for session in generate(count, seed):
        made = note(session, rng)
        sides = Sides(made.session)
        for one in map(Saying, claims(made.draft)):
            near = sides.near(one)
            for number, side in enumerate(sides.matters):
                for signs in sides.signs_of(one, side, near):
                    rows.append(signs)
                    says_bait.append(one.parsed.claim.text == made.baits[number])
    fitted = LogisticRegression(max_iter=3000).fit(np.array(rows), np.array(says_bait))
    for name, weight in zip(Signs._fields, fitted.coef_[0], strict=True):
        print(f"{name:<20} {weight:6.2f}")
    print(f"{'intercept':<20} {fitted.intercept_[0]:6.2f}")
    print(f"learned from {len(rows)} sentences beside a trap, {sum(says_bait)} of them its bait")


def measure(
    count: int, seed: int, known_words: bool
) -> Iterator[tuple[Trap, Arm, TrapOutcome, str, bool]]:
    """(trap, what the note does, what was found, the bait in the note, held out) of each trap."""
    rng = Random(seed)
    for session in generate(count, seed):
        made = note(session, rng, known_words)
        found = trapped(made.session, made.draft)
        yield from zip(made.session.traps, made.arms, found, made.baits, made.held_out, strict=True)


def share(hits: int, n: int) -> str:
    """`92 of 100, .920 [.850, .959]`, the interval Wilson's."""
    low, high = wilson(hits, n)
    return f"{hits:>4} of {n:>4}  {hits / n if n else float('nan'):.3f} [{low:.3f}, {high:.3f}]"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    asked.add_argument("--count", type=int, default=COUNT)
    asked.add_argument("--seed", type=int, default=SEED)
    asked.add_argument("--known", action="store_true", help="compare with every wording")
    asked.add_argument("--learn", action="store_true", help="print weights, from another seed")
    asked.add_argument("--misses", action="store_true", help="print what was taken wrongly")
    options = asked.parse_args()
    if options.learn:
        learn(2 * options.count, LEARN_SEED)
        return
    table: Counter[tuple[str, str, str]] = Counter()
    for trap, arm, found, bait, out in measure(options.count, options.seed, options.known):
        for name in (trap.kind, "all", "all, held out" if out else "all, same words"):
            table[name, arm, found.outcome] += 1
        if options.misses and (arm == "fell") != (found.outcome == "fell"):
            said = bait if arm == "fell" else found.sentence
            print(
                f"{trap.kind}: {arm}, found {found.outcome}\n  known: {trap.bait}\n  said:  {said}"
            )
    kinds = sorted({kind for kind, _, _ in table}, key=lambda kind: (kind[:3] == "all", kind))
    for kind in kinds:
        print(kind)
        for arm in ARMS:
            row = [table[kind, arm, outcome] for outcome in ARMS]
            print(
                f"  {arm:<14} {sum(row):>4}: "
                + ", ".join(f"{outcome} {n}" for outcome, n in zip(ARMS, row, strict=True))
            )
        fell = [table[kind, "fell", outcome] for outcome in ARMS]
        rest = [table[kind, arm, outcome] for arm in ARMS[1:] for outcome in ARMS]
        called = sum(table[kind, arm, "fell"] for arm in ARMS[1:])
        print(f"  fell found        {share(fell[0], sum(fell))}")
        print(f"  not fell, so said {share(sum(rest) - called, sum(rest))}")


if __name__ == "__main__":
    main()
