"""The article's claims: each arithmetic, each reading, each verdict."""

import math

import pytest

from evalkit.burden.claims import Claim, Named, Reading, figure, load_claims, recompute
from evalkit.burden.pools import given
from evalkit.burden.practice import Practice
from evalkit.burden.project import project
from evalkit.burden.shown import judged

FOUND = {one.claim.id: one for one in recompute()}

FIGURES = [
    ("hours_a_day", "as it stands", 8 * 12 / 60),
    ("hours_saved", "writing in all, 20 days: the base", 32.0),
    ("hours_saved", "writing in all, 21.67 days: the base", 34.67),
    ("hours_saved", "the least share that must go: 12 h of 21.67 days", 34.6),
    ("hours_saved", "the most: 15 h of 20 days", 46.9),
    ("hours_saved", "the least of each 12 min", 4.15),
    ("hours_saved", "the most of each 12 min", 5.625),
    ("hours_saved", "16 min a day (Rotenstein 2026)", 20 * 16 / 60),
    ("workdays", "15 h a calendar month, 28 of its 30.44 days", 1.725),
    ("workdays", "12 h a calendar month, 28 of its 30.44 days", 1.38),
    ("improvement_gap", "36.8 is how much above 28.3", 30.0),
    ("improvement_gap", "28.3 is how much below 36.8", -23.1),
    ("improvement_gap", "percentage points", 8.5),
    ("group_program", "as it stands", 88.0),
    ("monthly_audit", "notes read, without looking anything up", 11.9),
    ("monthly_audit", "12 clean notes still allow (exact, 95 %)", 22.1),
    ("monthly_audit", "notes for a 95 % chance to meet one, if 5 % are wrong", 59.0),
    ("linkage", "4 sessions", 100 * (1 - 0.91**4)),
    ("copying", "SOAP, 55 wpm", 34.4),
    ("copying", "one field, 55 wpm", 8.6),
]

VERDICTS = {
    "hours_a_day": "holds under a reading",
    "hours_saved": "holds under a reading",
    "workdays": "holds under a reading",
    "improvement_gap": "holds under a reading",
    "group_program": "does not hold",
    "monthly_audit": "no figure given",
    "fabrications": "no figure given",
    "review_trap": "holds under a reading",
    "linkage": "no figure given",
    "copying": "holds",
}


@pytest.mark.parametrize(("claim", "reading", "value"), FIGURES)
def test_a_reading_comes_to_its_arithmetic(claim, reading, value):
    assert FOUND[claim][reading] == pytest.approx(value, rel=4e-3)


def test_every_claim_has_its_verdict():
    assert {name: one.verdict for name, one in FOUND.items()} == VERDICTS


def test_the_gap_holds_on_one_base_only():
    assert FOUND["improvement_gap"].under == ("36.8 is how much above 28.3",)


def test_another_input_changes_the_figure_and_the_verdict():
    gap = next(one for one in load_claims() if one.id == "improvement_gap")
    other = gap.inputs | {"lower": Named(value=20, unit="%", source="test")}
    assert figure(gap.model_copy(update={"inputs": other}), gap.readings[0]) == pytest.approx(84)


def test_the_trap_is_half_of_the_notes_where_review_takes_as_long_as_writing():
    trap = next(one for one in load_claims() if one.id == "review_trap")
    even = Reading(name="even", compute="trapped", inputs={"review": 12})
    assert figure(trap, even) == pytest.approx(50)


def test_every_input_says_its_unit_and_source():
    for claim in load_claims():
        assert all(one.unit and one.source for one in claim.inputs.values()), claim.id


def test_every_input_is_used_by_a_reading():
    for claim in load_claims():
        for name in claim.inputs:
            more = Named(value=claim.inputs[name].value * 1.5, unit="", source="")
            other = claim.model_copy(update={"inputs": claim.inputs | {name: more}})
            pairs = [(figure(claim, one), figure(other, one)) for one in claim.readings]
            assert any(not math.isclose(before, after) for before, after in pairs), (
                claim.id,
                name,
            )


def test_a_projection_adds_a_reading_of_its_own_to_the_claims_it_can_test():
    practice = Practice(name="two", clinicians=2)
    drafted = given(7.0, None, practice.spread)
    found = {one.claim.id: one for one in recompute((project(practice, drafted, draws=200),))}
    name = "given minutes in two, modelled"
    assert found["hours_saved"][name] == pytest.approx(8 * 20 * 5 / 60)
    assert name in found["hours_saved"].under
    assert name in {one.name for one in found["review_trap"].figures}
    assert found["workdays"].figures == FOUND["workdays"].figures


def test_the_printed_table_has_every_claim_and_every_reading():
    text = judged(FOUND.values())
    for one in FOUND.values():
        assert one.claim.claim in text
        assert all(reading.name in text for reading in one.claim.readings)


def test_a_claim_without_a_reading_is_refused():
    with pytest.raises(ValueError, match="readings"):
        Claim(id="none", claim="none", unit="h", inputs={}, readings=())
