"""How state evolves, how knowledge of it does, and how far a read model is behind."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator

from esdemo.plots.style import (
    AXIS,
    COLOURS,
    LINES,
    MARKERS,
    as_is,
    axes,
    axis,
    name_ends,
    tell_dates,
    ticks,
)

ORANGES: Final = LinearSegmentedColormap.from_list("oranges", ["white", COLOURS[4]])


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
    xs, last = positions.index, positions.iloc[-1]
    ax = ax or axes(title or "the log and who follows it", str(xs.name), "position (events)")
    ax.step(xs, positions[log], "-", where="post", color="#000000")
    ends = []
    for number, view in enumerate(views):
        colour, dash = COLOURS[number % len(COLOURS)], LINES[1 + number % (len(LINES) - 1)]
        ax.step(xs, positions[view], dash, where="post", color=colour)
        low, high = (positions[name].to_numpy(float) for name in (view, log))
        ax.fill_between(xs, low, high, step="post", alpha=0.12, color=colour, linewidth=0)
        behind = int(last[log] - last[view])
        ends.append((f"{view}: {behind} behind", xs[-1], int(last[view]), colour))
    ax.margins(x=0)
    name_ends(ax, [*ends, (log, xs[-1], int(last[log]), "#000000")])
    return ax


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
    ax = ax or axes(title, axis(table.columns), axis(table.index), **size)
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
    ax.set_xticks(np.arange(width) + 0.5, ticks(table.columns))
    ax.set_yticks(np.arange(height) + 0.5, ticks(table.index))
    ax.xaxis.set_label_position("top")
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    ax.spines[:].set_visible(False)
    ax.grid(visible=False)
    ax.invert_yaxis()


def _mark_by_type(ax: Axes, xs: pd.Series, values: pd.Series, events: pd.Series) -> None:
    for number, kind in enumerate(events.dropna().unique()):
        here = events == kind
        marker, colour = MARKERS[number % len(MARKERS)], COLOURS[number % len(COLOURS)]
        ax.plot(xs[here], values[here], marker, color=colour, label=kind)
