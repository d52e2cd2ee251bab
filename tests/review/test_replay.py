"""Replay against Python's own string edits, over random reviews."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import InputError
from evalkit.records import ReviewEvent
from evalkit.review.origins import ADDED, Origins
from evalkit.review.replay import replay, start

LETTERS = st.text(alphabet="ab .é\U0001f600", max_size=8)
SCALES = ("mental", "physical", "temporal", "performance", "effort", "frustration")


def event(number, kind, **data):
    return ReviewEvent(
        event_id=f"e{number}",
        visit="v1",
        seq=number,
        at_ms=1_700_000_000_000 + number,
        t_ms=number,
        task_id="t1",
        reviewer="ana",
        kind=kind,
        data=data,
    )


def flag(number, section, start, end, quote):
    return event(
        number,
        "flag",
        flag_id=f"f{number}",
        section=section,
        start=start,
        end=end,
        quote=quote,
        category="plan",
        severity="minor",
        note="",
    )


@st.composite
def reviews(draw):
    """(draft, events, the texts that Python's own slicing gives, every step's text)."""
    draft = {"subjective": draw(LETTERS), "plan": draw(LETTERS)}
    texts, events, before = dict(draft), [], []
    for number in range(draw(st.integers(0, 12))):
        section = draw(st.sampled_from(sorted(draft)))
        text = texts[section]
        low = draw(st.integers(0, len(text)))
        high = draw(st.integers(low, len(text)))
        if low < high and draw(st.booleans()):
            events.append(flag(number, section, low, high, text[low:high]))
            continue
        new = draw(LETTERS)
        before.append((section, text))
        if draw(st.booleans()) and before[-1][0] == section:
            low, high, new = 0, len(text), draft[section]  # back to the draft in one step
        data = {"section": section, "start": low, "end": high, "text": new}
        events.append(event(number, "edit", **data, undo=draw(st.booleans())))
        texts[section] = text[:low] + new + text[high:]
    return draft, events, texts


@given(reviews())
def test_replay_gives_what_string_edits_give(review):
    draft, events, texts = review
    assert replay(draft, events).texts == texts


@given(reviews())
def test_flags_stay_in_their_text_and_keep_their_quote(review):
    draft, events, texts = review
    state = replay(draft, events)
    said = {one.data["flag_id"]: one.data["quote"] for one in events if one.kind == "flag"}
    assert {one.flag_id: one.quote for one in state.flags} == said
    for one in state.flags:
        assert 0 <= one.start <= one.end <= len(texts[one.section])


@given(reviews())
def test_flags_go_back_to_a_passage_of_the_draft(review):
    draft, events, _ = review
    state = replay(draft, events)
    assert [one.flag_id for one in state.in_draft] == [one.flag_id for one in state.flags]
    for one in state.in_draft:
        assert 0 <= one.start <= one.end <= len(draft[one.section])


@given(reviews())
def test_an_untouched_section_has_its_flags_where_they_were_set(review):
    draft, events, _ = review
    edited = {one.data["section"] for one in events if one.kind == "edit"}
    state = replay(draft, events)
    for now, then in zip(state.flags, state.in_draft, strict=True):
        if now.section not in edited:
            assert (now.start, now.end) == (then.start, then.end)
            assert draft[now.section][now.start : now.end] == now.quote


@given(reviews())
def test_an_event_that_comes_twice_counts_once(review):
    draft, events, _ = review
    twice = [one for event in events for one in (event, event)]
    assert replay(draft, twice + events) == replay(draft, events)


@given(reviews())
def test_every_character_of_the_draft_that_is_left_knows_its_place(review):
    draft, events, texts = review
    origins = Origins.of_draft(draft["plan"])
    for one in events:
        if one.kind == "edit" and one.data["section"] == "plan":
            data = one.data
            origins = origins.edited(data["start"], data["end"], data["text"], data["undo"])
    kept = [(at, place) for at, place in enumerate(origins.places) if place != ADDED]
    assert len(origins.places) == len(texts["plan"])
    assert [place for _, place in kept] == sorted({place for _, place in kept})
    assert all(texts["plan"][at] == draft["plan"][place] for at, place in kept)


def test_a_flag_moves_with_the_text_before_it_and_grows_with_the_text_in_it():
    draft = {"plan": "Client takes sertraline 50 mg."}
    events = [
        flag(0, "plan", 13, 29, "sertraline 50 mg"),
        event(1, "edit", section="plan", start=0, end=6, text="She"),
        event(2, "edit", section="plan", start=21, end=23, text="100"),
    ]
    (now,) = replay(draft, events).flags
    assert replay(draft, events).texts["plan"][now.start : now.end] == "sertraline 100 mg"
    assert now.quote == "sertraline 50 mg"
    (then,) = replay(draft, events).in_draft
    assert draft["plan"][then.start : then.end] == "sertraline 50 mg"


@pytest.mark.parametrize(
    ("edit", "offsets"),
    [
        ((0, 2, "xyz"), (5, 9)),  # before it
        ((4, 4, "x"), (4, 9)),  # at its start: stays
        ((8, 8, "x"), (4, 8)),  # at its end: stays
        ((5, 6, ""), (4, 7)),  # in it
        ((2, 6, "x"), (2, 5)),  # over its start
        ((6, 10, "xy"), (4, 8)),  # over its end
        ((2, 10, "xy"), (2, 4)),  # over all of it
        ((4, 8, ""), (4, 4)),  # just it
        ((9, 10, "x"), (4, 8)),  # behind it
    ],
)
def test_offsets_of_a_flag_shift_as_agreed(edit, offsets):
    low, high, text = edit
    events = [
        flag(0, "plan", 4, 8, "4567"),
        event(1, "edit", section="plan", start=low, end=high, text=text),
    ]
    (now,) = replay({"plan": "0123456789"}, events).flags
    assert (now.start, now.end) == offsets


def test_a_sentence_that_was_deleted_and_brought_back_is_the_drafts_again():
    draft = {"plan": "Return. Homework was set. Call."}
    gone = event(0, "edit", section="plan", start=8, end=26, text="")
    back = event(1, "edit", section="plan", start=8, end=8, text=draft["plan"][8:26], undo=True)
    marked = flag(2, "plan", 8, 25, "Homework was set.")
    (then,) = replay(draft, [gone, back, marked]).in_draft
    assert (then.start, then.end) == (8, 25)


def test_a_flag_on_new_words_marks_no_word_of_the_draft():
    added = event(0, "edit", section="plan", start=7, end=7, text=" Refer out.")
    (then,) = replay({"plan": "Return."}, [added, flag(1, "plan", 8, 18, "Refer out.")]).in_draft
    assert (then.start, then.end) == (7, 7)


def test_offsets_count_code_points():
    edit = event(0, "edit", section="plan", start=2, end=3, text="c")
    assert (
        replay({"plan": "\U0001f600\U0001f600b"}, [edit]).texts["plan"] == "\U0001f600\U0001f600c"
    )


def test_flags_are_changed_and_taken_back_by_their_id():
    first = flag(0, "plan", 0, 3, "Ret")
    again = first.model_copy(update={"event_id": "x", "data": {**first.data, "severity": "major"}})
    assert [one.severity for one in replay({"plan": "Return"}, [first, again]).flags] == ["major"]
    gone = event(2, "unflag", flag_id="f0")
    assert replay({"plan": "Return"}, [first, again, gone]).flags == ()


def test_signing_closes_the_note_and_opening_it_again_allows_edits():
    edit = {"section": "plan", "start": 0, "end": 0, "text": "x"}
    signed = start({"plan": ""}).after(event(0, "sign"))
    assert signed.signed
    with pytest.raises(InputError, match="signed"):
        signed.after(event(1, "edit", **edit))
    open_again = signed.after(event(2, "reopen"))
    assert not open_again.signed
    assert open_again.after(event(3, "edit", **edit)).texts == {"plan": "x"}


def test_the_workload_is_kept_as_the_reviewer_gave_it_last():
    first = event(0, "tlx", **dict.fromkeys(SCALES, 10))
    last = event(1, "tlx", **dict.fromkeys(SCALES, 55))
    assert replay({}, [first, last]).tlx == dict.fromkeys(SCALES, 55)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("edit", {"section": "plan", "start": 0, "end": 99, "text": "secret"}),
        ("edit", {"section": "plan", "start": 3, "end": 2, "text": "secret"}),
        ("edit", {"section": "plan", "start": -1, "end": 2, "text": "secret"}),
        ("edit", {"section": "plan", "start": "secret", "end": 2, "text": "secret"}),
        ("edit", {"section": "plan", "start": 0, "end": 2, "text": "x", "secret secret": 1}),
        ("flag", flag(0, "plan", 0, 3, "secret").data),
        ("flag", flag(0, "plan", 2, 2, "").data),
        ("flag", flag(0, "plan", 2, 22, "secret").data),
        ("flag", {**flag(0, "plan", 0, 3, "Ret").data, "category": "secret"}),
        ("unflag", {"flag_id": "secret"}),
        ("tlx", dict.fromkeys(SCALES, 101)),
        ("tlx", {"mental": 5}),
    ],
)
def test_an_event_that_does_not_fit_is_refused_without_a_word_of_its_text(kind, data):
    with pytest.raises(InputError) as refused:
        replay({"plan": "Return in a week."}, [event(7, kind, **data)])
    assert "event e7" in str(refused.value)
    assert "secret" not in str(refused.value)
