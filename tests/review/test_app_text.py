"""The review app in real Chromium: no text that is typed is lost, doubled or misplaced."""

from __future__ import annotations

import json
import random

import pytest

from tests.review.app import (
    SAVED,
    field,
    flagged,
    kept_in_browser,
    on_screen,
    pick,
    put,
    replayed,
    saved,
    shown,
)
from tests.review.page import SECTIONS

pytestmark = pytest.mark.xdist_group("browser")


def test_offsets_count_an_emoji_and_a_line_end_of_two_characters_rightly(browser, server):
    view = shown(browser, server)
    put(view, "subjective", SECTIONS["subjective"].index("since") + 1, "🫠 ")
    put(view, "objective", len("Client arrived late.\nAffect"), " today")
    flagged(view, "objective", 21, 27)
    saved(view)
    texts = server.state().texts
    assert texts["subjective"] == SECTIONS["subjective"].replace("since", "🫠 since")
    assert texts["objective"] == SECTIONS["objective"].replace("Affect", "Affect today")
    first, second = server.data("t1", "edit")
    assert (first["start"], first["end"], first["text"]) == (26, 26, "🫠 ")
    assert second["text"] == " today"
    assert server.state().flags[0].quote == "Affect"


def test_an_emoji_is_never_cut_in_two(browser, server):
    view = shown(browser, server)
    at = SECTIONS["subjective"].index("😔")
    pick(view, "subjective", at, at + 2)
    view.keyboard.insert_text("😀")  # shares its first unit with the other
    saved(view)
    assert server.data("t1", "edit") == [
        {"section": "subjective", "start": at, "end": at + 1, "text": "😀", "undo": False}
    ]


def test_pasted_cut_and_composed_text_arrives_as_it_is_on_the_screen(browser, server):
    view = shown(browser, server)
    pick(view, "assessment", 0, 9)
    view.keyboard.press("Control+x")
    pick(view, "plan", 0, 0)
    view.keyboard.press("Control+v")
    view.keyboard.press("Control+v")
    assert field(view, "plan").input_value() == "Moderate Moderate "
    typing = view.context.new_cdp_session(view)
    compose = {"selectionStart": 2, "selectionEnd": 2}
    typing.send("Input.imeSetComposition", {"text": "ni", **compose})
    typing.send("Input.imeSetComposition", {"text": "你h", **compose})
    typing.send("Input.insertText", {"text": "你好"})
    saved(view)
    assert field(view, "plan").input_value() == "Moderate Moderate 你好"
    assert replayed(server) == on_screen(view)
    texts = [data["text"] for data in server.data("t1", "edit")]
    assert texts == ["", "Moderate ", "Moderate ", "你好"]


def test_a_word_dragged_from_one_section_to_another_leaves_the_one_and_enters_the_other(
    browser, server
):
    view = shown(browser, server)
    word = field(view, "assessment").bounding_box()
    view.mouse.dblclick(word["x"] + 100, word["y"] + 22)
    view.mouse.down()
    view.mouse.move(word["x"] + 120, word["y"] + 40, steps=3)
    target = field(view, "plan").bounding_box()
    view.mouse.move(target["x"] + 40, target["y"] + 22, steps=3)
    view.mouse.up()
    view.wait_for_selector("button:has-text('Undo'):enabled")
    saved(view)
    texts = server.state().texts
    assert (texts["assessment"], texts["plan"]) == ("Moderate , improving.", "depression")


def test_any_editing_replays_to_the_text_on_the_screen(browser, server):
    view = shown(browser, server)
    rng = random.Random(5)
    flagged(view, "subjective", 10, 30)
    flagged(view, "objective", 5, 30)
    for _ in range(35):
        section = rng.choice(list(SECTIONS))
        length = len(field(view, section).input_value())
        start = rng.randint(0, length)
        if rng.random() < 0.3:
            start, end = 0, length
        else:
            end = min(length, start + rng.choice([0, 0, 0, 1, 7]))
        pick(view, section, start, end)
        key = rng.choice(["Backspace", "Delete", "Enter", "Control+z", "Control+Shift+Z", ""])
        if key and (end - start < 20 or key != "Delete"):
            view.keyboard.press(key)
        else:
            view.keyboard.insert_text(rng.choice(["a", "aa ", "😔", "👩‍👧\n", "e\u0301"]))
    saved(view)
    state = server.state()
    assert replayed(server) == on_screen(view)
    listed = view.locator(".ekr-flags li:has-text('since deleted')").count()
    assert listed == sum(flag.start == flag.end for flag in state.flags)
    assert [event.seq for event in server.events()] == list(range(len(server.events())))
    before = on_screen(view)
    view.reload()
    view.wait_for_selector(".ekr-head")
    assert on_screen(view) == before


def test_text_typed_while_the_server_is_down_survives_a_reload_and_arrives_once(browser, server):
    view = shown(browser, server)
    saved(view)
    server.down = True
    pick(view, "plan", 0, 0)
    view.keyboard.type("Return.")
    view.keyboard.press("Control+s")
    view.wait_for_selector('.ekr-status[data-state="wait"]')
    assert view.inner_text(".ekr-status") == (
        "Kept in this browser, not yet saved: the review server answers with an error (503)"
    )
    view.wait_for_selector(".ekr-hidden[role=status]:has-text('not yet saved: the review server')")
    view.get_by_role("button", name="Next note").click()
    view.wait_for_selector(".ekr-hidden:has-text('This note stays open, since it is not saved')")
    view.reload()
    view.wait_for_selector(".ekr-alone")
    assert kept_in_browser(view) != []
    assert server.events("t1", "edit") == []
    server.down = False
    view.get_by_role("button", name="Try again").click()
    view.wait_for_selector(".ekr-head")
    assert field(view, "plan").input_value() == "Return."
    saved(view)
    assert [data["text"] for data in server.data("t1", "edit")] == list("Return.")
    assert kept_in_browser(view) == []


def test_text_typed_after_the_server_died_arrives_when_it_is_started_anew(browser, server):
    view = shown(browser, server)
    saved(view)
    server.stop()
    put(view, "plan", 0, "Return.")
    view.keyboard.press("Control+s")
    view.wait_for_selector(".ekr-status:has-text('the review server does not answer')")
    server.start()
    view.keyboard.press("Control+s")
    view.wait_for_selector(".ekr-status:has-text('open the address that it shows now')")
    view.goto(server.url)
    view.wait_for_selector(".ekr-head")
    assert field(view, "plan").input_value() == "Return."
    saved(view)
    assert len(server.events("t1", "edit")) == 1


def test_an_answer_that_gets_lost_doubles_nothing(browser, server):
    view = shown(browser, server)
    saved(view)

    def swallow(route):
        route.fetch()
        route.abort()

    view.route("**/api", swallow, times=1)
    put(view, "plan", 0, "Return.")
    view.keyboard.press("Control+s")
    view.wait_for_selector('.ekr-status[data-state="wait"]')
    saved(view)
    assert len(server.events("t1", "edit")) == 1
    assert server.state().texts["plan"] == "Return."


def test_a_slow_answer_overwrites_nothing_that_was_typed_meanwhile(browser, server):
    view = shown(browser, server)
    saved(view)
    held = []
    view.route("**/api", lambda route: held.append(route), times=1)
    put(view, "plan", 0, "One.")
    view.keyboard.press("Control+s")
    view.wait_for_timeout(100)
    put(view, "plan", 4, " Two.")
    held[0].continue_()
    saved(view)
    assert field(view, "plan").input_value() == "One. Two."
    assert server.state().texts["plan"] == "One. Two."


def test_a_tab_closed_right_after_a_key_loses_nothing(browser, server):
    view = shown(browser, server)
    put(view, "plan", 0, "Return.")
    view.close(run_before_unload=True)
    view = shown(browser, server)
    assert field(view, "plan").input_value() == "Return."
    saved(view)
    assert len(server.events("t1", "edit")) == 1


def test_of_two_tabs_the_one_opened_last_writes_and_the_other_can_take_over(browser, server):
    first = shown(browser, server)
    put(first, "plan", 0, "First. ")
    second = shown(browser, server)
    assert field(second, "plan").input_value() == "First. "
    assert field(first, "plan").get_attribute("readonly") is not None
    put(second, "plan", 7, "Second.")
    saved(second)
    first.get_by_role("button", name="Continue here").click()
    first.wait_for_selector("textarea:not([readonly])")
    assert field(first, "plan").input_value() == "First. Second."
    assert field(second, "plan").get_attribute("readonly") is not None
    put(first, "plan", 14, " Third.")
    saved(first)
    assert server.state().texts["plan"] == "First. Second. Third."


@pytest.mark.parametrize("choice", ["Keep what I see", "Show what is saved"])
def test_a_note_changed_on_another_machine_is_neither_lost_nor_overwritten_unasked(
    browser, chromium, server, choice
):
    view = shown(browser, server)
    saved(view)
    elsewhere = chromium.new_context()
    other = shown(elsewhere, server)
    put(other, "plan", 0, "Theirs.")
    saved(other)
    elsewhere.close()
    put(view, "plan", 0, "Mine.")
    flagged(view, "assessment", 0, 8)
    view.keyboard.press("Control+s")
    view.wait_for_selector(".ekr-banner li")
    assert view.locator(".ekr-banner li").all_inner_texts() == ["Mine."]
    view.get_by_role("button", name=choice).click()
    view.wait_for_selector("textarea:not([readonly])")
    kept = choice == "Keep what I see"
    assert field(view, "plan").input_value() == ("Mine." if kept else "Theirs.")
    assert replayed(server) == on_screen(view)
    assert len(server.state().flags) == (1 if kept else 0)
    if not kept:
        assert view.locator(".ekr-banner li").all_inner_texts() == ["Mine."]
        view.get_by_role("button", name="Dismiss").click()
    assert view.locator(".ekr-banner li").count() == 0
    saved(view)


def test_a_signed_note_is_read_only_until_it_is_opened_again(browser, server):
    view = shown(browser, server)
    view.get_by_role("button", name="Sign", exact=True).click()
    view.get_by_role("button", name="Sign note").click()
    view.get_by_role("button", name="Answer later").click()
    view.wait_for_selector(SAVED)
    assert server.state().signed
    view.reload()
    view.wait_for_selector(".ekr-head")
    assert "2 of 3" in view.inner_text(".ekr-title")
    view.get_by_role("button", name="All notes").click()
    assert view.locator("dialog li").all_inner_texts()[0].split("\n") == ["Note 1", "Signed"]
    view.get_by_role("button", name="Note 1 Signed").click()
    view.wait_for_selector("textarea[readonly]")
    view.keyboard.press("Control+Shift+F")
    view.keyboard.press("Control+z")
    assert view.locator("dialog").count() == 0
    assert view.get_by_role("button", name="Answer six questions").is_visible()
    view.get_by_role("button", name="Open again").click()
    put(view, "plan", 0, "Return.")
    saved(view)
    state = server.state()
    assert not state.signed
    assert state.texts["plan"] == "Return."


def test_the_workload_is_taken_only_when_all_six_scales_are_answered(browser, server):
    view = shown(browser, server)
    view.keyboard.press("Tab")
    view.keyboard.press("Control+Enter")
    view.keyboard.press("Enter")
    names = ["Mental demand", "Physical demand", "Temporal demand", "Performance", "Effort"]
    for name in names:
        view.get_by_label(name).press("ArrowLeft")
    view.get_by_role("button", name="Send answers").click()
    assert view.inner_text(".ekr-error") == "Not answered yet: Frustration."
    view.keyboard.press("Space")
    view.get_by_label("Effort").press("Home")
    view.keyboard.press("Enter")
    view.wait_for_selector("dialog", state="detached")
    view.wait_for_selector(SAVED)
    scales = {"mental": 45, "physical": 45, "temporal": 45, "performance": 45}
    assert server.data("t1", "tlx") == [{**scales, "effort": 0, "frustration": 50}]


def test_the_log_tells_what_was_done_and_when_and_no_letter_of_a_key(browser, server):
    view = shown(browser, server)
    view.locator('[data-pane="transcript"]').click()
    view.mouse.wheel(0, 600)
    pick(view, "plan", 0, 0)
    view.keyboard.type("Xylophone")
    view.wait_for_timeout(500)
    view.evaluate("document.activeElement.blur()")
    saved(view)
    events = server.events()
    kinds = {event.kind for event in events}
    assert kinds >= {"open", "focus", "blur", "scroll", "keys", "pointer", "edit"}
    assert [e.t_ms for e in events] == sorted(e.t_ms for e in events)
    assert len({e.visit for e in events}) == 1
    spans = [e.at_ms - e.t_ms for e in events]
    assert max(spans) - min(spans) <= 20
    assert server.data("t1", "open") == [{"reviewer_agent": "page"}]
    keys = next(e for e in events if e.kind == "keys")
    assert (keys.data["count"], keys.data["section"]) == (9, "plan")
    last_edit = [e for e in events if e.kind == "edit"][-1]
    assert 0 <= keys.t_ms - last_edit.t_ms < 50
    scroll = server.data("t1", "scroll")[0]
    assert scroll["pane"] == "transcript"
    assert 0 < scroll["first"] < scroll["last"] < 65
    assert [data["pane"] for data in server.data("t1", "focus")] == ["transcript", "plan"]
    told = [json.dumps(e.data) for e in events if e.kind != "edit"]
    assert not any("X" in text or "ylo" in text for text in told)
