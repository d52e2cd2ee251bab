"""The modules as `evaluate` loads them, from their folders and offline."""

import evaluate
import pytest
from rouge_score import rouge_scorer

from evalkit import metrics
from evalkit.errors import InputError
from evalkit.metrics.rouge.rouge import Rouge

NOTES = ["Client sleeps badly.\nDenies panic.", "Client reports panic attacks at night."]
REFERENCES = ["Client is sleeping badly.\nNo panic.", "Panic at night, said the client."]


@pytest.mark.parametrize("name", metrics.names())
def test_every_module_loads_by_its_path(name):
    module = evaluate.load(str(metrics.path(name)), experiment_id=f"test-{name}")
    found = module.compute(predictions=NOTES, references=REFERENCES)
    assert found
    assert module.description
    assert all(value is not None for value in found.values())


@pytest.mark.parametrize("name", metrics.names())
def test_a_text_against_itself_is_as_like_as_can_be(name):
    found = metrics.load(name).compute(predictions=NOTES, references=NOTES)
    best = 0.0 if name == "word_edit_distance" else 1.0
    assert set(found.values()) == {best}


def test_the_rouge_module_gives_what_rouge_score_gives():
    types = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
    oracle = rouge_scorer.RougeScorer(types, use_stemmer=True)
    want = [oracle.score(one, other) for other, one in zip(NOTES, REFERENCES, strict=True)]
    got = Rouge().compute(predictions=NOTES, references=REFERENCES, use_aggregator=False)
    for name in types:
        assert got[name] == pytest.approx([one[name].fmeasure for one in want], abs=1e-12)
    means = Rouge().compute(predictions=NOTES, references=REFERENCES)
    assert means["rougeL"] == pytest.approx(sum(got["rougeL"]) / 2)


def test_of_several_references_the_best_counts():
    several = [[NOTES[1], NOTES[0]], [NOTES[1]]]
    assert Rouge().compute(predictions=NOTES, references=several)["rouge2"] == 1.0


def test_without_stems_other_forms_are_other_words():
    pair = {"predictions": ["sleeping"], "references": ["sleeps"], "rouge_types": ["rouge1"]}
    assert Rouge().compute(**pair)["rouge1"] == 1.0
    assert Rouge().compute(**pair, use_stemmer=False)["rouge1"] == 0.0


def test_an_unknown_type_and_an_unknown_module_are_named():
    with pytest.raises(InputError, match="rougeW"):
        Rouge().compute(predictions=NOTES, references=REFERENCES, rouge_types=["rougeW"])
    with pytest.raises(InputError, match="did you mean 'rouge'"):
        metrics.path("rogue")


def test_edits_are_counted_in_words_and_over_all_reference_words():
    module = metrics.load("word_edit_distance")
    found = module.compute(predictions=["a b c", "d"], references=["a x c", "d e f"])
    assert found == {"edits": 1.5, "edits_a_word": 0.5}
    assert module.compute(predictions=["a"], references=[""])["edits_a_word"] is None


def test_word_overlap_has_no_value_for_a_text_without_words():
    module = metrics.load("word_overlap")
    pair = {"predictions": ["...", "sleeps now"], "references": ["x", "I sleep"]}
    assert module.compute(**pair)["word_overlap"] == 0.5
    assert module.compute(**pair, use_aggregator=False)["word_overlap"] == [None, 0.5]
