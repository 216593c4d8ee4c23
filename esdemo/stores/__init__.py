"""Where history is kept: one contract, many homes."""

from esdemo.stores.contract import EventStore
from esdemo.stores.memory import MemoryStore
from esdemo.stores.sqlite import SQLiteStore

__all__ = ["EventStore", "MemoryStore", "SQLiteStore"]
