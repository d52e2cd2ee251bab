"""The scorer of traps: one measure a kind, and shares that add up."""

import pytest

from evalkit import registry
from evalkit.records import Trap
from evalkit.scorers.traps import KINDS, Traps
from tests import small

BAIT = "Client was hospitalized for drinking."
TRAP = Trap(
    kind="third_party_history", bait=BAIT, category="attribution", fact_kind="history", turns=(5,)
)
STALE = Trap(kind="carry_over", bait="Client is on leave.", category="other", fact_kind="social")


def scores(note, *traps):
    case = small.case(small.session(traps=traps), note)
    return {one.scorer: one for one in Traps().score(case)}


def test_there_is_a_measure_for_each_trap_there_is():
    assert set(KINDS) == set(registry.names("evalkit.sessions.traps"))
    assert {f"trap_{kind}" for kind in KINDS} <= {one.name for one in Traps.measures}


def test_a_fall_is_one_and_its_reason_names_the_turns_and_no_text():
    found = scores(small.draft(subjective=BAIT), TRAP, STALE)
    assert found["trap_third_party_history"].value == 1
    assert found["trap_third_party_history"].reason == "fell, turns 5"
    assert found["trap_carry_over"].value == 0
    assert found["trap_carry_over"].reason == "not mentioned, shown by no turn"


def test_a_kind_that_the_session_lacks_has_no_value_and_a_reason():
    found = scores(small.draft(subjective=BAIT), TRAP)["trap_sarcasm"]
    assert (found.value, found.reason) == (None, "no such trap in the session")


@pytest.mark.parametrize("text", [BAIT, "Return next week.", "Client's brother was hospitalized."])
def test_the_shares_of_outcomes_add_up_to_one(text):
    found = scores(small.draft(subjective=text), TRAP, STALE)
    shares = [found[f"traps_{name}"].value for name in ("fell", "avoided", "not_mentioned")]
    assert sum(shares) == pytest.approx(1)


def test_a_session_without_traps_has_no_value_at_all():
    assert all(one.value is None and one.reason for one in scores(small.draft(plan="x")).values())


def test_of_two_traps_of_a_kind_one_fall_is_a_fall():
    other = TRAP.model_copy(update={"bait": "Client lost a license.", "turns": (3,)})
    found = scores(small.draft(subjective=BAIT), TRAP, other)
    assert found["trap_third_party_history"].value == 1
    assert found["trap_third_party_history"].reason == "fell, turns 5; not mentioned, turns 3"
    assert found["traps_fell"].value == 0.5


def test_privacy_is_no_category_of_fabrication():
    measures = {one.name for one in registry.find("evalkit.scorers", "fabrication").measures}
    assert "fabricated_other" in measures
    assert "fabricated_privacy" not in measures
