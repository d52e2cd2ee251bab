import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.claims.split import sentences


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("Denies SI. Sleeps well.", ["Denies SI.", "Sleeps well."]),
        ("Seen by Dr. Lee at 3 p.m. today.", ["Seen by Dr. Lee at 3 p.m. today."]),
        ("Takes 0.5 mg daily. No change.", ["Takes 0.5 mg daily.", "No change."]),
        ("1. Practise breathing.\n2. Call PCP.", ["1. Practise breathing.", "2. Call PCP."]),
        ('She said "I am done." Then cried.', ['She said "I am done."', "Then cried."]),
        ("n/a", ["n/a"]),
        ("Reviewed tx. Denies SI.", ["Reviewed tx.", "Denies SI."]),
        ("Says no. Slept.", ["Says no.", "Slept."]),
        ("Plan: 1. Sleep.\r2. Walk.", ["Plan: 1. Sleep.", "2. Walk."]),
        (
            "\u4ed6\u7761\u4e86\u3002\u4ed6\u7d2f\u3002",
            ["\u4ed6\u7761\u4e86\u3002", "\u4ed6\u7d2f\u3002"],
        ),
        ("  \n\n ", []),
        ("No stop at the end", ["No stop at the end"]),
        ("Really?! Yes.", ["Really?!", "Yes."]),
    ],
)
def test_sentences_end_where_a_reader_says_they_do(text, want):
    assert [text[start:end] for start, end in sentences(text)] == want


@given(st.text(max_size=300))
def test_offsets_are_ordered_and_no_word_is_lost(text):
    spans = sentences(text)
    places = [place for span in spans for place in span]
    assert places == sorted(places)
    kept = "".join(text[start:end] for start, end in spans)
    assert [c for c in kept if c.isalnum()] == [c for c in text if c.isalnum()]


def test_the_splits_of_published_annotators_are_met(real_data):
    """TN-Eval: all sections have the annotators' number of sentences, 99 % the same text."""
    from evalkit.imports import open_notes
    from evalkit.imports.tneval import tneval_labels

    folder = real_data("tneval")
    gold: dict[tuple[str, str, str], list[str]] = {}
    for row in tneval_labels(folder / "sentences_dev.csv"):
        gold.setdefault((row.session_id, row.drafter, row.section), []).append(row.text)
    ours = {
        (note.session_id, note.drafter, section): [text[a:b] for a, b in sentences(text)]
        for note in open_notes(f"tneval:{folder / 'notes_dev.json'}").read()
        for section, text in note.sections.items()
    }
    assert len(gold) == 336
    assert all(len(ours[key]) == len(texts) for key, texts in gold.items())
    same = sum([s.split() for s in ours[k]] == [s.split() for s in v] for k, v in gold.items())
    assert same / len(gold) >= 0.98
