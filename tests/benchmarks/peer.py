"""The bank account once more, written the way of the `eventsourcing` library.

The same facts, the same rules for deposits and withdrawals, and the library's defaults: JSON,
UUIDs, no cache, no snapshots. As its manual advises, a rule is checked in a plain method and the
state is changed in a decorated one. Its SQLite recorder sets WAL but never `synchronous`, so
`bank` sets that on the one connection of its pool.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pandas as pd
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.sqlite import SQLiteFactory


class Account(Aggregate):
    """One bank account. Money is a whole number of cents."""

    @event("AccountOpened")
    def __init__(self, owner: str, overdraft: int) -> None:
        self.owner = owner
        self.overdraft = overdraft
        self.balance = 0

    def deposit(self, amount: int, source: str = "cash") -> None:
        """ValueError unless something is deposited."""
        if amount <= 0:
            raise ValueError(f"{amount} is nothing to deposit")
        self._deposited(amount, source)

    def withdraw(self, amount: int, purpose: str = "cash") -> None:
        """ValueError for more than there is."""
        if not 0 < amount <= self.balance + self.overdraft:
            raise ValueError(f"{amount} cannot be withdrawn")
        self._withdrawn(amount, purpose)

    @event("MoneyDeposited")
    def _deposited(self, amount: int, source: str) -> None:
        self.balance += amount

    @event("MoneyWithdrawn")
    def _withdrawn(self, amount: int, purpose: str) -> None:
        self.balance -= amount


class Bank(Application[UUID]):
    """Commands in, balances out."""

    def open(self, length: int) -> UUID:
        """A new account with a history of so many events."""
        account = Account("Alice", 0)
        for number in range(1, length):
            account.deposit(3_00) if number % 2 else account.withdraw(1_00)
        self.save(account)
        return account.id

    def deposit(self, account_id: UUID, amount: int) -> None:
        """Load, decide, append."""
        account: Account = self.repository.get(account_id)
        account.deposit(amount)
        self.save(account)

    def append(self, account_id: UUID, version: int, amount: int) -> None:
        """One event into the store, without an aggregate: the least that the library can do."""
        fact = Account.MoneyDeposited(
            originator_id=account_id,
            originator_version=version,
            timestamp=Account.MoneyDeposited.create_timestamp(),
            amount=amount,
            source="cash",
        )
        self.events.put([fact])

    def balance(self, account_id: UUID, version: int | None = None) -> int:
        """The sum of its history, folded from the first event, or from the last snapshot."""
        account: Account = self.repository.get(account_id, version=version)
        return account.balance

    def balance_as_of(self, account_id: UUID, last: int, moment: datetime) -> int:
        """The same at a moment. The library knows versions only: the quickest way is to bisect."""

        def recorded_at(version: int) -> datetime:
            (fact,) = self.events.get(account_id, gt=version - 1, lte=version)
            return fact.timestamp

        return self.balance(account_id, bisect_right(range(1, last + 1), moment, key=recorded_at))

    def deposits(self, batches: Iterable[tuple[datetime, list[int]]], every: int) -> UUID:
        """A new account with these amounts at these times, and a snapshot every so many events."""
        account = Account("Alice", 0)
        for moment, amounts in batches:
            for amount in amounts:
                kind = Account.MoneyDeposited
                account.trigger_event(kind, amount=amount, source="cash", timestamp=moment)
                if account.version % every == 0:
                    self.save(account)
                    if self.snapshots is not None:
                        self.snapshots.put([Account.Snapshot.take(account)])
        self.save(account)
        return account.id

    def table(self, limit: int) -> pd.DataFrame:
        """The first events as a table, with the dtypes of `esdemo.frames.log`."""
        notifications = self.recorder.select_notifications(start=1, limit=limit)
        rows = []
        for notification in notifications:
            fact = self.mapper.to_domain_event(notification)
            payload = {
                name: value
                for name, value in fact.__dict__.items()
                if name not in ("originator_id", "originator_version", "originator_topic")
            }
            rows.append(
                {
                    "position": notification.id,
                    "stream": fact.originator_id.hex,
                    "version": fact.originator_version,
                    "event": type(fact).__name__,
                    "recorded_at": payload.pop("timestamp"),
                    **payload,
                }
            )
        dtypes = {"overdraft": "Int64", "amount": "Int64", "recorded_at": "datetime64[us, UTC]"}
        return pd.DataFrame(rows).astype(dtypes)


@contextmanager
def bank(path: Path, synchronous: str = "FULL", **settings: str) -> Iterator[Bank]:
    """A bank on an SQLite file, in WAL mode, as durable as told.

    settings: the library's own, such as AGGREGATE_CACHE_MAXSIZE="0".
    """
    home = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)}
    application = Bank(env=home | settings)
    factory = application.factory
    assert isinstance(factory, SQLiteFactory)
    with factory.datastore.get_connection(commit=True) as connection:
        connection.cursor().execute(f"PRAGMA synchronous = {synchronous}")
    try:
        yield application
        assert factory.datastore.pool.num_in_pool == 1, "a connection with other settings was used"
    finally:
        application.close()
