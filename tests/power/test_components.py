"""Where the spread comes from, and how well a pilot tells."""

import numpy as np
import pytest

from evalkit.errors import InputError
from evalkit.power.components import Components, Spread, from_pilot, from_rates


def pilot(sessions=24, formats=3, replicates=2, seed=0, missing=0.0):
    """Variances 1.0 between sessions, .49 between formats, .25 between replicates."""
    rng = np.random.default_rng(seed)
    cells = rng.normal(0, 1, (sessions, 1, 1)) + rng.normal(0, 0.7, (sessions, formats, 1))
    cells = cells + rng.normal(0, 0.5, (sessions, formats, replicates))
    cells += np.arange(formats)[None, :, None]
    cells[rng.random(cells.shape) < missing] = np.nan
    return cells


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_the_method_of_moments_finds_the_components_on_the_mean_of_many_pilots(missing):
    found = [from_pilot(pilot(seed=seed, missing=missing)).careful for seed in range(300)]
    mean = np.mean([(one.session, one.format, one.replicate) for one in found], axis=0)
    assert mean == pytest.approx([1.0, 0.49, 0.25], rel=0.08)


def test_a_balanced_pilot_gives_what_reml_gives():
    import pandas as pd
    from statsmodels.api import MixedLM

    cells = pilot(sessions=20, formats=1, replicates=3)
    found = from_pilot(cells).careful
    table = pd.DataFrame({"value": cells.ravel(), "session": np.repeat(np.arange(20), 3)})
    fitted = MixedLM.from_formula("value ~ 1", groups="session", data=table).fit(reml=True)
    assert found.session == pytest.approx(fitted.cov_re.iloc[0, 0], rel=1e-3)
    assert found.replicate == pytest.approx(fitted.scale, rel=1e-3)


def test_the_means_of_formats_are_no_spread():
    cells = pilot()
    shifted = cells + np.array([0.0, 5.0, -5.0])[None, :, None]
    for name in ("session", "format", "replicate"):
        assert getattr(from_pilot(shifted).careful, name) == pytest.approx(
            getattr(from_pilot(cells).careful, name)
        )


def test_with_one_draft_a_note_both_readings_stand():
    spread = from_pilot(pilot(replicates=1))
    assert not spread.replicates_known
    assert spread.careful.of_session(1) == pytest.approx(spread.at_best.of_session(1))
    assert spread.careful.of_session(5) == spread.careful.of_session(1)
    assert spread.at_best.of_session(5) < spread.at_best.of_session(1)


def test_with_one_note_a_session_nothing_is_known_of_what_lies_within():
    spread = from_pilot(pilot(formats=1, replicates=1))
    assert spread.careful.of_session(9) == pytest.approx(9 * spread.at_best.of_session(9))


def test_replicates_are_known_where_some_notes_were_drafted_twice():
    assert from_pilot(pilot(formats=1, replicates=2)).replicates_known


def test_a_negative_component_is_zero():
    """Sessions that balance out exactly: all the spread is within them."""
    cells = np.tile([-1.0, 1.0], (5, 1))[:, None, :] + np.zeros((5, 1, 2))
    found = from_pilot(cells).careful
    assert (found.session, found.replicate) == (0, 2)


def test_a_session_that_lacks_a_format_is_left_out():
    cells = pilot(sessions=10)
    cells[3, 1] = np.nan
    assert from_pilot(cells).sessions == 9


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (np.zeros((1, 3, 2)), "sessions"),
        (np.full((5, 1, 1), np.nan), "sessions"),
        (np.zeros((5, 3, 2)), "the same in every note"),
        (np.ones((5, 1, 1)) * 2.5, "the same in every note"),
    ],
)
def test_a_pilot_that_tells_no_spread_is_refused(cells, words):
    with pytest.raises(InputError, match=words):
        from_pilot(cells)


def test_the_upper_limit_holds_the_true_variance_in_four_pilots_of_five():
    rng, held, pilots = np.random.default_rng(1), 0, 1000
    for _ in range(pilots):
        spread = from_pilot(rng.normal(0, 1, (12, 1, 1)))
        held += spread.careful.of_session(1) * spread.upper() >= 1
    assert held / pilots == pytest.approx(0.8, abs=0.04)


def test_rates_have_the_variance_of_what_is_drawn():
    rng = np.random.default_rng(2)
    own = rng.beta(0.4, 3.6, (2, 200_000))  # mean .1, ICC 1 / (1 + 4) = .2
    a, b = rng.binomial(3, own) / 3
    assert from_rates(0.1, 0.1, icc=0.2).careful.of_session(3) == pytest.approx(
        float((a - b).var()), rel=0.02
    )


def test_what_sessions_share_pairing_takes_away():
    apart, together = (from_rates(0.2, 0.2, 0.3, shared).careful for shared in (0, 1))
    assert together.session == pytest.approx(0, abs=1e-12)
    assert apart.session > 0
    assert together.replicate == apart.replicate


def test_a_wider_spread_is_wider_in_every_part():
    one = Components(session=1, format=2, replicate=3, formats=2)
    assert one.times(2).of_session(4) == pytest.approx(2 * one.of_session(4))
    assert Spread(careful=one, at_best=one).upper() == 1
