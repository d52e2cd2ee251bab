"""Planned against simulated: does a study of the advised size see what it is planned for?

`python -m benchmarks.power` prints, over a grid, the power that `evalkit power` plans and the
share of simulated studies that see the difference; and how often the interval of
`evalkit.paired` holds the truth.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import special

from evalkit.paired import paired, power_of
from evalkit.power.components import Components, from_rates
from evalkit.power.plan import Goal, reached, sessions_for
from evalkit.power.reviewers import Design, People, freedom, of_minutes, study, variance
from evalkit.stats import bootstrap

Floats = NDArray[np.float64]
STUDIES = 2000
SKEW = 0.74


def shares(p: float, icc: float, shape: tuple[int, int], notes: int, rng: np.random.Generator):
    """Shares of faulty notes a session, beta-binomial, shape (studies, sessions)."""
    if icc == 0 or p in (0.0, 1.0):
        return rng.binomial(notes, p, shape) / notes
    own = rng.beta(p * (1 - icc) / icc, (1 - p) * (1 - icc) / icc, shape)
    return rng.binomial(notes, own) / notes


def minutes(spread: Components, shape: tuple[int, int], notes: int, rng: np.random.Generator):
    """Sessions' mean differences, without an effect, normal."""
    return rng.normal(0, math.sqrt(spread.of_session(notes)), shape)


def skewed(sd: float, shape: tuple[int, int], rng: np.random.Generator):
    """Long to the right, as minutes are: log-normal, mean 0."""
    drawn = rng.lognormal(0, SKEW, shape)
    return (
        sd
        * (drawn - math.exp(SKEW**2 / 2))
        / (math.sqrt(math.exp(SKEW**2) - 1) * math.exp(SKEW**2 / 2))
    )


def seen(differences: Floats, alpha: float = 0.05) -> float:
    """Share of studies (rows) whose t test sees a difference above 0."""
    k = differences.shape[1]
    spread = differences.std(axis=1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = differences.mean(axis=1) / (spread / math.sqrt(k))
    return float((t > special.stdtrit(k - 1, 1 - alpha / 2)).mean())


def crossover(people: People, effect: float, size: tuple[int, int, int], rng: np.random.Generator):
    """Each reviewer's own difference, shape (studies, reviewers); `size` is those and the notes.

    A reviewer's sessions under A are the next reviewer's under B.
    """
    studies, reviewers, notes = size
    half = (studies, reviewers, notes // 2)
    session = rng.normal(0, people.session, half)
    a, b = (
        rng.normal(0, people.interplay / math.sqrt(2), half) + rng.normal(0, people.residual, half)
        for _ in range(2)
    )
    own = rng.normal(0, people.differing, half[:2])
    under_a, under_b = (session + a).mean(axis=2), np.roll((session + b).mean(axis=2), 1, axis=1)
    return effect + own + under_a - under_b


def nested(people: People, effect: float, size: tuple[int, int, int], rng: np.random.Generator):
    """Share of studies in which two groups of reviewers on the same sessions differ."""
    studies, reviewers, notes = size
    each = reviewers // 2
    session = rng.normal(0, people.session, (studies, each, notes))
    means = [
        rng.normal(0, math.hypot(people.reviewer, people.differing / math.sqrt(2)), (studies, each))
        + (
            session
            + rng.normal(0, people.interplay / math.sqrt(2), session.shape)
            + rng.normal(0, people.residual, session.shape)
        ).mean(axis=2)
        for _ in range(2)
    ]
    pooled = (means[0].var(axis=1, ddof=1) + means[1].var(axis=1, ddof=1)) / 2
    t = (effect + means[0].mean(axis=1) - means[1].mean(axis=1)) / np.sqrt(2 * pooled / each)
    return float((t > special.stdtrit(2 * each - 2, 0.975)).mean())


def coverage(kind: str, k: int, studies: int, rng: np.random.Generator) -> tuple[float, ...]:
    """Share of intervals that hold the truth: Student's, the bootstrap's, that of `paired`; and
    the share of p values of at most .05 where there is no difference."""
    clusters = np.repeat(np.arange(k), 3)
    held = np.zeros(4)
    for _ in range(studies):
        if kind == "rare shares":
            a, b = (rng.binomial(1, np.repeat(_own(0.1, k, rng), 3)).astype(float) for _ in "ab")
        else:
            draw = rng.normal(0, 1, (1, k)) if kind == "normal" else skewed(1.0, (1, k), rng)
            a, b = np.repeat(draw[0], 3) + rng.normal(0, 0.7, 3 * k), np.zeros(3 * k)
        found = paired(a, b, clusters, rng, proportion=kind == "rare shares")
        half = special.stdtrit(k - 1, 0.975) * found.se
        low, high = bootstrap(a - b, clusters, rng)
        held += (
            abs(found.mean) <= half,
            low <= 0 <= high,
            found.low <= 0 <= found.high,
            found.p <= 0.05,
        )
    return tuple(held / studies)


def _own(p: float, k: int, rng: np.random.Generator) -> Floats:
    return rng.beta(p * 4, (1 - p) * 4, k)


def rate_rows(studies: int, rng: np.random.Generator) -> Iterator[str]:
    for before, after in ((0.10, 0.05), (0.28, 0.14), (0.05, 0.01), (0.5, 0.3)):
        for icc in (0.0, 0.2, 0.5):
            for notes in (1, 3, 5):
                spread = from_rates(before, after, icc).careful.of_session(notes)
                k = sessions_for(before - after, spread, Goal())
                shape = (studies, k)
                d = shares(before, icc, shape, notes, rng) - shares(after, icc, shape, notes, rng)
                planned = reached(before - after, spread, k, Goal())
                what = f"{before:.2f} to {after:.2f}  ICC {icc:.1f}  {notes} notes"
                yield f"{what}  {k:>5} sessions  planned {planned:.3f}  seen {seen(d):.3f}"


def minute_rows(studies: int, rng: np.random.Generator) -> Iterator[str]:
    spread = Components(session=0.8, format=0.1, replicate=0.4, formats=3)
    for effect in (1.5, 1.0, 0.5, 0.2):
        for notes in (1, 5):
            sd = math.sqrt(spread.of_session(notes))
            k = sessions_for(effect, sd**2, Goal())
            planned = reached(effect, sd**2, k, Goal())
            shape = (studies, k)
            plain = seen(effect + minutes(spread, shape, notes, rng))
            right = seen(effect + skewed(sd, shape, rng))
            left = seen(effect - skewed(sd, shape, rng))
            yield (
                f"{effect:.1f} minutes  {notes} replicates  {k:>5} sessions  "
                f"planned {planned:.3f}  seen {plain:.3f}  "
                f"long tail up {right:.3f}, down {left:.3f}"
            )


def people_rows(studies: int, rng: np.random.Generator) -> Iterator[str]:
    for residual in (0.74, 0.38):
        people = of_minutes(residual)
        for design, counts in (("crossed", (6, 8, 12, 16)), ("nested", (150,))):
            for count in counts:
                yield _people_row(people, design, count, studies, rng)


def _people_row(
    people: People, design: Design, count: int, studies: int, rng: np.random.Generator
) -> str:
    effect = math.log(2.27 / 1.77)
    plan = study(effect, people, count, design, Goal())
    size = (studies, count, plan.notes)
    df = freedom(count, design)
    spread = variance(people, count, plan.notes, design)
    planned = power_of(effect / math.sqrt(spread), df)
    found = (
        seen(crossover(people, effect, size, rng))
        if design == "crossed"
        else nested(people, effect, size, rng)
    )
    return (
        f"{design}  residual {people.residual:.2f}  {count:>3} reviewers x {plan.notes:>4} notes  "
        f"planned {planned:.3f}  seen {found:.3f}"
    )


def main(studies: int = STUDIES) -> None:
    rng = np.random.default_rng(5)
    error = math.sqrt(0.16 / studies)
    print(f"{studies} studies a row: Monte Carlo s.e. {error:.3f}")
    for rows in (rate_rows, minute_rows, people_rows):
        print()
        for line in rows(studies, rng):
            print(line)
    print(f"\n95 % intervals over sessions of 3 notes, {studies // 2} studies a row, no difference")
    print(f"{'':<12} sessions  Student  bootstrap  paired  p <= .05")
    for kind in ("normal", "skewed", "rare shares"):
        for k in (5, 10, 24, 100):
            found = coverage(kind, k, studies // 2, rng)
            print(f"{kind:<12}{k:>9}" + "".join(f"{one:>10.3f}" for one in found))


if __name__ == "__main__":
    main()
