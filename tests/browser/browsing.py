"""Fixtures of the browser tests: one Chromium for a module, and pages that are watched.

Every test is skipped, and says why, where there is no Chromium or no Playwright. The browser is the
system's own (CHROMIUM names another): nothing is downloaded.
"""

import os
import shutil

import pytest
from hands import Watch

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser():
    """One Chromium for a module."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if not CHROMIUM:
        pytest.skip("there is no Chromium here: install it, or name it in CHROMIUM")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser):
    """Opens pages; at the end none of them may have had an error or asked another machine."""
    contexts, watches = [], []

    def make(offline=False, **options):
        context = browser.new_context(
            **{"viewport": {"width": 1100, "height": 760}, "offline": offline, **options}
        )
        context.set_default_timeout(10_000)
        page = context.new_page()
        contexts.append(context)
        watches.append(Watch(page))
        return page

    yield make
    for context in contexts:
        context.close()
    assert [trouble for watch in watches for trouble in watch.troubles] == []
