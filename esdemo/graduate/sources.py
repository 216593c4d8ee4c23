"""Their log as a source to follow: what may be read of it without missing an event.

In memory and in SQLite an event's place in the log is given when it is committed, one writer after
the other. A PostgreSQL sequence gives it when the row is *inserted*. So a place that is empty when
we look may be a transaction that was rolled back, and stays empty for ever; or one that is still
open, and then its event comes later, behind a reader who has gone on. The library locks the table
before it inserts, so its own writers commit in order; but its database functions
(POSTGRES_ENABLE_DB_FUNCTIONS) do not, and neither does anybody's plain INSERT.
"""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from esdemo.graduate.reading import LogRow
from esdemo.graduate.troubles import (
    NotFollowed,
    OtherDatabase,
    SourceRewritten,
    UnknownTopic,
    UnreadableState,
)

if TYPE_CHECKING:
    from eventsourcing.application import Application

PAGE: Final = 1_000  # events read at once
NAP: Final = 0.01  # seconds between two looks at who still writes

WRITERS: Final = """
SELECT virtualtransaction FROM pg_locks
WHERE relation = to_regclass(%s) AND granted AND pid IS DISTINCT FROM pg_backend_pid()
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""
"""Whoever inserts holds such a lock from before a place is given to the end of the transaction."""

CACHE: Final = """
SELECT seqcache FROM pg_sequence
WHERE seqrelid = to_regclass(pg_get_serial_sequence(%s, 'notification_id'))
"""


class Source:
    """The notification log of an application, and the application's own reading of it."""

    def __init__(self, application: "Application[Any]") -> None:
        self._as_stored = _stored_event()
        try:
            self._select = application.recorder.select_notifications
            self._mapper = application.mapper
        except AttributeError as error:
            raise OtherDatabase(
                type(application).__name__,
                f"it has no notification log to follow ({error}): give an Application of the "
                "`eventsourcing` library",
            ) from error
        recorder: Any = application.recorder
        self._datastore: Any = getattr(recorder, "datastore", None)
        schema = getattr(self._datastore, "schema", None)  # only PostgreSQL's has one
        self._gapless = schema is None
        if not self._gapless:
            self._table = f"{schema}.{recorder.events_table_name}"
            self._check_sequence()

    def rows(self, after: int, until: int | None = None, limit: int = PAGE) -> list[LogRow]:
        """The next rows behind a place, as they stand there at this moment."""
        try:
            found = self._select(after, limit, until, inclusive_of_start=False)
            return [
                LogRow(
                    each.id,
                    str(each.originator_id),
                    each.originator_version,
                    each.topic,
                    bytes(each.state),
                )
                for each in found
            ]
        except Exception as error:  # of a driver of theirs, wrapped or not
            raise _cannot_read(f"notifications behind {after}", error) from error

    def settled(self, after: int, size: int, patience: float) -> tuple[list[LogRow], bool]:
        """The next rows of which none can still be preceded by one that is not there yet.

        The second value says whether more stand there, behind an empty place whose writer is
        still at work after `patience` seconds.
        """
        found = self.rows(after, limit=size)
        sure = found if self._gapless else list(_until_gap(found, after))
        if len(sure) == len(found):
            return found, False
        if sure:
            return sure, True
        writers, give_up = self._writers(), time.monotonic() + patience
        while writers and time.monotonic() < give_up:
            time.sleep(NAP)
            writers &= self._writers()
        if writers:
            return [], True
        # Whoever had a place in front of the last of these has committed by now, or never will.
        return self.rows(after, until=found[-1].notification_id, limit=2 * size), False

    def event(self, row: LogRow) -> Any:
        """The event as the application itself reads it. UnknownTopic, UnreadableState."""
        try:
            return self._mapper.to_domain_event(self._as_stored(*row[1:]))
        except Exception as error:
            raise self._unread(row, error) from error

    def _unread(self, row: LogRow, error: Exception) -> NotFollowed:
        from eventsourcing.persistence import MapperDeserialisationError
        from eventsourcing.utils import TopicError

        if isinstance(error, TopicError):
            return UnknownTopic(
                place(row),
                f"{error}: install or import that module, or register the old name with "
                "eventsourcing.utils.register_topic",
            )
        if isinstance(error, MapperDeserialisationError):
            return UnreadableState(
                place(row),
                f"{error}: has the application the key, the compressor and the transcodings that "
                "this was written with?",
            )
        return UnreadableState(place(row), f"their code gave {error!r:.200}")  # an upcast

    def check(self, last: LogRow) -> None:
        """SourceRewritten unless their log still has what was followed last, as it was then."""
        found = next(iter(self.rows(last.notification_id - 1, last.notification_id, 1)), None)
        if found != last:
            what = "is not there any more" if found is None else f"is now {found!r:.200}"
            raise SourceRewritten(
                place(last),
                f"this event, the last one that was followed, {what}; the mirror holds what was "
                "there before: compare it with a backup of their log, or follow into a new store",
            )

    def _check_sequence(self) -> None:
        """OtherDatabase where sessions set places aside for later: then no order can be trusted."""
        for (kept,) in self._ask(CACHE, self._table):
            if kept != 1:
                raise OtherDatabase(
                    self._table,
                    f"its sequence hands {kept} places at once to each session, which may use them "
                    "days later: ALTER SEQUENCE ... CACHE 1",
                )

    def _ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            with self._datastore.get_connection() as connection:
                return [tuple(row.values()) for row in connection.execute(sql, values)]
        except Exception as error:
            raise _cannot_read(self._table, error) from error

    def _writers(self) -> set[str]:
        """The transactions that hold a place in the log, or may take one."""
        return {who for (who,) in self._ask(WRITERS, self._table)}


def _cannot_read(place: str, error: Exception) -> OtherDatabase:
    return OtherDatabase(
        place, f"the log cannot be read ({error!r:.200}): which release made its tables?"
    )


def place(row: LogRow) -> str:
    """Where a row stands, in words."""
    about = f"{row.topic} of {row.originator_id}, version {row.originator_version}"
    return f"notification {row.notification_id} ({about})"


def _stored_event() -> Any:
    """The library's class of a row, imported once it is needed and not for each row."""
    from eventsourcing.persistence import StoredEvent

    return StoredEvent


def _until_gap(rows: Sequence[LogRow], after: int) -> Iterator[LogRow]:
    for row in rows:
        after += 1
        if row.notification_id != after:
            return
        yield row
