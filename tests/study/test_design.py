"""Orders of approaches and assignments of sessions, over many sizes."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.study.assign import Rules, assign, shared_notes
from evalkit.study.design import Size, balance, order, orders, perfect, perfect_sizes, zigzag

sizes = st.builds(
    Size,
    approaches=st.integers(2, 8),
    reviewers=st.integers(1, 20),
    notes=st.integers(1, 40),
)
seeds = st.integers(0, 5)


def of(size, seed=7):
    return balance(orders(size, seed), size.approaches)


@given(sizes, seeds)
@settings(max_examples=50, deadline=None)
def test_every_approach_stands_at_every_position_equally_often_up_to_one(size, seed):
    found = of(size, seed)
    assert found.positions_off <= 1
    assert found.notes_off <= 1
    assert sum(map(sum, found.positions)) == size.reviewers * size.notes


@given(sizes, seeds)
@settings(max_examples=50, deadline=None)
def test_a_size_is_called_perfect_exactly_when_the_counts_are_even(size, seed):
    assert of(size, seed).perfect == perfect(size)


@given(st.integers(2, 8), st.integers(1, 3), st.integers(1, 2), seeds)
@settings(max_examples=60, deadline=None)
def test_every_ordered_pair_comes_equally_often_where_williams_allows(k, groups, pairs, seed):
    rows = 2 * pairs if k % 2 else pairs
    size = Size(approaches=k, reviewers=k * groups, notes=k * rows)
    found = of(size, seed)
    different = {found.pairs[a][b] for a in range(k) for b in range(k) if a != b}
    assert different == {groups * rows}
    same = {found.pairs[a][a] for a in range(k)}
    assert same == {groups * (rows - 1)}


@given(st.integers(2, 8), st.integers(0, 20), seeds)
@settings(max_examples=60, deadline=None)
def test_within_a_row_and_its_mirror_each_approach_has_the_same_mean_position(k, reviewer, seed):
    row = order(Size(approaches=k, reviewers=21, notes=2 * k), reviewer, seed)
    sums = Counter()
    for position, approach in enumerate(row):
        sums[approach] += position
    assert set(sums.values()) == {2 * k - 1}


@given(sizes, st.integers(1, 10), seeds)
@settings(max_examples=50, deadline=None)
def test_orders_do_not_depend_on_later_reviewers(size, more, seed):
    grown = size.model_copy(update={"reviewers": size.reviewers + more})
    assert orders(grown, seed)[: size.reviewers] == orders(size, seed)


def test_the_classical_square_of_four_is_found():
    assert zigzag(4) == [0, 1, 3, 2]
    assert zigzag(5) == [0, 1, 4, 2, 3]
    rows = orders(Size(approaches=4, reviewers=4, notes=4), 1)
    assert balance(rows, 4).pairs == tuple(tuple(int(a != b) for b in range(4)) for a in range(4))


def inflation(rows, approaches):
    """Mean variance of a difference between two approaches, 1 for that of as many plain means.

    The model has reviewers, approaches, a trend over positions, the first task and what the
    approach before left behind.
    """
    k, notes = approaches, len(rows[0])
    lines = []
    for number, row in enumerate(rows):
        for position, approach in enumerate(row):
            before = row[position - 1] if position else None
            lines.append(
                [float(number == one) for one in range(len(rows))]
                + [float(approach == one) for one in range(1, k)]
                + [position / notes, float(position == 0)]
                + [float(before == one) for one in range(1, k)]
            )
    table = np.array(lines)
    assert np.linalg.matrix_rank(table) == table.shape[1]
    spread = np.linalg.inv(table.T @ table)[len(rows) :, len(rows) :][: k - 1, : k - 1]
    padded = np.zeros((k, k))
    padded[1:, 1:] = spread
    pairs = [padded[a, a] + padded[b, b] - 2 * padded[a, b] for a in range(k) for b in range(a)]
    return float(np.mean(pairs)) * len(rows) * notes / (2 * k)


@pytest.mark.parametrize("k", range(2, 9))
def test_order_and_carry_over_cost_approaches_no_more_than_three_percent_of_variance(k):
    whole = Size(approaches=k, reviewers=2 * k, notes=4 * k)
    assert 1 <= inflation(orders(whole, 7), k) < 1.03


def test_another_seed_gives_another_design():
    size = Size(approaches=5, reviewers=5, notes=10)
    assert len({str(orders(size, seed)) for seed in range(10)}) > 5


@given(sizes, st.integers(0, 20))
@settings(max_examples=50, deadline=None)
def test_the_sizes_that_are_advised_are_perfect_and_have_sessions(size, spare):
    for one in perfect_sizes(size, size.notes + spare):
        assert of(one).perfect
        assert one.notes <= size.notes + spare
        assert one.approaches == size.approaches


def test_the_advice_keeps_reviewers_or_notes_where_that_can_be():
    odd = Size(approaches=4, reviewers=6, notes=8)
    assert [(one.reviewers, one.notes) for one in perfect_sizes(odd, 24)] == [(8, 8)]
    cut = Size(approaches=4, reviewers=8, notes=10)
    assert [(one.reviewers, one.notes) for one in perfect_sizes(cut, 24)] == [(8, 12)]
    three = Size(approaches=3, reviewers=3, notes=3)
    found = [(one.reviewers, one.notes) for one in perfect_sizes(three, 24)]
    assert found == [(6, 3), (3, 6)]


@st.composite
def assignments(draw, repeat=False):
    k = draw(st.integers(2, 6))
    reviewers = draw(st.integers(1, 2 * k + 1))
    notes = draw(st.integers(1, 16))
    few = -(-notes // k) if repeat else notes
    sessions = draw(st.integers(few, few + 12))
    shared = draw(st.integers(0, min(notes // k * k, sessions)))
    seed = draw(st.integers(0, 3))
    rules = Rules(k, sessions, shared_notes(shared, k, sessions, seed), repeat, seed)
    return orders(Size(approaches=k, reviewers=reviewers, notes=notes), seed), rules


@given(assignments())
@settings(max_examples=60, deadline=None)
def test_no_reviewer_sees_a_session_twice(case):
    rows, rules = case
    for sessions in assign(rows, [], rules):
        assert len(set(sessions)) == len(sessions)


@given(assignments(repeat=True))
@settings(max_examples=50, deadline=None)
def test_no_reviewer_sees_a_note_twice_even_where_sessions_repeat(case):
    rows, rules = case
    for approaches, sessions in zip(rows, assign(rows, [], rules), strict=True):
        cells = list(zip(sessions, approaches, strict=True))
        assert len(set(cells)) == len(cells)


@given(assignments())
@settings(max_examples=50, deadline=None)
def test_every_reviewer_reads_the_shared_notes(case):
    rows, rules = case
    for approaches, sessions in zip(rows, assign(rows, [], rules), strict=True):
        assert set(rules.shared) <= set(zip(sessions, approaches, strict=True))


@given(assignments(), st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_what_reviewers_have_is_kept_when_others_are_added(case, first):
    rows, rules = case
    before = assign(rows[:first], [], rules)
    assert assign(rows, before, rules) == assign(rows, [], rules)


@given(st.integers(2, 6), st.integers(1, 3), st.integers(1, 3), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_a_whole_group_reads_each_session_once_under_each_approach(k, groups, rows, seed):
    notes = k * rows
    size = Size(approaches=k, reviewers=k * groups, notes=notes)
    rules = Rules(k, notes * groups, (), False, seed)
    found = orders(size, seed)
    cells = Counter(
        cell
        for approaches, sessions in zip(found, assign(found, [], rules), strict=True)
        for cell in zip(sessions, approaches, strict=True)
    )
    assert set(cells.values()) == {1}
    assert len(cells) == k * notes * groups


@given(assignments())
@settings(max_examples=60, deadline=None)
def test_sessions_of_groups_are_used_equally_often_up_to_one_group(case):
    rows, rules = case
    groups = -(-len(rows) // rules.approaches)
    common = {one.session for one in rules.shared}
    uses = Counter(
        (number // rules.approaches, session)
        for number, sessions in enumerate(assign(rows, [], rules))
        for session in set(sessions) - common
    )
    of_session = Counter(session for _, session in uses)
    counts = [of_session[one] for one in range(rules.sessions) if one not in common]
    assert max(counts, default=0) - min(counts, default=0) <= 1
    assert max(counts, default=0) <= groups
