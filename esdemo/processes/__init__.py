"""Processes: what one decision sets off elsewhere, and carries through to its end.

A policy is a pure function from a decision to commands, with nothing to remember: `follow` runs it.
A process has something to remember, so it has a stream of its own: see `Process`.
"""

from esdemo.processes.following import Reaction, follow
from esdemo.processes.process import Ask, Instances, Process
from esdemo.processes.ticks import DayBegan, Tick, days_of, tick

__all__ = [
    "Ask",
    "DayBegan",
    "Instances",
    "Process",
    "Reaction",
    "Tick",
    "days_of",
    "follow",
    "tick",
]
