"""The notebook of a review in real JupyterLab and Chromium, whose kernel is killed on the way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from evalkit.records import Draft, Session
from evalkit.review.desk import Desk
from evalkit.review.log import read_events
from evalkit.review.replay import replay
from evalkit.store import read_records

pytestmark = pytest.mark.xdist_group("browser")

ROOT = Path(__file__).parents[2]
BOOK = "05_review_a_note.ipynb"
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"},
    "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True},
}
"""No news, and the widgets' state is saved with the notebook, where it would betray a text."""

IDLE = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
SAVED = '.ekr-status[data-state="ok"]'
KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('evalkit.review')).length"


class Lab:
    """JupyterLab on a copy of the notebook, with settings, runs and kernels of its own."""

    def __init__(self, folder):
        self.folder, self.review = folder, folder / "runs" / "review-a-note" / "review"
        (folder / "notebooks").mkdir()
        shutil.copy(ROOT / "notebooks" / BOOK, folder / "notebooks" / BOOK)
        (folder / "experiments").symlink_to(ROOT / "experiments")
        settings = folder / "config" / "labconfig" / "default_setting_overrides.json"
        settings.parent.mkdir(parents=True)
        settings.write_text(json.dumps(SETTINGS))
        places = {"CONFIG_DIR": "config", "DATA_DIR": "data", "RUNTIME_DIR": "runtime"}
        env = {f"JUPYTER_{name}": str(folder / path) for name, path in places.items()}
        own = {
            "EVALKIT_RUNS": str(folder / "runs"),
            "HOME": str(folder),
            "IPYTHONDIR": str(folder / "ipython"),
        }
        options = ["--no-browser", "--port=0", "--LabApp.expose_app_in_browser=True"]
        with open(folder / "lab.log", "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", "--allow-root", *options, str(folder)],
                env={**os.environ, **env, **own},
                stdout=log,
                stderr=log,
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        every = [self.process, *psutil.Process(self.process.pid).children(recursive=True)]
        for one in every:
            one.kill()
        self.process.wait(10)

    def address(self):
        file = self.folder / "runtime" / f"jpserver-{self.process.pid}.json"
        until = time.monotonic() + 40
        while not file.is_file() or not file.read_text().endswith("}"):
            assert time.monotonic() < until, (self.folder / "lab.log").read_text()[-2000:]
            time.sleep(0.1)
        server = json.loads(file.read_text())
        return f"{server['url']}lab/tree/notebooks/{BOOK}?token={server['token']}&reset"

    def kill_kernel(self):
        (kernel,) = [
            one
            for one in psutil.Process(self.process.pid).children(recursive=True)
            if "ipykernel_launcher" in " ".join(one.cmdline())
        ]
        kernel.kill()

    def note(self):
        """The first note as the log on the disk has it, and its events."""
        task = Desk(self.review, "me").tasks[0]
        drafts = read_records(self.review / "drafts.jsonl", Draft)
        (draft,) = [
            one
            for one in drafts
            if (one.session_id, one.approach) == (task.session_id, task.approach)
        ]
        log = read_events(self.review / "events" / "me.jsonl")
        events = [event for event in log if event.task_id == task.task_id]
        return replay(draft.sections, events), events

    def texts(self):
        """All that is said in the sessions, and all that stands in the drafts."""
        for draft in read_records(self.review / "drafts.jsonl", Draft):
            yield from draft.sections.values()
        for session in read_records(self.review / "sessions.jsonl", Session):
            yield from (turn.text for turn in session.turns)


@pytest.fixture
def lab(tmp_path):
    with Lab(tmp_path) as running:
        yield running


@pytest.fixture
def browser():
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        context = opened.new_context(viewport={"width": 1280, "height": 800})
        context.set_default_timeout(30_000)
        yield context
        opened.close()


def opened(browser, address):
    view = browser.new_page()
    view.goto(address)
    view.wait_for_function(IDLE)
    return view


def run_all(view):
    view.evaluate("document.querySelector('.ekr')?.classList.add('test-old')")
    view.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    view.wait_for_selector(".ekr:not(.test-old) .ekr-head", timeout=60_000)


def strings_of(value):
    """All strings of a JSON value: lists of lines are one text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and all(isinstance(one, str) for one in value):
        yield "".join(value)
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings_of(one)


def plan(view):
    return view.locator('textarea[id$="-plan"]')


def typed(view, text):
    plan(view).click()
    view.keyboard.press("Control+End")
    view.keyboard.type(text)


def saved(view):
    view.keyboard.press("Control+s")
    view.wait_for_selector(SAVED)


def test_a_review_survives_the_death_of_its_kernel_and_no_text_is_saved_in_the_notebook(
    browser, lab
):
    view = opened(browser, lab.address())
    run_all(view)
    draft = plan(view).input_value()
    typed(view, " Call her sister.")
    view.keyboard.press("Control+Shift+F")
    for value in ("plan", "major"):
        view.evaluate(f"document.querySelector('dialog [value={value}]').click()")
    view.keyboard.press("Enter")
    saved(view)

    typed(view, "")
    lab.kill_kernel()
    view.keyboard.insert_text(" Ask about pills.")  # in one go: a dialog comes within 3 s
    assert view.evaluate(KEPT) == 1
    assert lab.note()[0].texts["plan"] == f"{draft} Call her sister."
    view.click(".jp-Dialog:has-text('appears to have died') button")
    view.wait_for_function(IDLE)
    typed(view, " Weigh her.")  # the kernel is back, and knows no widget
    run_all(view)
    text = f"{draft} Call her sister. Ask about pills. Weigh her."
    assert plan(view).input_value() == text
    saved(view)
    assert view.evaluate(KEPT) == 0
    assert lab.note()[0].texts["plan"] == text
    view.evaluate("jupyterapp.commands.execute('docmanager:save')")
    typed(view, " Return in May.")
    view.close()

    view = opened(browser, lab.address())
    view.evaluate("jupyterapp.shell.currentWidget.content.scrollToItem(8)")
    view.wait_for_selector(".ekr-head")
    text += " Return in May."
    assert plan(view).input_value() == text
    plan(view).click()
    view.keyboard.press("Control+Enter")
    view.get_by_role("dialog").get_by_role("button", name="Sign").click()
    view.wait_for_selector(".ekr-banner button:has-text('Next note')")
    view.wait_for_selector(SAVED)

    state, events = lab.note()
    assert state.signed
    assert state.texts["plan"] == text
    assert [(one.category, one.severity) for one in state.flags] == [("plan", "major")]
    assert len({event.visit for event in events}) == 3
    for visit in {event.visit for event in events}:
        numbers = [event.seq for event in events if event.visit == visit]
        assert numbers == list(range(len(numbers)))
    book = json.loads((lab.folder / "notebooks" / BOOK).read_text())
    assert "widgets" in book["metadata"]
    strings = list(strings_of(book))
    for said in (*lab.texts(), "Call her sister"):
        assert not [one for one in strings if said in one]
