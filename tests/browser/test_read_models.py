"""Chapter 07's slider in a real JupyterLab: the table on the right is as late as it says."""

from pathlib import Path

import nbformat
import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from hands import Watch, open_notebook, start_lab
from playwright.sync_api import expect

pytest_plugins = ["browsing"]

CHAPTER = Path(__file__).resolve().parents[2] / "notebooks" / "07-read-models.ipynb"
WITH_SLIDER = "07-slider"
OPENING = ("07-morning", "07-row", "07-evolve", "07-by-hand", "07-projection", "07-late")


@pytest.fixture
def page(browser, tmp_path):
    """A page on which JupyterLab has run the opening of the chapter, up to its slider."""
    book = nbformat.read(CHAPTER, as_version=4)
    needed = ("07-synopsis", *OPENING, WITH_SLIDER)
    book.cells = [cell for cell in book.cells if cell.id in needed]
    assert len(book.cells) == len(needed)
    nbformat.write(book, tmp_path / "opening.ipynb")
    process, address = start_lab(tmp_path)
    try:
        with browser.new_context(viewport={"width": 1280, "height": 960}) as context:
            context.set_default_timeout(20_000)
            page = context.new_page()
            page.watch = Watch(page)
            open_notebook(page, address, "opening.ipynb")
            yield page
    finally:
        process.terminate()
        process.wait()


def test_the_table_follows_the_slider_and_the_log_stays_whole(page):
    panel = page.locator(".jp-NotebookPanel")
    slider, tables = panel.locator(".widget-hslider"), panel.locator(".widget-html table")
    log, view = tables.nth(0), tables.nth(1)
    expect(log.locator("tbody tr")).to_have_count(8)
    expect(view.locator("tbody tr")).to_have_count(0)
    handle = slider.locator(".noUi-handle")
    handle.focus()
    for _ in range(5):
        handle.press("ArrowRight")
    expect(slider.locator(".widget-readout")).to_have_text("5")
    expect(view.locator("tbody tr")).to_have_count(2)
    expect(view.locator("tbody")).to_contain_text("-8000")
    expect(log.locator("tbody tr")).to_have_count(8)
    expect(log.get_by_text("True", exact=True)).to_have_count(5)
    handle.press("End")
    expect(view.locator("tbody")).to_contain_text("-12000")
    expect(log.get_by_text("True", exact=True)).to_have_count(8)
