"""What led to what, and what came next how often."""

from collections.abc import Mapping
from itertools import product
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from esdemo.audit import Causation
from esdemo.plots.style import COLOURS, as_is, axes

NODES: Final = {  # colour and marker of each kind of node in a causation graph
    "command": (COLOURS[0], "s"),
    "refusal": (COLOURS[1], "X"),
    "event": (COLOURS[2], "o"),
}


EDGES: Final = {"led to": "-", "caused": "--"}


def causation(graph: Causation, title: str = "", *, ax: Axes | None = None) -> Axes:
    """What led to what, from left to right: commands are squares, refusals crosses, events dots.

    A solid line leads from a command to its events, a dashed one to a command that it set off.
    Every node is labelled with its type and its stream; `frames.table(graph.nodes)` says the rest.
    """
    rows = _rows(graph)
    places = {node.id: (node.depth, rows[node.id]) for node in graph.nodes}
    right = max((depth for depth, _ in places.values()), default=0)
    lowest = max(rows.values(), default=0)
    size = {"width": 2.2 * right + 3, "height": 0.8 * lowest + 1.8}
    ax = ax or axes(title or "what led to what", "steps from the first cause", "", **size)
    ax.grid(visible=False)
    for edge in graph.edges:
        (x, y), (right_of_it, below_it) = places[edge.cause], places[edge.effect]
        xs, ys = (x, x, right_of_it), (y, below_it, below_it)  # down first, past no label
        ax.plot(xs, ys, EDGES[edge.kind], color="#777777", zorder=1)
    for kind, (colour, marker) in NODES.items():
        here = [places[node.id] for node in graph.nodes if node.kind == kind]
        if here:
            ax.plot(*zip(*here, strict=True), marker, color=colour, ms=10, label=kind)
    for node in graph.nodes:
        ax.annotate(
            as_is(f"{node.label}\n{node.stream}"),
            places[node.id],
            (0, 9),  # above, because the dashed lines go down
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=8,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
    ax.set(xlim=(-0.6, right + 0.6), ylim=(lowest + 0.5, -0.8), yticks=[])
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    for kind in dict.fromkeys(edge.kind for edge in graph.edges):
        ax.plot([], [], EDGES[kind], color="#777777", label=kind)
    if graph.nodes:
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    return ax


def process_map(
    counts: pd.DataFrame, title: str, *, marked: tuple[str, str] = ("", ""), ax: Axes | None = None
) -> Axes:
    """What came next, and how often: an arrow for each count, the thicker the larger it is.

    counts: a row for each step and a column for each that may follow it, as `pd.crosstab(step,
    next)` gives them; no arrow is drawn for 0. marked: the step and its next whose arrow is orange
    and dashed.
    """
    places = _on_a_circle(dict.fromkeys([*counts.index, *counts.columns]))
    ax = ax or axes(title, "", "", width=6, height=4)
    ax.set(xlim=(-1.9, 1.9), ylim=(-1.7, 1.2), aspect="equal")
    ax.axis("off")
    most = max(counts.to_numpy().max(), 1)
    for edge in product(counts.index, counts.columns):
        if count := counts.loc[edge]:
            look: dict[str, Any] = {"color": COLOURS[1], "ls": "--"} if edge == marked else {}
            _arrow(ax, places[edge[0]], places[edge[1]], count, lw=1 + 5 * count / most, **look)
    for name, (x, y) in places.items():
        box = {"boxstyle": "round,pad=0.5", "facecolor": "white"}
        ax.text(x, y, as_is(name), ha="center", va="center", bbox=box)
    return ax


def _on_a_circle(names: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """A place for each name, the first at the upper left, the others counterclockwise."""
    angles = np.radians(150) + np.arange(len(names)) * 2 * np.pi / max(len(names), 1)
    around = np.column_stack([np.cos(angles), np.sin(angles)])
    return dict(zip(names, around, strict=True))


def _arrow(
    ax: Axes, start: np.ndarray, end: np.ndarray, count: int, color: str = COLOURS[6], **look: Any
) -> None:
    """A curved arrow with its count beside it, or a loop that leads out of the circle and back."""
    bend, shrink = 0.2, 26  # of its length; in points, so that it ends at the boxes
    if start is end:
        aside = 0.2 * np.array([-start[1], start[0]])
        start, end, bend, shrink = start - aside, end + aside, 2.8, 12
    (x, y), way = end, end - start
    outward = bend * np.array([way[1], -way[0]])  # to where the curve's control point is
    look |= {"arrowstyle": "-|>", "color": color, "shrinkA": shrink, "shrinkB": shrink}
    look["connectionstyle"] = f"arc3,rad={bend}"
    ax.annotate("", (x, y), (start[0], start[1]), arrowprops=look)
    x, y = (start + end) / 2 + outward / 2 + 0.16 * outward / np.hypot(*outward)
    ax.text(x, y, f"{count}", color=color, ha="center", va="center", weight="bold")


def _rows(graph: Causation) -> dict[str, int]:
    """A row for each node: its cause's, unless another effect is there; then one of its own.

    Effects come after their causes, so a walk from each first cause goes down and to the right.
    """
    effects: dict[str, list[str]] = {}
    for edge in graph.edges:
        effects.setdefault(edge.cause, []).append(edge.effect)
    caused = {edge.effect for edge in graph.edges}
    rows: dict[str, int] = {}
    for first in (node.id for node in graph.nodes if node.id not in caused):
        _down(first, max(rows.values(), default=-1) + 1, effects, rows)
    return rows


def _down(node: str, row: int, effects: Mapping[str, list[str]], rows: dict[str, int]) -> None:
    rows[node] = row
    for nth, effect in enumerate(effects.get(node, [])):
        _down(effect, row if nth == 0 else max(rows.values()) + 1, effects, rows)
