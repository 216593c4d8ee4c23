"""Projections: read models that follow the log, and can always be made anew from it.

A state answers what the rules need to know about one stream. A read model answers what somebody
wants to see of all of them: another `evolve` over the same log, into the rows of a table. It is
never the truth, so it may be late, deleted, or replaced by one that answers better.
"""

from esdemo.projections.batches import Poison, Repair
from esdemo.projections.projection import Projection, by_stream
from esdemo.projections.rebuilding import Beside
from esdemo.projections.tables import Generation, Message, SetAside
from esdemo.projections.troubles import NotThisLog, Outdated, Poisoned, TooLate
from esdemo.projections.views import Lag, View

__all__ = [
    "Beside",
    "Generation",
    "Lag",
    "Message",
    "NotThisLog",
    "Outdated",
    "Poison",
    "Poisoned",
    "Projection",
    "Repair",
    "SetAside",
    "TooLate",
    "View",
    "by_stream",
]
