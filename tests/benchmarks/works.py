"""What is measured: a function for each kind of row, which proves that its sides agree."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from statistics import median
from typing import Final

from peer import Account
from rows import Row
from sides import (
    agree,
    agree_books,
    agree_rows,
    banks,
    bare,
    batches,
    copied,
    decides,
    filled,
    in_turn,
    inserts,
    long_ago,
    moment,
    settle,
)

from esdemo import Application, frames
from esdemo.domains.bank import Deposit, MoneyDeposited, rules

PEER: Final = "eventsourcing"
SNAPSHOT_EVERY: Final = 1_000
BARE: Final = "bare sqlite3"


def append(
    folder: Path, rounds: int, number: int, synchronous: str, faster: float, slower: float
) -> Iterator[Row]:
    """One event in each transaction, one transaction in each of so many streams a round."""
    with banks(folder, synchronous) as (store, theirs), banks(folder, synchronous) as (_, saving):
        streams = filled(store, theirs, number, 1)
        accounts: list[Account] = [saving.repository.get(saving.open(1)) for _ in streams]
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

        def save() -> None:
            for each in accounts:
                each.deposit(1_00)
                saving.save(each)

        with (
            bare(store, synchronous, triggers=False) as plain,
            bare(store, synchronous, triggers=True) as strict,
        ):
            settle()
            sides = ours, other, save, inserts(plain, streams), inserts(strict, streams)
            times = in_turn(rounds, *sides, each=number)
            agree(store, theirs, streams)
            agree(store, saving, streams, [each.id for each in accounts])
            agree_rows(store, plain)
            agree_rows(store, strict)
    work = f"append 1 event, {synchronous}"
    yield Row(work, times[0], f"{PEER}, events.put", times[1], at_least=faster)
    yield Row(work, times[0], f"{PEER}, aggregate and save", times[2])
    yield Row(work, times[0], BARE, times[3])
    yield Row(work, times[0], f"{BARE} with our triggers", times[4], at_most=slower)


def handle(
    folder: Path,
    rounds: int,
    number: int,
    length: int,
    synchronous: str,
    *,
    ours: str,
    theirs: str,
    faster: float | None = None,
) -> Row:
    """Load, decide, append: in a round one command for each of so many streams.

    ours: "remembers" the last states, or "forgets" (a new Application every round). theirs: "as it
    comes" or with its "cache on".
    """
    cache = {"AGGREGATE_CACHE_MAXSIZE": "0"} if theirs == "cache on" else {}  # 0: without limit
    with banks(folder, synchronous, **cache) as (store, peer):
        streams = filled(store, peer, number, length)
        remembering = Application(rules, store)

        def command() -> None:
            bank = remembering if ours == "remembers" else Application(rules, store)
            for stream in streams:
                bank.handle(stream.hex, Deposit(1_00))

        def other() -> None:
            for stream in streams:
                peer.deposit(stream, 1_00)

        own, its = in_turn(rounds, command, other, each=number)
        agree(store, peer, streams)
    work = f"load, decide, append; streams of {length}, {synchronous}; esdemo {ours}"
    return Row(work, own, f"{PEER}, {theirs}", its, at_least=faster)


def decide(folder: Path, rounds: int, number: int, synchronous: str) -> Row:
    """What `handle` adds to bare statements that store a decision, its event and both hashes."""
    with banks(folder, synchronous) as (store, peer):
        streams = filled(store, peer, number, 1)
        bank = Application(rules, store)

        def command() -> None:
            for stream in streams:
                bank.handle(stream.hex, Deposit(1_00))

        command()
        with copied(store, synchronous) as db:
            settle()
            own, its = in_turn(rounds, command, decides(db, streams), each=number)
        agree_books(store)
    beside = f"{BARE}, the same two rows and hashes"
    return Row(f"load, decide, append, {synchronous}; esdemo remembers", own, beside, its)


def replay(folder: Path, rounds: int, number: int, length: int, *, faster: float) -> Row:
    """The state of every stream from its first event on; nothing remembered, nothing cached."""
    with banks(folder, "NORMAL") as (store, theirs):
        streams = filled(store, theirs, number, length)
        bank = Application(rules, store)
        own, its = in_turn(
            rounds,
            lambda: [bank.replay(stream.hex) for stream in streams],
            lambda: [theirs.balance(stream) for stream in streams],
        )
        agree(store, theirs, streams)
    some = "load one stream" if number == 1 else f"replay {number:,} streams"
    return Row(f"{some} of {length:,}", own, PEER, its, at_least=faster)


def moments(
    folder: Path, rounds: int, length: int, *, faster: float, version_ms: float, time_ms: float
) -> Iterator[Row]:
    """The state at a random moment of one long stream, by version and by time, from files.

    A moment comes with its mirror image in time, so that in every round those who fold from the
    first event fold equally many.
    """
    with long_ago(folder, length, SNAPSHOT_EVERY) as (bank, plain, quick, stream):
        name = stream.hex
        by_version = (
            lambda place: bank.state(name, version=place).balance,
            partial(plain.balance, stream),
            partial(quick.balance, stream),
        )
        by_time = (
            lambda place: bank.state(name, as_of=moment(place)).balance,
            lambda place: plain.balance_as_of(stream, length, moment(place)),
            lambda place: quick.balance_as_of(stream, length, moment(place)),
        )
        for sides, last, kind, at_most_ms in (
            (by_version, length, "version", version_ms),
            (by_time, batches(length), "time", time_ms),
        ):
            own, its, snapped = visited(rounds, last, *sides)
            work = f"a random moment of {length:,}, by {kind}"
            yield Row(work, own, f"{PEER}, plain", its)
            beside = f"{PEER}, a snapshot every {SNAPSHOT_EVERY:,}"
            yield Row(work, own, beside, snapped, at_least=faster, at_most_ms=at_most_ms)


def visited(
    rounds: int,
    last: int,
    ours: Callable[[int], int],
    plain: Callable[[int], int],
    quick: Callable[[int], int],
) -> tuple[float, float, float]:
    """The milliseconds in which each side says the balance at a random place.

    The plain side takes thousands of times as long, and fills the memory meanwhile: it has one
    round, after the others.
    """
    for place in (1, last // 3):
        if len(balances := {side(place) for side in (ours, plain, quick)}) > 1:
            raise AssertionError(f"at {place} of {last} the sides differ: {balances}")
    many, some, one = (
        partial(visit, side, last, pairs, Random(1))
        for side, pairs in ((ours, 500), (quick, 20), (plain, 1))
    )
    own, snapped = in_turn(rounds, many, some)
    (its,) = in_turn(1, one)
    return own / 1_000, its / 2, snapped / 40


def visit(side: Callable[[int], int], last: int, pairs: int, chance: Random) -> None:
    """So many random places from 1 to `last`, each with its mirror image."""
    for _ in range(pairs):
        place = chance.randint(1, last)
        side(place)
        side(last + 1 - place)


THEIR_COLUMNS: Final = ("position", "stream", "version", "event", "recorded_at")


def frame(
    folder: Path, rounds: int, number: int, length: int, *, whole: float, some: float
) -> Iterator[Row]:
    """The log as a pandas frame: with our whole envelope, and with the library's columns only."""
    with banks(folder, "NORMAL") as (store, theirs):
        size = len(filled(store, theirs, number, length)) * length
        own, few, its = in_turn(
            rounds,
            lambda: frames.log(store),
            lambda: frames.log(store, THEIR_COLUMNS),
            lambda: theirs.table(size),
        )
        ours, other = frames.log(store, THEIR_COLUMNS), theirs.table(size)
    for column in ("stream", "version", "event", "amount"):
        if ours[column].tolist() != other[column].tolist():
            raise AssertionError(f"the column {column!r} of the two frames differs")
    work = f"the log of {size:,} events into a frame"
    yield Row(f"{work}, whole envelope", own, PEER, its, at_least=whole)
    yield Row(f"{work}, the columns that it has", few, PEER, its, at_least=some)


def imports(folder: Path, rounds: int, *, at_most_ms: float) -> Row:
    """What an import costs when all that it needs of others is imported already."""
    esdemo = importing(folder, "esdemo")
    peer = importing(folder, "eventsourcing.application", "eventsourcing.sqlite")
    times = [(float(python(folder, esdemo)), float(python(folder, peer))) for _ in range(rounds)]
    own, its = (median(side) for side in zip(*times, strict=True))
    return Row("import, over its dependencies", own, PEER, its, at_most_ms=at_most_ms)


def importing(folder: Path, *names: str) -> str:
    """A program that prints the milliseconds of an import, its dependencies' left out."""
    family = names[0].partition(".")[0]
    loaded = python(folder, f"import {', '.join(names)}, sys; print(*sys.modules)").split()
    others = [name for name in loaded if name.partition(".")[0] not in (family, "__main__")]
    return (
        "import contextlib, importlib, time\n"
        f"for name in {others!r}:\n"
        "    with contextlib.suppress(ImportError):\n"
        "        importlib.import_module(name)\n"
        "start = time.perf_counter()\n"
        f"import {', '.join(names)}\n"
        "print((time.perf_counter() - start) * 1_000)"
    )


def python(folder: Path, program: str) -> str:
    """What a fresh interpreter prints, its bytecode kept in `folder` whatever the settings say."""
    command = [sys.executable, "-E", "-X", f"pycache_prefix={folder}", "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
