"""The read model of balances once more, the way of the `eventsourcing` library.

A view class on its SQLite tracking recorder, which keeps row and position in one transaction, and a
`Projection` that calls it. Its `ProjectionRunner` does not run here: it needs a subscription, which
the SQLite recorder of 9.5.6 refuses ("does not support subscriptions"). So `project` does the same
steps in one thread: the recorder's pages of 500, its mapper, `process_event` for each event.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.persistence import Tracking
from eventsourcing.projection import Projection
from eventsourcing.sqlite import SQLiteDatastore, SQLiteTrackingRecorder
from peer import Account, Bank

PAGE: Final = 500  # as in the library's own subscription


class Balances(SQLiteTrackingRecorder):
    """A table of balances, and the position that it stands for."""

    def construct_create_table_statements(self) -> list[str]:
        return [
            *super().construct_create_table_statements(),
            "CREATE TABLE IF NOT EXISTS balances "
            "(account TEXT PRIMARY KEY, balance INTEGER, entries INTEGER) WITHOUT ROWID",
        ]

    def add(self, account: str, change: int, tracking: Tracking) -> None:
        """One event: its row and the position, in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(
                "INSERT INTO balances VALUES (?, ?, 1) ON CONFLICT (account) "
                "DO UPDATE SET balance = balance + excluded.balance, entries = entries + 1",
                (account, change),
            )


class Balancing(Projection[Balances]):
    """What each event changes."""

    name = "balances"

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Nothing, for an event that is not known."""
        self.view.insert_tracking(tracking)

    @process_event.register
    def _(self, event: Account.AccountOpened, tracking: Tracking) -> None:
        self.view.add(event.originator_id.hex, 0, tracking)

    @process_event.register
    def _(self, event: Account.MoneyDeposited, tracking: Tracking) -> None:
        self.view.add(event.originator_id.hex, event.amount, tracking)

    @process_event.register
    def _(self, event: Account.MoneyWithdrawn, tracking: Tracking) -> None:
        self.view.add(event.originator_id.hex, -event.amount, tracking)


def project(bank: Bank, path: Path) -> dict[str, tuple[int, int]]:
    """All events of a bank into a new file, as durable as ours; its rows."""
    with closing(SQLiteDatastore(str(path), single_row_tracking=True)) as datastore:
        with datastore.get_connection(commit=True) as connection:
            connection.cursor().execute("PRAGMA synchronous = NORMAL")
        view = Balances(datastore)
        view.create_table()
        balancing, reached = Balancing(view), 0
        while page := bank.recorder.select_notifications(start=reached + 1, limit=PAGE):
            for notification in page:
                event = bank.mapper.to_domain_event(notification)
                balancing.process_event(event, Tracking(bank.name, notification.id))
            reached = page[-1].id
    with closing(sqlite3.connect(path)) as db:
        return {account: tuple(row) for account, *row in db.execute("SELECT * FROM balances")}
