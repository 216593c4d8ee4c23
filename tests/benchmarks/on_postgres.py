"""The same contest on a PostgreSQL server, from a wheel, started for it.

Both sides commit as durably as the server does by default (synchronous_commit and fsync on), on
one connection each, in the same database. The library brings its own recorder for PostgreSQL. It
locks its table too, so that nobody who follows can miss an event.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from uuid import UUID

import peer
from rows import Row
from sides import in_turn

from esdemo import Application
from esdemo.domains.bank import AccountOpened, BankMessage, Deposit, MoneyDeposited, rules
from esdemo.stores.postgres import PostgresStore

sys.path.append(str(Path(__file__).resolve().parents[1]))
from servers import Postgres, environment

PEER = "eventsourcing[postgres]"


def contest(
    folder: Path, rounds: int, number: int, long: int, *, append: float, load: float
) -> Iterator[Row]:
    """Append, handle and load, against the library on the same server."""
    with Postgres(folder / "server") as server, rivals(server) as (store, theirs):
        yield from _writing(store, theirs, rounds, number, append)
        yield _loading(store, theirs, rounds, long, load)


@contextmanager
def rivals(server: Postgres) -> Iterator[tuple[PostgresStore, peer.Bank]]:
    """The two on one server."""
    with PostgresStore(server.address, BankMessage) as store:
        theirs = peer.Bank(env=environment(server.address))
        try:
            yield store, theirs
        finally:
            theirs.close()


def _writing(
    store: PostgresStore, theirs: peer.Bank, rounds: int, number: int, faster: float
) -> Iterator[Row]:
    streams = [theirs.open(1) for _ in range(number)]
    for stream in streams:
        store.append(stream.hex, [AccountOpened("Alice", 0)], expected_version=0)
    versions, their_versions = count(1), count(1)

    def ours() -> None:
        version = next(versions)
        for stream in streams:
            fact = MoneyDeposited(1_00, "cash")
            store.append(stream.hex, [fact], expected_version=version)

    def other() -> None:
        version = next(their_versions)
        for stream in streams:
            theirs.append(stream, version + 1, 1_00)

    times = in_turn(rounds, ours, other, each=number)
    yield Row("append 1 event, PostgreSQL", times[0], f"{PEER}, events.put", times[1], faster)
    application = Application(rules, store)

    def handle() -> None:
        for stream in streams:
            application.handle(stream.hex, Deposit(1_00))

    def deposit() -> None:
        for stream in streams:
            theirs.deposit(stream, 1_00)

    times = in_turn(rounds, handle, deposit, each=number)
    for stream in streams:
        assert application.replay(stream.hex).balance == theirs.balance(stream)
    yield Row("load, decide, append, PostgreSQL", times[0], PEER, times[1])


def _loading(store: PostgresStore, theirs: peer.Bank, rounds: int, long: int, faster: float) -> Row:
    stream: UUID = theirs.open(1)
    for first in range(2, long + 1, 100):  # thousands at once never end there
        theirs.events.put(
            [_deposited(stream, each) for each in range(first, min(first + 100, long + 1))]
        )
    store.append(stream.hex, [AccountOpened("Alice", 0)], expected_version=0)
    facts = [MoneyDeposited(1_00, "cash")] * (long - 1)
    store.append(stream.hex, facts, expected_version=1)
    application = Application(rules, store)
    times = in_turn(
        max(2, rounds // 3),
        lambda: application.replay(stream.hex),
        lambda: theirs.balance(stream),
    )
    assert application.replay(stream.hex).balance == theirs.balance(stream)
    return Row(f"load one stream of {long:,}, PostgreSQL", times[0], PEER, times[1], faster)


def _deposited(stream: UUID, version: int) -> peer.Account.MoneyDeposited:
    """One of their events."""
    return peer.Account.MoneyDeposited(
        originator_id=stream,
        originator_version=version,
        timestamp=peer.Account.MoneyDeposited.create_timestamp(),
        amount=1_00,
        source="cash",
    )
