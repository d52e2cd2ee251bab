import numpy as np
import pytest
from pydantic import ValidationError

from evalkit.claims.against_transcript import judged
from evalkit.claims.against_transcript_features import NAMES, nearest, rows, section_purposes
from evalkit.claims.against_transcript_model import EXTRA, Forest, bent, from_file, shipped
from evalkit.claims.evidence import Index
from evalkit.claims.extract import claims
from evalkit.claims.ground import Grounder
from evalkit.claims.heard import Heard
from evalkit.claims.learning import Shape, curve, grow, weigh_words
from evalkit.errors import InputError
from evalkit.formats import load
from evalkit.records import Turn
from tests import small

TALK = (
    Turn(speaker="therapist", text="How have you been sleeping?"),
    Turn(speaker="client", text="I keep waking up at three and I worry about my job."),
    Turn(speaker="therapist", text="Any chest pain or vomiting?"),
    Turn(speaker="client", text="No, nothing like that."),
    Turn(speaker="therapist", text="Do you have headaches?"),
    Turn(speaker="client", text="Yes, most mornings."),
    Turn(speaker="therapist", text="Shall we meet again next Tuesday?"),
    Turn(speaker="client", text="Sure, Tuesday is fine."),
)


def session():
    return small.session(turns=TALK, facts=(), traps=())


def p_of(section="subjective", **sections):
    note = small.draft(**sections)
    found = claims(note)
    return [one.p for one in judged(found, Index(session()), note, shipped())]


def measured(**sections):
    note, index = small.draft(**sections), Index(session())
    found = claims(note)
    values = rows(found, [nearest(one, index) for one in found], index, note)
    return [dict(zip(NAMES, row, strict=True)) for row in values]


def test_what_was_said_is_likelier_true_than_what_nobody_said():
    said, invented = p_of(
        subjective="Client keeps waking up at three. Client was promoted to captain in Lisbon."
    )
    assert said < 0.35
    assert invented > 2 * said


def test_a_plan_that_was_agreed_is_likelier_true_than_one_from_a_template():
    agreed, template = p_of(
        plan="Next meeting on Tuesday. Long-term goals include emotional resilience and autonomy."
    )
    assert agreed < template


def test_a_drug_that_nobody_mentions_is_never_let_pass():
    (finding,) = Grounder().ground(
        small.draft(subjective="Client takes lithium 900 mg."), session(), Index(session())
    )
    assert finding.p_unsupported >= shipped().unsupported_from
    assert finding.verdict == "unsupported"


def test_a_word_of_a_question_counts_as_it_was_answered():
    heard = Heard(Index(session()).turns)
    assert 2 in heard.denied["pain"]
    assert "pain" not in heard.affirmed
    assert 4 in heard.affirmed["headach"]


def test_a_denial_goes_with_a_no_and_an_affirmation_against_it():
    denied, affirmed = measured(subjective="No chest pain. Chest pain.")
    assert denied["same_way"] > affirmed["same_way"]
    assert denied["other_way"] < affirmed["other_way"]


def test_a_denial_of_what_nobody_asked_is_seen():
    asked, unasked = measured(subjective="No vomiting. No seizures.")
    assert asked["undenied"] == 0.0
    assert unasked["undenied"] > 0.9


def test_who_said_it_and_when_is_seen():
    (client,) = measured(subjective="Worry about the job.")
    assert client["client_missing"] < client["therapist_missing"]
    (late,) = measured(plan="Tuesday.")
    assert late["late_missing"] < late["early_missing"]


def test_features_are_finite_and_within_bounds_whatever_the_note():
    texts = [
        "?",
        "N/A",
        "\u00e9t\u00e9 \u4e2d\u6587",
        "no " * 400,
        "Client " + "x" * 3000,
        "1 2 3.",
    ]
    for text in texts:
        values = measured(subjective=text)
        for row in values:
            assert np.isfinite(list(row.values())).all()
            assert max(row.values()) <= 25
    assert measured(subjective="") == []


def test_a_session_of_one_turn_will_do():
    one = small.session(turns=TALK[1:2], facts=(), traps=())
    note = small.draft(subjective="Client worries about work. Denies SI.")
    found = claims(note)
    assert len(judged(found, Index(one), note, shipped())) == 2


def test_purpose_comes_from_what_a_section_holds_not_from_its_name(tmp_path):
    renamed = tmp_path / "own.toml"
    soap = (load("soap").model_dump(exclude={"name"}))["sections"]
    lines = ['title = "Own"']
    for number, section in enumerate(soap):
        holds = ", ".join(f'"{kind}"' for kind in section["holds"])
        lines += [
            "[[sections]]",
            f'name = "part_{number}"',
            f'title = "{number}"',
            f"holds = [{holds}]",
        ]
    renamed.write_text("\n".join(lines))
    note = small.draft(part_3="See you.").model_copy(update={"format": str(renamed)})
    assert section_purposes(note) == {
        "part_0": "reported", "part_1": "observed", "part_2": "assessed", "part_3": "planned",
    }  # fmt: skip
    assert section_purposes(note.model_copy(update={"format": "free"})) == {}


def test_p_does_not_depend_on_the_name_of_session_or_drafter():
    note = small.draft(subjective="Client keeps waking up at three.")
    other = note.model_copy(update={"session_id": "zzz", "approach": "another"})
    known = [
        [one.p_unsupported for one in Grounder().ground(each, session(), Index(session()))]
        for each in (note, other)
    ]
    assert known[0] == known[1]


def grown():
    rng = np.random.default_rng(0)
    x = rng.random((300, 3))
    y = x[:, 0] + 0.3 * rng.random(300) > 0.6
    return x, y, grow(x, y, ("a", "b", "c"), Shape(trees=20, leaf=5))


def test_a_forest_kept_as_numbers_says_what_scikit_learn_says():
    from sklearn.ensemble import ExtraTreesClassifier

    x, y, forest = grown()
    model = ExtraTreesClassifier(20, min_samples_leaf=5, max_features=0.3, random_state=0)
    expected = model.fit(x, y).predict_proba(x)[:, 1]
    close = np.isclose(forest.p(x), expected, atol=1e-3)
    assert close.mean() > 0.99  # a value within 0.00001 of a threshold may go the other way
    assert (
        Forest.model_validate_json(forest.model_dump_json()).p(x).tolist() == forest.p(x).tolist()
    )


def test_a_forest_with_a_loop_or_a_missing_feature_is_refused():
    _, _, forest = grown()
    content = forest.model_dump()
    inner = next(node for node, feature in enumerate(forest.feature) if feature >= 0)
    for field, bad in (("left", 0), ("right", len(forest.feature)), ("feature", 3)):
        values = list(content[field])
        values[inner] = bad
        with pytest.raises(ValidationError):
            Forest.model_validate({**content, field: values})


def test_words_that_go_with_rejection_weigh_more():
    documents = [["goal", "long"], ["sleep", "poor"]] * 20
    words = weigh_words(documents, np.array([True, False] * 20))
    assert words.p(["goal"]) > 0.5 > words.p(["sleep"])
    assert words.p([]) == words.p(["never", "seen"])


def test_the_curve_makes_overconfident_p_honest():
    rng = np.random.default_rng(1)
    truth = rng.random(4000)
    false = rng.random(4000) < truth
    sure = bent(truth, (3.0, 0.5))
    mended = bent(sure, curve(sure, false))
    assert np.mean((mended - truth) ** 2) < 0.001 < np.mean((sure - truth) ** 2)


def test_weights_of_another_version_or_kind_are_refused_by_name(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        from_file(str(tmp_path / "none.json"))
    file = tmp_path / "weights.json"
    file.write_text('{"forest": 1}')
    with pytest.raises(InputError, match="forest"):
        from_file(str(file))
    content = shipped().model_dump(mode="json")
    content["forest"]["features"] = ["a", *content["forest"]["features"][1:]]
    import json

    file.write_text(json.dumps(content))
    with pytest.raises(InputError, match="calibrate"):
        from_file(str(file))


def test_what_ships_was_learned_from_synthetic_sessions():
    model = shipped()
    assert model.learned.source.startswith("synthetic sessions")
    assert model.second is None
    assert model.forest.features == NAMES
    assert set(EXTRA).isdisjoint(NAMES)
