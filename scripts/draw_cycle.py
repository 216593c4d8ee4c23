"""Draw the cycle of event sourcing, once for each part that a chapter can be about.

    python scripts/draw_cycle.py

It writes images/cycle-PART.svg. What is drawn depends on nothing but this file, and a test compares
it with what is stored. The background is opaque, so that the drawing is legible on any page, and
its colours follow the reader's preference for light or dark.
"""

import re
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

IMAGES = Path(__file__).resolve().parent.parent / "images"
SENTENCE = (
    "Keep the list of",
    "everything that",
    "happened, and",
    "compute the present",
    "from it.",
)
DESCRIPTION = (
    "A command is decided on the state, its events are appended to the log, "
    "and the state is the fold of the log."
)
FORMS = """
text { font-family: system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif;
       text-anchor: middle; }
.name { font-size: 20px; font-weight: 600; }
.says { font-size: 16px; }
.sentence { font-size: 15px; font-style: italic; text-anchor: start; }
.part { stroke-width: 1.5; }
.arrow { fill: none; stroke-width: 2; marker-end: url(#head); }
.marked .part { stroke-width: 2; }
.all .part { stroke-width: 2.5; }
"""
COLOURS = """
text { fill: INK; }
.says { fill: SOFT; }
.paper { fill: PAPER; stroke: EDGE; }
.part { fill: BOX; stroke: LINE; }
.rule { stroke: LINE; }
.arrow { stroke: LINE; }
.head { fill: LINE; }
.marked .part { fill: MARK; stroke: PAPER; }
.marked .rule { stroke: ON; }
.marked .name, .marked .says { fill: ON; }
.all .part, .all .arrow { stroke: MARK; }
.all .head { fill: MARK; }
"""
# Written out, not as CSS variables, which only browsers understand.
LIGHT = {
    "PAPER": "#ffffff", "EDGE": "#d0d7de", "INK": "#1f2328", "SOFT": "#57606a",
    "LINE": "#6e7781", "BOX": "#f6f8fa", "MARK": "#0550ae", "ON": "#ffffff",
}  # fmt: skip
DARK = {
    "PAPER": "#161b22", "EDGE": "#3d444d", "INK": "#e6edf3", "SOFT": "#a9b3be",
    "LINE": "#8b949e", "BOX": "#21262d", "MARK": "#79c0ff", "ON": "#0d1117",
}  # fmt: skip


class Part(NamedTuple):
    """A station of the cycle: a thing has corners, a function is round."""

    name: str
    says: tuple[str, ...]
    left: int
    top: int
    width: int = 152
    height: int = 84
    corner: int = 6
    copies: int = 1
    rules: tuple[int, ...] = ()


RULES = (54, 72, 90, 210, 228, 246)
PARTS = (
    Part("command", ("what is asked",), 16, 36),
    Part("decide", ("checks the rules",), 202, 36, corner=42),
    Part("events", ("what happened",), 388, 36, copies=3),
    Part("log", ("every event,", "in order,", "never changed"), 632, 36, height=228, rules=RULES),
    Part("evolve", ("takes one event",), 388, 180, corner=42),
    Part("state", ("what is true now",), 202, 180),
)
ARROWS = (
    ("M 168 78 H 196", "", 0, 0),
    ("M 354 78 H 382", "", 0, 0),
    ("M 552 78 H 626", "append", 589, 68),
    ("M 632 222 H 546", "read", 589, 212),
    ("M 388 222 H 360", "", 0, 0),
    ("M 278 180 V 126", "", 0, 0),
)
NAMES = ("all", *(part.name for part in PARTS))


def draw(marked: str) -> str:
    """The drawing with one part marked, or with "all" of them."""
    svg = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": "0 0 800 300",
            "width": "800",
            "height": "300",
            "role": "img",
            "aria-labelledby": "title desc",
            "class": "all" if marked == "all" else "one",
        },
    )
    text(svg, "title", "The cycle of event sourcing", id="title")
    here = "the whole cycle" if marked == "all" else marked
    text(svg, "desc", f"{DESCRIPTION} In this chapter: {here}.", id="desc")
    text(svg, "style", style())
    arrowhead(SubElement(svg, "defs"))
    SubElement(svg, "rect", box(1, 1, 798, 298, 10) | {"class": "paper"})
    for path, label, x, y in ARROWS:
        SubElement(svg, "path", {"class": "arrow", "d": path})
        if label:
            text(svg, "text", label, x=x, y=y, **{"class": "says"})
    for part in PARTS:
        station(svg, part, part.name == marked)
    for row, line in enumerate(SENTENCE):
        text(svg, "text", line, x=18, y=185 + 20 * row, **{"class": "sentence"})
    indent(svg)
    return tostring(svg, encoding="unicode") + "\n"


def station(svg: Element, part: Part, is_marked: bool) -> None:
    """Draw one part: its outline, its name, what it says."""
    group = SubElement(svg, "g", {"class": "marked" if is_marked else "plain"})
    for copy in reversed(range(part.copies)):
        shift = 6 * copy
        outline = box(part.left + shift, part.top - shift, part.width, part.height, part.corner)
        SubElement(group, "rect", outline | {"class": "part"})
    for y in part.rules:
        line = f"M {part.left} {y} h {part.width}"
        SubElement(group, "path", {"class": "rule", "d": line})
    middle = part.left + part.width // 2
    top = part.top + part.height // 2 - 11 * len(part.says) + 6
    text(group, "text", part.name, x=middle, y=top, **{"class": "name"})
    for row, line in enumerate(part.says, start=1):
        text(group, "text", line, x=middle, y=top + 22 * row, **{"class": "says"})


def style() -> str:
    """The stylesheet: light, and dark where the reader prefers it."""
    return f"{FORMS}{coloured(LIGHT)}@media (prefers-color-scheme: dark) {{{coloured(DARK)}}}\n"


def coloured(palette: dict[str, str]) -> str:
    """The rules for colours, in the colours of a palette."""
    return re.sub(r"\b[A-Z]+\b", lambda name: palette[name[0]], COLOURS)


def arrowhead(definitions: Element) -> None:
    """Define what the arrows end in."""
    head = {"id": "head", "viewBox": "0 0 10 10", "refX": "8", "refY": "5", "orient": "auto"}
    marker = SubElement(definitions, "marker", head | {"markerWidth": "5", "markerHeight": "5"})
    SubElement(marker, "path", {"class": "head", "d": "M 0 0 L 10 5 L 0 10 Z"})


def box(left: int, top: int, width: int, height: int, corner: int) -> dict[str, str]:
    """The attributes of a rectangle."""
    values = {"x": left, "y": top, "width": width, "height": height, "rx": corner}
    return {name: str(value) for name, value in values.items()}


def text(parent: Element, tag: str, words: str, **attributes: object) -> None:
    """Add an element that holds words."""
    element = SubElement(parent, tag, {name: str(value) for name, value in attributes.items()})
    element.text = words


def main() -> None:
    """Write every drawing."""
    for name in NAMES:
        (IMAGES / f"cycle-{name}.svg").write_text(draw(name), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
