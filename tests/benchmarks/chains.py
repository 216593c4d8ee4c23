"""What it costs to hash and to verify, beside SHA-256 alone over the same bytes: the limit."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import cycle, islice, zip_longest
from pathlib import Path
from typing import Final

import msgspec
from rows import Row
from sides import in_turn

from esdemo import Application, SQLiteStore, audit
from esdemo.clocks import numbered
from esdemo.domains.bank import AccountOpened, BankMessage, Deposit, MoneyDeposited, rules
from esdemo.events import GENESIS, chain
from esdemo.stores.rows import EventRow

BARE: Final = "bare SHA-256"
BATCH: Final = 1_000  # events in one transaction of the long log, and those hashed for the limit


def hashes(folder: Path, rounds: int, length: int, long: int) -> Iterator[Row]:
    """An event's link in its chain; a log with its decisions verified; a long log verified."""
    with SQLiteStore(_home(folder), BankMessage, survives="crash") as store:
        bank = Application(rules, store, ids=numbered("cmd"))
        bank.handle("alice", Deposit(1_00))  # refused: there is no account yet
        store.append("alice", [AccountOpened("Alice", 0)], expected_version=0)
        for _ in range(length - 1):
            bank.handle("alice", Deposit(1_00))
        yield _linked(rounds, list(store.event_rows()))
        own, its = in_turn(rounds, verifying(store, length), limit(store, length), each=length)
        yield Row(f"verify an event and its decision, of {length:,}", own, BARE, its)
    with SQLiteStore(_home(folder), BankMessage, survives="crash") as store:
        for first in range(0, long, BATCH):
            facts = [MoneyDeposited(1 + number % 100, "cash") for number in range(BATCH)]
            store.append("alice", facts, expected_version=first)
        own, its = in_turn(1, verifying(store, long), limit(store, long))
        yield Row(f"verify a log of {long:,} events", own, BARE, its)


def _home(folder: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=folder)) / "esdemo.db"


def _linked(rounds: int, log: Sequence[EventRow]) -> Row:
    """The hash of each event, from its columns, beside SHA-256 over bytes that are ready."""
    before = [GENESIS, *(row.hash for row in log)]
    ready = linked(before, log)
    if [sha256(text).hexdigest() for text in ready] != before[1:]:
        raise AssertionError("the two sides hash different bytes")

    def ours() -> None:
        for previous, row in zip(before, log, strict=False):
            chain(previous, *row[1:9])

    def bare() -> None:
        for text in ready:
            sha256(text).hexdigest()

    own, its = in_turn(rounds, ours, bare, each=len(log))
    return Row("hash an event into its chain", own, BARE, its)


def linked(before: Sequence[str], log: Sequence[EventRow]) -> list[bytes]:
    """The bytes that each event's hash is over, given the hashes before them."""
    pairs = zip(before, log, strict=False)
    return [msgspec.json.encode((previous, *row[1:9])) for previous, row in pairs]


def verifying(store: SQLiteStore, length: int) -> Callable[[], None]:
    """A round of verifying everything from the first event on; it must find all of it right."""

    def verify() -> None:
        verified = audit.verify(store)
        if verified.wrong or verified.events.size != length:
            raise AssertionError(f"{length} events should fit together, not {verified}")

    return verify


def limit(store: SQLiteStore, length: int) -> Callable[[], None]:
    """A round of SHA-256 only: each event's link and leaf, and the leaf of its decision if any.

    The bytes of the first events and decisions stand for those of all, which are as long.
    """
    log, decided = (
        list(islice(rows, BATCH)) for rows in (store.event_rows(), store.decision_rows())
    )
    links = linked([GENESIS, *(row.hash for row in log)], log)
    leaves = [[b"\x00" + msgspec.json.encode(row) for row in rows] for rows in (log, decided)]
    ready = [[text for text in texts if text] for texts in zip_longest(links, *leaves)]

    def bare() -> None:
        for texts in islice(cycle(ready[: len(log)]), length):
            for text in texts:
                sha256(text).digest()

    return bare
