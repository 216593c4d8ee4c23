"""The page that needs no kernel: in a notebook's stored output, or in a file of its own."""

import html
import re
from importlib.resources import files
from typing import Any, Final

import msgspec

HERE: Final = files("esdemo.explorer.page")
SCRIPT: Final = HERE.joinpath("explorer.js").read_text("utf-8")
STYLE: Final = HERE.joinpath("explorer.css").read_text("utf-8")

BODY: Final = "html,body{margin:0;height:100%}.esdemo-explorer{--height:100%;min-height:420px}"
"""A page has nothing but the explorer in it. In a frame it has no edge to draw."""


def document(data: bytes, options: dict[str, Any], *, title: str) -> str:
    """A whole HTML page with the module, the style and the history in it. It asks nobody."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title>"
        '<meta name="viewport" content="width=device-width">'
        f"<style>{_smaller(STYLE)}{BODY}</style><body>"
        f'<script type="module">{_smaller(SCRIPT)}\n'
        f"mount(document.body,{_in_script(data)},{_in_script(msgspec.json.encode(options))})"
        "</script></body></html>"
    )


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
    return re.sub(r"^\s*(//[^\n]*)?\n?", "", source, flags=re.MULTILINE).strip()


def _in_script(data: bytes) -> str:
    """JSON that cannot end the script it stands in."""
    return data.decode().replace("<", r"\u003c")
