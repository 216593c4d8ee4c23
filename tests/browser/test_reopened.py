"""A notebook that a learner ran, saved and opened again the next day still has its explorer."""

import shutil
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from hands import TOKEN, Hand, Watch, open_notebook, start_lab

pytest_plugins = ["browsing"]

CELL = (
    "from sample import small_bank\n"
    "from esdemo.explorer import explore\n"
    "explore(small_bank(), height=620)"
)
SAVE = "jupyterapp.commands.execute('docmanager:save').then(() => true)"
STOP = "jupyterapp.shell.currentWidget.sessionContext.shutdown().then(() => true)"


def test_a_notebook_that_is_opened_again_still_has_its_explorer(browser, tmp_path):
    shutil.copy(Path(__file__).with_name("sample.py"), tmp_path)
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(book, tmp_path / "mine.ipynb")
    process, address = start_lab(tmp_path)
    try:
        with browser.new_context(viewport={"width": 1280, "height": 960}) as context:
            context.set_default_timeout(30_000)
            page = context.new_page()
            page.watch = Watch(page)
            panel = open_notebook(page, address, "mine.ipynb")
            panel.locator(".esdemo-explorer").wait_for()
            page.evaluate(SAVE)
            page.evaluate(STOP)
            page.goto(f"{address}/tree/mine.ipynb?token={TOKEN}&reset")
            page.wait_for_function("window.jupyterapp !== undefined")
            hand = Hand(page, page.locator(".jp-NotebookPanel .esdemo-explorer"))
            hand.root.wait_for()
            hand.go(4)
            assert hand.rows(hand.tab("Now"), "State of alice")[0][:2] == ["balance", "30,000"]
    finally:
        process.terminate()
        process.wait()
