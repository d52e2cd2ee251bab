"""What the scorers make of a review: minutes saved, the trap, and what survives."""

import dataclasses

import pytest

from evalkit.records import Review
from evalkit.reviewers.floor import Floor
from evalkit.reviewers.keystroke import Keystroke
from evalkit.scorers.time_to_review import TimeToReview
from evalkit.scorers.vigilance import Vigilance
from tests import small
from tests.reviewers.reviewed import FALSE, TRUE, case, modelled

NOTE = small.draft(subjective=f"{TRUE} {FALSE}", plan="Return next week.")


def scored(scorer, review):
    found = dataclasses.replace(case(NOTE), review=review)
    return {one.scorer: one for one in scorer.score(found)}


def test_minutes_saved_and_the_trap_come_with_the_minutes_from_scratch():
    review = modelled(Keystroke()).review(case(NOTE))
    found = scored(TimeToReview(), review)
    assert found["review_minutes"].value == pytest.approx(review.minutes)
    assert found["minutes_saved"].value == pytest.approx(review.saved)
    assert found["minutes_saved"].value == pytest.approx(12 - review.mean_minutes, abs=0.2)
    assert found["review_trap"].value == pytest.approx(review.trap)
    assert found["minutes_saved"].reason == "from scratch 12 minutes"


def test_what_survives_is_of_the_false_statements_there_are():
    found = scored(Vigilance(), modelled(Keystroke()).review(case(NOTE)))
    caught, survives = (found[f"fabrications_{what}"].value for what in ("caught", "surviving"))
    assert caught + survives == pytest.approx(1)
    assert found["surviving_major"].value == survives
    assert found["fabrications_caught"].reason == "of 1 in the draft"
    # two filled fields are pasted
    assert found["transfer_slips"].value == pytest.approx(2 * 0.003)


def test_slips_that_a_reviewer_model_does_not_know_are_missing_and_it_is_named():
    found = scored(Vigilance(), modelled(Floor()).review(case(NOTE)))
    assert found["transfer_slips"].value is None
    assert found["transfer_slips"].reason == "reviewer 'floor' has no slips"


def test_a_review_without_people_or_vigilance_scores_its_minutes_alone():
    bare = Review(
        **NOTE.cell._asdict(), reviewer="hand", read=1, verify=1, edit=1, transfer=0, sign=0
    )
    found = scored(TimeToReview(), bare) | scored(Vigilance(), bare)
    known = {name: one.value for name, one in found.items() if one.value is not None}
    assert known == {"review_minutes": 3}
    assert all(one.reason for one in found.values())
