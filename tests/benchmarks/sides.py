"""The rivals of a benchmark, made equal at the start, run in turn, compared at the end."""

import gc
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any, Final
from uuid import UUID

import peer

from esdemo import Application, Checkpoints, SQLiteStore, audit
from esdemo.clocks import random_id
from esdemo.domains.bank import AccountOpened, BankMessage, MoneyDeposited, MoneyWithdrawn, rules
from esdemo.events import chain
from esdemo.stores.sqlite.log import SETTLED
from esdemo.stores.sqlite.queries import INSERT_DECISION, INSERT_EVENT

SURVIVES: Final = {"NORMAL": "crash", "FULL": "power loss"}
START: Final = datetime(2025, 1, 1, tzinfo=UTC)
BATCH: Final = 7  # events of one moment
DEPOSIT: Final = '{"type":"MoneyDeposited","amount":100,"source":"cash"}'


def in_turn(rounds: int, *sides: Callable[[], object], each: int = 1) -> list[float]:
    """The median milliseconds of each side, run A B A B after one round to warm up.

    each: how many things a call does, when the time of a single one is wanted.
    """
    times: list[list[float]] = [[] for _ in sides]
    for side in sides:
        side()
    for _ in range(rounds):
        for side, took in zip(sides, times, strict=True):
            gc.collect()
            start = perf_counter()
            side()
            took.append((perf_counter() - start) * 1_000 / each)
    return [median(took) for took in times]


@contextmanager
def banks(
    folder: Path, synchronous: str, **settings: str
) -> Iterator[tuple[SQLiteStore, peer.Bank]]:
    """The two rivals, equally durable, on new files. settings: the library's own."""
    survives: Any = SURVIVES[synchronous]
    home = Path(tempfile.mkdtemp(dir=folder))
    with (
        SQLiteStore(home / "esdemo.db", BankMessage, survives=survives) as store,
        peer.bank(home / "peer.db", synchronous, **settings) as theirs,
    ):
        yield store, theirs


def filled(store: SQLiteStore, theirs: peer.Bank, number: int, length: int) -> list[UUID]:
    """The same histories in both, in streams of the names that the library chose."""
    history = [AccountOpened("Alice", 0)] + [
        MoneyDeposited(3_00, "cash") if count % 2 else MoneyWithdrawn(1_00, "cash")
        for count in range(1, length)
    ]
    streams = [theirs.open(length) for _ in range(number)]
    for stream in streams:
        store.append(stream.hex, history, expected_version=0)
    return streams


@contextmanager
def long_ago(
    folder: Path, length: int, every: int
) -> Iterator[tuple[Application[Any, Any, Any], peer.Bank, peer.Bank, UUID]]:
    """One long stream of the same facts at the same times in both, and then both opened again.

    Ours with its checkpoints on disk; theirs plain, and with a snapshot every so many events.
    """
    home = Path(tempfile.mkdtemp(dir=folder))
    ours, theirs = home / "esdemo.db", home / "peer.db"
    snapshots = {"IS_SNAPSHOTTING_ENABLED": "y"}
    with peer.bank(theirs, "NORMAL", **snapshots) as bank:
        stream = bank.deposits(amounts(length), every)
    times = map(moment, count())
    with SQLiteStore(ours, BankMessage, times.__next__, survives="crash") as store:
        store.append(stream.hex, [AccountOpened("Alice", 0)], expected_version=0)
        version = 1
        for _, batch in amounts(length):
            facts = [MoneyDeposited(amount, "cash") for amount in batch]
            version = store.append(stream.hex, facts, expected_version=version)[-1].version
    with (
        SQLiteStore(ours, BankMessage, survives="crash") as store,
        closing(Checkpoints(rules, home / "checkpoints.db")) as saved,
        peer.bank(theirs, "NORMAL") as plain,
        peer.bank(theirs, "NORMAL", **snapshots) as quick,
    ):
        saved.state(store, stream.hex, length)
        yield Application(rules, store, checkpoints=saved), plain, quick, stream


def amounts(length: int) -> Iterator[tuple[datetime, list[int]]]:
    """What is deposited at versions 2 to `length`, a few at a time, a second between them."""
    for number in range(1, batches(length) + 1):
        first = 2 + (number - 1) * BATCH
        versions = range(first, min(first + BATCH, length + 1))
        yield moment(number), [1 + version % 100 for version in versions]


def batches(length: int) -> int:
    """How many times something is deposited in a stream of so many events."""
    return -(-(length - 1) // BATCH)


def moment(number: int) -> datetime:
    """When batch `number`, from 1, was deposited."""
    return START + timedelta(seconds=number)


@contextmanager
def bare(store: SQLiteStore, synchronous: str, *, triggers: bool) -> Iterator[sqlite3.Connection]:
    """The store's table of events alone, with its indexes and rows; with its triggers or without.

    In a file of its own. sqlite3 commits each statement by itself: one INSERT, one transaction.
    """
    path = Path(store.path)
    copy = path.with_name("strict.db" if triggers else "bare.db")
    with closing(sqlite3.connect(copy, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {synchronous}")
        db.execute("ATTACH ? AS original", (str(path),))
        made_of = "SELECT sql FROM original.sqlite_master WHERE type = ? AND tbl_name IN (?, ?)"
        for (statement,) in db.execute(made_of, ("table", "events", "decisions")).fetchall():
            db.execute(statement)  # the triggers on events ask the last decision for its time
        db.execute("INSERT INTO events SELECT * FROM original.events")
        guards = db.execute(made_of, ("trigger", "events", "events")).fetchall()
        for (statement,) in guards if triggers else ():
            db.execute(statement)
        db.execute("DETACH original")
        yield db


@contextmanager
def copied(store: SQLiteStore, synchronous: str) -> Iterator[sqlite3.Connection]:
    """The whole store in a file of its own, with all its triggers, for bare statements."""
    path = Path(store.path).with_name("copied.db")
    store.backup(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {synchronous}")
        yield db


def settle() -> None:
    """Wait until the store believes its folder, into which the rivals' files just came.

    For two seconds it looks at its files one by one; where it is used, that time is long over.
    """
    sleep(SETTLED / 1e9 + 0.1)


def inserts(db: sqlite3.Connection, streams: Iterable[UUID]) -> Callable[[], None]:
    """A round of inserts: into each stream the row that esdemo would store, its values ready."""
    columns = [column for _, column, *_ in db.execute("PRAGMA table_info(events)")]
    last = db.execute("SELECT * FROM events ORDER BY position DESC LIMIT 1").fetchone()
    row = dict(zip(columns, last, strict=True)) | {"data": DEPOSIT}
    statement = f"INSERT INTO events VALUES ({', '.join('?' * len(columns))})"

    def insert() -> None:
        row["version"] += 1
        for stream in streams:
            row["position"] += 1
            row["stream"] = stream.hex
            db.execute(statement, tuple(row.values()))

    return insert


def decides(db: sqlite3.Connection, streams: Iterable[UUID]) -> Callable[[], None]:
    """A round of transactions: into each stream the event and the decision of one more deposit.

    The least that keeps all that `handle` keeps: both rows, each with the hash of its chain.
    Nothing is loaded, decided, read back or looked after; the streams have one event or more.
    """
    command, number, decided, now = db.execute(
        "SELECT data, number, hash, recorded_at FROM decisions ORDER BY number DESC LIMIT 1"
    ).fetchone()
    (position,) = db.execute("SELECT max(position) FROM events").fetchone()
    last = "SELECT stream, max(version), hash FROM events GROUP BY stream"
    tips = {stream: (version, digest) for stream, version, digest in db.execute(last)}

    def decide() -> None:
        nonlocal position, number, decided
        for stream in streams:
            name, new = stream.hex, random_id()
            position, number, (version, previous) = position + 1, number + 1, tips[name]
            version, why = version + 1, (new, new, "", now, now)
            link = chain(previous, name, version, DEPOSIT, *why)
            tips[name] = version, link
            what = (name, version, position, command, None, 1)
            decided = chain(decided, *what, "", *why, link)
            db.execute("BEGIN IMMEDIATE")
            db.execute(INSERT_EVENT, (position, name, version, DEPOSIT, *why, link))
            db.execute(INSERT_DECISION, (number, *what, new, new, "", "", now, now, decided))
            db.execute("COMMIT")

    return decide


def agree(
    store: SQLiteStore, theirs: peer.Bank, streams: Sequence[UUID], as_theirs: Sequence[UUID] = ()
) -> None:
    """AssertionError unless both sides fold every stream to the same balance.

    as_theirs: what the other side calls these streams, when not the same.
    """
    bank = Application(rules, store)
    for stream, name in zip(streams, as_theirs or streams, strict=True):
        balance, other = bank.replay(stream.hex).balance, theirs.balance(name)
        if balance != other:
            raise AssertionError(f"{stream}: esdemo says {balance}, the other side {other}")


def agree_books(store: SQLiteStore) -> None:
    """AssertionError unless the copy that bare statements went on with is a store without fault."""
    with SQLiteStore(Path(store.path).with_name("copied.db"), BankMessage) as other:
        if wrong := audit.verify(other).wrong:
            raise AssertionError(f"the bare statements left no store: {wrong}")
        if other.counts() != store.counts():
            raise AssertionError(f"there are {other.counts()} rows for {store.counts()}")


def agree_rows(store: SQLiteStore, db: sqlite3.Connection) -> None:
    """AssertionError unless both hold the same facts, in the same order."""
    ours = [(fact.stream, fact.version, fact.event) for fact in store.recorded()]
    rows = db.execute("SELECT stream, version, data FROM events ORDER BY position")
    theirs = [(stream, version, store.vocabulary.decode(data)) for stream, version, data in rows]
    if ours != theirs:
        raise AssertionError("the bare table holds other facts than the store")
