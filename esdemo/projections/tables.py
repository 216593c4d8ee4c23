"""Tables of rows in an SQLite file of their own, each with the position that it has reached.

Apart from the log, so that it may be deleted. A view called `balances` is an SQL view of that name
on the table that is live, `balances__1`; one that is built beside it is `balances__2`.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from esdemo import errors
from esdemo.projections.projection import KEY, Projection, R
from esdemo.stores.owner import Owner
from esdemo.stores.sqlite import file as log
from esdemo.stores.sqlite.troubles import explained

APPLICATION_ID: Final = 0x65736476  # "esdv": a file of views, and of nothing else
PATIENCE: Final = 10.0  # seconds to wait for another process
SCHEMA: Final = f"""BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS generations (
    name TEXT, generation INTEGER, tag TEXT NOT NULL, position INTEGER NOT NULL,
    hash TEXT NOT NULL, live INTEGER NOT NULL, PRIMARY KEY (name, generation)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS set_aside (
    name TEXT, generation INTEGER, position INTEGER, key TEXT NOT NULL, why TEXT NOT NULL,
    repaired INTEGER NOT NULL, PRIMARY KEY (name, generation, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
    name TEXT, position INTEGER, nth INTEGER, message TEXT NOT NULL,
    PRIMARY KEY (name, position, nth)
) STRICT, WITHOUT ROWID;
PRAGMA application_id = {APPLICATION_ID}; COMMIT"""
T = TypeVar("T")


class Generation(NamedTuple):
    """One table of a view: the code that made it, and how far it has come."""

    number: int
    tag: str
    position: int
    hash: str  # of the event at that position


class SetAside(NamedTuple):
    """An event that a projection could not take as it is, and what became of it."""

    position: int
    key: str
    why: str
    repaired: bool  # False: parked, its row stays as it was before this event


class Message(NamedTuple):
    """Something to tell the world. Its id is the same however often it is sent."""

    id: str
    text: str


class File:
    """One connection to a file of views, for the thread and process that made it."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.path.expanduser(os.fspath(path))
        self._owner = Owner()
        try:
            self._db = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
        except sqlite3.Error as error:
            raise explained(self.path, error) from error
        try:
            self._identify()
        except BaseException:
            self._db.close()
            raise

    def _identify(self) -> None:
        made_by, tables = self.rows(
            "SELECT application_id, (SELECT count(*) FROM sqlite_master) FROM pragma_application_id"
        )[0]
        if made_by == log.APPLICATION_ID:
            raise errors.NotAStore(
                f"{self.path} is a log, and views live in a file of their own, so that they can be "
                "deleted and made anew: name another file"
            )
        if made_by != APPLICATION_ID and (made_by or tables):
            raise errors.NotAStore(f"{self.path} was made by another program: name another file")
        self._patiently("PRAGMA journal_mode = WAL")
        # A power cut takes the last transactions whole, rows and position together: no harm done.
        self.rows("PRAGMA synchronous = NORMAL")
        if made_by != APPLICATION_ID:
            try:
                self._db.executescript(SCHEMA)
            except sqlite3.Error as error:
                raise explained(self.path, error) from error

    def _patiently(self, sql: str) -> None:
        """SQLite does not wait by itself when two processes ask for WAL at once."""
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                self.rows(sql)
                return
            except errors.Busy:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.01)

    def transaction(self, work: Callable[[], T]) -> T:
        """All that the work writes, or nothing; no other process projects meanwhile."""
        self._owner.check(self.path, "View")
        try:
            if self._db.in_transaction:
                self.rows("ROLLBACK")  # an interrupt came twice
            self.rows("BEGIN IMMEDIATE")
            done = work()
            self.rows("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        return done

    def rows(self, sql: str, values: Any = ()) -> list[Any]:
        """What a statement gives. Trouble comes by esdemo's names."""
        self._owner.check(self.path, "View")
        try:
            return self._db.execute(sql, values).fetchall()
        except (sqlite3.Error, UnicodeError, OverflowError) as error:
            raise explained(self.path, error) from error

    def many(self, sql: str, values: Iterable[Any]) -> None:
        """The same statement for many rows."""
        try:
            self._db.executemany(sql, values)
        except (sqlite3.Error, UnicodeError, OverflowError) as error:
            raise explained(self.path, error) from error

    def close(self) -> None:
        """Let go of the file."""
        self._owner.check(self.path, "View")
        self._db.close()


class Table(Generic[R]):
    """The rows of one generation of a projection."""

    def __init__(self, file: File, projection: Projection[R], number: int) -> None:
        self.file, self.number = file, number
        self.name, self._row = projection.name, projection.row
        self.table = f'"{projection.name}__{number}"'
        self._fields = projection.row.__struct_fields__
        places = ", ".join("?" * (1 + len(self._fields)))
        self._insert = f"INSERT OR REPLACE INTO {self.table} VALUES ({places})"

    @staticmethod
    def create(file: File, projection: Projection[R], number: int, tag: str, live: bool) -> None:
        """A new, empty table that has seen nothing yet."""
        columns = "".join(f', "{name}" {kind}' for name, kind in projection.columns.items())
        table = f'"{projection.name}__{number}"'
        file.rows(f'CREATE TABLE {table} ("{KEY}" TEXT PRIMARY KEY{columns}) STRICT, WITHOUT ROWID')
        made = (projection.name, number, tag, 0, "", live)
        file.rows("INSERT INTO generations VALUES (?, ?, ?, ?, ?, ?)", made)

    def load(self, key: str) -> R | None:
        """The row of a key; None when there is none."""
        found = self.file.rows(f'SELECT * FROM {self.table} WHERE "{KEY}" = ?', (key,))
        return self._read(found[0]) if found else None

    def all(self) -> dict[str, R]:
        """Every row by its key."""
        found = self.file.rows(f'SELECT * FROM {self.table} ORDER BY "{KEY}"')
        return {row[0]: self._read(row) for row in found}

    def save(self, rows: dict[str, R | None]) -> None:
        """Put these rows in place of what their keys had."""
        gone = [(key,) for key, row in rows.items() if row is None]
        if gone:
            self.file.many(f'DELETE FROM {self.table} WHERE "{KEY}" = ?', gone)
        kept = ((key, *_written(row)) for key, row in rows.items() if row is not None)
        self.file.many(self._insert, kept)

    def reach(self, position: int, digest: str) -> None:
        """Remember how far the table has come."""
        self.file.rows(
            "UPDATE generations SET position = ?, hash = ? WHERE name = ? AND generation = ?",
            (position, digest, self.name, self.number),
        )

    def forget(self, key: str) -> None:
        """Take a row away, and what was set aside for it."""
        self.save({key: None})
        self.file.rows(
            "DELETE FROM set_aside WHERE name = ? AND generation = ? AND key = ?",
            (self.name, self.number, key),
        )

    def drop(self) -> None:
        """Take the table away, and all that belongs to it."""
        self.file.rows(f"DROP TABLE {self.table}")
        for table in ("generations", "set_aside"):
            self.file.rows(
                f"DELETE FROM {table} WHERE name = ? AND generation = ?", (self.name, self.number)
            )

    def set_aside(self) -> list[SetAside]:
        """What could not be taken as it is, in order."""
        found = self.file.rows(
            "SELECT position, key, why, repaired FROM set_aside "
            "WHERE name = ? AND generation = ? ORDER BY position",
            (self.name, self.number),
        )
        return [SetAside(position, key, why, bool(done)) for position, key, why, done in found]

    def note(self, aside: Iterable[SetAside]) -> None:
        """Keep what could not be taken as it is."""
        self.file.many(
            "INSERT OR REPLACE INTO set_aside VALUES (?, ?, ?, ?, ?, ?)",
            ((self.name, self.number, *each) for each in aside),
        )

    def _read(self, columns: Any) -> R:
        values = dict(zip(self._fields, columns[1:], strict=True))
        return msgspec.convert(values, self._row, strict=False)


def _written(row: msgspec.Struct) -> list[Any]:
    values = msgspec.structs.astuple(row)
    return [
        value if type(value) in _AS_THEY_ARE else msgspec.to_builtins(value) for value in values
    ]


_AS_THEY_ARE: Final = {int, str, float, bool, type(None)}


def generations(file: File, name: str) -> tuple[Generation | None, Generation | None]:
    """The generation of a view that is live, and the one that is built beside it."""
    live = beside = None
    for number, tag, position, digest, is_live in file.rows(
        "SELECT generation, tag, position, hash, live FROM generations WHERE name = ?", (name,)
    ):
        found = Generation(number, tag, position, digest)
        live, beside = (found, beside) if is_live else (live, found)
    return live, beside
