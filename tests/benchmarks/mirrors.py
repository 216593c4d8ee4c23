"""What is measured of following: somebody else's log into a mirror, proved, and into a frame."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pandas as pd
from peer import Account, Bank
from rows import Row
from sides import banks, in_turn

from esdemo import SQLiteStore, frames, graduate

PEER = "eventsourcing"


def mirrors(folder: Path, rounds: int, number: int, length: int) -> Iterator[Row]:
    """So many aggregates of so many events, on a file, read by it and by us in turn."""
    with banks(folder, "NORMAL") as (_, theirs):
        _live(theirs, number, length)
        total, names = number * length, count()

        def follow() -> int:
            path = folder / f"mirror-{next(names)}.db"
            with SQLiteStore(path, graduate.vocabulary(theirs), survives="crash") as mirror:
                return graduate.follow(theirs, mirror).events

        def by_itself() -> int:
            return sum(1 for _ in _events(theirs))

        _same(follow(), total)
        _same(by_itself(), total)
        ours, other = in_turn(rounds, follow, by_itself)
        yield Row(f"mirror their log of {total:,} events", ours, f"{PEER}, reading it", other)

        with SQLiteStore(folder / "kept.db", graduate.vocabulary(theirs)) as mirror:
            graduate.follow(theirs, mirror)
            yield _verify(theirs, mirror, rounds, total)
            yield _frame(theirs, mirror, rounds, total)


def _verify(theirs: Bank, mirror: SQLiteStore, rounds: int, total: int) -> Row:
    def verify() -> int:
        _same(graduate.differences(theirs, mirror), [])
        return mirror.position

    def load_all() -> int:
        return sum(
            theirs.repository.get(account_id).version  # type: ignore[attr-defined]
            for account_id in {event.originator_id for event in _events(theirs)}
        )

    _same(verify(), load_all())
    ours, other = in_turn(rounds, verify, load_all)
    return Row(f"prove a mirror of {total:,} events", ours, f"{PEER}, loading all", other)


def _frame(theirs: Bank, mirror: SQLiteStore, rounds: int, total: int) -> Row:
    def ours() -> pd.DataFrame:
        return frames.log(mirror)

    def other() -> pd.DataFrame:
        rows = ({**vars(event), "topic": type(event).__qualname__} for event in _events(theirs))
        return pd.DataFrame.from_records(list(rows))

    _same(int(ours()["amount"].sum()), int(other()["amount"].sum()))
    mine, peers = in_turn(rounds, ours, other)
    return Row(f"their log of {total:,} into a frame, from the mirror", mine, PEER, peers)


def _same(one: object, other: object) -> None:
    """AssertionError unless both sides found the same."""
    if one != other:
        raise AssertionError(f"{one} is not {other}")


def _live(theirs: Bank, number: int, length: int) -> None:
    """One event to each account in turn, so that no two neighbours in the log are of one."""
    accounts = [Account("Alice", 0) for _ in range(number)]
    for step in range(length):
        for account in accounts if step else ():
            account.deposit(3_00) if step % 2 else account.withdraw(1_00)
        theirs.save(*accounts)


def _events(theirs: Bank) -> Iterator[object]:
    """Their whole log by their own means: notifications, and the mapper."""
    last = 0
    while found := theirs.recorder.select_notifications(last, 1_000, inclusive_of_start=False):
        yield from map(theirs.mapper.to_domain_event, found)
        last = found[-1].id
