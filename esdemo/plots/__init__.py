"""History as matplotlib figures: how state evolves, one step at a time.

Colours are Okabe and Ito's, which people with any colour vision tell apart; each comes with a
marker of its own, so that no figure depends on colour.
"""

from esdemo.plots.causes import EDGES, NODES, causation, process_map
from esdemo.plots.futures import backtest, branches, fan
from esdemo.plots.states import ORANGES, heat, lag, steps
from esdemo.plots.style import AXIS, COLOURS, LABEL, LINES, MARKERS, axes

__all__ = [
    "AXIS",
    "COLOURS",
    "EDGES",
    "LABEL",
    "LINES",
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
