"""What it costs to ask before an append, and to tell the world while a view is made."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

from rows import Row
from sides import START, SURVIVES, in_turn
from views import NEW, OLD, Balance, milliseconds, new_file

from esdemo import SQLiteStore
from esdemo.clocks import ManualClock
from esdemo.domains.bank import BankMessage, MoneyDeposited
from esdemo.events import RecordedEvent
from esdemo.projections import Beside, View
from esdemo.stores import Unless


def conditions(
    folder: Path, rounds: int, number: int, synchronous: str, *, longer: float
) -> Iterator[Row]:
    """One event in each transaction, unless something has come since; beside the same without.

    First nobody else writes. Then another connection has written before each append, so that the
    end that we remember is old for both sides, and the condition has an event to look at.
    """
    for others, what in ((0, ""), (1, ", another has written meanwhile")):
        with ExitStack() as opened:
            sides = [writing(opened, folder, synchronous, others) for _ in range(2)]
            asked, plain = (
                partial(append_all, *side, number, conditional=conditional)
                for side, conditional in zip(sides, (True, False), strict=True)
            )
            own, its = in_turn(rounds, asked, plain, each=number)
            ours, theirs = ([row.data for row in side[0].event_rows()] for side in sides)
            if ours != theirs or not ours:
                raise AssertionError("the two sides have stored other facts")
        work = f"append 1 event unless something has come, {synchronous}{what}"
        yield Row(work, own, "the same without a condition", its, at_most=longer)


def writing(
    opened: ExitStack, folder: Path, synchronous: str, others: int
) -> tuple[SQLiteStore, list[SQLiteStore], Iterator[int]]:
    """A store on a new file, others that share it, and the versions of its streams."""
    path = Path(tempfile.mkdtemp(dir=folder)) / "log.db"
    survives = SURVIVES[synchronous]
    stores = [
        opened.enter_context(SQLiteStore(path, BankMessage, ManualClock(START), survives=survives))
        for _ in range(1 + others)
    ]
    return stores[0], stores[1:], count()


def append_all(
    store: SQLiteStore,
    others: list[SQLiteStore],
    versions: Iterator[int],
    number: int,
    *,
    conditional: bool,
) -> None:
    """An event in each of so many streams, after the others have written one each."""
    version = next(versions)
    fact = [MoneyDeposited(1_00, "cash")]
    since = version * number * (1 + len(others))
    for stream in range(number):
        for other in others:
            other.append(f"other {stream}", fact, expected_version=version)
        unless = Unless(since, matters) if conditional else None
        (stored,) = store.append(f"{stream}", fact, expected_version=version, unless=unless)
        since = stored.position


def matters(fact: RecordedEvent) -> bool:
    """A question that every event answers with no."""
    return fact.stream == "nobody"


def effects(folder: Path, rounds: int, number: int, length: int) -> Iterator[Row]:
    """All events into a view that tells of each, and the same rebuilt beside, which tells nothing.

    Each is beside the same by code that has nothing to tell.
    """
    path = Path(tempfile.mkdtemp(dir=folder)) / "log.db"
    with SQLiteStore(path, BankMessage, ManualClock(START), survives="crash") as store:
        for stream in range(number):
            store.append(f"{stream}", [MoneyDeposited(1_00, "cash")] * length, expected_version=0)
        size = number * length
        times = [
            (lived(folder, store, True, size), lived(folder, store, False, 0))
            for _ in range(1 + rounds)  # the first to warm up
        ]
        telling, silent = zip(*times[1:], strict=True)
        for n, what in enumerate(("caught up", "rebuilt beside, where it tells nothing")):
            own, its = (median(each[n] for each in side) for side in (telling, silent))
            work = f"a view that tells of each of {size:,} events, {what}"
            yield Row(work, own, "a view that tells nothing", its)


def lived(folder: Path, store: SQLiteStore, telling: bool, messages: int) -> tuple[float, float]:
    """The milliseconds of catching up, and of building other code beside and switching."""
    old, new = (replace(each, tells=tell) if telling else each for each in (OLD, NEW))
    path = new_file(folder)
    with View(old, store, path) as view:
        caught_up = milliseconds(view.catch_up)
        if len(view.messages()) != messages:
            raise AssertionError(f"{len(view.messages())} messages, not {messages}")
    with View(new, store, path) as view:
        rebuilt = milliseconds(lambda: rebuild(view))
        if len(view.messages()) != messages:
            raise AssertionError("the rebuild has told something")
    return caught_up, rebuilt


def rebuild(view: View[Balance]) -> None:
    """Build beside what is live, and switch."""
    beside = Beside(view)
    beside.catch_up()
    beside.switch()


def tell(before: Balance | None, after: Balance | None, fact: RecordedEvent) -> Iterator[str]:
    """A message for every event."""
    yield f"{fact.stream} {fact.version}"
