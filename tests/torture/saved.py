"""A damaged checkpoint file: the state must be right all the same, and nobody is stopped.

Checkpoints are a cache. One that cannot be read, or does not say what was saved, is not there.
"""

import os
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

from tally import Take, TallyMessage, tally

from esdemo import Application, EsdemoError, SQLiteStore, timeline
from esdemo.checkpoints import Checkpoints
from torture import flips
from torture.asking import Hangs, patiently
from torture.company import relayed
from torture.histories import START
from torture.results import Try, objection

EVERY = 3  # so that the file holds many states
REFUSED = "refused by name"


def campaign(seed: int, times: int, folder: Path) -> Iterator[Try]:
    """Flipped bits, eight times in eleven; or a file that is cut, overwritten or foreign."""
    store = folder / "whole.db"
    flips.build(store)
    with closing(cache_of(store)) as checkpoints, opened(store) as history:
        application = Application(tally, history, checkpoints=checkpoints)
        for stream in flips.STREAMS:
            application.state(stream)
    yield from relayed("saved", times, store, seed)


def cache_of(store: Path) -> Checkpoints[int]:
    """The checkpoints beside a store."""
    return Checkpoints(tally, store.with_suffix(".checkpoints"), every=EVERY)


def opened(store: Path) -> SQLiteStore:
    """The store, with a clock that is later than all of history."""
    return SQLiteStore(store, TallyMessage, lambda: START + timedelta(days=9), survives="crash")


# One damaged file, in a child process.


def damaged(path: Path, seed: str, number: int) -> Try:
    """Damage a copy of the checkpoints, ask for states, compare them with a replay."""
    chance = Random(f"{seed} saved {number}")
    copy = path.with_name(f"copy-{os.getpid()}.db")
    shutil.copy(path, copy)
    shutil.copy(path.with_suffix(".checkpoints"), copy.with_suffix(".checkpoints"))
    damage = DAMAGES[number % len(DAMAGES)]
    saved = copy.with_suffix(".checkpoints")
    where, before = damage(saved, chance), saved.read_bytes()
    found, failures = compared(truth(path), answers(copy))
    if damage is put_something_else_there:
        failures *= found != REFUSED
        if saved.read_bytes() != before:
            failures.append("somebody's file was overwritten")
    for file in copy.parent.glob(f"{copy.stem}*"):
        file.unlink()
    failures = [f"try {number}, {where}: {why}" for why in failures]
    what = damage.__name__.replace("_", " ")
    return Try(what, "failed" if failures else found, tuple(failures))


def compared(known: dict[str, str], now: dict[str, str]) -> tuple[str, list[str]]:
    """What became of the questions, and the first that had another answer."""
    wrong = [ask for ask in known if known[ask] != now[ask]]
    if not wrong:
        return "every state is right", []
    return now[wrong[0]], [f"{wrong[0]}: {now[wrong[0]]:.200}"]


def flip_a_bit_of_a_row(path: Path, chance: Random) -> str:
    """In a state, a version or a tag."""
    return flipped(path, chance, "checkpoints rows")


def flip_a_bit_anywhere(path: Path, chance: Random) -> str:
    """In any kind of place."""
    return flipped(path, chance, chance.choice(sorted(flips.bytes_by_place(path))))


def flipped(path: Path, chance: Random, place: str) -> str:
    byte, bit = chance.choice(flips.bytes_by_place(path)[place]), chance.randrange(8)
    flips.flip(path, byte, bit)
    return f"bit {bit} of byte {byte} ({place})"


def cut_the_end(path: Path, chance: Random) -> str:
    """To any length, none included."""
    length = chance.randrange(path.stat().st_size)
    os.truncate(path, length)
    return f"cut to {length} bytes"


def overwrite_a_piece(path: Path, chance: Random) -> str:
    """With any bytes, as a crash of the machine may leave them: nothing is synchronised here."""
    data = bytearray(path.read_bytes())
    start, length = chance.randrange(len(data)), chance.randrange(1, 5_000)
    data[start : start + length] = chance.randbytes(length)[: len(data) - start]
    path.write_bytes(data)
    return f"{length} bytes from byte {start}"


def put_something_else_there(path: Path, chance: Random) -> str:
    """Text, or a database of another program. It may be somebody's, so refusing it is right too."""
    path.unlink()
    if chance.random() < 0.5:
        path.write_text("not a database " * chance.randrange(1, 500))
        return "text"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE checkpoints (cents INTEGER)")  # of the same name
    return "another program's database"


DAMAGES = (
    *(flip_a_bit_of_a_row, flip_a_bit_anywhere) * 4,
    *(cut_the_end, overwrite_a_piece, put_something_else_there),
)


@cache
def truth(path: Path) -> dict[str, str]:
    """The answers without checkpoints."""
    copy = path.with_name(f"truth-{os.getpid()}.db")
    shutil.copy(path, copy)
    with opened(copy) as store:
        return {ask: f"is {get()!r}" for ask, get in questions(Application(tally, store), True)}


def answers(path: Path) -> dict[str, str]:
    """The answers with checkpoints, damaged or not; an error is another answer."""
    found: dict[str, str] = {}
    try:
        checkpoints = cache_of(path)
    except EsdemoError:
        return defaultdict(lambda: REFUSED)
    except Exception as error:
        why = f"opening fails with {objection(error)}"
        return defaultdict(lambda: why)
    try:
        with opened(path) as store, closing(checkpoints):
            application = Application(tally, store, checkpoints=checkpoints)
            for ask, get in questions(application):
                found[ask] = f"is {patiently(get)!r}"
    except (Exception, Hangs) as error:
        why = objection(error)
        return defaultdict(lambda: f"fails with {why}", found)
    return found


def questions(
    application: Application[Any, Any, int], replay: bool = False
) -> Iterator[tuple[str, Callable[[], object]]]:
    """States of all moments, and a command that is refused if the state is a cent less."""
    get = application.replay if replay else application.state
    for stream in flips.STREAMS:
        last = application.store.version(stream)
        for version in range(last + 1):
            yield f"{stream} at {version}", partial(get, stream, version=version)
        yield f"{stream} at noon", partial(get, stream, as_of=START + timedelta(hours=3))
        yield f"{stream} now", partial(get, stream)
        everything = Take(application.replay(stream))
        yield f"take all of {stream}", lambda: application.handle(stream, everything).refused  # noqa: B023
    yield "states", lambda: sorted(timeline.states(application).items())
