"""What the tests of the app do in a page, as a reviewer would."""

from __future__ import annotations

from tests.review.page import SECTIONS

SAVED = '.ekr-status[data-state="ok"]'
DESK = {"width": 1280, "height": 800}


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


def kept_in_browser(view):
    keys = "Object.keys(localStorage).filter(key => key.startsWith('evalkit.review'))"
    return view.evaluate(keys)
