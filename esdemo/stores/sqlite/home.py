"""Rows in an SQLite file."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from esdemo import errors
from esdemo.stores.home import T
from esdemo.stores.rows import DecisionRow, End, EventRow, Head, Tip
from esdemo.stores.sqlite import queries
from esdemo.stores.sqlite.file import SQLiteFile
from esdemo.stores.sqlite.troubles import explained
from esdemo.stores.store import PAGE


class SQLiteHome:
    """What a store asks of an SQLite file."""

    def __init__(self, file: SQLiteFile) -> None:
        self.file = file

    def transaction(self, work: Callable[[], T]) -> T:
        return self.file.transaction(work)

    def insert(self, events: Sequence[EventRow], decision: DecisionRow | None) -> bool:
        try:
            if decision or len(events) > 1 or self.file.in_transaction():
                self.file.transaction(lambda: self._insert(events, decision))
            else:
                self._insert(events, decision)  # one statement is a transaction of its own
                self.file.check()
        except sqlite3.IntegrityError:  # the triggers: these are not the next
            return False
        except sqlite3.Error as error:
            raise explained(self.file.path, error) from error
        return True

    def _insert(self, events: Sequence[EventRow], decision: DecisionRow | None) -> None:
        for row in events:
            self.file.db.execute(queries.INSERT_EVENT, row)
        if decision:
            self.file.db.execute(queries.INSERT_DECISION, decision)

    # Reading. An index entry is believed only when the row that it points to says the same, and
    # so do its neighbours: damage in the index would hide an event, and nobody would be told.

    def seen(self) -> object:
        return self.file.rows("PRAGMA data_version")  # of all connections but this one

    def head(self, stream: str) -> Head:
        position, number, decided, *times = self.file.rows(queries.END)[0]
        now = max(filter(None, times), default="")
        end = End(position or 0, number or 0, decided or End().hash, now)
        return Head(self._last(stream), end)

    def end(self) -> tuple[int, int]:
        position, number, *_ = self.file.rows(queries.END)[0]
        return position or 0, number or 0

    def payloads(self, stream: str, after: int, until: int) -> list[tuple[int, str | None]]:
        return self._after(queries.DATA, stream, after, until)

    def events(self, stream: str | None, after: int, until: int) -> list[EventRow]:
        if stream is None:
            return list(map(EventRow._make, self.file.rows(queries.LOG, (after, until))))
        return list(map(EventRow._make, self._after(queries.ROWS, stream, after, until)))

    def columns(self, names: Sequence[str], after: int, until: int) -> list[tuple[Any, ...]]:
        sql = f"SELECT {', '.join(names)} FROM events WHERE position > ? AND position <= ?"
        return self.file.rows(f"{sql} ORDER BY position", (after, until))

    def decisions(self, stream: str | None, after: int, until: int) -> list[DecisionRow]:
        rows = self.file.rows(queries.DECISIONS, (after, until, stream, PAGE))
        for row in (found := list(map(DecisionRow._make, rows))):
            if {type(row.version), type(row.position), type(row.events)} != {int}:
                raise errors.Damaged(
                    f"{self.file.path}: decision {row.number} ({row.stream!r}) has no number for "
                    "its place: restore a backup"
                )
        return found

    def decision(self, command_id: str) -> DecisionRow | None:
        for number, *columns in self.file.rows(queries.DECISION, (command_id,)):
            row = DecisionRow._make(columns)
            if row.number is None:
                raise self._damaged(f"decision {number}")
            if row.command_id == command_id:
                return row
        return None

    def reached(self, stream: str | None, limit: str | int, last: int) -> int:
        column = "position" if isinstance(limit, int) else "recorded_at"
        place = queries.AT_POSITION if stream is None else queries.AT_VERSION
        sql = queries.BISECT.format(place=place, column=column)
        found = self.file.rows(sql, {"stream": stream, "last": last, "limit": limit})
        if not found:
            raise self._damaged(f"an event of {stream!r}" if stream else "the log")
        return int(found[0][0])

    def streams(self) -> list[str]:
        rows = self.file.rows("SELECT stream FROM events WHERE version = 1 ORDER BY position")
        return [stream for (stream,) in rows]

    def counts(self) -> tuple[int, int]:
        counted = "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM decisions)"
        events, decisions = self.file.rows(counted)[0]
        return events, decisions

    def _after(self, sql: str, stream: str, after: int, until: int) -> list[Any]:
        """What is asked of a stream's versions after+1 to `until`: all that there are.

        When fewer come than were asked for, the end of the stream is asked before they are read
        again. History only grows, so what is missing then is hidden, and not just new.
        """
        asked = (stream, after, min(until, after + PAGE))
        if until - after < PAGE:  # a part of the past, most likely: then its end is of no interest
            found = self.file.rows(sql, asked)
            if len(found) == until - after:
                return found
        last = self._last(stream).version
        if min(last, until) <= after:
            return []
        found = self.file.rows(sql, asked)
        if len(found) < min(last, until, after + PAGE) - after:
            raise self._damaged(f"a version of {stream!r} after {after}")
        return found

    def _last(self, stream: str) -> Tip:
        """Where a stream ends; nothing of it is hidden behind, nor before when it has no end."""
        for name, version, digest in self._entries(queries.LAST, stream):
            if name == stream:
                return Tip(version, digest)
        self._entries(queries.BEFORE, stream)
        return Tip()

    def _entries(self, sql: str, stream: str) -> list[Any]:
        """Entries of the index, or Damaged for one that its row does not confirm."""
        found = self.file.rows(sql, (stream,))
        for name, version, digest in found:
            if digest is None:
                raise self._damaged(f"version {version} of {name!r}")
        return found

    def _damaged(self, what: str) -> errors.Damaged:
        return errors.Damaged(
            f"{self.file.path}: {what} is not where the index says: restore a backup; nothing "
            "was written"
        )

    def faults(self) -> list[str]:
        return self.file.faults()

    def backup(self, path: str) -> None:
        self.file.backup(path)

    def close(self) -> None:
        self.file.close()
