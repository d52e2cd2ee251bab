"""None found: the published figures, and what they promise."""

import numpy as np
import pytest

from evalkit.power.zero import highest, none_seen, sessions_with
from evalkit.stats import wilson


@pytest.mark.parametrize(("share", "notes"), [(0.115, 25), (0.05, 59), (0.02, 149)])
def test_so_many_notes_have_a_hit_with_a_chance_of_95_percent(share, notes):
    assert none_seen(share).hit == notes
    assert 1 - (1 - share) ** notes >= 0.95 > 1 - (1 - share) ** (notes - 1)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.3])
def test_wilsons_notes_are_the_first_whose_upper_end_keeps_below(share):
    n = none_seen(share).wilson
    assert wilson(0, n)[1] <= share < wilson(0, n - 1)[1]


def test_the_rule_of_three_is_a_little_careful():
    for share in (0.01, 0.05, 0.1):
        found = none_seen(share)
        assert found.hit <= found.three <= found.hit * 1.1


def test_notes_of_one_session_are_worth_less():
    assert sessions_with(59, 3, 0.0) == 20
    assert sessions_with(59, 3, 1.0) == 59
    assert 20 < sessions_with(59, 3, 0.2) < 59


def test_sessions_and_the_share_left_open_go_both_ways():
    for notes in (1, 3, 5):
        k = sessions_with(none_seen(0.05).hit, notes, 0.2)
        assert highest(k, notes, 0.2)[0] <= 0.05 < highest(k - 2, notes, 0.2)[0]


def test_none_found_leaves_open_no_more_than_it_says_where_notes_go_together():
    """Beta-binomial, share .05, ICC .2, three notes a session: none found in at most about 5 %."""
    rng = np.random.default_rng(11)
    k = sessions_with(59, 3, 0.2)
    own = rng.beta(0.05 * 4, 0.95 * 4, (20_000, k))
    none = float((rng.binomial(3, own).sum(axis=1) == 0).mean())
    assert none == pytest.approx(0.05, abs=0.04)
