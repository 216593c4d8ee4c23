"""Rows in a PostgreSQL database."""

from collections.abc import Callable, Sequence
from typing import Any

import psycopg

from esdemo import errors
from esdemo.stores.home import T
from esdemo.stores.postgres import queries
from esdemo.stores.postgres.connection import Connection
from esdemo.stores.postgres.schema import faults
from esdemo.stores.rows import DecisionRow, End, EventRow, Head, Tip
from esdemo.stores.store import PAGE

NOT_NEXT = {"ES001", "23505"}  # our triggers, and a unique index: somebody was faster


class PostgresHome:
    """What a store asks of a PostgreSQL database."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def transaction(self, work: Callable[[], T]) -> T:
        return self.connection.transaction(work)

    def insert(self, events: Sequence[EventRow], decision: DecisionRow | None) -> bool:
        statements: list[tuple[str, Any]] = [(queries.INSERT_EVENT, row) for row in events]
        if decision:
            statements.append((queries.INSERT_DECISION, decision))
        try:
            self.connection.insert(statements)
        except psycopg.Error as error:
            if error.sqlstate in NOT_NEXT:
                return False
            raise self.connection.unanswered(error) from error
        return True

    def seen(self) -> object:
        return object()  # asking would be a journey to the server

    def head(self, stream: str) -> Head:
        ((version, tip, position, number, decided, recorded_at),) = self._rows(
            queries.HEAD, (stream,)
        )
        end = End(position or 0, number or 0, decided or End().hash, recorded_at or "")
        return Head(Tip(version, tip) if version else Tip(), end)

    def end(self) -> tuple[int, int]:
        ((position, number),) = self._rows(queries.END)
        return position, number

    def payloads(self, stream: str, after: int, until: int) -> list[tuple[int, str | None]]:
        return self._rows(queries.DATA, (stream, after, until, PAGE))

    def events(self, stream: str | None, after: int, until: int) -> list[EventRow]:
        if stream is None:
            return list(map(EventRow._make, self._rows(queries.LOG, (after, until, PAGE))))
        return list(map(EventRow._make, self._rows(queries.ROWS, (stream, after, until, PAGE))))

    def columns(self, names: Sequence[str], after: int, until: int) -> list[tuple[Any, ...]]:
        query = f"SELECT {', '.join(names)} FROM events WHERE position > %s AND position <= %s"
        return self._rows(f"{query} ORDER BY position", (after, until))

    def decisions(self, stream: str | None, after: int, until: int) -> list[DecisionRow]:
        if stream is None:
            found = self._rows(queries.DECISIONS, (after, until, PAGE))
        else:
            found = self._rows(queries.DECISIONS_ABOUT, (after, until, stream, PAGE))
        return list(map(DecisionRow._make, found))

    def decision(self, command_id: str) -> DecisionRow | None:
        found = self._rows(queries.DECISION, (command_id,))
        return DecisionRow._make(found[0]) if found else None

    def reached(self, stream: str | None, limit: str | int, last: int) -> int:
        if not last:
            return 0
        column = "position" if isinstance(limit, int) else "recorded_at"
        place = queries.AT_POSITION if stream is None else queries.AT_VERSION
        query = queries.BISECT.format(place=place, column=column)
        found = self._rows(query, {"stream": stream, "last": last, "limit": limit})
        if not found:
            raise errors.Damaged(f"{self.connection.name}: an event is missing: restore a backup")
        return int(found[0][0])

    def streams(self) -> list[str]:
        return [stream for (stream,) in self._rows(queries.STREAMS)]

    def counts(self) -> tuple[int, int]:
        ((events, decisions),) = self._rows(queries.COUNTS)
        return events, decisions

    def faults(self) -> list[str]:
        return faults(self.connection)

    def backup(self, path: str) -> None:
        raise errors.StoreError(
            f"{self.connection.name}: a server is copied with pg_dump, and a history with "
            "interchange.export_history"
        )

    def close(self) -> None:
        self.connection.close()

    def _rows(self, query: str, values: Any = ()) -> list[Any]:
        return self.connection.rows(query, values)
