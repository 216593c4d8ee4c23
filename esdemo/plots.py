"""History as matplotlib figures: how state evolves, one step at a time.

Colours are Okabe and Ito's, which people with any colour vision tell apart; each comes with a
marker of its own, so that no figure depends on colour.
"""

from collections.abc import Mapping
from typing import Final

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import MaxNLocator

COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X")
LINES: Final = ("-", "--", "-.", ":")
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
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel, facecolor="white")
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
        ax.step(seen[x], values, dash, where="post", color=colour, label=label or None)
        if marks and not label:
            _mark_by_type(ax, seen[x], values, seen["event"])
        elif marks:
            ax.plot(seen[x], values, MARKERS[number % len(MARKERS)], color=colour, ms=4)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    if x.endswith("_at"):
        locator = AutoDateLocator()  # type: ignore[no-untyped-call]
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    else:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return ax


def _mark_by_type(ax: Axes, xs: pd.Series, values: pd.Series, events: pd.Series) -> None:
    for number, kind in enumerate(events.dropna().unique()):
        here = events == kind
        marker, colour = MARKERS[number % len(MARKERS)], COLOURS[number % len(COLOURS)]
        ax.plot(xs[here], values[here], marker, color=colour, label=kind)
