"""Where history is kept: one store that makes the promises, many homes that keep the rows."""

from esdemo.stores.conditions import Unless
from esdemo.stores.home import Home
from esdemo.stores.memory import MemoryStore
from esdemo.stores.opening import open_store
from esdemo.stores.sqlite import SQLiteStore
from esdemo.stores.store import EventStore

__all__ = ["EventStore", "Home", "MemoryStore", "SQLiteStore", "Unless", "open_store"]
