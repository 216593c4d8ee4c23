"""What might be: branches of history, forecasts, and how well they were."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from esdemo import forecast
from esdemo.forecast import LEVELS, Floats, Trial
from esdemo.plots.states import steps
from esdemo.plots.style import COLOURS, axes, name_ends, tell_dates


def branches(
    tables: Mapping[str, pd.DataFrame],
    field: str,
    *,
    x: str = "recorded_at",
    cents: bool = False,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """One field in several histories, each line with its name where it ends.

    tables: by name, of `frames.states`; the arguments are those of `steps`. Lines differ in colour
    and dash; the first is drawn widest, so that it can be seen below one that goes along with it.
    """
    ax = steps(tables, field, x=x, cents=cents, marks=False, title=title, ax=ax)
    if legend := ax.get_legend():
        legend.remove()
    lines = ax.get_lines()[-len(tables) :] if tables else []
    for line in lines[:1]:
        line.set_linewidth(3)
    ends = [
        (name, line.get_xdata()[-1], line.get_ydata()[-1], line.get_color())  # type: ignore[index]
        for name, line in zip(tables, lines, strict=True)
    ]
    name_ends(ax, ends)
    return ax


def fan(
    known: pd.Series,
    sample: Floats,
    title: str = "",
    *,
    came: pd.Series | None = None,
    cents: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """What was known, and where the futures go from there: half of them lie in the darker band.

    known: the number by day (or by step); its name labels the axis. sample: the futures, a row for
    each and a column for each day ahead. came: what was seen afterwards, to be shown beside them.
    Each edge says how many futures lie below it. cents: the number is in cents, shown in euros.
    """
    unit = 100 if cents else 1
    ax = ax or axes(title, str(known.index.name or "day"), f"{known.name}{' (EUR)' * cents}")
    step = known.index[-1] - known.index[-2]
    xs = [known.index[-1] + step * ahead for ahead in range(sample.shape[1] + 1)]
    start = np.full((len(LEVELS), 1), known.iloc[-1])
    edges = np.hstack([start, forecast.fan(sample)]) / unit
    for low, high, alpha in ((0, 4, 0.2), (1, 3, 0.35)):
        ax.fill_between(xs, edges[low], edges[high], color=COLOURS[0], alpha=alpha, linewidth=0)
    ax.plot(xs, edges[2], "--", color=COLOURS[0])
    ax.step(known.index, known / unit, "-", where="post", color="#000000")
    told = {0: "1 in 10 ends below", 2: "half end below", 4: "9 in 10 end below"}
    ends = [(name, xs[-1], edges[row, -1], COLOURS[0]) for row, name in told.items()]
    if came is not None:
        ax.step(came.index, came / unit, "-.", where="post", color=COLOURS[1])
        ends.append(("what came", xs[-1], came.iloc[-1] / unit, COLOURS[1]))
    if isinstance(known.index, pd.DatetimeIndex):
        tell_dates(ax)
    name_ends(ax, ends)
    return ax


def backtest(
    trials: Sequence[Trial],
    title: str = "",
    *,
    label: str = "value",
    when: Sequence[Any] | pd.Index | None = None,
    cents: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Each interval with what came: a dot where it lay inside, a cross where it did not.

    trials: of one method. label: what the number is, with its unit. when: the date of each step,
    where steps have dates. The title, unless given, counts the hits.
    """
    unit, suffix = (100, " (EUR)") if cents else (1, "")
    hits = sum(trial.inside for trial in trials)
    counted = f"{hits} of {len(trials)} came out inside the interval"
    ax = ax or axes(
        title or counted, "last day of the forecast" if when is not None else "step", label + suffix
    )
    for trial in trials:
        place = trial.cut + trial.ahead - 1
        x = place if when is None else when[place]
        colour, marker = (COLOURS[0], "o") if trial.inside else (COLOURS[1], "X")
        ax.vlines(x, trial.low / unit, trial.high / unit, color=COLOURS[0], alpha=0.4, lw=7)
        ax.plot([x], [trial.middle / unit], "_", color=COLOURS[0], ms=12)
        ax.plot([x], [trial.actual / unit], marker, color=colour, ms=8)
    for colour, marker, name in (
        (COLOURS[0], "_", "the middle of the futures"),
        (COLOURS[0], "o", "what came, inside"),
        (COLOURS[1], "X", "what came, outside"),
    ):
        ax.plot([], [], marker, color=colour, label=name)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    if isinstance(when, pd.DatetimeIndex):
        tell_dates(ax)
    return ax
