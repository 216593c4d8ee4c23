"""One function that opens a store wherever it lives: what follows is the same for all."""

import os
from typing import Any

from esdemo.clocks import Clock, utc_now
from esdemo.errors import NotAStore
from esdemo.stores.memory import MemoryStore
from esdemo.stores.sqlite import SQLiteStore
from esdemo.stores.store import EventStore


def open_store(
    address: str | os.PathLike[str], vocabulary: Any, clock: Clock = utc_now, **options: Any
) -> EventStore:
    """A store at this address: "bank.db" or any path for SQLite, ":memory:" for a while,
    "postgresql://user@host/database" or "nats://host,nats://other" for servers.

    options: those of the store that the address means. Raises NotAStore for a kind of address
    that is not known, and a sentence that says what to install when a package is missing.
    """
    where = os.fspath(address)
    kind, found, _ = where.partition("://")
    if not found:
        if where == ":memory:":
            return MemoryStore(vocabulary, clock, **options)
        return SQLiteStore(where, vocabulary, clock, **options)
    if kind in ("postgresql", "postgres"):
        try:
            from esdemo.stores.postgres import PostgresStore
        except ImportError as error:
            raise NotAStore(f"{error}: PostgreSQL needs  pip install 'esdemo[postgres]'") from error
        return PostgresStore(where, vocabulary, clock, **options)
    if kind in ("nats", "tls"):
        try:
            from esdemo.stores.jetstream import JetStreamStore
        except ImportError as error:
            raise NotAStore(f"{error}: JetStream needs  pip install 'esdemo[jetstream]'") from error
        return JetStreamStore(where, vocabulary, clock, **options)
    raise NotAStore(
        f"nobody keeps events at {kind}://: give a path, or a postgresql:// or nats:// address"
    )
