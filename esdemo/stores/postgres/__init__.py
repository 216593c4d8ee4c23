"""History in a PostgreSQL database, which itself refuses to let it be changed."""

from typing import Any

from esdemo import errors
from esdemo.clocks import Clock, utc_now
from esdemo.stores.postgres.connection import Connection
from esdemo.stores.postgres.home import PostgresHome
from esdemo.stores.store import EventStore

__all__ = ["PostgresHome", "PostgresStore"]


class PostgresStore(EventStore):
    """Events and decisions in a schema of a PostgreSQL database (13 or newer).

    address: "postgresql://user@host:5432/database", or any other connection string of libpq.
    schema: where the tables are, made when it is not there. busy_timeout: seconds to wait for
    another writer. statement_timeout: seconds for one question; 0 for ever. read_only: never
    write, nor create; the only way to open a replica, which may be behind.

    Acknowledged is on the server's disk as long as its `synchronous_commit` and `fsync` are on,
    which they are unless somebody switched them off. A connection that is lost is opened again;
    when it is lost before the answer to a write came, the write raises Unanswered, and the same
    command under the same id says what became of it.

    Whoever only appends needs no more than USAGE on the schema, and SELECT and INSERT on its
    tables. A superuser can switch the triggers off: keep a seal elsewhere (`esdemo.audit`).
    """

    def __init__(
        self,
        address: str,
        vocabulary: Any,
        clock: Clock = utc_now,
        *,
        schema: str = "esdemo",
        busy_timeout: float = 10.0,
        statement_timeout: float = 0.0,
        read_only: bool = False,
    ) -> None:
        self.connection = Connection(address, schema, busy_timeout, statement_timeout, read_only)
        super().__init__(PostgresHome(self.connection), vocabulary, clock)

    def wait(self, seconds: float) -> None:
        """Sleep until somebody has written, at most so long: `view.follow(sleep=store.wait)`."""
        self.connection.wait(seconds)

    def __repr__(self) -> str:
        try:
            return super().__repr__()
        except errors.StoreError:
            return f"PostgresStore({self.connection.name}, closed or unreadable)"
