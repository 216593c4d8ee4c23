"""The page: for a live notebook, for a notebook's stored output, and as a file of its own.

columns.py and patches.py write what it is given. js/ reads that: history/ folds it, view/ and
panels/ draw it, and explorer.js is where they meet. You need not read js/ to understand the rest.
"""

import base64
import html
import re
import zlib
from collections.abc import Iterable
from importlib.resources import files
from typing import Any, Final

import msgspec

FLOORS: Final = {
    "history": "packed words times columns query rows log fold states fields reading lines sheets "
    "branch",
    "view": "elements icons controls tables scale axis line chart find list keys goto header "
    "follow player moves address theme",
    "panels": "asking sieve state code now streams why compare branch-view command-form what-if "
    "bisect crosshair times predict export tabs",
    ".": "explorer live",
}
MODULES: Final = [f"{floor}/{name}.js" for floor, names in FLOORS.items() for name in names.split()]
"""The sources in js/: each imports only from those before it."""

WIRING: Final = re.compile(r"^import [^;]*;\n|^export (?!default )", re.MULTILINE)


def joined(sources: Iterable[str]) -> str:
    """One ES module of several: a host takes a single text, and there is no build.

    What a source imports stands above it already, and what it exports is for those below it. Only
    the default export is for the host.
    """
    return "\n".join(WIRING.sub("", source) for source in sources)


HERE: Final = files("esdemo.explorer.page")
SCRIPT: Final = joined(HERE.joinpath("js", name).read_text("utf-8") for name in MODULES)
STYLE: Final = HERE.joinpath("explorer.css").read_text("utf-8")

BODY: Final = (
    "html,body,main{margin:0;height:100%}.esdemo-explorer{--height:max(100%,660px)}"
    "h1{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}"
    "@media print{html,body,main{height:auto}}"
)
"""A page has nothing but the explorer in it. What is too low for it scrolls."""

MAIN: Final = "document.querySelector('main')"

LARGE: Final = 400_000
"""Bytes of JSON, from which on a page holds them deflated."""


def document(data: bytes, options: dict[str, Any], *, title: str, fallback: str = "") -> str:
    """A whole HTML page with the module, the style and the history in it. It asks nobody.

    fallback: what stands there where no script may run, as HTML.
    """
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title>"
        '<meta name="viewport" content="width=device-width">'
        f"<style>{_smaller(STYLE)}{BODY}</style><body><main><h1>{html.escape(title)}</h1>"
        f"<noscript>{fallback}</noscript></main>"
        f'<script type="module">{_smaller(SCRIPT)}\n{_mounted(data, options)}</script>'
        "</body></html>"
    )


def _mounted(data: bytes, options: dict[str, Any]) -> str:
    """The line that shows a history: a large one is inflated first."""
    rest = f"{_in_script(msgspec.json.encode(options))})"
    if len(data) < LARGE:
        return f"mount({MAIN},{_in_script(data)},{rest}"
    packed = base64.b64encode(zlib.compress(data, 9)).decode()
    return f'mount({MAIN},await inflated("{packed}"),{rest}'


def frame(page: str, *, height: int, title: str) -> str:
    """The page inside another one, with no way out: no network, no cookies, no parent.

    The attribute stands in single quotes, of which a page of JSON has few to escape.
    """
    inside = page.replace("&", "&amp;").replace("'", "&#39;")
    return (
        f'<iframe sandbox="allow-scripts allow-downloads" title="{html.escape(title)}" '
        f"style=\"width:100%;height:{height}px;border:0\" srcdoc='{inside}'></iframe>"
    )


def _smaller(source: str) -> str:
    """Without indentation, blank lines and lines that are only a comment."""
    source = re.sub(r"^\s*/\*\*((?!\*/).)*\*/\n", "", source, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^\s*(//[^\n]*)?\n?", "", source, flags=re.MULTILINE).strip()


def _in_script(data: bytes) -> str:
    """JSON that cannot end the script it stands in."""
    return data.decode().replace("<", r"\u003c")
