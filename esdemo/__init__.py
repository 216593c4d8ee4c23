"""esdemo: event sourcing, small enough to read and real enough to trust.

The core (events, commands, handlers, stores, checkpoints, application) needs only the standard
library and msgspec. Tables, figures and exercises are imported where they are used:
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
