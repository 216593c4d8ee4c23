"""History as matplotlib figures: what happened (`history`), and what did not (`futures`).

Colours are Okabe and Ito's, which people with any colour vision tell apart; each comes with a
marker or a dash of its own, so that no figure depends on colour. Lines are named where they end.
"""

from esdemo.plots.futures import backtest, branches, fan
from esdemo.plots.history import (
    COLOURS,
    EDGES,
    MARKERS,
    NODES,
    ORANGES,
    axes,
    causation,
    heat,
    lag,
    process_map,
    steps,
)

__all__ = [
    "COLOURS",
    "EDGES",
    "MARKERS",
    "NODES",
    "ORANGES",
    "axes",
    "backtest",
    "branches",
    "causation",
    "fan",
    "heat",
    "lag",
    "process_map",
    "steps",
]
