"""The ground that all figures stand on: colours, markers, axes, and names beside lines."""

from collections.abc import Sequence
from typing import Any, Final

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")


MARKERS: Final = ("o", "s", "D", "P", "X", "*", "d")
"""None of them points anywhere: in a bank, a triangle reads as money that goes up or down."""


LINES: Final = ("-", "--", "-.", ":")


LABEL: Final = 11  # points from one name beside a line to the next


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


def name_ends(ax: Axes, ends: Sequence[tuple[str, Any, Any, Any]]) -> None:
    """Name lines where they end, each (name, x, y, colour), and no name on top of another.

    The lowest stands where its line ends; one that would stand on it moves up. Of lines that end
    together the last is the highest.
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


def tell_dates(ax: Axes) -> None:
    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def as_is(text: str) -> str:
    """A name that others chose, to be drawn letter by letter: no formula, no hidden label."""
    shown = text.replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown  # matplotlib leaves out "_name"


def axis(labels: pd.Index) -> str:
    """What an axis of a table is called: a time in words, anything else by its name."""
    return AXIS.get(f"{labels.name}_at", str(labels.name))


def ticks(labels: pd.Index) -> list[str]:
    dates = isinstance(labels, pd.DatetimeIndex)
    return [f"{label:%d %b}" if dates else str(label) for label in labels]
