"""A hand on the explorer: JupyterLab for it, a watch over its pages, and what can be done there."""

import socket
import subprocess
import time
from urllib.request import urlopen

from environment import lab_command, lab_environment

LOCAL = ("file:", "data:", "blob:", "about:", "http://127.0.0.1:", "ws://127.0.0.1:")
TOKEN = "explorer"


class Watch:
    """What went wrong on a page: errors on its console, requests that would leave the machine."""

    def __init__(self, page):
        self.troubles = []
        page.on("pageerror", self.fail)
        page.on("console", self.hear)
        page.context.route("**/*", self.route)

    def fail(self, error):
        """An error that only JupyterLab's own bundle had a part in is not ours."""
        stack = str(error.stack)
        if "/static/lab/" not in stack or "blob:" in stack:
            self.troubles.append(f"error: {error} {stack}")

    def hear(self, message):
        if message.type == "error":
            self.troubles.append(f"console: {message.text}")

    def route(self, route):
        if route.request.url.startswith(LOCAL):
            route.continue_()
        else:
            self.troubles.append(f"request: {route.request.url}")
            route.abort()


def start_lab(folder):
    """A JupyterLab of this environment on a free port; (process, its address)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        f"JUPYTER{name}_DIR": str(folder / name.strip("_").lower())
        for name in ("LAB_WORKSPACES", "LAB_SETTINGS", "_RUNTIME", "_CONFIG", "_DATA")
    }
    command = [part for part in lab_command(port, "") if "root_dir" not in part]
    command += [f"--ServerApp.root_dir={folder}", "--LabApp.expose_app_in_browser=True"]
    if "--no-browser" not in command:
        command.append("--no-browser")
    process = subprocess.Popen(
        command,
        env=lab_environment(TOKEN) | settings,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}/lab"
    for _ in range(300):
        try:
            with urlopen(f"http://127.0.0.1:{port}/api/status?token={TOKEN}"):
                return process, address
        except OSError:
            assert process.poll() is None, "JupyterLab did not start"
            time.sleep(0.1)
    process.kill()
    raise AssertionError("JupyterLab did not answer within 30 seconds")


def open_notebook(page, address, name):
    """Open a notebook in JupyterLab and run all of it; return its panel."""
    page.goto(f"{address}/tree/{name}?token={TOKEN}&reset")
    page.wait_for_function("window.jupyterapp !== undefined")
    page.evaluate("window.jupyterapp.restored.then(() => true)")
    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    panel.locator(".jp-Cell").first.wait_for()
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    )
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => true)")
    return panel


class Hand:
    """An explorer on a page, and what a hand does with it."""

    def __init__(self, page, root):
        self.page = page
        self.root = root

    def button(self, name, **options):
        return self.root.get_by_role("button", name=name, **options)

    def tab(self, name):
        self.root.get_by_role("tab", name=name, exact=True).click()
        self.settle()
        return self.root.get_by_role("tabpanel")

    def slider(self):
        return self.root.get_by_role("slider", name="Position in the log")

    def position(self):
        self.settle()
        return int(self.slider().input_value())

    def go(self, place):
        box = self.root.get_by_role("textbox", name="Go to a position")
        box.fill(str(place))
        box.press("Enter")
        self.settle()

    def press(self, *keys):
        """Keys, while the list has the focus."""
        self.root.get_by_role("listbox").focus()
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def settle(self):
        """Wait for the next frame to be drawn."""
        frames = "requestAnimationFrame(() => requestAnimationFrame(() => done(true)))"
        self.root.evaluate(f"() => new Promise((done) => {frames})")

    def rows(self, panel, caption):
        """The rows of a table, by the beginning of its caption, as lists of text."""
        self.settle()
        table = panel.locator(f'table:has(> caption:has-text("{caption}"))')
        table.first.wait_for()
        return table.first.evaluate(
            "(table) => [...table.tBodies[0].rows].map((row) => "
            "[...row.cells].map((cell) => cell.innerText.trim()))"
        )

    def items(self):
        """The rows of the list that can be seen, as text."""
        self.settle()
        return self.root.locator(".item").evaluate_all(
            """(items) => items.map((item) => [...item.querySelectorAll("span, time")]
                .map((part) => part.textContent).filter(Boolean).join(" "))"""
        )
