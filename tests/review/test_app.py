"""The review app in real Chromium, against the review server: what a reviewer does."""

from __future__ import annotations

import pytest

from tests.review.app import (
    SAVED,
    field,
    flagged,
    focused,
    on_screen,
    pick,
    put,
    replayed,
    saved,
    shown,
)
from tests.review.page import SECTIONS

pytestmark = pytest.mark.xdist_group("browser")


def test_a_note_is_edited_flagged_signed_and_rated_by_keyboard_alone(browser, server):
    view = shown(browser, server)
    press = view.keyboard.press
    press("Tab")
    assert focused(view) == "Skip to the note"
    press("Enter")
    press("Control+End")
    view.keyboard.type(" Eats well.")
    press("F6")
    assert focused(view) == "Transcript"
    press("F6")
    for _ in range(5):
        press("Control+Shift+ArrowLeft")
    press("Control+Shift+F")
    press("Enter")
    assert view.get_by_role("alert").inner_text() == "Choose what is wrong."
    press("ArrowDown")
    press("Tab")
    press("Space")
    press("Tab")
    view.keyboard.type("not said")
    press("Enter")
    press("Control+Enter")
    assert "You changed 1 of 4 sections and flagged 1 passage." in view.inner_text("dialog")
    press("Enter")
    press("Control+Enter")
    assert view.inner_text("dialog h2") == "How was reviewing this note?"
    for _ in range(6):
        press("ArrowRight")
        press("Tab")
    press("Tab")
    press("Enter")
    view.wait_for_selector(".ekr-banner button:has-text('Next note'):focus")
    press("Enter")
    view.wait_for_selector(".ekr-title:has-text('2 of 3')")
    view.wait_for_selector(SAVED)
    state = server.state()
    assert state.signed
    assert state.texts["subjective"].endswith("ideation. Eats well.")
    assert [(f.category, f.severity, f.note) for f in state.flags] == [
        ("condition", "major", "not said")
    ]
    assert state.tlx == dict.fromkeys(state.tlx, 55.0)


def test_every_control_is_reached_by_tab_with_a_visible_focus_and_without_a_trap(browser, server):
    view = shown(browser, server)
    flagged(view, "subjective", 0, 6)
    view.evaluate("document.activeElement.blur()")
    want = view.evaluate(
        "[...document.querySelectorAll('.ekr a, .ekr button, .ekr input, .ekr textarea')]"
        ".filter(e => !e.disabled && e.tabIndex >= 0 && e.checkVisibility()).length"
    )
    seen = []
    for _ in range(want + 12):
        view.keyboard.press("Tab")
        outline, name = view.evaluate(
            "(e => [getComputedStyle(e).outlineStyle, e.tagName + e.id + e.textContent])"
            "(document.activeElement)"
        )
        if name in seen[:1]:
            break
        if not name.startswith("BODY"):
            assert outline == "solid"
            seen.append(name)
    else:
        pytest.fail("Tab never came round to the first control")
    assert len(seen) == want + 1  # the transcript, which scrolls, takes the focus as well


def test_flags_are_listed_marked_in_the_text_and_removed(browser, server):
    view = shown(browser, server)
    flagged(view, "subjective", 0, 6)
    flagged(view, "subjective", 36, 46, "number_date", "minor")
    marks = view.locator(".ekr-back mark")
    assert marks.all_text_contents() == ["Client", SECTIONS["subjective"][35:45]]
    assert view.locator(".ekr-flags li").count() == 2
    put(view, "subjective", 0, "The ")
    assert marks.nth(0).text_content() == "The Client"
    view.get_by_role("button", name="Remove the flag on: Client").click()
    assert view.locator(".ekr-flags li").count() == 1
    saved(view)
    (flag,) = server.state().flags
    text = server.state().texts["subjective"]
    assert text[flag.start : flag.end] == flag.quote == marks.first.text_content()


def test_without_a_selection_the_sentence_at_the_cursor_is_flagged(browser, server):
    view = shown(browser, server)
    pick(view, "subjective", 40, 40)
    view.keyboard.press("Control+Shift+F")
    assert view.inner_text("dialog .ekr-picked") == "Sleeps five hours."
    view.keyboard.press("Escape")
    assert field(view, "subjective").evaluate("area => area === document.activeElement")


def test_search_counts_marks_and_walks_the_hits_and_logs_no_word(browser, server):
    view = shown(browser, server)
    view.keyboard.press("Tab")
    view.keyboard.press("/")
    view.keyboard.type("SINCE")
    count = view.locator(".ekr-count")
    assert count.inner_text() == "1 of 2"
    view.keyboard.press("Enter")
    assert count.inner_text() == "2 of 2"
    assert view.locator("mark.ekr-now").evaluate(
        "e => e.getBoundingClientRect().bottom < innerHeight"
    )
    view.keyboard.press("Shift+Enter")
    assert count.inner_text() == "1 of 2"
    view.keyboard.press("Control+a")
    view.keyboard.type("i've  stopped")
    assert count.inner_text() == "1 of 1"
    view.keyboard.press("Control+a")
    view.keyboard.type("zebra")
    assert count.inner_text() == "No hit"
    view.wait_for_timeout(800)
    view.keyboard.press("Escape")
    assert view.locator(".ekr-said mark").count() == 0
    saved(view)
    assert server.data("t1", "search") == [{"length": 5, "hits": 0}]


def test_what_is_selected_in_the_note_is_searched_for(browser, server):
    view = shown(browser, server)
    at = SECTIONS["subjective"].index("five") + 1  # an emoji before it counts two units
    pick(view, "subjective", at, at + 4)
    view.keyboard.press("Control+f")
    assert view.locator("input[type=search]").input_value() == "five"
    assert view.locator(".ekr-count").inner_text() == "1 of 1"


def test_chart_jottings_and_form_are_tabs_that_arrows_walk_and_search_reaches(browser, server):
    view = shown(browser, server)
    tabs = view.get_by_role("tab")
    assert tabs.all_inner_texts() == ["Transcript", "Chart", "Jottings", "Form"]
    tabs.first.press("ArrowRight")
    assert view.get_by_role("tabpanel").inner_text() == (
        "Diagnosis\nF32.1\nMedication\nSertraline 50 mg daily"
    )
    view.keyboard.press("Control+f")
    view.keyboard.type("sert")
    assert view.locator(".ekr-count").inner_text() == "1 of 1"
    tabs.nth(1).press("ArrowLeft")
    assert view.locator(".ekr-count").inner_text() == "1 of 1"
    tabs.first.press("ArrowLeft")
    assert focused(view) == "Form"
    assert "2025-05-12" in view.get_by_role("tabpanel").inner_text()


def test_undo_and_redo_go_over_the_whole_note(browser, server):
    view = shown(browser, server)
    before = on_screen(view)
    pick(view, "plan", 0, 0)
    view.keyboard.type("Return")
    put(view, "assessment", 0, "Likely: ")
    after = on_screen(view)
    view.keyboard.press("Control+z")
    assert on_screen(view) == {**after, "assessment": before["assessment"]}
    view.keyboard.press("Control+z")
    assert on_screen(view) == before
    view.keyboard.press("Control+Shift+Z")
    view.keyboard.press("Control+y")
    assert on_screen(view) == after
    saved(view)
    assert replayed(server) == after
    undone = [data["undo"] for data in server.data("t1", "edit")]
    assert undone == [False] * 7 + [True] * 4


def test_the_original_is_shown_on_demand_and_can_be_put_back(browser, server):
    view = shown(browser, server)
    put(view, "assessment", 0, "Severe, not ")
    view.get_by_role("button", name="Original of Assessment").click()
    assert view.locator(".ekr-original:visible p").inner_text() == SECTIONS["assessment"]
    view.get_by_role("button", name="Put back the original of Assessment").click()
    assert field(view, "assessment").input_value() == SECTIONS["assessment"]
    view.keyboard.press("Control+z")
    assert field(view, "assessment").input_value() == "Severe, not " + SECTIONS["assessment"]
    saved(view)
    assert replayed(server) == on_screen(view)


def test_undoing_a_deletion_puts_the_flag_back_where_it_was(browser, server):
    view = shown(browser, server)
    flagged(view, "assessment", 9, 19)
    pick(view, "assessment", 0, 21)
    view.keyboard.press("Delete")
    assert "since deleted" in view.inner_text(".ekr-flags li")
    view.keyboard.press("Control+z")
    assert "since deleted" not in view.inner_text(".ekr-flags li")
    saved(view)
    (flag,) = server.state().flags
    assert (flag.start, flag.end, flag.quote) == (9, 19, "depression")
