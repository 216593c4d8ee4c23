"""What is measured of read models: catching up, rebuilding beside, and every state in a frame."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import msgspec
import numpy as np
import pandas as pd
from peer_view import project
from rows import Row
from sides import banks, filled, in_turn

from esdemo import SQLiteStore, frames
from esdemo.domains.bank import AccountOpened, MoneyDeposited
from esdemo.projections import Beside, Projection, View

PEER = "eventsourcing, its runner's steps"
EFFECTS = {"MoneyDeposited": "amount", "MoneyWithdrawn": "-amount"}


class Balance(msgspec.Struct, frozen=True):
    """A row of the read model, the same on both sides."""

    balance: int
    entries: int


def balance(row, fact):
    """What each event changes."""
    before = row or Balance(0, 0)
    event = fact.event
    if isinstance(event, AccountOpened):
        return Balance(before.balance, before.entries + 1)
    change = event.amount if isinstance(event, MoneyDeposited) else -event.amount
    return Balance(before.balance + change, before.entries + 1)


def again(row, fact):
    """The same by other code, so that a view must be rebuilt."""
    return balance(row, fact)


OLD = Projection("balances", Balance, balance)
NEW = Projection("balances", Balance, again)


def project_and_rebuild(
    folder: Path, rounds: int, number: int, length: int, *, faster: float
) -> Iterator[Row]:
    """All events of so many streams into a view in a file of its own, and into one beside it."""
    with banks(folder, "NORMAL") as (store, bank):
        filled(store, bank, number, length)
        rows = project(bank, new_file(folder))
        for batch in (1_000, 1):
            if caught_up(store, new_file(folder), batch) != rows:
                raise AssertionError("the two views hold other rows")
        sides = (
            lambda: caught_up(store, new_file(folder), 1_000),
            lambda: caught_up(store, new_file(folder), 1),
            lambda: project(bank, new_file(folder)),
        )
        whole, single, its = in_turn(rounds, *sides)
        work = f"{number * length:,} events into a view"
        yield Row(f"{work}, 1,000 a transaction", whole, PEER, its, at_least=faster)
        yield Row(f"{work}, each in a transaction", single, PEER, its)
        rebuilt = [rebuild(store, new_file(folder), rows) for _ in range(rounds)]
        took = float(np.median(rebuilt))
        yield Row(f"rebuild beside and switch, {number * length:,}", took, PEER, its, faster)


def new_file(folder: Path) -> Path:
    """A path in a folder of its own."""
    return Path(tempfile.mkdtemp(dir=folder)) / "view.db"


def caught_up(store: SQLiteStore, path: Path, batch: int) -> dict[str, tuple[int, int]]:
    """Our view of everything, from nothing; its rows."""
    with View(OLD, store, path) as view:
        view.catch_up(batch=batch)
        return {key: (row.balance, row.entries) for key, row in view.rows().items()}


def rebuild(store: SQLiteStore, path: Path, rows: dict[str, tuple[int, int]]) -> float:
    """The milliseconds of building other code beside a view that is at the end, and switching."""
    if caught_up(store, path, 1_000) != rows:
        raise AssertionError("the view holds other rows")
    with View(NEW, store, path) as view:

        def work() -> None:
            beside = Beside(view)
            beside.catch_up()
            beside.switch()

        took = milliseconds(work)
        if {key: (row.balance, row.entries) for key, row in view.rows().items()} != rows:
            raise AssertionError("the rebuilt view holds other rows")
    return took


def milliseconds(work: Callable[[], None]) -> float:
    """How long work takes that can be done once."""
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1_000


def states(rounds: int, size: int, streams: int, *, longer: float) -> Row:
    """Every state of every stream as a frame, beside pandas' bare cumulative sum on integers."""
    chance = np.random.default_rng(1)
    codes, up = chance.integers(0, streams, size), chance.random(size) < 0.5
    log = pd.DataFrame(
        {
            "position": pd.array(np.arange(1, size + 1), dtype="Int64"),
            "stream": pd.array(np.array([f"s{n}" for n in range(streams)])[codes], dtype="str"),
            "event": pd.array(np.where(up, "MoneyDeposited", "MoneyWithdrawn"), dtype="str"),
            "amount": pd.array(chance.integers(1, 1_000, size), dtype="Int64"),
        }
    )
    change = pd.Series(np.where(up, 1, -1) * log["amount"].to_numpy("int64"))
    running = frames.running(log, EFFECTS)["total"].to_numpy("int64")
    if not (running == change.groupby(codes).cumsum().to_numpy()).all():
        raise AssertionError("the two sums differ")
    own, bare = in_turn(
        rounds, lambda: frames.running(log, EFFECTS), lambda: change.groupby(codes).cumsum()
    )
    work = f"all states of {size:,} events into a frame"
    return Row(work, own, "bare groupby.cumsum", bare, at_most=longer)
