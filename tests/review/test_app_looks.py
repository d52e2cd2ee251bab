"""The review app in real Chromium: safe, readable and large enough, on a page and as a widget."""

from __future__ import annotations

import pytest

from tests.review.app import DESK, field, flagged, pick, put, saved, shown
from tests.review.page import HOSTILE

pytestmark = pytest.mark.xdist_group("browser")

SIZES = [
    DESK,
    {"width": 1024, "height": 768},
    {"width": 768, "height": 1024},
    {"width": 320, "height": 800},  # a desk magnified four times
]


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
