"""A browser, and the review server for it to open."""

from __future__ import annotations

import shutil

import pytest

from tests.review.app import DESK
from tests.review.page import Served


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
