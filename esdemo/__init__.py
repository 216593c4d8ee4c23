"""esdemo: event sourcing, small enough to read and real enough to trust.

To read it, take the rooms in this order; it is an hour.

    events       10 minutes  what a fact is, and how it becomes bytes for ever
    commands      2          what somebody asks for, and what became of it
    handlers      5          decide and evolve: two pure functions, and the fold
    stores/rows   8          what is kept of both, and how the hashes hold it together
    stores/store 20          every promise that a store makes; stores/home is what it asks of a disk
    application  10          load, decide, append; and decide again when somebody was faster
    stores/sqlite/ 15        one such home, and all that a real disk makes necessary

clocks and errors explain themselves where they are used. None of this needs more than the standard
library and msgspec. Everything else stands on top and is imported where it is used:
`from esdemo import frames, plots`.
"""

from esdemo.application import Application
from esdemo.checkpoints import Checkpoints
from esdemo.commands import Command, Decision, Rejected
from esdemo.errors import Conflict, EsdemoError
from esdemo.events import Event, RecordedEvent, Vocabulary
from esdemo.handlers import Decider
from esdemo.stores import EventStore, MemoryStore, SQLiteStore

__version__ = "0.1.0"
__all__ = [
    "Application",
    "Checkpoints",
    "Command",
    "Conflict",
    "Decider",
    "Decision",
    "EsdemoError",
    "Event",
    "EventStore",
    "MemoryStore",
    "RecordedEvent",
    "Rejected",
    "SQLiteStore",
    "Vocabulary",
]
