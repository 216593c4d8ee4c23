"""What happened, as figures: how state evolves, one step at a time, and what led to what.

Colours are Okabe and Ito's, which people with any colour vision tell apart; each comes with a
marker of its own, so that no figure depends on colour.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Final

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import MaxNLocator

from esdemo.audit import Causation

COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS: Final = ("o", "s", "D", "P", "X", "*", "d")
"""None of them points anywhere: in a bank, a triangle reads as money that goes up or down."""
ORANGES: Final = LinearSegmentedColormap.from_list("oranges", ["white", COLOURS[4]])
LINES: Final = ("-", "--", "-.", ":")
LABEL: Final = 11  # points from one name beside a line to the next
NODES: Final = {  # colour and marker of each kind of node in a causation graph
    "command": (COLOURS[0], "s"),
    "refusal": (COLOURS[1], "X"),
    "event": (COLOURS[2], "o"),
}
EDGES: Final = {"led to": "-", "caused": "--"}
AXIS: Final = {
    "version": "version (events in the stream)",
    "position": "position (events in the log)",
    "recorded_at": "recorded at (UTC)",
    "effective_at": "effective at (UTC)",
}


def axes(title: str, xlabel: str, ylabel: str, *, width: float = 9, height: float = 3.6) -> Axes:
    """Empty axes with a title and labels (with units, please), on an opaque white ground.

    width, height: in inches.
    """
    figure = plt.figure(figsize=(width, height), layout="constrained", facecolor="white")
    ax = figure.add_subplot()
    ax.set(title=as_is(title), xlabel=as_is(xlabel), ylabel=as_is(ylabel), facecolor="white")
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.3)
    return ax


def steps(
    states: pd.DataFrame | Mapping[str, pd.DataFrame],
    field: str,
    *,
    x: str = "version",
    cents: bool = False,
    marks: bool = True,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """How one field of the state evolves: a step at every event, marked by the event's type.

    states: a table of `frames.states`, or several by label (then lines differ in colour and dash,
    and events are marked without their type). x: "version", "position", "recorded_at" or
    "effective_at". cents: the field is in cents, shown in euros. State changes at an event and
    stays until the next, so the line has steps, never slopes.
    """
    tables = states if isinstance(states, Mapping) else {"": states}
    unit = " (EUR)" if cents else ""
    ax = ax or axes(title or f"{field} after every event", AXIS.get(x, x), field + unit)
    for number, (label, table) in enumerate(tables.items()):
        seen = table[table[x].notna()]
        values = seen[field] / 100 if cents else seen[field]
        colour = COLOURS[number % len(COLOURS)] if label else "#555555"
        dash = LINES[number % len(LINES)]
        ax.step(seen[x], values, dash, where="post", color=colour, label=as_is(label) or None)
        if marks and not label:
            _mark_by_type(ax, seen[x], values, seen["event"])
        elif marks:
            ax.plot(seen[x], values, MARKERS[number % len(MARKERS)], color=colour, ms=4)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    if x.endswith("_at"):
        tell_dates(ax)
    else:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return ax


def lag(positions: pd.DataFrame, title: str = "", *, ax: Axes | None = None) -> Axes:
    """How far read models are behind their log: each gap between the lines is events not yet seen.

    positions: the first column has the positions of the log, the others of the views; the index is
    the time, or whatever grows, and its name the label of the axis. Views differ in colour and
    dash, and are named where their lines end, with the lag that they have there.
    """
    log, *views = positions.columns
    xs, ends = positions.index, {log: int(positions[log].iloc[-1])}
    ax = ax or axes(title or "the log and who follows it", str(xs.name), "position (events)")
    ax.step(xs, positions[log], "-", where="post", color="#000000")
    for number, view in enumerate(views):
        colour, dash = COLOURS[number % len(COLOURS)], LINES[1 + number % (len(LINES) - 1)]
        ax.step(xs, positions[view], dash, where="post", color=colour)
        low, high = (positions[name].to_numpy(float) for name in (view, log))
        ax.fill_between(xs, low, high, step="post", alpha=0.12, color=colour, linewidth=0)
        ends[view] = int(positions[view].iloc[-1])
    ax.margins(x=0)
    names = [*(f"{view}: {ends[log] - ends[view]} behind" for view in views), log]
    heights = [*(ends[view] for view in views), ends[log]]  # of equal ones the last stands highest
    lines = ax.get_lines()
    colours = [line.get_color() for line in (*lines[1:], lines[0])]
    name_ends(ax, list(zip(names, [xs[-1]] * len(names), heights, colours, strict=True)))
    return ax


def name_ends(ax: Axes, ends: Sequence[tuple[str, Any, Any, Any]]) -> None:
    """Name lines where they end, each (name, x, y, colour), and no name on top of another.

    The lowest stands where its line ends; one that would stand on it moves up.
    """
    free = float("-inf")
    for name, x, y, colour in sorted(ends, key=lambda end: end[2]):
        height = ax.transData.transform((0, y))[1] * 72 / ax.figure.dpi
        at = max(height, free)
        free = at + LABEL
        ax.annotate(
            as_is(name),
            (x, y),
            (6, at - height),
            textcoords="offset points",
            color=colour,
            va="center",
            annotation_clip=False,
        )


def heat(
    table: pd.DataFrame,
    title: str,
    label: str,
    *,
    cents: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """What was believed when, about when; orange is what had to be taken back.

    The cells stand where the table has them, the first row on top, each with its number; a missing
    one is left empty. Where the last row says otherwise about a column, the cell is orange, the
    stronger the larger the difference, and an arrow in it leads to what the last row says. The axes
    are called after the table's index and columns; moments are shown as dates. label: what the
    numbers are, with their unit. cents: they are cents, shown in whole euros.
    """
    values = table.to_numpy(dtype=float, na_value=np.nan) / (100 if cents else 1)
    unknown, taken_back = np.isnan(values), np.nan_to_num(np.abs(values - values[-1]))
    height, width = values.shape
    size = {"width": 2.2 + 0.85 * width, "height": 1.4 + 0.5 * height}
    ax = ax or axes(title, _axis(table.columns), _axis(table.index), **size)
    _cells_from_the_top(ax, table)
    shades = {"cmap": ORANGES, "vmin": 0, "vmax": max(taken_back.max(), 1)}
    ax.pcolormesh(np.ma.array(taken_back, mask=unknown), edgecolors="#BBBBBB", lw=0.8, **shades)
    for row, column in np.argwhere(~unknown):
        now = f"\n→ {values[-1, column]:,.0f}" if taken_back[row, column] else ""
        said = f"{values[row, column]:,.0f}{now}"
        ax.text(column + 0.5, row + 0.5, said, ha="center", va="center", fontsize=9)
    meaning = "; orange: taken back later, → what the last row says" if taken_back.any() else ""
    under = f"{label} (EUR){meaning}" if cents else label + meaning
    ax.text(0, -0.02, under, transform=ax.transAxes, va="top", fontsize=9)
    return ax


def _cells_from_the_top(ax: Axes, table: pd.DataFrame) -> None:
    """Labels for cells of width and height 1, the first row on top, as a table has them."""
    height, width = table.shape
    ax.set_xticks(np.arange(width) + 0.5, _ticks(table.columns))
    ax.set_yticks(np.arange(height) + 0.5, _ticks(table.index))
    ax.xaxis.set_label_position("top")
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    ax.spines[:].set_visible(False)
    ax.grid(visible=False)
    ax.invert_yaxis()


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


def tell_dates(ax: Axes) -> None:
    """An axis of moments, with as much of a date as each mark needs."""
    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def as_is(text: str) -> str:
    """A name that others chose, to be drawn letter by letter: no formula, no hidden label."""
    shown = text.replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown  # matplotlib leaves out "_name"


def _axis(labels: pd.Index) -> str:
    """What an axis of a table is called: a time in words, anything else by its name."""
    return AXIS.get(f"{labels.name}_at", str(labels.name))


def _ticks(labels: pd.Index) -> list[str]:
    dates = isinstance(labels, pd.DatetimeIndex)
    return [f"{label:%d %b}" if dates else str(label) for label in labels]


def _mark_by_type(ax: Axes, xs: pd.Series, values: pd.Series, events: pd.Series) -> None:
    for number, kind in enumerate(events.dropna().unique()):
        here = events == kind
        marker, colour = MARKERS[number % len(MARKERS)], COLOURS[number % len(COLOURS)]
        ax.plot(xs[here], values[here], marker, color=colour, label=kind)
