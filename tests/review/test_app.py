"""The review app in real Chromium, against the review server on this machine."""

from __future__ import annotations

import json
import random
import shutil

import pytest

from tests.review.page import HOSTILE, SECTIONS, Served

pytestmark = pytest.mark.xdist_group("browser")

SAVED = '.ekr-status[data-state="ok"]'
DESK = {"width": 1280, "height": 800}
SIZES = [
    DESK,
    {"width": 1024, "height": 768},
    {"width": 768, "height": 1024},
    {"width": 320, "height": 800},  # a desk magnified four times
]


@pytest.fixture(scope="module")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def server(tmp_path):
    with Served(tmp_path) as running:
        yield running


@pytest.fixture
def browser(chromium):
    context = chromium.new_context(viewport=DESK, reduced_motion="reduce")
    context.set_default_timeout(8000)
    yield context
    context.close()


def shown(browser, server):
    """A tab with the app, and its section fields by name."""
    view = browser.new_page()
    view.goto(server.url)
    view.wait_for_selector(".ekr-head")
    return view


def field(view, section):
    return view.locator(f'textarea[id$="-{section}"]')


def pick(view, section, start, end):
    field(view, section).evaluate(
        f"area => {{ area.focus(); area.setSelectionRange({start}, {end}); }}"
    )


def put(view, section, at, text):
    pick(view, section, at, at)
    view.keyboard.insert_text(text)


def saved(view):
    """Save as Ctrl+S does, wherever the focus is."""
    view.dispatch_event(".ekr", "keydown", {"key": "s", "ctrlKey": True})
    view.wait_for_selector(SAVED)


def flagged(view, section, start, end, category="medication", severity="major"):
    pick(view, section, start, end)
    view.keyboard.press("Control+Shift+F")
    for value in (category, severity):
        view.evaluate(f"document.querySelector('dialog [value={value}]').click()")
    view.keyboard.press("Enter")


def on_screen(view):
    return {name: field(view, name).input_value() for name in SECTIONS}


def replayed(server, task="t1"):
    texts = server.state(task).texts
    return {name: texts[name].replace("\r\n", "\n") for name in SECTIONS}


def focused(view):
    return view.evaluate(
        "(e => e.getAttribute('aria-label') || e.textContent)(document.activeElement)"
    )


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


def kept_in_browser(view):
    keys = "Object.keys(localStorage).filter(key => key.startsWith('evalkit.review'))"
    return view.evaluate(keys)


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


def test_markup_in_a_session_stays_text_and_no_request_leaves_the_machine(browser, server):
    view = browser.new_page()
    asked, said = [], []
    view.on("request", lambda request: asked.append(request.url))
    view.on("console", lambda message: said.append(message.text))
    view.on("pageerror", lambda error: said.append(str(error)))
    view.goto(server.url)
    view.wait_for_selector(".ekr-head")
    put(view, "plan", 0, HOSTILE)
    flagged(view, "plan", 0, len(HOSTILE), "other")
    view.keyboard.press("Control+f")
    view.keyboard.type("<script>")
    assert view.locator(".ekr-count").inner_text() == "1 of 1"
    assert HOSTILE in view.locator('[data-turn="1"]').text_content()
    saved(view)
    assert view.evaluate("window.owned") is None
    assert view.locator(".ekr script, .ekr img").count() == 0
    assert said == []
    assert {url.split("/")[2] for url in asked if not url.startswith("data:")} == {
        server.url.split("/")[2]
    }


CONTRAST = """() => {
  const parse = (color) => {
    const numbers = color.match(/[\\d.]+/g).map(Number);
    const scale = color.startsWith("color(") ? 255 : 1;
    return [...numbers.slice(0, 3).map((n) => n * scale), numbers[3] ?? 1];
  };
  const over = ([r, g, b, a], under) =>
    [r, g, b].map((c, i) => c * a + under[i] * (1 - a));
  const grounds = new Map();
  const ground = (node) => {
    if (!node) return [255, 255, 255];
    if (!grounds.has(node)) {
      const own = parse(getComputedStyle(node).backgroundColor);
      grounds.set(node, over(own, ground(node.parentElement)));
    }
    return grounds.get(node);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, two) => {
    const [high, low] = [light(one), light(two)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const found = [];
  const measure = (node, style, under) => {
    const rgb = over(parse(style.color), under);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    found.push([ratio(rgb, under), large ? 3 : 4.5, `${node.tagName}.${node.className}`]);
  };
  for (const node of document.querySelectorAll(".ekr, .ekr *")) {
    if (!node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const own = [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
    const hidden = node.closest(".ekr-hidden, .ekr-back");
    if ((own || node.matches("input, textarea")) && !hidden) {
      measure(node, style, node.matches("textarea") ? ground(node.previousSibling) : ground(node));
    }
    if (node.matches(".ekr-back mark")) {
      const area = node.closest(".ekr-field").querySelector("textarea");
      measure(node, getComputedStyle(area), ground(node));
    }
    if (node.placeholder) measure(node, getComputedStyle(node, "::placeholder"), ground(node));
  }
  return found;
}"""


THEMES = [("light", None), ("dark", None), ("dark", "true"), ("light", "false")]
"""What the system asks for, and JupyterLab's theme (whether it is light), which goes first."""


def test_the_theme_is_jupyterlabs_or_else_the_systems(browser, server):
    view = shown(browser, server)
    side = view.locator(".ekr-side").first
    grounds = []
    for scheme, lab in THEMES:
        view.emulate_media(color_scheme=scheme)
        if lab:
            view.evaluate(f"document.body.dataset.jpThemeLight = '{lab}'")
        grounds.append(side.evaluate("side => getComputedStyle(side).backgroundColor"))
    light, dark = "rgb(255, 255, 255)", "rgb(24, 32, 39)"
    assert grounds == [light, dark, light, dark]


def test_all_text_stands_out_as_wcag_aa_asks_light_and_dark(browser, server):
    view = shown(browser, server)

    def check():
        for scheme in ("light", "dark"):
            view.emulate_media(color_scheme=scheme)
            found = view.evaluate(CONTRAST)
            assert len(found) > 20
            assert [one for one in found if one[0] < one[1]] == []

    flagged(view, "subjective", 0, 6)
    flagged(view, "subjective", 36, 46, "risk", "minor")
    view.get_by_role("button", name="Original of Subjective").click()
    view.keyboard.press("Control+f")
    view.keyboard.type("mood")
    check()
    view.get_by_role("button", name="Help").click()
    check()
    view.keyboard.press("Escape")
    pick(view, "assessment", 0, 5)
    view.keyboard.press("Control+Shift+F")
    view.keyboard.press("Enter")
    check()
    view.keyboard.press("Escape")
    view.keyboard.press("Control+Enter")
    check()
    view.keyboard.press("Enter")
    check()
    view.keyboard.press("Escape")
    check()
    view.get_by_role("button", name="All notes").click()
    check()


SMALL = """() => [...document.querySelectorAll(
    ".ekr button, .ekr input, .ekr textarea, .ekr-choices label")]
  .filter(e => e.checkVisibility() && !e.matches(".ekr-choices input"))
  .filter(e => e.getBoundingClientRect().width < 44 || e.getBoundingClientRect().height < 43.99)
  .map(e => e.outerHTML.slice(0, 60))"""


def test_no_size_makes_the_page_scroll_or_a_target_too_small_for_a_finger(browser, server):
    view = shown(browser, server)
    flagged(view, "subjective", 0, 6)

    def check():
        for size in SIZES:
            view.set_viewport_size(size)
            page = "(page => [page.scrollWidth, page.scrollHeight])(document.documentElement)"
            assert view.evaluate(page) == [size["width"], size["height"]]
            wide = "[...document.querySelectorAll('.ekr-scroll, .ekr-head, .ekr-bar, dialog')]"
            assert view.evaluate(f"{wide}.every(e => e.scrollWidth <= e.clientWidth)")
            assert view.evaluate(SMALL) == []

    check()
    for panel in ("Chart", "Form"):
        view.get_by_role("tab", name=panel).click()
        check()
    pick(view, "assessment", 0, 5)
    view.keyboard.press("Control+Shift+F")
    check()
    view.keyboard.press("Escape")
    view.keyboard.press("Control+Enter")
    view.keyboard.press("Enter")
    check()


def test_lines_are_short_enough_to_read_and_a_long_field_shows_all_its_text(browser, server):
    view = shown(browser, server)
    long = "word " * 400
    put(view, "plan", 0, long)
    area = field(view, "plan")
    fits = "area => area.scrollHeight <= area.clientHeight && area.scrollTop === 0"
    assert area.evaluate(fits)
    width = "canvas.measureText('Client reports low mood and sleeps five hours a night').width / 53"
    letters = f"""area => {{
      const canvas = document.createElement("canvas").getContext("2d");
      const style = getComputedStyle(area);
      canvas.font = style.font;
      return (area.clientWidth - parseFloat(style.paddingLeft) * 2) / ({width});
    }}"""
    assert 55 <= area.evaluate(letters) <= 80
    assert area.evaluate("area => parseFloat(getComputedStyle(area).fontSize)") == 16


FAKE_MODEL = """async () => {
  const { default: widget } = await import("./app.js");
  const heard = [];
  const model = {
    on: (kind, listener) => heard.push(listener),
    off: (kind, listener) => heard.splice(heard.indexOf(listener), 1),
    async send({ id, ...message }) {
      const reply = await fetch("api", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(message),
      });
      const answer = { ...(await reply.json()), id };
      for (const listener of heard) listener(answer);
    },
  };
  document.getElementById("evalkit-review").remove();
  const el = document.body.appendChild(document.createElement("div"));
  window.unmount = widget.render({ model, el });
}"""


def test_as_a_widget_it_speaks_over_the_comm_and_goes_away_when_its_cell_does(browser, server):
    view = shown(browser, server)
    saved(view)
    view.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    view.evaluate(FAKE_MODEL)
    view.wait_for_selector(".ekr-head")
    put(view, "plan", 0, "Return.")
    view.evaluate("unmount()")
    assert view.locator(".ekr").count() == 0
    view.wait_for_timeout(300)
    assert server.data("t1", "open")[-1] == {"reviewer_agent": "widget"}
    assert server.data("t1", "close") == [{}, {}]
    assert server.state().texts["plan"] == "Return."
